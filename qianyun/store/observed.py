"""What was observed, in SQL: collector runs and what they saw."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from qianyun.errors import Fault, StoreError
from qianyun.estate.observation import Observation, Value
from qianyun.store import schema
from qianyun.words import _


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
    runs = {each.run for each in observations}
    rows = {(each.run, each.subject, each.attribute): _row(each) for each in observations}
    _refuse_unknown_runs(connection, runs)
    if not rows:
        return 0
    before = _count(connection, runs)
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(make(schema.observation).on_conflict_do_nothing(), [rows[place] for place in sorted(rows)])
    added = _count(connection, runs) - before
    if added < len(rows):
        _refuse_other_values(connection, rows)
    return added


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


def _count(connection: Connection, runs: set[str]) -> int:
    query = select(func.count()).select_from(schema.observation).where(schema.observation.c.run.in_(runs))
    return connection.execute(query).scalar_one()


def _refuse_unknown_runs(connection: Connection, runs: set[str]) -> None:
    known = set(connection.execute(select(schema.run.c.name).where(schema.run.c.name.in_(sorted(runs)))).scalars())
    if runs - known:
        raise StoreError([_unknown_run(name) for name in sorted(runs - known)])


def _unknown_run(name: str) -> Fault:
    return Fault(place=name, what=_("is a run that was not begun"))


def _refuse_other_values(connection: Connection, rows: Mapping[tuple[str, str, str], Mapping[str, object]]) -> None:
    columns = schema.observation.c
    runs = sorted({run for run, _subject, _attribute in rows})
    query = select(columns.run, columns.subject, columns.attribute, columns.value).where(columns.run.in_(runs))
    faults = [
        Fault(
            place=f"{subject} {attribute}",
            what=_("the run {run} saw {held} and now brings {said}").format(
                run=run, held=value, said=rows[run, subject, attribute]["value"]
            ),
        )
        for run, subject, attribute, value in connection.execute(query)
        if (run, subject, attribute) in rows and rows[run, subject, attribute]["value"] != value
    ]
    if faults:
        raise StoreError(sorted(faults))
