"""What was observed, in SQL: collector runs and what they saw."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update

from qianyun.errors import Fault, StoreError
from qianyun.estate.observation import Observation, Value
from qianyun.store import schema
from qianyun.words import _

FEW = 500
"""Up to so many subjects are looked up one by one; for more, the whole run is read at once."""

Place = tuple[str, str, str]
"""Run, subject and attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a collector.

    Attributes:
        ended_at: `None` while it runs, or when it was cut off.
        summary: What it counted: devices asked, answers, time-outs.
    """

    name: str
    collector: str
    started_at: datetime
    ended_at: datetime | None = None
    summary: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one message from a room brings of a run.

    Attributes:
        message: Its name, unique for ever.
        summary: What the run counted, when it ends with this message.
    """

    message: str
    run: str
    collector: str
    started_at: datetime
    observations: Sequence[Observation] = ()
    summary: Mapping[str, Value] | None = None


def write_deliveries(connection: Connection, deliveries: Sequence[Delivery], at: datetime) -> tuple[str, ...]:
    """Take in what was not taken in before; the names of those messages.

    Raises:
        StoreError: An observation does not fit to what its run saw before.
    """
    names = {each.message for each in deliveries}
    columns = schema.receipt.c
    taken = set(connection.execute(select(columns.message).where(columns.message.in_(names))).scalars())
    fresh = {each.message: each for each in deliveries if each.message not in taken}
    for each in fresh.values():
        begin_run(connection, each.run, each.collector, each.started_at)
        connection.execute(insert(schema.receipt), {"message": each.message, "run": each.run, "taken_at": at})
        if each.observations:
            write_observations(connection, each.observations)
        if each.summary is not None:
            end_run(connection, each.run, at, each.summary)
    return tuple(fresh)


def read_receipt(connection: Connection, message: str) -> datetime | None:
    """When a message was taken in; `None` when it was not."""
    columns = schema.receipt.c
    return connection.execute(select(columns.taken_at).where(columns.message == message)).scalar()


def begin_run(connection: Connection, name: str, collector: str, at: datetime) -> None:
    """Open a run; one that is there already is resumed."""
    if connection.execute(select(schema.run.c.name).where(schema.run.c.name == name)).first() is None:
        values = {"name": name, "collector": collector, "started_at": at, "summary": "{}"}
        connection.execute(insert(schema.run), values)


def end_run(connection: Connection, name: str, at: datetime, summary: Mapping[str, Value]) -> None:
    """Close a run with what it counted."""
    values = {"ended_at": at, "summary": json.dumps(summary, sort_keys=True)}
    done = connection.execute(update(schema.run).where(schema.run.c.name == name).values(values))
    if not done.rowcount:
        raise StoreError(_unknown_run(name))


def read_runs(connection: Connection) -> tuple[Run, ...]:
    """All runs, the oldest first."""
    rows = connection.execute(select(schema.run).order_by(schema.run.c.started_at, schema.run.c.name))
    return tuple(
        Run(
            name=row.name,
            collector=row.collector,
            started_at=row.started_at,
            ended_at=row.ended_at,
            summary=json.loads(row.summary),
        )
        for row in rows
    )


def write_observations(connection: Connection, observations: Sequence[Observation]) -> int:
    """Keep what is not kept yet; the number of those.

    Raises:
        StoreError: A run is not begun, or the same run saw another value of the same attribute.
    """
    _refuse_unknown_runs(connection, {each.run for each in observations})
    rows = {(each.run, each.subject, each.attribute): _row(each) for each in observations}
    known = _known(connection, rows)
    _refuse_other_values(known, rows)
    fresh = [row for place, row in rows.items() if place not in known]
    if fresh:
        connection.execute(insert(schema.observation), fresh)
    return len(fresh)


def read_latest(
    connection: Connection, subject: str | None = None, attribute: str = "", until: datetime | None = None
) -> tuple[Observation, ...]:
    """The newest observation of every attribute of every subject, sorted by these."""
    columns = schema.observation.c
    newest_first = (columns.seen_at.desc(), columns.run.desc())
    rank = func.row_number().over(partition_by=(columns.subject, columns.attribute), order_by=newest_first)
    query = select(schema.observation, rank.label("rank"))
    if subject is not None:
        query = query.where(columns.subject == subject)
    if attribute:
        query = query.where(columns.attribute.startswith(attribute, autoescape=True))
    if until is not None:
        query = query.where(columns.seen_at <= until)
    ranked = query.subquery()
    found = [_observation(row) for row in connection.execute(select(ranked).where(ranked.c.rank == 1))]
    return tuple(sorted(found, key=lambda each: (each.subject, each.attribute)))


def read_observed(connection: Connection, attribute: str, since: datetime | None = None) -> tuple[Observation, ...]:
    """What every run saw of attributes that begin so, the oldest run first."""
    columns = schema.observation.c
    query = select(schema.observation).where(columns.attribute.startswith(attribute, autoescape=True))
    if since is not None:
        query = query.where(columns.seen_at >= since)
    found = [_observation(row) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda each: (each.run, each.subject, each.attribute)))


def _row(each: Observation) -> dict[str, object]:
    return {
        "run": each.run,
        "subject": each.subject,
        "attribute": each.attribute,
        "value": json.dumps(each.value),
        "source": each.source,
        "raw_sha256": each.raw_sha256,
        "seen_at": each.seen_at,
    }


def _observation(row: Row[tuple[object, ...]]) -> Observation:
    return Observation(
        subject=row.subject,
        attribute=row.attribute,
        value=_tupled(json.loads(row.value)),
        source=row.source,
        raw_sha256=row.raw_sha256,
        seen_at=row.seen_at,
        run=row.run,
    )


def _tupled(value: object) -> Value:
    if isinstance(value, list):
        return tuple(_tupled(each) for each in value)
    return value  # type: ignore[return-value] # JSON of a Value holds nothing else


def _known(connection: Connection, places: Iterable[Place]) -> dict[Place, str]:
    """Values that are kept already, of these places and perhaps of their neighbours."""
    runs, subjects = {run for run, _subject, _attribute in places}, {subject for _run, subject, _attribute in places}
    columns = schema.observation.c
    query = select(columns.run, columns.subject, columns.attribute, columns.value).where(columns.run.in_(runs))
    if len(subjects) <= FEW:
        query = query.where(columns.subject.in_(subjects))
    return {(run, subject, attribute): value for run, subject, attribute, value in connection.execute(query)}


def _refuse_unknown_runs(connection: Connection, runs: set[str]) -> None:
    known = set(connection.execute(select(schema.run.c.name).where(schema.run.c.name.in_(sorted(runs)))).scalars())
    if runs - known:
        raise StoreError([_unknown_run(name) for name in sorted(runs - known)])


def _unknown_run(name: str) -> Fault:
    return Fault(place=name, what=_("is a run that was not begun"))


def _refuse_other_values(known: Mapping[Place, str], rows: Mapping[Place, Mapping[str, object]]) -> None:
    faults = [
        Fault(
            place=f"{place[1]} {place[2]}",
            what=_("the run {run} saw {held} and now brings {said}").format(
                run=place[0], held=known[place], said=row["value"]
            ),
        )
        for place, row in rows.items()
        if known.get(place, row["value"]) != row["value"]
    ]
    if faults:
        raise StoreError(sorted(faults))
