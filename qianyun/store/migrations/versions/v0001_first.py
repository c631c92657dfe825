"""The first schema: facts with their changes, observations with their runs, plans."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _declared()
    _observed()
    op.create_table(
        "plan",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("problem_digest", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("approved_at", MOMENT),
        sa.Column("approved_by", sa.Text),
        sa.PrimaryKeyConstraint("digest", name="pk_plan"),
    )


def _declared() -> None:
    op.create_table(
        "fact",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_fact"),
    )
    op.create_index("ix_fact_department_kind", "fact", ["department", "kind"])
    op.create_table(
        "claim",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "source", name="pk_claim"),
    )
    op.create_index("ix_claim_source", "claim", ["source"])
    op.create_table(
        "revision",
        sa.Column("number", NUMBER, nullable=False, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_revision"),
    )
    op.create_table(
        "change",
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.PrimaryKeyConstraint("revision", "kind", "key", name="pk_change"),
        sa.ForeignKeyConstraint(["revision"], ["revision.number"], name="fk_change_revision"),
    )
    op.create_index("ix_change_kind_key", "change", ["kind", "key"])


def _observed() -> None:
    op.create_table(
        "run",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("collector", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("summary", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_run"),
    )
    op.create_table(
        "observation",
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("raw_sha256", sa.Text, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("run", "subject", "attribute", name="pk_observation"),
        sa.ForeignKeyConstraint(["run"], ["run.name"], name="fk_observation_run"),
    )
    op.create_index("ix_observation_subject_attribute_seen_at", "observation", ["subject", "attribute", "seen_at"])


def downgrade() -> None:
    """Remove them, dependants first."""
    for table in ("plan", "observation", "run", "change", "revision", "claim", "fact"):
        op.drop_table(table)
