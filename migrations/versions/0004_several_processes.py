"""What several processes have to know of each other: Slack's limits, what was caught up, who is there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_PROMISES = sa.text("kind in ('diagnostic_requested', 'review_requested')")


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("free_at", _TIME, nullable=False),
        sa.Column("closed_until", _TIME),
        sa.PrimaryKeyConstraint("name", name=op.f("pace_pkey")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "caught_up",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("upto", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("caught_up_pkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("caught_up_incident_id_fkey")),
    )
    op.create_table(
        "replicas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("listens", sa.Boolean(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("replicas_pkey")),
    )
    op.create_index("replicas_seen_at_idx", "replicas", ["seen_at"])
    op.create_index("timeline_promised_idx", "timeline", ["recorded_at"], postgresql_where=_PROMISES)


def downgrade() -> None:
    op.drop_index("timeline_promised_idx", table_name="timeline", postgresql_where=_PROMISES)
    op.drop_table("replicas")
    op.drop_table("caught_up")
    op.drop_table("pace")
