"""What the pack `mais` changes in its database, on a real Postgres: bookings, payments, connections, migrations."""

import json
from typing import Any

import pytest

from bot.diagnostics.actions import Ending
from bot.diagnostics.result import Verdict
from tests.support.mais import action, done, target
from tests.support.sickness import connected
from tests.support.stand_in_tables import TABLES
from tests.support.targets import asked, by_check


@pytest.fixture
async def database(empty_database: str) -> str:
    """Two couples with a day each, and a payment whose webhook failed and whose day is free."""
    (tables,) = (one.sql for one in TABLES if (one.pack, one.target) == ("mais", "webhook-events"))
    await made(empty_database, tables)
    await failed(empty_database, "evt_free", "2026-06-06")
    return empty_database


async def made(url: str, sql: str) -> None:
    async with connected(url) as session:
        await session.execute(sql)


async def failed(url: str, event: str, day: str) -> None:
    session = {
        "id": f"cs_{event}",
        "amount_total": 350000,
        "metadata": {"packageId": "pkg", "eventDate": day, "email": "new@example.com", "coupleName": "Ann and Bea"},
    }
    payload = json.dumps({"data": {"object": session}})
    async with connected(url) as connection:
        await connection.execute(
            'INSERT INTO "WebhookEvent" ("eventId", "eventType", status, "rawPayload")'
            " VALUES ($1, 'checkout.session.completed', 'FAILED', $2)",
            event,
            payload,
        )


async def values(url: str, sql: str) -> list[tuple[Any, ...]]:
    async with connected(url) as session:
        return [tuple(row.values()) for row in await session.fetch(sql)]


BOOKED = """
SELECT c.email, c.name, b."packageId", b.date::text, b.status::text, b."totalPrice", p.amount, p.currency,
       p.status::text, p.processor, p."processorId"
FROM "Booking" b JOIN "Customer" c ON c.id = b."customerId" JOIN "Payment" p ON p."bookingId" = b.id
WHERE b.id LIKE 'booking\\_%' AND c.id LIKE 'cus\\_%' AND p.id LIKE 'payment\\_%'
"""


async def test_a_paid_booking_is_entered_whole_and_once(database: str) -> None:
    enter, given = action("enter-booking", database), {"event": "evt_free"}
    before = by_check(await asked(target("webhook-events", database)))["unbooked"]
    assert (before.verdict, before.value) == (Verdict.CRITICAL, 1)
    rehearsal, outcome = await done(enter, given)
    assert "Changes 1 row." in rehearsal.lines[1]
    assert outcome.verdict is Ending.DONE
    expected = ("new@example.com", "Ann and Bea", "pkg", "2026-06-06", "CONFIRMED", 350000)
    assert await values(database, BOOKED) == [
        (*expected, 350000, "USD", "CAPTURED", "stripe", "cs_evt_free"),
    ]
    events = await values(
        database, """SELECT status, "processedAt" IS NULL FROM "WebhookEvent" WHERE "eventId" = 'evt_free'"""
    )
    assert events == [("PROCESSED", False)]
    after = by_check(await asked(target("webhook-events", database)))["unbooked"]
    assert after.verdict is Verdict.OK
    again, _ = await done(enter, given)
    assert "Changes 0 rows." in again.lines[1]
    assert len(await values(database, BOOKED)) == 1


async def test_a_customer_who_is_known_keeps_their_record(database: str) -> None:
    await made(database, "INSERT INTO \"Customer\" (id, email, name) VALUES ('cus_old', 'new@example.com', 'Ann')")
    await done(action("enter-booking", database), {"event": "evt_free"})
    assert await values(database, "SELECT id, name FROM \"Customer\" WHERE email = 'new@example.com'") == [
        ("cus_old", "Ann")
    ]


@pytest.mark.parametrize("constraint", [True, False])
async def test_nothing_is_entered_for_a_day_that_is_taken(database: str, constraint: bool) -> None:
    if not constraint:
        await made(database, 'DROP INDEX "Booking_date_key"')
    await failed(database, "evt_taken", "2025-12-20")
    found = by_check(await asked(target("webhook-events", database)))["unbooked"].rows
    assert found is not None
    taken = {row[0]: row[found.columns.index("day_is_taken")] for row in found.rows}
    assert taken == {"evt_free": "false", "evt_taken": "true"}
    rehearsal, _ = await done(action("enter-booking", database), {"event": "evt_taken"})
    assert "Changes 0 rows." in rehearsal.lines[1]
    assert await values(database, BOOKED) == []


async def doubled(database: str, *, paid: str) -> None:
    """Another couple has the day of booking `a`, and paid at this time of the day on which that paid at 12:01."""
    await made(
        database,
        f"""DROP INDEX "Booking_date_key"; INSERT INTO "Booking" VALUES ('c', '2025-12-20', 'CONFIRMED');
        INSERT INTO "Payment" VALUES ('pc', 'c', 350000, 'CAPTURED', 'cs_c', '2025-10-01 {paid}')""",
    )


@pytest.mark.parametrize(
    ("paid", "first", "verdict"),
    [
        ("12:00", "c", Verdict.OK),
        ("12:05", "a", Verdict.OK),
        ("12:00:30", "c", Verdict.WARN),
        ("12:01:59", "a", Verdict.WARN),
    ],
)
async def test_the_first_of_two_bookings_is_told_first(database: str, paid: str, first: str, verdict: Verdict) -> None:
    await doubled(database, paid=paid)
    found = by_check(await asked(target("booking-data", database)))
    couples = found["couples"].rows
    assert couples is not None
    assert [row[1] for row in couples.rows] == [first, "c" if first == "a" else "a"]
    assert found["close"].verdict is verdict
    assert "couple@example.com" not in str(found)


