"""The runbooks of `schedgen` have every sign, command, cause and check of the document's seven incidents."""

import pytest

from bot.paths import RUNBOOKS
from bot.runbooks.catalogue import Catalogue

TEXTS = {book.name: book.text for book in Catalogue([RUNBOOKS / "schedgen"]).list()}

#: What stands in which section of which runbook: words of the symptoms, commands as they are typed, each cause and what
#: mends it, and how one sees that it is mended.
FACTS: dict[str, dict[str, list[str]]] = {
    "high-error-rate": {
        "Symptoms": ["spike of the error rate in Grafana", "5xx", "Users report"],
        "Investigation": [
            *(f"curl http://localhost:{port}/health" for port in (3000, 8000, 8001)),
            "docker ps -a",
            "git log --oneline -10",
            "docker logs backend --tail 100",
            "docker logs pdf-worker --tail 100",
            "docker logs backend 2>&1 | grep -i error | tail -20",
            "*Resource Utilization* dashboard: CPU, memory, disk",
        ],
        "Causes and fixes": [
            "deployment is bad | scripts/rollback.sh | ```action roll-back",
            "in the pool | docker-compose restart backend | ```action restart service=backend",
            "keep up | docker-compose up -d --scale pdf-worker=5 | ```action scale-workers workers=5",
            "no memory left | docker exec redis redis-cli FLUSHDB | ```action clear-cache",
            "disk is full | docker system prune -af | ```action free-disk",
        ],
        "Verification": ["./scripts/smoke-test.sh", "below 1 % within 5 minutes"],
    },
    "slow-responses": {
        "Symptoms": ["pages load slowly", "browsers give up", "queue grows"],
        "Investigation": [
            "docker stats --no-stream",
            "curl http://localhost:3000/api/jobs/metrics",
            "*Job Processing* dashboard",
            "hit rates of the cache",
            "docker exec -it postgres psql -U schedgen -d schedgen",
            "SELECT pid, now() - query_start AS duration,",
            "WHERE state = 'active'",
            "SELECT count(*) AS total,",
        ],
        "Causes and fixes": [
            "500 jobs wait | docker-compose up -d --scale pdf-worker=10 | ```action scale-workers workers=10",
            "queries are slow | End the query that runs too long | ```action end-query | Add the missing index",
            "cache does not work | docker-compose restart redis | ```action restart service=redis",
            "can serve | docker-compose up -d --scale backend=3 | ```action scale-backend backends=3",
            "Memory is short | which clears what leaked | service=backend | ```action restart service=pdf-worker",
        ],
        "Verification": [
            'curl -w "@curl-format.txt" -o /dev/null -s http://localhost:3000/health',
            "watch -n 5 'curl -s http://localhost:3000/api/jobs/metrics | jq .waiting'",
        ],
    },
    "high-resource-use": {
        "Symptoms": ["slow", "stop answering", "OOM"],
        "Investigation": [
            "docker stats --no-stream",
            "top -b -n 1 | head -20",
            "df -h",
            "docker stats pdf-worker --no-stream",
            'docker logs backend 2>&1 | grep -i "memory\\|heap"',
        ],
        "Causes and fixes": [
            "leak memory | docker-compose restart pdf-worker | ```action restart service=pdf-worker",
            "at the same time | Lower the concurrency | the configuration in `jobs.service.ts`",
            "are very large | Look at the sizes | Enforce the limits",
            "disk is full | ```action free-disk | docker system prune -af --volumes | that can be its data",
            "its memory | Raise `maxmemory` | ```action redis-memory | Or clear the cache | ```action clear-cache",
        ],
        "Verification": ["docker stats --no-stream", "./scripts/smoke-test.sh"],
    },
    "queue-depth": {
        "Symptoms": ["PDFs take long", "users report delays", "backlog"],
        "Investigation": [
            "curl http://localhost:3000/api/jobs/metrics",
            "docker exec redis redis-cli LLEN bull:pdf-processing:wait",
            "docker ps | grep pdf-worker",
            "docker logs pdf-worker --tail 50",
            "docker exec redis redis-cli LLEN bull:pdf-processing:active",
        ],
        "Causes and fixes": [
            "few workers | ```action scale-workers workers=10 | docker-compose up -d --scale pdf-worker=10",
            "Workers crash | Read the logs, mend the reason | Restart | ```action restart service=pdf-worker",
            "stalled | Clear the stalled jobs from Redis | ```action clear-stalled",
            "sudden rush | Switch rate limiting on | Add workers",
            "difficult PDFs | a longer time-out | Add workers",
        ],
        "Verification": [
            "watch -n 10 'curl -s http://localhost:3000/api/jobs/metrics | jq \"{waiting, active, completed}\"'",
            "waiting jobs falls",
        ],
    },
    "database-connections-exhausted": {
        "Symptoms": ["`Connection pool exhausted` in the logs", "time out", "answer 500"],
        "Investigation": [
            "docker exec -it postgres psql -U schedgen -d schedgen",
            "count(*) FILTER (WHERE state = 'idle in transaction') AS idle_in_transaction",
            "WHERE datname = 'schedgen' AND xact_start IS NOT NULL",
            'docker logs backend 2>&1 | grep -i "pool\\|connection"',
        ],
        "Causes and fixes": [
            "leaks connections | docker-compose restart backend | ```action restart service=backend",
            "requests at once | look at the 50 first | Run more backends | ```action scale-backend",
            "run too long | ```action end-query | SELECT pg_terminate_backend(pid)",
            "Transactions that idle | ```action end-idle | SELECT pg_terminate_backend(pid)",
            "pool is too small | Set a larger maximum",
        ],
        "Verification": ["SELECT count(*) FROM pg_stat_activity WHERE datname = 'schedgen';", "well below 50"],
    },
    "service-down": {
        "Symptoms": ["does not answer", "fails or times out", "does not run, or starts over"],
        "Investigation": [
            "docker ps -a",
            *(f"docker ps -a | grep {name}" for name in ("backend", "pdf-worker", "frontend")),
            "docker logs backend --tail 100",
            "docker logs -f backend",
            "docker exec postgres pg_isready",
            "docker exec redis redis-cli ping",
            "curl http://localhost:9000/minio/health/live",
        ],
        "Causes and fixes": [
            "crashed | ```action restart | docker-compose restart <service>",
            "want of memory | a higher memory limit | ```action recreate",
            "needs is down | Restart what is down first | ```action restart",
            "bad deployment | ```action roll-back | ./scripts/rollback.sh",
            "port is taken | See who has the port | netstat -tulpn | Free the port",
            "configuration | Mend the configuration, deploy again",
        ],
        "Verification": [
            "docker ps | grep <service>",
            "curl http://localhost:3000/health",
            "./scripts/smoke-test.sh",
        ],
    },
    "authentication-failures": {
        "Symptoms": ["cannot log in", "`Authentication failed`", "Sign in with Google"],
        "Investigation": [
            'docker logs backend 2>&1 | grep -i "auth\\|oauth\\|google"',
            "curl http://localhost:3000/api/auth/google",
            "docker exec redis redis-cli ping",
            'docker exec redis redis-cli KEYS "sess:*" | wc -l',
            "curl -I https://accounts.google.com",
        ],
        "Causes and fixes": [
            "Redis is down, and the sessions with it | ```action restart service=redis | docker-compose restart redis",
            "our credentials | Put valid credentials into `.env` | ```action recreate service=backend",
            "session secret was changed | be put back? | clear the sessions | ```action clear-sessions",
            "blocked | Unblock the address | with the admin endpoint",
            "too strict | Loosen the rate limits for now",
        ],
        "Verification": ["http://localhost:3000", "Sign in with Google", "You are logged in"],
    },
    "quick-reference": {
        "Commands": [
            "curl http://localhost:3000/health",
            "curl http://localhost:8000/health",
            "docker-compose restart backend",
            "docker-compose restart pdf-worker",
            "docker-compose up -d --scale pdf-worker=10",
            "./scripts/rollback.sh",
            "docker logs backend --tail 100",
            "docker logs pdf-worker --tail 100",
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'schedgen';",
            "curl http://localhost:3000/api/jobs/metrics",
            "./scripts/smoke-test.sh",
        ],
        "Read on": [
            "DEPLOYMENT_RUNBOOK.md",
            "ROLLBACK_RUNBOOK.md",
            "BACKUP_RUNBOOK.md",
            "monitoring/README.md",
            "PRODUCTION_CHECKLIST.md",
        ],
    },
}


