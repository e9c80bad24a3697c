"""What stands in for the databases of the packs, and for the one Redis: rows that are well, and faults in them."""

from dataclasses import dataclass

from bot.diagnostics.result import Verdict
from tests.support.stand_ins import Fault

WARN, CRITICAL = Verdict.WARN, Verdict.CRITICAL


@dataclass(frozen=True)
class Tables:
    """Tables of a database with rows that are well, and the faults that can be in them."""

    pack: str
    target: str
    sql: str
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return f"{self.pack}-{self.target}"


_BOOKINGS = 'CREATE TABLE "Booking" (id text, date date, status text); INSERT INTO "Booking" VALUES '
#: What is asked for without its schema is found here first.
_OURS_FIRST = """
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = ours, pg_catalog, public', current_database());
END $$
"""
#: Locks of this database only: tests beside this one have their own.
_OUR_LOCKS = f"""
CREATE SCHEMA ours;
CREATE VIEW ours.pg_locks AS
    SELECT held.* FROM pg_catalog.pg_locks AS held JOIN pg_catalog.pg_stat_activity AS session USING (pid)
    WHERE session.datname = current_database();
{_OURS_FIRST}
"""
#: A session that has idled for longer than a test can wait.
_OUR_SESSIONS = f"""
CREATE SCHEMA ours;
CREATE TABLE ours.pg_stat_activity AS
    SELECT 'idle' AS state, 'Client' AS wait_event_type, now() - interval '29 minutes' AS state_change;
{_OURS_FIRST}
"""

_WEBHOOKS = (
    'CREATE TABLE "WebhookEvent" ("eventId" text, "eventType" text, status text, attempts int, "lastError" text,'
    ' "createdAt" timestamp DEFAULT now()); INSERT INTO "WebhookEvent" VALUES'
    " ('evt_1', 'checkout.session.completed', 'PROCESSED', 1, NULL, now()),"
    " ('evt_2', 'checkout.session.completed', 'FAILED', 5, 'Long ago', now() - interval '4 days')"
)

TABLES = (
    Tables(
        "sme-booking",
        "booking-data",
        "CREATE TABLE booking (status text, notes text, updated_at timestamp DEFAULT now());"
        "INSERT INTO booking VALUES ('pending', ''), ('cancelled', 'Plans changed'), ('cancelled', '')",
        (),
    ),
    Tables(
        "sme-booking",
        "calendar-data",
        "CREATE TABLE calendar_sync_log (business_id int, status text, details text, created_at timestamptz);"
        "CREATE TABLE calendar_credentials (business_id int, expires_at timestamptz);"
        "INSERT INTO calendar_sync_log VALUES (1, 'synced', '', now()), (1, 'failed', 'Old', now() - interval '2 d');"
        "INSERT INTO calendar_credentials VALUES (1, now() + interval '1 hour')",
        (
            Fault(
                "failed",
                WARN,
                "calendar-sync-failures",
                sql="INSERT INTO calendar_sync_log VALUES (1, 'failed', 'Quota exceeded', now())",
            ),
            Fault(
                "expired",
                WARN,
                "calendar-sync-failures",
                sql="INSERT INTO calendar_credentials VALUES (2, now() - interval '1 minute')",
            ),
        ),
    ),
    Tables("journey", "locks", _OUR_LOCKS, (Fault("waiting", WARN, "database-connections"),)),
    Tables(
        "mais",
        "booking-data",
        _BOOKINGS + "('a', '2025-12-20', 'CONFIRMED'), ('b', '2025-12-21', 'CONFIRMED');"
        'CREATE UNIQUE INDEX "Booking_date_key" ON "Booking" (date)',
        (
            Fault(
                "doubled",
                CRITICAL,
                "double-booking, at once",
                sql="""DROP INDEX "Booking_date_key"; INSERT INTO "Booking" VALUES ('c', '2025-12-20', 'CONFIRMED')""",
            ),
            Fault("constraint", CRITICAL, "double-booking-cause", sql='DROP INDEX "Booking_date_key"'),
            Fault(
                "isolation",
                WARN,
                "double-booking-cause",
                sql="DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable',"
                " current_database()); END $$",
            ),
        ),
    ),
    Tables(
        "mais",
        "webhook-events",
        _WEBHOOKS,
        (
            Fault(
                "failed",
                WARN,
                "stripe-webhooks",
                sql="""INSERT INTO "WebhookEvent" ("eventId", status) VALUES ('evt_3', 'FAILED')""",
            ),
        ),
    ),
    Tables(
        "mais",
        "failed-webhooks",
        _WEBHOOKS,
        (
            Fault(
                "deliveries",
                CRITICAL,
                "stripe-webhooks",
                sql="""INSERT INTO "WebhookEvent" (status) SELECT 'FAILED' FROM generate_series(1, 6)""",
            ),
            Fault(
                "deliveries",
                WARN,
                "stripe-webhooks",
                sql="""INSERT INTO "WebhookEvent" (status) SELECT 'FAILED' FROM generate_series(1, 5)""",
            ),
        ),
    ),
    Tables(
        "mais",
        "sessions",
        _OUR_SESSIONS,
        (
            Fault(
                "idle",
                WARN,
                "database-connections-fixes",
                sql="UPDATE ours.pg_stat_activity SET state_change = now() - interval '31 minutes'",
            ),
        ),
    ),
)

#: The faults of the one pack that has a Redis.
QUEUES = (
    Fault("queue_waiting", CRITICAL, "", push={"bull:pdf-processing:wait": 501}),
    Fault("queue_waiting", WARN, "", push={"bull:pdf-processing:wait": 100}),
)
