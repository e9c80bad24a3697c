"""Alerts, the groups that they make, and mutes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_groups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("service", sa.Text()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("runbook", sa.Text()),
        sa.Column("run", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("for", sa.Interval(), nullable=False),
        sa.Column("incident_id", sa.BigInteger()),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("firing", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Text()),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_why", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("tell_at", sa.DateTime(timezone=True)),
        sa.Column("wanted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("shown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("channel", sa.Text()),
        sa.Column("ts", sa.Text()),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state in ('suggested', 'incident', 'dismissed', 'over')", name=op.f("alert_groups_state_check")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("alert_groups_incident_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_groups_pkey")),
    )
    live, mine = sa.text("state <> 'over'"), sa.text("incident_id is not null")
    behind = sa.text("shown < wanted or tell_at is not null")
    op.create_index("alert_groups_key_idx", "alert_groups", ["key"], unique=True, postgresql_where=live)
    op.create_index("alert_groups_incident_idx", "alert_groups", ["incident_id"], postgresql_where=mine)
    op.create_index("alert_groups_first_seen_idx", "alert_groups", ["first_seen"])
    op.create_index("alert_groups_behind_idx", "alert_groups", ["id"], postgresql_where=behind)
    op.create_table(
        "alerts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("labels", postgresql.JSONB(), nullable=False),
        sa.Column("links", postgresql.JSONB(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("firings", sa.Integer(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("flapping", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger()),
        sa.CheckConstraint("status in ('firing', 'resolved')", name=op.f("alerts_status_check")),
        sa.ForeignKeyConstraint(["group_id"], ["alert_groups.id"], name=op.f("alerts_group_id_fkey")),
        sa.PrimaryKeyConstraint("source", "fingerprint", name=op.f("alerts_pkey")),
    )
    grouped = sa.text("group_id is not null")
    op.create_index("alerts_group_id_idx", "alerts", ["group_id"], postgresql_where=grouped)
    op.create_index("alerts_last_seen_idx", "alerts", ["last_seen"], postgresql_where=sa.text("group_id is null"))
    op.create_table(
        "mutes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("matcher", postgresql.JSONB(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text()),
        sa.CheckConstraint("until >= since", name=op.f("mutes_until_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("mutes_pkey")),
    )
    op.create_index("mutes_until_idx", "mutes", ["until"])


def downgrade() -> None:
    op.drop_table("mutes")
    op.drop_table("alerts")
    op.drop_table("alert_groups")