@pytest.mark.parametrize(
    ("book", "section", "facts"),
    [(book, section, facts) for book, sections in FACTS.items() for section, facts in sections.items()],
    ids=[f"{book}-{section}" for book, sections in FACTS.items() for section in sections],
)
def test_a_section_has_every_fact_of_the_document(book: str, section: str, facts: list[str]) -> None:
    text = TEXTS[book].split(f"\n## {section}\n")[1].split("\n## ")[0]
    assert [fact for fact in facts if not (fact in text or _of_one_cause(fact, text))] == []


def _of_one_cause(fact: str, text: str) -> bool:
    """Whether one heading has all of a fact: words of the cause, what mends it, and the button for that."""
    return any(all(words in cause for words in fact.split(" | ")) for cause in text.split("\n### ")[1:])


def test_an_alert_opens_its_runbook() -> None:
    books = Catalogue([RUNBOOKS / "schedgen"]).list()
    assert {alert: book.name for book in books for alert in book.alerts} == {
        "HighErrorRate": "high-error-rate",
        "HighResponseTime": "slow-responses",
        "HighResourceUtilization": "high-resource-use",
        "HighQueueDepth": "queue-depth",
        "DatabaseConnectionPoolExhausted": "database-connections-exhausted",
        "ServiceDown": "service-down",
    }
