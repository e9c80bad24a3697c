"""Every table. Invariants live here, each with the bug that it prevents."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

_NOW = text("now()")


def _incident_id() -> Column[int]:
    return Column("incident_id", BigInteger, ForeignKey("incidents.id"), nullable=False)


#: The owners of what is to be done, of an incident's state.
_ITEM_OWNERS = "jsonb_path_query_array(state, '$.action_items[*] ? (@.done == false).owner')"

#: The incident as it stands. `state` is the fold of its timeline; the other columns are computed from it by
#: Postgres, so that what is searched can't differ from what is kept.
incidents = Table(
    "incidents",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("state", JSONB, nullable=False),
    Column("head", LargeBinary, nullable=False),  # the last entry's hash: a timeline cut short at its end shows
    Column("ref", Text, Computed("state->>'ref'", persisted=True), nullable=False),
    Column("seq", Integer, Computed("(state->>'seq')::integer", persisted=True), nullable=False),
    Column("category", Text, Computed("state->>'category'", persisted=True), nullable=False),
    Column("channel_id", Text, Computed("state->>'channel_id'", persisted=True)),
    Column("private", Boolean, Computed("(state->>'private')::boolean", persisted=True), nullable=False),
    # Who has its open action items (null: nobody): lists of them across incidents look at this alone. As a column, and
    # not an index on the state, it leaves most updates of a row without work on indexes.
    Column("item_owners", JSONB, Computed(_ITEM_OWNERS, persisted=True)),
    UniqueConstraint("ref"),  # two declarations at once can't share a reference
    Index("incidents_channel_id_idx", "channel_id", unique=True),  # a channel belongs to one incident
    Index("incidents_open_idx", "id", postgresql_where=text("category not in ('resolved', 'closed')")),
    Index("incidents_items_idx", "id", postgresql_where=text("item_owners <> '[]'")),
)

#: The last number given on a UTC day. Its row's lock makes references gapless.
incident_days = Table(
    "incident_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)

#: The timeline: append-only (a trigger refuses anything but a redaction) and chained by hash.
timeline = Table(
    "timeline",
    metadata,
    _incident_id(),
    Column("seq", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of the payload as it was recorded
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("subject", Text),  # the Slack message it is about, `channel|ts`
    Column("redacted_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("incident_id", "seq"),  # two writers can't both be the next entry
    CheckConstraint("seq > 0", name="seq"),
    Index("timeline_subject_idx", "incident_id", "subject", postgresql_where=text("subject is not null")),
    # What was promised lately and may have lost its job, found without reading everything.
    Index(
        "timeline_promised_idx",
        "recorded_at",
        postgresql_where=text(
            "kind in ('diagnostic_requested', 'review_requested', 'action_requested', 'action_started')"
        ),
    ),
)

#: What Slack is to be told, once and in order within a lane.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _incident_id(),
    Column("lane", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("seq", Integer, nullable=False),  # the timeline entry that it follows from
    Column("payload", JSONB, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("status", Text, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("channel", Text),
    Column("ts", Text),
    Column("error", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
    CheckConstraint("status in ('waiting', 'sending', 'sent', 'refused', 'dropped')", name="status"),
    Index("outbox_lane_idx", "lane", "id", postgresql_where=text("status in ('waiting', 'sending')")),
    Index("outbox_refused_idx", "incident_id", "id", postgresql_where=text("status = 'refused'")),
    # Thread replies find their incident by the message they hang on.
    Index("outbox_message_idx", "channel", "ts", postgresql_where=text("ts is not null")),
    Index("outbox_incident_id_idx", "incident_id", "kind"),
)

#: Who is delivering a lane. A lease and not a lock, because the call to Slack happens outside any transaction.
lanes = Table(
    "lanes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Uuid, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)

#: What Slack shows of an incident. `wanted` counts changes, `shown` the change last sent.
surfaces = Table(
    "surfaces",
    metadata,
    _incident_id(),
    Column("name", Text, nullable=False),
    Column("wanted", Integer, nullable=False, server_default="1"),
    Column("shown", Integer, nullable=False, server_default="0"),
    Column("digest", LargeBinary),
    Column("channel", Text),
    Column("ts", Text),
    Column("ids", JSONB),
    PrimaryKeyConstraint("incident_id", "name"),
    Index("surfaces_message_idx", "channel", "ts", postgresql_where=text("ts is not null")),
    Index("surfaces_behind_idx", "incident_id", postgresql_where=text("shown < wanted")),
)

#: Named timers. Setting one again raises its generation, and a job of an older generation finds nothing to do.
timers = Table(
    "timers",
    metadata,
    _incident_id(),
    Column("name", Text, nullable=False),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("armed", Boolean, nullable=False, server_default=text("true")),
    PrimaryKeyConstraint("incident_id", "name"),
    Index("timers_due_idx", "due_at", postgresql_where=text("armed")),
)

#: Ids of what came in. A redelivered event or a command sent twice finds its own key and has no second effect.
inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("incident_id", BigInteger, ForeignKey("incidents.id")),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Index("inbox_received_at_idx", "received_at"),
)

#: What diagnostics found, whole. The timeline holds its id and digest.
evidence = Table(
    "evidence",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _incident_id(),
    Column("run", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    UniqueConstraint("incident_id", "run"),  # a check that ran twice after a crash keeps one result
)

#: How far the runs are that are at work. Unlogged: after a crash of the server they begin anew.
runs = Table(
    "runs",
    metadata,
    _incident_id(),
    Column("run", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("waiting", ARRAY(Text), nullable=False),
    PrimaryKeyConstraint("incident_id", "run"),
    prefixes=["UNLOGGED"],
)

#: What each check of a target measured last, and what was recorded while all was well (`healthy`). `scope` is a private
#: incident's row, whose results are its own, or 0 for everybody.
measured = Table(
    "measured",
    metadata,
    Column("scope", BigInteger, nullable=False),
    Column("target", Text, nullable=False),
    Column("check", Text, nullable=False),
    Column("healthy", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("value", Double),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("scope", "target", "check", "healthy"),
)

#: The texts of runbooks that are walked, by the SHA-256 of their file, in hex: without front matter, which ends before
#: the file's line `first_line`.
runbook_texts = Table(
    "runbook_texts",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_line", Integer, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
)

#: Every version of a review.
reviews = Table(
    "reviews",
    metadata,
    _incident_id(),
    Column("version", Integer, nullable=False),
    Column("upto", Integer, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    # What Muster wrote by itself: people's words are what is different. Null: the whole of it is Muster's.
    Column("generated", Text),
    Column("author_kind", Text, nullable=False, server_default="bot"),
    Column("author_id", Text, nullable=False, server_default="muster"),
    Column("via", Text, nullable=False, server_default="draft"),  # draft, slack, file
    Column("sections", JSONB, nullable=False, server_default="[]"),
    PrimaryKeyConstraint("incident_id", "version"),
)

#: How much of Slack's limits is used up, for all processes: when the next call of a method (in a channel) may be made.
#: Unlogged: after a crash of the server everybody may call again, which is the worst that can come of it.
pace = Table(
    "pace",
    metadata,
    Column("name", Text, primary_key=True),  # a method, or `method|channel`
    Column("free_at", DateTime(timezone=True), nullable=False),
    Column("closed_until", DateTime(timezone=True)),  # Slack said Retry-After
    prefixes=["UNLOGGED"],
)

#: Until when what people did in an incident's channel has been read, whether Slack told us of it or not.
caught_up = Table(
    "caught_up",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("upto", DateTime(timezone=True), nullable=False),
)

#: The processes on this database, each with its last sign of life.
replicas = Table(
    "replicas",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("listens", Boolean, nullable=False),  # to Slack
    Column("works", Boolean, nullable=False),  # on the queue
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Index("replicas_seen_at_idx", "seen_at"),
)

#: Alerts that are one matter. Of a key only one is not over: two replicas can't each open an incident for it.
alert_groups = Table(
    "alert_groups",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("service", Text),
    Column("source", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("runbook", Text),
    Column("run", ARRAY(Text), nullable=False),
    Column("rule", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("for", Interval, nullable=False),  # how long it waits for its next alert once none of it fires
    Column("incident_id", BigInteger, ForeignKey("incidents.id")),
    Column("alerts", Integer, nullable=False),
    Column("firing", Integer, nullable=False),
    Column("first_seen", DateTime(timezone=True), nullable=False),
    Column("last_seen", DateTime(timezone=True), nullable=False),
    Column("settled_by", Text),  # who declared, attached or dismissed it
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_why", Text, nullable=False, server_default=""),
    Column("told_at", DateTime(timezone=True)),  # when its incident heard of it last
    Column("tell_at", DateTime(timezone=True)),  # when its incident is to hear of what is new
    # Its message in the alerts' channel: `wanted` counts changes, `shown` the change last sent; 0 where it has none.
    Column("wanted", Integer, nullable=False, server_default="0"),
    Column("shown", Integer, nullable=False, server_default="0"),
    Column("digest", LargeBinary),
    Column("channel", Text),
    Column("ts", Text),
    Column("tried_at", DateTime(timezone=True)),  # since when its first message may have reached Slack
    Column("failures", Integer, nullable=False, server_default="0"),
    CheckConstraint("state in ('suggested', 'incident', 'dismissed', 'over')", name="state"),
    Index("alert_groups_key_idx", "key", unique=True, postgresql_where=text("state <> 'over'")),
    Index("alert_groups_incident_idx", "incident_id", postgresql_where=text("incident_id is not null")),
    Index("alert_groups_first_seen_idx", "first_seen"),
    Index("alert_groups_behind_idx", "id", postgresql_where=text("shown < wanted or tell_at is not null")),
)

#: What is known of each alert: one row, however often it is told.
alerts = Table(
    "alerts",
    metadata,
    Column("source", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("labels", JSONB, nullable=False),
    Column("links", JSONB, nullable=False),
    Column("reference", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("first_seen", DateTime(timezone=True), nullable=False),
    Column("last_seen", DateTime(timezone=True), nullable=False),
    Column("firings", Integer, nullable=False),
    Column("changes", JSONB, nullable=False),  # when it last changed, in seconds since 1970
    Column("flapping", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of all that was told last
    Column("reason", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("group_id", BigInteger, ForeignKey("alert_groups.id")),
    PrimaryKeyConstraint("source", "fingerprint"),  # told twice, it is still one
    CheckConstraint("status in ('firing', 'resolved')", name="status"),
    Index("alerts_group_id_idx", "group_id", postgresql_where=text("group_id is not null")),
    Index("alerts_last_seen_idx", "last_seen", postgresql_where=text("group_id is null")),  # what may be forgotten
)

#: Silence that somebody asked for.
mutes = Table(
    "mutes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("matcher", JSONB, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("ended_by", Text),
    CheckConstraint("until >= since", name="until"),
    Index("mutes_until_idx", "until"),
)
