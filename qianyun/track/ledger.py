"""What planners' ledgers tell of the past, taken into logs.

A row tells the states that a thing has entered, each with its day. What the log holds already is
no news; what contradicts it is a fault of the row that says so, and nothing is taken back quietly.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from qianyun.errors import Fault, ProgressError
from qianyun.estate.facts import SystemKey
from qianyun.track.deeds import Advance, Entry, Incident
from qianyun.track.grounds import Asked
from qianyun.track.recording import note, told
from qianyun.track.standing import Standing, after
from qianyun.track.states import PATH, SystemState, Tracked
from qianyun.track.world import World
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A state with the day on which it was entered."""

    state: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One row.

    Attributes:
        stages: In the order in which they were entered.
        incident: An incident that the row tells of; then it tells no stages.
        place: File, sheet and cell of the key.
    """

    tracked: Tracked
    stages: tuple[Stage, ...] = ()
    incident: Incident | None = None
    incident_on: date | None = None
    who: str
    why: str = ""
    place: str


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """All rows of some files.

    Attributes:
        planned: Approved days by system, as the ledger's planned column has them.
    """

    rows: tuple[Told, ...]
    planned: Mapping[SystemKey, date]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a ledger adds to the logs.

    Attributes:
        entries: In the order of the rows.
        faults: Rows that contradict the logs or the facts, by place; what they tell is not in `entries`.
    """

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]


def take_in(rows: Iterable[Told], world: World, at: datetime) -> Taken:
    """The entries that rows add to the logs of a world."""
    standings: dict[Tracked, Standing] = dict(world.standings)
    now = World(
        estate=world.estate,
        calendar=world.calendar,
        standings=standings,
        planned=world.planned,
        platform_level=world.platform_level,
    )
    entries: list[Entry] = []
    faults: list[Fault] = []
    for row in rows:
        before, count = standings.get(row.tracked), len(entries)
        try:
            for entry in _entries(row, now, at):
                standings[row.tracked] = after(now.standing(row.tracked), entry)
                entries.append(entry)
        except ProgressError as error:
            faults.extend(Fault(place=row.place, what=f"{f.place}: {f.what}", mend=f.mend) for f in error.faults)
            del entries[count:]
            standings.pop(row.tracked, None)
            if before:
                standings[row.tracked] = before
    return Taken(entries=tuple(entries), faults=tuple(faults))


def _entries(row: Told, world: World, at: datetime) -> Iterator[Entry]:
    if row.incident and row.incident_on:
        if row.incident not in world.standing(row.tracked).incidents:
            asked = Asked(tracked=row.tracked, target="", on=row.incident_on, who=row.who, why=row.why)
            yield _sourced(note(asked, row.incident, world, (), at), row.place)
        return
    for stage in _news(row, world.standing(row.tracked)):
        asked = Asked(tracked=row.tracked, target=stage.state, on=stage.on, who=row.who, why=row.why)
        entry = told(asked, world, at, row.place)
        if entry:
            yield entry


def _sourced(entry: Entry, place: str) -> Entry:
    return Entry(
        tracked=entry.tracked,
        turn=entry.turn,
        deed=entry.deed,
        on=entry.on,
        at=entry.at,
        who=entry.who,
        why=entry.why,
        source=place,
    )


def _news(row: Told, standing: Standing) -> tuple[Stage, ...]:
    """The stages that the log does not hold, the earlier ones it has passed by left out.

    Raises:
        ProgressError: The ledger has another day for a state that the log holds.
    """
    held = [(each.state, each.on) for each in standing.passed]
    matched = 0
    for number, stage in enumerate(row.stages, start=1):
        if (stage.state, stage.on) in held:
            matched = number
    faults = [
        _other_day(row, stage, entered.on)
        for stage in row.stages[:matched]
        if (stage.state, stage.on) not in held and (entered := standing.entered(stage.state))
    ]
    news = row.stages[matched:]
    last = standing.passed[-1] if standing.passed else None
    if last and matched == 0 and any(stage.state == last.state for stage in news):
        faults.extend(_other_day(row, stage, last.on) for stage in news if stage.state == last.state)
    if faults:
        raise ProgressError(faults)
    return tuple(stage for stage in news if not _is_behind(stage, standing))


def _is_behind(stage: Stage, standing: Standing) -> bool:
    """An earlier stage of the way, of a day before the log goes on: nothing that could still be told."""
    both = {stage.state, standing.state} <= set(PATH)
    is_before = both and PATH.index(SystemState(stage.state)) < PATH.index(SystemState(standing.state))
    return is_before and bool(standing.since and stage.on <= standing.since)


def _other_day(row: Told, stage: Stage, held: date) -> Fault:
    what = _("the ledger has it enter {state} on {day}, the log on {held}").format(
        state=stage.state, day=stage.on, held=held
    )
    mend = _("correct the ledger, or correct what was told with track correct")
    return Fault(place=row.tracked.key, what=what, mend=mend)


def steps_of(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Advance]]:
    """Entries that are steps, with their step."""
    for entry in entries:
        if isinstance(entry.deed, Advance):
            yield entry, entry.deed
