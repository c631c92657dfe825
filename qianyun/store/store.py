"""The store of one estate: what is declared, observed and planned, and how far it is, kept apart.

Every method is one transaction. What it returns from writing is on disk; killed at any moment
before that, nothing of it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from qianyun.errors import Fault, StoreError
from qianyun.estate.estate import Estate
from qianyun.estate.identity import Fact
from qianyun.estate.observation import Observation, Value
from qianyun.store import declared, observed, planned, tracked
from qianyun.store.comparison import Comparison, Conflicts, Place, keyed, merged
from qianyun.store.database import Database
from qianyun.store.declared import Cause, Change
from qianyun.store.observed import Delivery, Run
from qianyun.store.planned import SavedPlan, digest_of
from qianyun.store.tracked import Held
from qianyun.store.versions import settle
from qianyun.track.deeds import Entry
from qianyun.track.standing import Standing
from qianyun.track.states import Tracked, TrackedKind
from qianyun.words import _, label

EDIT = "edit"
"""Source of what people change by hand."""


class Store:
    """The store of one estate, in SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        """Take a database whose schema is this program's; use `open`."""
        self._database = database

    @classmethod
    def open(cls, url: str, *, create: bool = False) -> Self:
        """Open a store by URL: `sqlite:///state/province.db` or `postgresql://user@host/name`.

        Args:
            url: Where it is.
            create: Make it where there is none; for what brings facts in.

        Raises:
            StoreError: It cannot be opened, is missing, or is older or newer than this program.
        """
        database = Database(url)
        try:
            settle(database, create=create)
        except StoreError:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Let go of all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What is declared

    def estate(self) -> Estate:
        """All declared facts, each kind in the order of its keys."""
        with self._database.reading() as connection:
            return declared.read_estate(connection)

    def facts(self, kind: str | None = None, department: str | None = None) -> tuple[Fact, ...]:
        """Declared facts of a kind, of a department, or all, in the order of kinds and keys."""
        with self._database.reading() as connection:
            return tuple(declared.read_facts(connection, kind, department))

    def compare(self, facts: Iterable[Fact], source: str = "") -> Comparison:
        """What an import of these facts from this source would do; nothing is changed.

        Raises:
            StoreError: Two different facts have one key.
        """
        with self._database.reading() as connection:
            return declared.compare_facts(connection, keyed(facts), source)

    def upsert(
        self,
        facts: Iterable[Fact],
        *,
        who: str,
        why: str,
        source: str,
        at: datetime | None = None,
        conflicts: Conflicts = Conflicts.REFUSE,
    ) -> Comparison:
        """Take facts in, all of them or none; what is held already leaves no trace.

        Args:
            facts: At most one a key.
            who: The person who answers for it.
            why: What that person says about it.
            source: The file or system that speaks, the same every time it speaks.
            at: When; now by default.
            conflicts: What becomes of fields that somebody else changed since the source's last word.

        Returns:
            What it did, fact by fact.

        Raises:
            StoreError: There are conflicts and they are refused, or two facts have one key.
        """
        given = keyed(facts)
        cause = Cause(who=who, why=why, at=_moment(at), source=source)
        with self._database.writing() as connection:
            comparison = declared.compare_facts(connection, given, source)
            declared.write_differences(connection, comparison, cause, conflicts)
            declared.write_claims(connection, comparison, source)
        return comparison

    def edit(self, before: Fact, after: Fact, *, who: str, why: str, at: datetime | None = None) -> Fact:
        """Change a fact by hand, from what the person saw; the fact as it then stands.

        Raises:
            StoreError: It is not there any more, got another key, or somebody else changed the
                same field since the person saw it.
        """
        [place], [other] = keyed([before]), keyed([after])
        if place != other:
            what = _("an edit must not rename it to {key}").format(key=other[1])
            raise StoreError(Fault(place=_shown(place), what=what, mend=_("remove it and declare another")))
        cause = Cause(who=who, why=why, at=_moment(at), source=EDIT)
        with self._database.writing() as connection:
            held = declared.read_fact(connection, place)
            comparison = Comparison(differences=(merged(place, after, held, before),))
            declared.write_differences(connection, comparison, cause, Conflicts.REFUSE)
            return declared.read_fact(connection, place)

    def remove(
        self, places: Sequence[Place], *, who: str, why: str, source: str = EDIT, at: datetime | None = None
    ) -> None:
        """Take facts out by kind and key; their history stays.

        Raises:
            StoreError: One of them is not there.
        """
        with self._database.writing() as connection:
            declared.remove_facts(connection, places, Cause(who=who, why=why, at=_moment(at), source=source))

    def history(self, kind: str | None = None, key: str | None = None) -> tuple[Change, ...]:
        """Changes of facts, the oldest first; of one kind, and of one key, where given."""
        with self._database.reading() as connection:
            return declared.read_changes(connection, kind, key)

    def digest(self) -> str:
        """`sha256:` of all that is declared, said and changed, by whom and why; not of when."""
        with self._database.reading() as connection:
            return declared.read_digest(connection)

    # What was observed

    def begin_run(self, name: str, collector: str, at: datetime | None = None) -> None:
        """Open a collector run; one that is there already is resumed."""
        with self._database.writing() as connection:
            observed.begin_run(connection, name, collector, _moment(at))

    def end_run(self, name: str, summary: Mapping[str, Value], at: datetime | None = None) -> None:
        """Close a run with what it counted."""
        with self._database.writing() as connection:
            observed.end_run(connection, name, _moment(at), summary)

    def runs(self) -> tuple[Run, ...]:
        """Collector runs, the oldest first."""
        with self._database.reading() as connection:
            return observed.read_runs(connection)

    def record(self, observations: Iterable[Observation]) -> int:
        """Keep observations of runs that have begun; the number of those that were new.

        Raises:
            StoreError: A run was not begun, or brings another value for what it saw before.
        """
        given = list(observations)
        with self._database.writing() as connection:
            return observed.write_observations(connection, given)

    def receive(self, deliveries: Iterable[Delivery], at: datetime | None = None) -> tuple[str, ...]:
        """Take in what messages bring, each message once for ever; the names of those that were new.

        Raises:
            StoreError: One does not fit to what its run brought before; then none is taken in.
        """
        given = list(deliveries)
        with self._database.writing() as connection:
            return observed.write_deliveries(connection, given, _moment(at))

    def received_at(self, message: str) -> datetime | None:
        """When a message was taken in; `None` when it was not."""
        with self._database.reading() as connection:
            return observed.read_receipt(connection, message)

    def latest(
        self, subject: str | None = None, attribute: str = "", until: datetime | None = None
    ) -> tuple[Observation, ...]:
        """The newest observation of each attribute of each subject.

        Args:
            subject: Of this subject alone.
            attribute: Of attributes that begin so.
            until: As it was known at that time.
        """
        with self._database.reading() as connection:
            return observed.read_latest(connection, subject, attribute, until)

    def observed(self, attribute: str, since: datetime | None = None) -> tuple[Observation, ...]:
        """What every run saw of attributes that begin so, the oldest run first.

        Args:
            attribute: How their names begin.
            since: Only what was seen then or later.
        """
        with self._database.reading() as connection:
            return observed.read_observed(connection, attribute, since)

    # What is planned

    def save_plan(
        self, body: str, *, problem_digest: str, who: str, why: str = "", at: datetime | None = None
    ) -> SavedPlan:
        """Keep a plan's text; the same text is kept once, as it was kept first."""
        plan = SavedPlan(
            digest=digest_of(body), body=body, problem_digest=problem_digest, made_at=_moment(at), made_by=who, why=why
        )
        with self._database.writing() as connection:
            planned.write_plan(connection, plan)
            return planned.read_plan(connection, plan.digest)

    def plan(self, digest: str | None = None) -> SavedPlan:
        """The plan with this digest or beginning of one; the newest when none is given."""
        with self._database.reading() as connection:
            return planned.read_plan(connection, digest)

    def plans(self) -> tuple[SavedPlan, ...]:
        """All plans, the oldest first."""
        with self._database.reading() as connection:
            return planned.read_plans(connection)

    def approve_plan(self, digest: str, *, who: str, at: datetime | None = None) -> SavedPlan:
        """Mark a plan as approved by somebody else than its maker."""
        with self._database.writing() as connection:
            return planned.approve_plan(connection, digest, who, _moment(at))

    def approved_plan(self) -> SavedPlan | None:
        """The plan that was approved last: what everything is measured by; `None` before any approval."""
        with self._database.reading() as connection:
            return tracked.newest_approved(connection)

    # How far it is

    def tell(self, entries_of: Callable[[Held], Iterable[Entry]]) -> tuple[Entry, ...]:
        """Add entries to the log of progress, all or none.

        Args:
            entries_of: Judges, with what the store holds at that moment, and gives the entries. It
                runs alone among writers, so that two can never both take one step.

        Raises:
            ProgressError: `entries_of` refuses.
        """
        with self._database.writing() as connection:
            held = tracked.hold(connection)
            entries = tuple(entries_of(held))
            tracked.write_entries(connection, entries, held.standings)
        return entries

    def held(self) -> Held:
        """All that a gate may ask for, at one moment."""
        with self._database.reading() as connection:
            return tracked.hold(connection)

    def standings(self, kind: TrackedKind | None = None) -> tuple[Standing, ...]:
        """Where everything stands of which something was told, by kind and key."""
        with self._database.reading() as connection:
            return tracked.read_standings(connection, kind)

    def log(self, of: Tracked | None = None) -> tuple[Entry, ...]:
        """Everything that was told, in the order in which it was; of one thing, or of all."""
        with self._database.reading() as connection:
            return tracked.read_log(connection, of)

    def refold(self) -> int:
        """Fold every standing anew from the log; how many there are."""
        with self._database.writing() as connection:
            return tracked.rebuild(connection)


def _moment(at: datetime | None) -> datetime:
    if at is not None and at.tzinfo is None:
        raise StoreError(_("{at} has no time zone").format(at=at))
    return at or datetime.now(UTC)


def _shown(place: Place) -> str:
    return f"{label('Fact', place[0])} {place[1]}"
