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


#: Two couples who have paid, a day apart; and one whose double booking was cancelled and refunded.
_BOOKINGS = """
CREATE TYPE "Status" AS ENUM ('CONFIRMED', 'CAPTURED', 'CANCELED');
CREATE TABLE "Customer" (id text PRIMARY KEY, email text UNIQUE, name text, "createdAt" timestamp,
                         "updatedAt" timestamp);
CREATE TABLE "Package" (id text PRIMARY KEY, name text);
CREATE TABLE "Booking" (id text, date date, status "Status", notes text, "customerId" text DEFAULT 'cus',
                        "packageId" text DEFAULT 'pkg', "totalPrice" int DEFAULT 350000,
                        "createdAt" timestamp DEFAULT '2025-10-01 12:00', "updatedAt" timestamp);
CREATE TABLE "Payment" (id text, "bookingId" text, amount int, status "Status", "processorId" text,
                        "createdAt" timestamp DEFAULT '2025-10-01 12:01', currency text, processor text);
INSERT INTO "Customer" VALUES ('cus', 'couple@example.com', 'Roe and Doe');
INSERT INTO "Package" VALUES ('pkg', 'Classic');
INSERT INTO "Booking" VALUES ('a', '2025-12-20', 'CONFIRMED'), ('b', '2025-12-21', 'CONFIRMED');
INSERT INTO "Booking" VALUES
    ('x', '2025-12-22', 'CANCELED', 'CANCELED - double-booking error. Customer offered: full refund');
INSERT INTO "Payment" VALUES ('pa', 'a', 350000, 'CAPTURED', 'cs_a'), ('px', 'x', 350000, 'CANCELED', 'cs_x');
CREATE UNIQUE INDEX "Booking_date_key" ON "Booking" (date);
"""
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
#: A session that has idled for less than is too long.
_OUR_SESSIONS = f"""
CREATE SCHEMA ours;
CREATE TABLE ours.pg_stat_activity AS
    SELECT 'idle' AS state, 'Client' AS wait_event_type, now() - interval '29 minutes' AS state_change,
           'prisma' AS application_name;
{_OURS_FIRST}
"""
#: As many sessions of the one application as are usual, by what they do.
_POOL = f"""
CREATE SCHEMA ours;
CREATE TABLE ours.pg_stat_activity (pid int, datname text, state text, query text, query_start timestamptz,
                                    xact_start timestamptz);
INSERT INTO ours.pg_stat_activity
SELECT n, 'schedgen', CASE WHEN n < 3 THEN 'active' WHEN n = 3 THEN 'idle in transaction' ELSE 'idle' END,
       'SELECT * FROM job WHERE owner = ''bob@example.com'' AND id = 4711', now() - interval '1 minute' * n,
       CASE WHEN n <= 3 THEN now() - interval '1 minute' * n END
FROM generate_series(1, 39) AS n;
{_OURS_FIRST}
"""

_WEBHOOKS = (
    'CREATE TABLE "WebhookEvent" ("eventId" text, "eventType" text, status text, attempts int, "lastError" text,'
    ' "createdAt" timestamp DEFAULT now(), "rawPayload" text, "processedAt" timestamp);'
    'INSERT INTO "WebhookEvent" VALUES'
    " ('evt_1', 'checkout.session.completed', 'PROCESSED', 1, NULL, now(), '{}'),"
    " ('evt_2', 'checkout.session.completed', 'FAILED', 5, 'Long ago', now() - interval '4 days',"
    """ '{"data": {"object": {"id": "cs_a", "metadata": {"eventDate": "2025-12-20"}}}}');"""
)

