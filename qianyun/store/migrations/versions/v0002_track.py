"""Where each move stands: a log that only grows, and the standing folded from it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
REFUSED = "the log of progress only grows"
POSTGRESQL = f"""
CREATE FUNCTION track_entry_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$
"""


def upgrade() -> None:
    """Make the tables; the database itself refuses to change or drop an entry."""
    op.create_table(
        "track_entry",
        sa.Column("number", NUMBER, nullable=False, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("turn", NUMBER, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_track_entry"),
        sa.UniqueConstraint("kind", "key", "turn", name="uq_track_entry_kind_key_turn"),
    )
    op.create_table(
        "standing",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_standing"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        op.execute(
            "CREATE TRIGGER track_entry_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON track_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION track_entry_grows()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER track_entry_no_{verb.lower()} BEFORE {verb} ON track_entry "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("standing")
    op.drop_table("track_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION track_entry_grows()")
