"""The runbooks of `journey` and `mais` have the commands of their documents' sections, and the words for each cause."""

import re

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
    ("sync-engine-failures", "Causes and fixes"): ["60 s"],
    ("sync-engine-failures", "Resolution"): [
        "node src/cli.js sync --client <client> --force",
        "node src/cli.js sync --client <client> --reset",
        "node src/cli.js sync --client <client> --skip-errors",
    ],
    ("memory-and-performance", "Symptoms"): ["OOM"],
    ("memory-and-performance", "Investigation"): ["ps aux --sort=-%mem | head -10"],
    ("memory-and-performance", "Mitigation"): ["Restart the service", "Give the container more", "request caching"],
    ("memory-and-performance", "Causes and fixes"): ["process.memoryUsage()", "5000", "indexes", "Page", "the rate"],
    ("memory-and-performance", "Prevention"): ["Optimise the code", "queries", "Redis", "Scale out"],
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
    ("api-down", "Not known yet, and it has to be back"): ["sudo systemctl restart elope-api", "pm2 restart elope-api"],
    ("api-down", "A setting is missing"): [
        "echo $STRIPE_WEBHOOK_SECRET",
        "cp /backup/.env.production /path/to/elope/server/.env",
        "npm run doctor",
    ],
    ("api-down", "The disk is full"): ["df -h", "sudo journalctl --vacuum-time=7d", "rm /var/log/elope/*.log.old"],
    ("api-down", "Too much load"): ["pm2 scale elope-api +2", "sudo systemctl edit elope-api", "LimitNOFILE=65536"],
    ("api-down", "The last deployment"): [
        "docker stop elope-api-container",
        "docker run -d --name elope-api-container elope/api:v1.2.3",
        "git revert HEAD",
    ],
    ("stripe-webhooks", "Investigation"): ['FROM "WebhookEvent"', "WHERE status = 'FAILED'", "STRIPE_WEBHOOK_SECRET"],
    ("stripe-webhooks", "It can be sent again"): [
        "stripe login",
        "stripe events resend evt_1234567890",
        "stripe listen --forward-to https://api.elope.example.com/v1/webhooks/stripe",
        "*Send test webhook*",
    ],
    ("stripe-webhooks", "It cannot be sent again"): ["enter-booking", "Within 1 business hour"],
    ("stripe-webhooks", "The confirmation was not sent"): [
        "/v1/admin/bookings/booking_abc123/resend-confirmation",
        "manual-confirmation.eml",
        "Postmark",
    ],
    ("booking-by-hand", "Step 1: Find what was bought"): ["as session_id", "as metadata"],
    ("booking-by-hand", "Step 2: Enter the customer"): ['INSERT INTO "Customer"', "ON CONFLICT (email)"],
    ("booking-by-hand", "Step 3: Enter the booking"): ['INSERT INTO "Booking"', "'CONFIRMED'"],
    ("booking-by-hand", "Step 4: Enter the payment"): ['INSERT INTO "Payment"', "'CAPTURED'"],
    ("booking-by-hand", "Step 5: Count the webhook as done"): ['UPDATE "WebhookEvent"', "SET status = 'PROCESSED'"],
    ("database-connections-lost", "Investigation"): [
        'psql $DATABASE_URL -c "SELECT 1;"',
        "GROUP BY state, wait_event_type",
        "setting::int as max_connections,",
        "interval '5 minutes'",
    ],
    ("database-connections-lost", "The application's pool is stuck"): ["application_name LIKE '%prisma%'"],
    ("database-connections-lost", "Connections idle for more than 30 minutes"): [
        "SELECT pg_terminate_backend(pid)",
        "interval '30 minutes'",
    ],
    ("database-connections-lost", "The Supabase project is paused"): ["*Resume Project*", "3 minutes"],
    ("database-connections-lost", "The pool's limit is too low"): ["connection_limit=20"],
    ("database-connections-lost", "The free tier's limit is reached"): ["Supabase", "from 100 to 500"],
    ("database-connections-lost", "Nothing is left, and nothing helps"): [
        "usename = 'postgres';",
        "connection_limit=5",
        "watch -n 5",
    ],
    ("double-booking", "Investigation"): ["HAVING count(*) > 1", "WHERE status != 'CANCELED'", 'p."processorId"'],
    ("double-booking", "Mitigation"): ["By telephone", "$500", "gift certificate", "write down what was said"],
    ("double-booking", "Which booking is kept"): ['ORDER BY p."createdAt" ASC'],
    ("double-booking", "Set it right"): [
        "SET status = 'CANCELED'",
        "booking_second_id",
        "stripe refunds create",
        "/v1/admin/payments/payment_id/refund",
        "$500 credit",
        "free photographer",
    ],
    ("double-booking-cause", "Investigation"): [
        'grep "BookingLockTimeoutError" /var/log/elope/api.log',
        "pg_get_constraintdef(oid) as definition",
        "WHERE conrelid = 'Booking'::regclass",
        "prisma.$transaction",
        "FOR UPDATE",
        "BookingConflictError",
    ],
    ("double-booking-cause", "Prevention"): ['"check_active_booking_per_date"', "EXCLUDE USING gist ("],
    ("memory-and-speed", "Investigation"): [
        "docker stats elope-api-container",
        'kill -USR2 $(pgrep -f "node.*elope")',
        'lsof -p $(pgrep -f "node.*elope") | wc -l',
        'grep "MaxListenersExceeded" /var/log/elope/api.log',
    ],
    ("memory-and-speed", "It has to be back now"): ["watch -n 5 'ps aux | grep node | grep elope'"],
    ("memory-and-speed", "It has to last until the leak is found"): ["--max-old-space-size=4096"],
    ("memory-and-speed", "Nobody knows what it is"): ["node --expose-gc --trace-gc dist/index.js > gc.log 2>&1"],
    ("memory-and-speed", "It will take a while"): [
        "--max-memory-restart 1G",
        "Restart=on-failure",
        "RestartSec=10s",
        "done >> /var/log/elope/memory.log",
    ],
    ("memory-find-the-leak", "Investigation"): [
        "curl http://localhost:9229/json/list",
        "artillery quick --count 100",
    ],
    ("memory-find-the-leak", "Causes and fixes"): ["new PrismaClient()", "eventEmitter.removeListener", "max: 500"],
    ("rolling-back", "Symptoms"): ["20 %"],
    ("rolling-back", "Investigation"): ["docker images elope/api", "git log --oneline -10"],
    ("rolling-back", "Code: the Docker image"): ["-p 3001:3001", "docker logs -f elope-api-container"],
    ("rolling-back", "Code: the commit"): ["git revert abc1234", "git reset --hard HEAD~1", "npm run build"],
    ("rolling-back", "Code: the link"): ["ln -sfn releases/v1.2.3 current"],
    ("rolling-back", "Database: a migration of Prisma's"): [
        "pg_dump $DATABASE_URL",
        "npx prisma migrate status",
        "DELETE FROM _prisma_migrations",
    ],
    ("rolling-back", "Database: a script by hand"): ["psql $DATABASE_URL -f rollback_migration.sql", "npm run test"],
    ("rolling-back", "Database: from a backup"): ["psql $DATABASE_URL < backup_20251031_120000.sql"],
    ("rolling-back", "Settings"): [
        "/path/to/elope/server/.env.backup_$(date +%Y%m%d)",
        "npm run doctor",
        "--version-stage AWSPREVIOUS",
    ],
    ("rolling-back", "Stripe's API version"): ["stripe@12.0.0", 'grep "stripe" server/package.json'],
    ("rolling-back", "The webhook's endpoint"): ["https://dashboard.stripe.com/webhooks"],
    ("rolling-back", "Afterwards"): ["cat >> /var/log/elope/rollbacks.log << EOF", "git diff v1.2.3 v1.2.4"],
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
        marks, rest = re.split(rf"^(##+) {re.escape(section)}$", text, flags=re.MULTILINE)[1:]
        text = re.split(rf"^#{{2,{len(marks)}}} ", rest, flags=re.MULTILINE)[0]
    assert [fact for fact in facts if fact not in text] == []
