"""How far a run of a diagnostic is, what targets measured before, and actions that somebody waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_BEFORE = sa.text("kind in ('diagnostic_requested', 'review_requested')")
_PROMISES = sa.text("kind in ('diagnostic_requested', 'review_requested', 'action_requested', 'action_started')")


def _promises(where: sa.TextClause) -> None:
    op.drop_index("timeline_promised_idx", table_name="timeline")
    op.create_index("timeline_promised_idx", "timeline", ["recorded_at"], postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "run", name=op.f("runs_pkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("runs_incident_id_fkey")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "measured",
        sa.Column("scope", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("healthy", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("scope", "target", "check", "healthy", name=op.f("measured_pkey")),
    )
    _promises(_PROMISES)


def downgrade() -> None:
    _promises(_BEFORE)
    op.drop_table("measured")
    op.drop_table("runs")
