"""The spine: incidents, timelines, and what is waiting to be done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("incident_days_pkey")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("ref", sa.Text(), sa.Computed("state->>'ref'", persisted=True), nullable=False),
        sa.Column("seq", sa.Integer(), sa.Computed("(state->>'seq')::integer", persisted=True), nullable=False),
        sa.Column("category", sa.Text(), sa.Computed("state->>'category'", persisted=True), nullable=False),
        sa.Column("channel_id", sa.Text(), sa.Computed("state->>'channel_id'", persisted=True), nullable=True),
        sa.Column("private", sa.Boolean(), sa.Computed("(state->>'private')::boolean", persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("incidents_pkey")),
        sa.UniqueConstraint("ref", name=op.f("incidents_ref_key")),
    )
    op.create_index("incidents_channel_id_idx", "incidents", ["channel_id"], unique=True)
    op.create_index(
        "incidents_open_idx",
        "incidents",
        ["id"],
        unique=False,
        postgresql_where=sa.text("category not in ('resolved', 'closed')"),
    )
    op.create_table(
        "lanes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("lanes_pkey")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("evidence_incident_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("evidence_pkey")),
        sa.UniqueConstraint("incident_id", "run", name=op.f("evidence_incident_id_run_key")),
    )
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("inbox_incident_id_fkey")),
        sa.PrimaryKeyConstraint("key", name=op.f("inbox_pkey")),
    )
    op.create_index("inbox_received_at_idx", "inbox", ["received_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('waiting', 'sending', 'sent', 'refused')", name=op.f("outbox_status_check")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("outbox_incident_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
    )
    op.create_index("outbox_incident_id_idx", "outbox", ["incident_id", "kind"], unique=False)
    op.create_index(
        "outbox_lane_idx",
        "outbox",
        ["lane", "id"],
        unique=False,
        postgresql_where=sa.text("status in ('waiting', 'sending')"),
    )
    op.create_index(
        "outbox_message_idx", "outbox", ["channel", "ts"], unique=False, postgresql_where=sa.text("ts is not null")
    )
    op.create_table(
        "reviews",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("reviews_incident_id_fkey")),
        sa.PrimaryKeyConstraint("incident_id", "version", name=op.f("reviews_pkey")),
    )
    op.create_table(
        "surfaces",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), server_default="1", nullable=False),
        sa.Column("shown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("ids", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("surfaces_incident_id_fkey")),
        sa.PrimaryKeyConstraint("incident_id", "name", name=op.f("surfaces_pkey")),
    )
    op.create_index(
        "surfaces_message_idx",
        "surfaces",
        ["channel", "ts"],
        unique=False,
        postgresql_where=sa.text("ts is not null"),
    )
    op.create_index(
        "surfaces_behind_idx", "surfaces", ["incident_id"], unique=False, postgresql_where=sa.text("shown < wanted")
    )
    op.create_table(
        "timeline",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seq > 0", name=op.f("timeline_seq_check")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("timeline_incident_id_fkey")),
        sa.PrimaryKeyConstraint("incident_id", "seq", name=op.f("timeline_pkey")),
    )
    op.create_index(
        "timeline_subject_idx",
        "timeline",
        ["incident_id", "subject"],
        unique=False,
        postgresql_where=sa.text("subject is not null"),
    )
    op.create_table(
        "timers",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("armed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("timers_incident_id_fkey")),
        sa.PrimaryKeyConstraint("incident_id", "name", name=op.f("timers_pkey")),
    )
    op.create_index("timers_due_idx", "timers", ["due_at"], unique=False, postgresql_where=sa.text("armed"))


def downgrade() -> None:
    op.drop_index("timers_due_idx", table_name="timers", postgresql_where=sa.text("armed"))
    op.drop_table("timers")
    op.drop_index("timeline_subject_idx", table_name="timeline", postgresql_where=sa.text("subject is not null"))
    op.drop_table("timeline")
    op.drop_index("surfaces_behind_idx", table_name="surfaces", postgresql_where=sa.text("shown < wanted"))
    op.drop_index("surfaces_message_idx", table_name="surfaces", postgresql_where=sa.text("ts is not null"))
    op.drop_table("surfaces")
    op.drop_table("reviews")
    op.drop_index("outbox_message_idx", table_name="outbox", postgresql_where=sa.text("ts is not null"))
    op.drop_index("outbox_lane_idx", table_name="outbox", postgresql_where=sa.text("status in ('waiting', 'sending')"))
    op.drop_index("outbox_incident_id_idx", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("inbox_received_at_idx", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("evidence")
    op.drop_table("lanes")
    op.drop_index(
        "incidents_open_idx", table_name="incidents", postgresql_where=sa.text("category not in ('resolved', 'closed')")
    )
    op.drop_index("incidents_channel_id_idx", table_name="incidents")
    op.drop_table("incidents")
    op.drop_table("incident_days")
