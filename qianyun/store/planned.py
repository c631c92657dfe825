"""What is planned, in SQL: plans as text, by digest, with who made and who approved them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from qianyun.errors import Fault, StoreError
from qianyun.store import schema
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan as it is kept; `qianyun.plan` reads its text.

    Attributes:
        digest: `sha256:` of the text; runs that carry out the plan are bound to it.
        problem_digest: Of the facts that it was made for.
        approved_by: `None` until a second person has approved it.
    """

    digest: str
    body: str
    problem_digest: str
    made_at: datetime
    made_by: str
    why: str
    approved_at: datetime | None = None
    approved_by: str | None = None

    @property
    def is_approved(self) -> bool:
        """Whether it may be carried out."""
        return self.approved_by is not None


def digest_of(body: str) -> str:
    """`sha256:` of a plan's text."""
    return "sha256:" + hashlib.sha256(body.encode()).hexdigest()


def write_plan(connection: Connection, plan: SavedPlan) -> None:
    """Keep a plan; the same text is kept once, as it was kept first."""
    if connection.execute(select(schema.plan.c.digest).where(schema.plan.c.digest == plan.digest)).first() is None:
        names = ("digest", "body", "problem_digest", "made_at", "made_by", "why")
        connection.execute(insert(schema.plan), {name: getattr(plan, name) for name in names})


def read_plans(connection: Connection) -> tuple[SavedPlan, ...]:
    """All plans, the oldest first."""
    rows = connection.execute(select(schema.plan).order_by(schema.plan.c.made_at, schema.plan.c.digest))
    return tuple(_plan(row) for row in rows)


def read_plan(connection: Connection, digest: str | None = None) -> SavedPlan:
    """The plan with this digest, or one that begins so; the newest when none is given.

    Raises:
        StoreError: There is none, or several begin so.
    """
    query = select(schema.plan).order_by(schema.plan.c.made_at.desc(), schema.plan.c.digest.desc())
    if digest is not None:
        full = digest if digest.startswith("sha256:") else f"sha256:{digest}"
        query = query.where(schema.plan.c.digest.startswith(full, autoescape=True))
    found = connection.execute(query).all()
    if not found:
        mend = _("qianyun plan make makes one")
        raise StoreError(Fault(place=digest or _("plan"), what=_("is not in the store"), mend=mend))
    if digest is not None and len(found) > 1:
        raise StoreError(Fault(place=digest, what=_("is how several plans begin"), mend=_("give more of the digest")))
    return _plan(found[0])


def approve_plan(connection: Connection, digest: str, who: str, at: datetime) -> SavedPlan:
    """Mark a plan as approved by somebody else than its maker.

    Raises:
        StoreError: There is no such plan, it is approved already, or its maker approves it.
    """
    held = read_plan(connection, digest)
    if held.approved_by is not None:
        raise StoreError(Fault(place=held.digest, what=_("{who} approved it already").format(who=held.approved_by)))
    if held.made_by == who:
        what, mend = _("{who} made this plan").format(who=who), _("have a second person approve it")
        raise StoreError(Fault(place=held.digest, what=what, mend=mend))
    values = {"approved_at": at, "approved_by": who}
    connection.execute(update(schema.plan).where(schema.plan.c.digest == held.digest).values(values))
    return read_plan(connection, held.digest)


def _plan(row: Row[tuple[object, ...]]) -> SavedPlan:
    return SavedPlan(
        digest=row.digest,
        body=row.body,
        problem_digest=row.problem_digest,
        made_at=row.made_at,
        made_by=row.made_by,
        why=row.why,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
    )
