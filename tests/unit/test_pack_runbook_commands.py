"""The runbooks of `journey` and `mais` have the commands of their documents' sections, and the words for each cause."""

import pytest

from bot.paths import RUNBOOKS
from bot.runbooks.catalogue import Catalogue

TEXTS = {(pack, book.name): book.text for pack in ("journey", "mais") for book in Catalogue([RUNBOOKS / pack]).list()}

#: What stands in which section of which runbook; an empty heading means the whole text.
JOURNEY: dict[tuple[str, str], list[str]] = {
    ("api-downtime", "Investigation"): [
        "curl https://journey-api.zeabur.app/health",
        "https://dash.zeabur.com",
        "logs",
    ],
    ("database-connections", "Symptoms"): ["500", "Connection refused", "timeout"],
    ("database-connections", "Investigation"): [
        "echo $DATABASE_URL",
        'psql $DATABASE_URL -c "SELECT 1;"',
        'psql $DATABASE_URL -c "SELECT count(*) FROM pg_stat_activity;"',
        'psql $DATABASE_URL -c "SELECT * FROM pg_locks WHERE NOT granted;"',
    ],
    ("database-connections", "Causes and fixes"): [
        "connection_limit",
        "PgBouncer",
        "replica",
        "SELECT pg_terminate_backend(pid)",
    ],
    ("sync-engine-failures", "Investigation"): [
        "tail -n 500 logs/sync-$(date +%Y-%m-%d).log | grep -i error",
        "node src/cli.js sync --client <client-slug> --verbose",
        "node src/cli.js test-ghl --client <client-slug>",
        "node src/cli.js test-airtable --client <client-slug>",
    ],
    ("sync-engine-failures", "Causes and fixes"): [
        "60 s",
        "node src/cli.js sync --client <client> --force",
        "node src/cli.js sync --client <client> --reset",
        "node src/cli.js sync --client <client> --skip-errors",
    ],
    ("memory-and-performance", "Symptoms"): ["OOM"],
    ("memory-and-performance", "Investigation"): ["ps aux --sort=-%mem | head -10", "process.memoryUsage()", "5000"],
    ("memory-and-performance", "Causes and fixes"): ["Redis"],
    ("quick-reference", ""): [
        "curl -s https://journey-api.zeabur.app/health | jq .",
        "tail -f logs/sync-$(date +%Y-%m-%d).log",
        'psql $DATABASE_URL -c "SELECT version();"',
        "grep -i error logs/*.log | tail -20",
    ],
}
MAIS: dict[tuple[str, str], list[str]] = {
    ("api-down", "Investigation"): [
        "tail -n 100 /var/log/elope/api.log | grep ERROR",
        'grep "UnhandledPromiseRejection" /var/log/elope/api.log',
        "curl https://api.stripe.com/v1/charges -u $STRIPE_SECRET_KEY:",
    ],
    ("api-fixes", "1. Restart"): ["sudo systemctl restart elope-api", "pm2 restart elope-api"],
    ("api-fixes", "2. Settings"): [
        "echo $STRIPE_WEBHOOK_SECRET",
        "cp /backup/.env.production /path/to/elope/server/.env",
        "npm run doctor",
    ],
    ("api-fixes", "3. Disk"): ["df -h", "sudo journalctl --vacuum-time=7d", "rm /var/log/elope/*.log.old"],
    ("api-fixes", "4. Load"): ["pm2 scale elope-api +2", "sudo systemctl edit elope-api"],
    ("api-fixes", "5. Go back to the version before"): [
        "docker stop elope-api-container",
        "docker run -d --name elope-api-container elope/api:v1.2.3",
        "git revert HEAD",
    ],
    ("stripe-webhooks", "Investigation"): ['FROM "WebhookEvent"', "WHERE status = 'FAILED'", "STRIPE_WEBHOOK_SECRET"],
    ("stripe-webhooks", "Causes and fixes"): [
        "stripe login",
        "stripe events resend evt_1234567890",
        "stripe listen --forward-to https://api.elope.example.com/v1/webhooks/stripe",
    ],
    ("booking-by-hand", "1. What was bought"): ["as session_id", "as metadata"],
    ("booking-by-hand", "2. The customer"): ['INSERT INTO "Customer"', "ON CONFLICT (email)"],
    ("booking-by-hand", "3. The booking"): ['INSERT INTO "Booking"', "'CONFIRMED'"],
    ("booking-by-hand", "4. The payment"): ['INSERT INTO "Payment"', "'CAPTURED'"],
    ("booking-by-hand", "5. The webhook is done"): ['UPDATE "WebhookEvent"', "SET status = 'PROCESSED'"],
    ("confirmation-by-hand", ""): ["/v1/admin/bookings/booking_abc123/resend-confirmation"],
    ("database-connections-lost", "Investigation"): [
        'psql $DATABASE_URL -c "SELECT 1;"',
        "GROUP BY state, wait_event_type",
        "setting::int as max_connections,",
    ],
    ("database-connections-fixes", "1. Restart the application"): ["application_name LIKE '%prisma%'"],
    ("database-connections-fixes", "2. End connections that idle"): [
        "SELECT pg_terminate_backend(pid)",
        "interval '30 minutes'",
    ],
    ("database-connections-fixes", "3. Resume the project"): ["Supabase"],
    ("database-connections-fixes", "4. Raise the pool's limit"): ["connection_limit=20"],
    ("database-connections-fixes", "5. A larger tier"): ["Supabase"],
    ("database-connections-fixes", "When nothing is left"): [
        "usename = 'postgres';",
        "connection_limit=5",
        "watch -n 5",
    ],
    ("double-booking", "Investigation"): ["HAVING count(*) > 1;", "WHERE status != 'CANCELED'"],
    ("double-booking-cause", "Investigation"): [
        'grep "BookingLockTimeoutError" /var/log/elope/api.log',
        "pg_get_constraintdef(oid) as definition",
        "WHERE conrelid = 'Booking'::regclass",
    ],
    ("double-booking-cause", "Reading the code"): ["prisma.$transaction", "FOR UPDATE", "BookingConflictError"],
    ("double-booking-cause", "Prevention"): ['"check_active_booking_per_date"', "EXCLUDE USING gist ("],
    ("double-booking-set-right", "1. Which booking is kept"): ['ORDER BY p."createdAt" ASC'],
    ("double-booking-set-right", "2. Cancel the other"): ["SET status = 'CANCELED'", "booking_second_id"],
    ("double-booking-set-right", "3. Refund it, in full"): [
        "stripe refunds create",
        "/v1/admin/payments/payment_id/refund",
    ],
    ("double-booking-set-right", "4. Compensate"): ["$500 credit", "free photographer"],
    ("memory-and-speed", "Investigation"): [
        "docker stats elope-api-container",
        'kill -USR2 $(pgrep -f "node.*elope")',
        'lsof -p $(pgrep -f "node.*elope") | wc -l',
        'grep "MaxListenersExceeded" /var/log/elope/api.log',
    ],
    ("memory-fixes", "1. Restart, and watch"): ["watch -n 5 'ps aux | grep node | grep elope'"],
    ("memory-fixes", "2. A higher limit, for now"): ["--max-old-space-size=4096"],
    ("memory-fixes", "3. What does the garbage collector do?"): [
        "node --expose-gc --trace-gc dist/index.js > gc.log 2>&1"
    ],
    ("memory-fixes", "4. Restart by itself"): ["--max-memory-restart 1G", "Restart=on-failure", "RestartSec=10s"],
    ("memory-fixes", "Keep a record"): ["done >> /var/log/elope/memory.log"],
    ("memory-find-the-leak", "Compare two snapshots"): [
        "curl http://localhost:9229/json/list",
        "artillery quick --count 100",
    ],
    ("memory-find-the-leak", "What it was before"): ["new PrismaClient()", "eventEmitter.removeListener"],
    ("rolling-back-code", "The Docker image"): ["docker images elope/api", "-p 3001:3001"],
    ("rolling-back-code", "The commit"): ["git log --oneline -10", "git revert abc1234", "git reset --hard HEAD~1"],
    ("rolling-back-code", "The link, without down time"): ["ln -sfn releases/v1.2.3 current"],
    ("rolling-back-database", "A migration of Prisma's"): ["pg_dump $DATABASE_URL", "DELETE FROM _prisma_migrations"],
    ("rolling-back-database", "By hand, as a script"): ["psql $DATABASE_URL -f rollback_migration.sql"],
    ("rolling-back-database", "From a backup"): ["psql $DATABASE_URL < backup_20251031_120000.sql"],
    ("rolling-back-settings", "Settings"): ["/path/to/elope/server/.env.backup_$(date +%Y%m%d)", "npm run doctor"],
    ("rolling-back-settings", "Stripe's API version"): ["stripe@12.0.0", 'grep "stripe" server/package.json'],
    ("rolling-back", "When"): ["20 %"],
    ("rolling-back", "Afterwards"): ["cat >> /var/log/elope/rollbacks.log << EOF"],
    ("quick-reference", "Commands"): ["npx prisma migrate status", "npx prisma generate"],
    ("quick-reference", "Files"): ["server/"],
}


@pytest.mark.parametrize(
    ("pack", "book", "section", "facts"),
    [
        (pack, book, section, facts)
        for pack, found in (("journey", JOURNEY), ("mais", MAIS))
        for (book, section), facts in found.items()
    ],
    ids=[f"{book}-{section}" for found in (JOURNEY, MAIS) for book, section in found],
)
def test_a_section_has_the_commands_of_the_document(pack: str, book: str, section: str, facts: list[str]) -> None:
    text = TEXTS[pack, book]
    if section:
        text = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    assert [fact for fact in facts if fact not in text] == []
