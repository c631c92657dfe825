"""What is declared, in SQL: facts, what each source said of them, and every change."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from qianyun.errors import Fault, StoreError
from qianyun.estate.estate import Estate
from qianyun.estate.identity import KINDS, Fact, kind_of
from qianyun.estate.text import fact_of, text_of
from qianyun.store import schema
from qianyun.store.comparison import Comparison, Conflicts, Difference, FieldChange, Place, Verdict, changes, difference
from qianyun.words import _, label

FEW = 500
"""Up to so many facts are looked up by key; for more, the whole kind is read at once."""

Texts = Mapping[Place, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who changes facts, why, when, and where the new values come from."""

    who: str
    why: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact before and after one revision.

    Attributes:
        before: `None` when the fact was new.
        after: `None` when it was removed.
    """

    kind: str
    key: str
    before: Fact | None
    after: Fact | None
    cause: Cause

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """Fields that changed."""
        return changes(self.before, self.after)


def read_facts(connection: Connection, kind: str | None = None, department: str | None = None) -> list[Fact]:
    """Facts in the order of kinds and keys, whatever the database's collation."""
    columns = schema.fact.c
    query = select(columns.kind, columns.key, columns.body)
    if kind is not None:
        query = query.where(columns.kind == kind)
    if department is not None:
        query = query.where(columns.department == department)
    order = list(KINDS)
    rows = sorted(connection.execute(query), key=lambda row: (order.index(row[0]), row[1]))
    return [fact_of(KINDS[name].type, body) for name, _key, body in rows]


def read_fact(connection: Connection, place: Place) -> Fact:
    """One fact.

    Raises:
        StoreError: It is not there.
    """
    body = _texts(connection, schema.fact, [place]).get(place)
    if body is None:
        raise StoreError(_absent(place))
    return fact_of(KINDS[place[0]].type, body)


def read_estate(connection: Connection) -> Estate:
    """All facts together."""
    held: dict[str, list[Fact]] = {kind.held_in: [] for kind in KINDS.values()}
    for fact in read_facts(connection):
        held[kind_of(fact).held_in].append(fact)
    return Estate(**{name: tuple(facts) for name, facts in held.items()})  # type: ignore[arg-type] # told apart by kind


def compare_facts(connection: Connection, facts: Mapping[Place, Fact], source: str) -> Comparison:
    """Each fact beside what is held and what its source said last."""
    held, claims = _texts(connection, schema.fact, facts), _claims(connection, source)
    found = tuple(difference(place, said, held.get(place), claims.get(place)) for place, said in facts.items())
    return Comparison(differences=found, absent=tuple(sorted(claims.keys() - facts.keys())), claims=claims)


def write_differences(connection: Connection, comparison: Comparison, cause: Cause, conflicts: Conflicts) -> None:
    """Take in what differs, as one revision.

    Raises:
        StoreError: There are conflicts, and they are refused.
    """
    if conflicts is Conflicts.REFUSE:
        comparison.refuse_conflicts()
    _write_changes(connection, [row for each in comparison.differences if (row := _row(each, conflicts))], cause)


def write_claims(connection: Connection, comparison: Comparison, source: str) -> None:
    """Note what a source said, as the base for its next word."""
    said = (each for each in comparison.differences if comparison.claims.get((each.kind, each.key)) != each.text)
    rows = [{"kind": each.kind, "key": each.key, "source": source, "body": each.text} for each in said]
    _put(connection, schema.claim, rows)


def _row(each: Difference, conflicts: Conflicts) -> dict[str, str | None] | None:
    """What the difference changes, as a row of `change`; `None` when it changes nothing."""
    takes = each.verdict is Verdict.CONFLICT and conflicts is Conflicts.TAKE
    kept = each.taken() if takes else each.kept
    if kept is None or kept is each.held or kept == each.held:
        return None
    before = None if each.held is None else text_of(each.held)
    after = each.text if kept is each.said else text_of(kept)
    department = kind_of(kept).department(kept)
    return {"kind": each.kind, "key": each.key, "department": department, "before": before, "after": after}