TABLES = (
    Tables(
        "sme-booking",
        "booking-data",
        "CREATE TABLE booking (status text, notes text, updated_at timestamp DEFAULT now(), booking_time timestamp,"
        " customer_id int, created_at timestamp);"
        "CREATE INDEX idx_booking_status_time ON booking (status, booking_time);"
        "CREATE INDEX idx_customer_bookings ON booking (customer_id, created_at);"
        "INSERT INTO booking VALUES ('pending', ''), ('cancelled', 'Plans changed'), ('cancelled', '')",
        (Fault("indexes", WARN, "slow-queries", sql="DROP INDEX idx_customer_bookings"),),
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
            Fault(
                "failing-now",
                WARN,
                "it is not over",
                sql="INSERT INTO calendar_sync_log VALUES (1, 'failed', 'Again', now() - interval '4 minutes')",
            ),
            Fault(
                "no-credentials",
                WARN,
                "sign in again",
                sql="INSERT INTO calendar_sync_log VALUES (3, 'failed', 'No credentials', now() - interval '1 hour')",
            ),
        ),
    ),
    Tables("ai-booking", "sessions", "SELECT 1", ()),
    Tables(
        "ai-booking",
        "data",
        "CREATE TABLE client (id int PRIMARY KEY); INSERT INTO client VALUES (1);"
        "CREATE TABLE booking (client int CONSTRAINT booking_client REFERENCES client);"
        "INSERT INTO booking VALUES (1)",
        (
            Fault("empty", CRITICAL, "data-corruption", sql="TRUNCATE booking, client"),
            Fault(
                "references",
                WARN,
                "data-corruption",
                sql="ALTER TABLE booking DROP CONSTRAINT booking_client; INSERT INTO booking VALUES (2);"
                "ALTER TABLE booking ADD CONSTRAINT booking_client FOREIGN KEY (client) REFERENCES client NOT VALID",
            ),
        ),
    ),
    Tables("journey", "locks", _OUR_LOCKS, (Fault("waiting", WARN, "database-connections"),)),
    Tables(
        "mais",
        "booking-data",
        _BOOKINGS,
        (
            Fault(
                "doubled",
                CRITICAL,
                "double-booking, at once",
                sql="""DROP INDEX "Booking_date_key"; INSERT INTO "Booking" VALUES ('c', '2025-12-20', 'CONFIRMED')""",
            ),
            Fault("constraint", CRITICAL, "double-booking-cause", sql='DROP INDEX "Booking_date_key"'),
            Fault(
                "close",
                WARN,
                "Ask both customers",
                sql="""DROP INDEX "Booking_date_key"; INSERT INTO "Booking" VALUES ('c', '2025-12-20', 'CONFIRMED');"""
                """INSERT INTO "Payment" VALUES ('pc', 'c', 1, 'CAPTURED', 'cs_c', '2025-10-01 12:01:59')""",
            ),
            Fault(
                "unrefunded",
                WARN,
                "mark-refunded",
                sql="""UPDATE "Payment" SET status = 'CAPTURED' WHERE id = 'px'""",
            ),
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
        _WEBHOOKS + _BOOKINGS,
        (
            Fault(
                "failed",
                WARN,
                "stripe-webhooks",
                sql="""INSERT INTO "WebhookEvent" ("eventId", status) VALUES ('evt_3', 'FAILED')""",
            ),
            Fault("unbooked", CRITICAL, "paid-not-booked", sql="""DELETE FROM "Payment" WHERE id = 'pa'"""),
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
                "database-connections-lost",
                sql="UPDATE ours.pg_stat_activity SET state_change = now() - interval '31 minutes'",
            ),
        ),
    ),
    Tables(
        "mais",
        "migrations",
        "CREATE TABLE _prisma_migrations (migration_name text, started_at timestamptz, finished_at timestamptz,"
        " rolled_back_at timestamptz, logs text); INSERT INTO _prisma_migrations VALUES"
        " ('20251031120000_add_new_column', now(), now(), NULL, NULL),"
        " ('20251031130000_undone', now(), NULL, now(), 'It failed')",
        (
            Fault(
                "unfinished",
                CRITICAL,
                "rolling-back",
                sql="INSERT INTO _prisma_migrations VALUES ('20251031140000_broken', now(), NULL, NULL, 'Syntax')",
            ),
        ),
    ),
    Tables(
        "schedgen",
        "db-sessions",
        _POOL,
        tuple(
            Fault(
                check,
                verdict,
                "database-connections-exhausted",
                sql="INSERT INTO ours.pg_stat_activity (datname, state)"
                f" SELECT 'schedgen', 'idle' FROM generate_series(40, {number})",
            )
            for check in ("pool", "connections")
            for verdict, number in ((WARN, 40), (CRITICAL, 50))
        ),
    ),
)

#: The faults of the one pack that has a Redis.
QUEUES = (
    Fault("queue_waiting", CRITICAL, "", push={"bull:pdf-processing:wait": 501}),
    Fault("queue_waiting", WARN, "", push={"bull:pdf-processing:wait": 100}),
)