async def test_who_has_paid_comes_before_who_has_not_however_close_they_booked(database: str) -> None:
    await doubled(database, paid="12:00")
    await made(database, "DELETE FROM \"Payment\" WHERE id = 'pc'")
    found = by_check(await asked(target("booking-data", database)))
    assert found["couples"].rows is not None
    assert [row[1] for row in found["couples"].rows.rows] == ["a", "c"]
    assert found["close"].verdict is Verdict.OK
    await made(database, 'DELETE FROM "Payment"')
    found = by_check(await asked(target("booking-data", database)))
    assert found["close"].verdict is Verdict.WARN


async def test_of_two_bookings_one_is_cancelled_and_the_last_never_is(database: str) -> None:
    await doubled(database, paid="12:05")
    cancel = action("cancel-booking", database)
    _, outcome = await done(cancel, {"booking": "c"})
    assert outcome.verdict is Ending.DONE
    bookings = "SELECT id, status::text, notes FROM \"Booking\" WHERE date = '2025-12-20' ORDER BY id"
    cancelled = ("c", "CANCELED", "CANCELED due to double-booking system error (see incident log)")
    assert await values(database, bookings) == [("a", "CONFIRMED", None), cancelled]
    rehearsal, _ = await done(cancel, {"booking": "a"})
    assert "Changes 0 rows." in rehearsal.lines[1]
    assert await values(database, bookings) == [("a", "CONFIRMED", None), cancelled]


async def test_only_a_cancelled_bookings_payment_is_marked_as_refunded(database: str) -> None:
    await doubled(database, paid="12:05")
    await done(action("mark-refunded", database), {"booking": "c"})
    payments = "SELECT id, status::text FROM \"Payment\" WHERE id IN ('pa', 'pc') ORDER BY id"
    assert await values(database, payments) == [("pa", "CAPTURED"), ("pc", "CAPTURED")]
    await done(action("cancel-booking", database), {"booking": "c"})
    assert by_check(await asked(target("booking-data", database)))["unrefunded"].verdict is Verdict.WARN
    await done(action("mark-refunded", database), {"booking": "c"})
    assert await values(database, payments) == [("pa", "CAPTURED"), ("pc", "CANCELED")]
    assert by_check(await asked(target("booking-data", database)))["unrefunded"].verdict is Verdict.OK


async def test_what_was_offered_is_noted_as_the_document_has_it(database: str) -> None:
    offer = "full refund + $500 credit + free photographer"
    given = {"booking": "x", "offer": offer, "follow_up": "2025-10-31"}
    await done(action("note-offer", database), given)
    await done(action("note-offer", database), given | {"booking": "a"})
    assert await values(database, "SELECT id, notes FROM \"Booking\" WHERE notes LIKE '%photographer%'") == [
        ("x", f"CANCELED - double-booking error. Customer offered: {offer}. Follow-up: 2025-10-31")
    ]


async def test_one_migration_is_forgotten(empty_database: str) -> None:
    (tables,) = (one.sql for one in TABLES if (one.pack, one.target) == ("mais", "migrations"))
    await made(empty_database, tables)
    await done(action("forget-migration", empty_database), {"migration": "20251031120000_add_new_column"})
    names = await values(empty_database, "SELECT migration_name FROM _prisma_migrations")
    assert names == [("20251031130000_undone",)]


#: What a session has idled for, as long as a test says; else it would have to wait.
IDLING = """
CREATE SCHEMA ours;
CREATE VIEW ours.pg_stat_activity AS
    SELECT pid, datname, usename, application_name, state, backend_type,
           -- Whoever runs the tests may be a superuser.
           (SELECT oid FROM pg_catalog.pg_roles WHERE NOT rolsuper LIMIT 1) AS usesysid,
           CASE application_name WHEN 'leaks' THEN state_change - interval '31 minutes' ELSE state_change END
               AS state_change
    FROM pg_catalog.pg_stat_activity WHERE datname = current_database();
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = ours, pg_catalog, public', current_database());
END $$
"""


async def test_what_idles_for_too_long_is_ended_and_nothing_else(empty_database: str) -> None:
    await made(empty_database, IDLING)
    async with connected(empty_database) as leaks, connected(empty_database) as fresh:
        await leaks.execute("SET application_name = 'leaks'")
        await fresh.execute("SET application_name = 'fresh'")
        rehearsal, outcome = await done(action("end-idle", empty_database), {"minutes": 30})
        assert rehearsal.rows is not None
        assert [row[2] for row in rehearsal.rows.rows] == ["leaks"]
        assert outcome.rows is not None
        assert [(row[0], row[2]) for row in outcome.rows.rows] == [("true", "leaks")]
        assert await fresh.fetchval("SELECT 1") == 1


async def test_everybody_with_a_login_is_disconnected_but_muster(empty_database: str) -> None:
    async with connected(empty_database) as theirs, connected(empty_database) as muster:
        await muster.execute("SET application_name = 'muster-jobs'")
        login = await theirs.fetchval("SELECT current_user")
        rehearsal, outcome = await done(action("disconnect-all", empty_database), {"login": login})
        assert await muster.fetchval("SELECT 1") == 1
        assert rehearsal.rows is not None
        assert outcome.rows is not None
        assert len(rehearsal.rows.rows) == 1
        assert [row[0] for row in outcome.rows.rows] == ["true"]