def remove_facts(connection: Connection, places: Sequence[Place], cause: Cause) -> None:
    """Take facts out; their history stays, and so does what other sources said of them."""
    held: dict[Place, str] = {}
    for place in places:
        held |= _texts(connection, schema.fact, [place])
    missing = [place for place in places if place not in held]
    if missing:
        raise StoreError([_absent(place) for place in missing])
    for kind, key in held:
        columns, claims = schema.fact.c, schema.claim.c
        connection.execute(delete(schema.fact).where(columns.kind == kind, columns.key == key))
        connection.execute(
            delete(schema.claim).where(claims.kind == kind, claims.key == key, claims.source == cause.source)
        )
    rows = [{"kind": kind, "key": key, "before": body, "after": None} for (kind, key), body in held.items()]
    _write_changes(connection, rows, cause)


def read_changes(connection: Connection, kind: str | None = None, key: str | None = None) -> tuple[Change, ...]:
    """Changes, the oldest first; of one kind, and of one key, where given."""
    columns, revision = schema.change.c, schema.revision.c
    query = select(
        columns.kind,
        columns.key,
        columns.before,
        columns.after,
        revision.at,
        revision.who,
        revision.why,
        revision.source,
        revision.number,
    ).join(schema.revision)
    if kind is not None:
        query = query.where(columns.kind == kind)
    if key is not None:
        query = query.where(columns.key == key)
    rows = sorted(connection.execute(query), key=lambda row: (row.number, row.kind, row.key))
    return tuple(
        Change(
            kind=row.kind,
            key=row.key,
            before=_fact(row.kind, row.before),
            after=_fact(row.kind, row.after),
            cause=Cause(who=row.who, why=row.why, at=row.at, source=row.source),
        )
        for row in rows
    )


def _absent(place: Place) -> Fault:
    kind, key = place
    return Fault(place=f"{label('Fact', kind)} {key}", what=_("is not in the store"))


def read_digest(connection: Connection) -> str:
    """`sha256:` of all that is held, said and changed, by whom and why; not of when."""
    revision, change = schema.revision.c, schema.change.c
    why = select(revision.who, revision.why, revision.source, change.kind, change.key, change.before, change.after)
    digest = hashlib.sha256()
    for query in (select(schema.fact), select(schema.claim), why.join_from(schema.change, schema.revision)):
        for line in sorted(repr(tuple(row)) for row in connection.execute(query)):
            digest.update(line.encode())
    return "sha256:" + digest.hexdigest()


def _fact(kind: str, body: str | None) -> Fact | None:
    return None if body is None else fact_of(KINDS[kind].type, body)


def _texts(connection: Connection, table: Table, places: Iterable[Place]) -> dict[Place, str]:
    """What a table holds of these places, and perhaps of their neighbours."""
    wanted = list(places)
    columns = table.c
    query = select(columns.kind, columns.key, columns.body).where(columns.kind.in_({kind for kind, _key in wanted}))
    if len(wanted) <= FEW:
        query = query.where(columns.key.in_([key for _kind, key in wanted]))
    return {(kind, key): body for kind, key, body in connection.execute(query)}


def _claims(connection: Connection, source: str) -> dict[Place, str]:
    columns = schema.claim.c
    query = select(columns.kind, columns.key, columns.body).where(columns.source == source)
    return {(kind, key): body for kind, key, body in connection.execute(query)}


def _write_changes(connection: Connection, rows: Sequence[dict[str, str | None]], cause: Cause) -> None:
    if not rows:
        return
    values = {"at": cause.at, "who": cause.who, "why": cause.why, "source": cause.source}
    [number] = connection.execute(insert(schema.revision).returning(schema.revision.c.number), values).one()
    kept = ("kind", "key", "department")
    _put(
        connection,
        schema.fact,
        [{**{name: row[name] for name in kept}, "body": row["after"]} for row in rows if row["after"] is not None],
    )
    told = ("kind", "key", "before", "after")
    connection.execute(
        insert(schema.change), [{"revision": number, **{name: row[name] for name in told}} for row in rows]
    )


def _put(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace those with the same primary key."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        pg = postgresql.insert(table)
        rest = {column.name: pg.excluded[column.name] for column in table.c if not column.primary_key}
        connection.execute(pg.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest), rows)
        return
    lite = sqlite.insert(table)
    rest = {column.name: lite.excluded[column.name] for column in table.c if not column.primary_key}
    connection.execute(lite.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest), rows)
