"""How far everything is, in SQL: a log that only grows, and standings folded from it.

The place of an entry in its thing's log is unique, so that two writers can never both take the
same next step, whatever they saw before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from qianyun.estate.estate import Estate
from qianyun.estate.text import fact_of, text_of
from qianyun.store import schema
from qianyun.store.declared import read_estate
from qianyun.store.planned import SavedPlan, read_plans
from qianyun.track.deeds import DEEDS, Advance, Correction, DeedKind, Entry
from qianyun.track.standing import Standing, after, fresh, standing_of
from qianyun.track.states import Tracked, TrackedKind


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the store holds at the moment at which something is told, seen alone among writers.

    Attributes:
        approved: The newest plan that a second person approved.
    """

    estate: Estate
    standings: Mapping[Tracked, Standing]
    approved: SavedPlan | None
    connection: Connection

    def log(self, tracked: Tracked) -> tuple[Entry, ...]:
        """Everything that was told of one thing."""
        return read_log(self.connection, tracked)


def hold(connection: Connection) -> Held:
    """Read all of it."""
    return Held(
        estate=read_estate(connection),
        standings={standing.tracked: standing for standing in read_standings(connection)},
        approved=newest_approved(connection),
        connection=connection,
    )


def newest_approved(connection: Connection) -> SavedPlan | None:
    """The plan that was approved last."""
    plans = [(plan.approved_at, plan.digest, plan) for plan in read_plans(connection) if plan.approved_at]
    return max(plans)[2] if plans else None


def read_standings(connection: Connection, kind: TrackedKind | None = None) -> tuple[Standing, ...]:
    """Where everything stands that something was told of, by kind and key."""
    query = select(schema.standing.c.body).order_by(schema.standing.c.kind, schema.standing.c.key)
    if kind:
        query = query.where(schema.standing.c.kind == kind.value)
    return tuple(fact_of(Standing, body) for body in connection.scalars(query))


def read_log(connection: Connection, tracked: Tracked | None = None) -> tuple[Entry, ...]:
    """Entries in the order in which they were written; of one thing, or of all."""
    query = select(schema.track_entry).order_by(schema.track_entry.c.number)
    if tracked:
        table = schema.track_entry.c
        query = query.where(table.kind == tracked.kind.value, table.key == tracked.key)
    return tuple(_entry(row) for row in connection.execute(query))


def write_entries(connection: Connection, entries: Iterable[Entry], standings: Mapping[Tracked, Standing]) -> None:
    """Add entries to their logs, and bring the standings up to date; all in the caller's transaction."""
    now = dict(standings)
    touched: dict[Tracked, None] = {}
    for entry in entries:
        before = now.get(entry.tracked) or fresh(entry.tracked)
        connection.execute(insert(schema.track_entry), _row(entry, before))
        if isinstance(entry.deed, Correction):
            now[entry.tracked] = standing_of(entry.tracked, read_log(connection, entry.tracked))
        else:
            now[entry.tracked] = after(before, entry)
        touched[entry.tracked] = None
    for tracked in touched:
        _write_standing(connection, now[tracked], is_new=tracked not in standings)


def _write_standing(connection: Connection, standing: Standing, *, is_new: bool) -> None:
    tracked, values = standing.tracked, {"state": standing.state, "body": text_of(standing)}
    table = schema.standing
    if is_new:
        connection.execute(insert(table), {"kind": tracked.kind.value, "key": tracked.key, **values})
    else:
        place = (table.c.kind == tracked.kind.value) & (table.c.key == tracked.key)
        connection.execute(update(table).where(place).values(values))


def rebuild(connection: Connection) -> int:
    """Throw the standings away and fold the whole log anew; how many there are."""
    logs: dict[Tracked, list[Entry]] = {}
    for entry in read_log(connection):
        logs.setdefault(entry.tracked, []).append(entry)
    connection.execute(delete(schema.standing))
    for tracked, log in logs.items():
        _write_standing(connection, standing_of(tracked, log), is_new=True)
    return len(logs)


def _row(entry: Entry, before: Standing) -> dict[str, Any]:
    """Beside the deed itself, what it changes: the state before and after."""
    return {
        "kind": entry.tracked.kind.value,
        "key": entry.tracked.key,
        "turn": entry.turn,
        "deed": entry.kind.value,
        "body": text_of(entry.deed),
        "before": before.state,
        "after": entry.deed.after if isinstance(entry.deed, Advance) else before.state,
        "day": entry.on,
        "at": entry.at,
        "who": entry.who,
        "why": entry.why,
        "source": entry.source,
    }


def _entry(row: Row[tuple[Any, ...]]) -> Entry:
    return Entry(
        tracked=Tracked(kind=TrackedKind(row.kind), key=row.key),
        turn=row.turn,
        deed=fact_of(DEEDS[DeedKind(row.deed)], row.body),
        on=row.day,
        at=row.at,
        who=row.who,
        why=row.why,
        source=row.source,
    )
