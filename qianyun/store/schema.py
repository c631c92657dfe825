"""Tables of the store: what is declared, observed and planned, how far it is, who changed what.

Facts and values are kept as text (`qianyun.estate.text`), beside the columns by which they are
looked up: a new field of a fact needs no migration, and both databases give back the same bytes.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
Number = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A time with its zone; kept and given back in UTC, which SQLite cannot do by itself."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Turn it to UTC on its way in."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Say on its way out that it is UTC."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


fact = Table(
    "fact",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("department", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "department", "kind"),
)
"""What is declared now."""

claim = Table(
    "claim",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Index(None, "source"),
)
"""What each source said last of a fact: the base against which its next word is read."""

revision = Table(
    "revision",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("source", Text, nullable=False),
)
"""One transaction that changed facts."""

change = Table(
    "change",
    metadata,
    Column("revision", Number, ForeignKey("revision.number"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("before", Text),
    Column("after", Text),
    Index(None, "kind", "key"),
)
"""A fact before and after a revision; without `before` it was new, without `after` it was removed."""

run = Table(
    "run",
    metadata,
    Column("name", Text, primary_key=True),
    Column("collector", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("summary", Text, nullable=False),
)
"""One run of a collector."""

observation = Table(
    "observation",
    metadata,
    Column("run", Text, ForeignKey("run.name"), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("attribute", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("raw_sha256", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index(None, "subject", "attribute", "seen_at"),
)
"""What runs saw."""

receipt = Table(
    "receipt",
    metadata,
    Column("message", Text, primary_key=True),
    Column("run", Text, ForeignKey("run.name"), nullable=False),
    Column("taken_at", Moment, nullable=False),
)
"""Messages from rooms that were taken in, each once for ever."""

plan = Table(
    "plan",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("problem_digest", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("approved_at", Moment),
    Column("approved_by", Text),
)
"""What is planned; the text belongs to `qianyun.plan`."""

track_entry = Table(
    "track_entry",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("turn", Number, nullable=False),
    Column("deed", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("source", Text, nullable=False),
    UniqueConstraint("kind", "key", "turn"),
)
"""What was done, entry by entry; the database refuses to change or drop one."""

standing = Table(
    "standing",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Where each thing stands: a copy of what folding its entries gives, for quick reading."""
