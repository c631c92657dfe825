"""What came from the rooms and was taken in, so that nothing is taken in twice."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "receipt",
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message", name="pk_receipt"),
        sa.ForeignKeyConstraint(["run"], ["run.name"], name="fk_receipt_run"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("receipt")
