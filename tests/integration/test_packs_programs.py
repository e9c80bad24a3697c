"""What the packs run and read on their own machine: programs that stand in for the real ones, and a log file."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.diagnostics.result import Verdict
from bot.diagnostics.target import Target
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.needs import needs
from tests.support.targets import NOW, asked, by_check

#: What each command says while all is well, what when it is ill, and the status that it then ends with.
DOCKER = {
    "running": ("backend: Up 3 days (healthy)\nredis: Up 3 days", "backend: Restarting (1) 4 seconds ago", 0),
    "workers": ("pdf-worker-1", "", 0),
    "resources": ("backend: CPU 79.99%, memory 8.10%", "pdf-worker-1: CPU 12.00%, memory 80.01%", 0),
    "postgres": ("/var/run/postgresql:5432 - accepting connections", "/var/run/postgresql:5432 - no response", 2),
    "redis": ("PONG", "Could not connect to Redis at 127.0.0.1:6379: Connection refused", 1),
    "backend-log": ("GET /api/jobs 200 in 12 ms", "TypeORMError: Connection pool exhausted", 0),
    "worker-log": ("Job 4711 completed", "Error: JavaScript heap out of memory", 0),
    "memory-log": ("GET /api/jobs 200 in 12 ms", "FATAL ERROR: Reached heap limit", 0),
    "pool-log": ("TypeORM connected, a pool of 50", "TypeORMError: Connection pool exhausted", 0),
    "auth-log": ("Somebody signed in with Google", "GoogleStrategy: oauth error invalid_client", 0),
    "sessions": ("(integer) 4711", "0", 0),
}
LINES = {
    "errors": "ERROR something broke",
    "refused": "connect ECONNREFUSED 10.0.0.7:5432",
    "timeouts": "connect ETIMEDOUT 10.0.0.7:5432",
    "unreachable": "PrismaClient: Can't reach database server at db:5432",
    "rejections": "UnhandledPromiseRejection: nobody caught this",
    "stripe": "Stripe API error: the card network is down",
    "constraint": "PrismaClientKnownRequestError P2002 on date",
    "memory": "FATAL: JavaScript heap out of memory",
    "listeners": "MaxListenersExceededWarning: 11 listeners added",
    "webhooks": "Webhook processing failed for evt_1",
    "conflicts": "BookingConflictError: 2025-12-20 is taken",
    "locks": "BookingLockTimeoutError after 5000 ms",
    "payload": "WebhookValidationError: no packageId",
    "database": "DatabaseError: the transaction was aborted",
}


def target(pack: str, name: str, **changed: Any) -> Target:
    (rule,) = (one for one in read_pack(pack, root=RUNBOOKS).targets if one.name == name)
    options: Any = rule.options
    return Target(name=rule.name, kind=rule.kind, options=options.model_copy(update=changed))


def program(folder: Path, name: str, says: str, status: int = 0) -> None:
    """Puts a program into a folder that says this, whatever it is asked."""
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\nexit {status}\n")
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found before any others."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


@pytest.mark.parametrize("check", DOCKER)
async def test_a_command_of_schedgen_is_judged_by_what_docker_says(check: str, folder: Path) -> None:
    well, ill, status = DOCKER[check]
    containers = target("schedgen", "containers")
    (one,) = (rule for rule in containers.options.commands if rule.name == check)
    for says, ends, expected in ((well, 0, True), (ill, status, False)):
        program(folder, "docker", says, ends)
        report = await asked(target("schedgen", "containers", commands=(one,)))
        result = by_check(report)[check]
        assert (result.verdict is Verdict.OK) is expected, result
        assert result.ran.startswith("docker ")
        assert expected or "/incident runbook" in result.next_step


def test_every_command_of_schedgen_has_been_seen_well_and_ill() -> None:
    assert [rule.name for rule in target("schedgen", "containers").options.commands] == list(DOCKER)


@pytest.mark.parametrize(("says", "status", "verdict"), [("active", 0, Verdict.OK), ("failed", 3, Verdict.CRITICAL)])
async def test_the_process_of_mais_is_what_systemd_says_of_it(
    says: str, status: int, verdict: Verdict, folder: Path
) -> None:
    program(folder, "systemctl", says, status)
    result = by_check(await asked(target("mais", "process")))["active"]
    assert result.verdict is verdict, result
    assert ("api-down" in result.next_step) is (verdict is not Verdict.OK)


@pytest.mark.parametrize(
    ("kib", "verdict"), [(1_048_576, Verdict.OK), (1_048_577, Verdict.WARN), (1_572_865, Verdict.CRITICAL)]
)
async def test_the_memory_of_mais_is_that_of_its_largest_process(kib: int, verdict: Verdict, folder: Path) -> None:
    program(folder, "ps", f"  9000 node /opt/elope/dist/worker.js\n{kib} node /opt/elope/dist/index.js\n9999999 node x")
    program(folder, "systemctl", "active")
    result = by_check(await asked(target("mais", "process")))["memory"]
    assert (result.verdict, result.value) == (verdict, kib), result
    assert ("memory-and-speed" in result.next_step) is (verdict is not Verdict.OK)


@pytest.mark.parametrize(("status", "verdict"), [(0, Verdict.OK), (1, Verdict.CRITICAL)])
async def test_the_settings_of_mais_are_what_its_doctor_says_of_them(
    status: int, verdict: Verdict, folder: Path
) -> None:
    program(folder, "npm", "STRIPE_WEBHOOK_SECRET is missing" if status else "All is well", status)
    result = by_check(await asked(target("mais", "settings")))["doctor"]
    assert result.verdict is verdict, result
    assert ("api-down" in result.next_step) is (verdict is not Verdict.OK)


def written(folder: Path, *lines: str) -> tuple[str]:
    """A log of these lines, a minute before the diagnosis."""
    at = NOW - timedelta(minutes=1)
    path = folder / "api.log"
    path.write_text("".join(f"{at:%Y-%m-%dT%H:%M:%S}Z {line}\n" for line in lines))
    os.utime(path, (at.timestamp(), at.timestamp()))
    return (str(path),)


async def test_a_quiet_log_of_mais_is_well(tmp_path: Path) -> None:
    report = await asked(target("mais", "log", paths=written(tmp_path, "INFO Booking created successfully")))
    assert {result.verdict for result in report.results} == {Verdict.OK}, report.findings


@pytest.mark.parametrize("check", LINES)
async def test_a_documented_pattern_in_the_log_of_mais_is_found(check: str, tmp_path: Path) -> None:
    found = by_check(await asked(target("mais", "log", paths=written(tmp_path, LINES[check]))))
    assert found[check].value == 1, found[check]
    if check == "errors":  # they are only counted: nobody says how many are too many
        assert found[check].verdict is Verdict.OK
        return
    assert found[check].verdict in (Verdict.WARN, Verdict.CRITICAL)
    assert "/incident runbook" in found[check].next_step
    assert [name for name, result in found.items() if result.verdict is not Verdict.OK] == [check]


def test_every_pattern_of_mais_has_been_found() -> None:
    assert [rule.name for rule in target("mais", "log").options.patterns] == list(LINES)


@pytest.mark.parametrize(("minutes", "verdict"), [(10, Verdict.WARN), (120, Verdict.OK)])
@pytest.mark.parametrize(
    ("pack", "book"), [("sme-booking", "bad-deployment"), ("mais", "rolling-back"), ("schedgen", "high-error-rate")]
)
async def test_a_change_of_the_last_half_hour_is_a_suspect(
    pack: str, book: str, minutes: int, verdict: Verdict, tmp_path: Path
) -> None:
    at = f"{(NOW - timedelta(minutes=minutes)).timestamp():.0f} +0000"
    person = {"GIT_AUTHOR_NAME": "Bob", "GIT_AUTHOR_EMAIL": "b@example.com", "GIT_AUTHOR_DATE": at}
    environment = {
        **os.environ,
        **person,
        **{name.replace("AUTHOR", "COMMITTER"): value for name, value in person.items()},
    }
    for words in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "--message", "Faster bookings"]):
        command = [needs("git"), "-C", str(tmp_path), *words]
        git = await asyncio.create_subprocess_exec(*command, env=environment)
        assert await git.wait() == 0
    result = by_check(await asked(target(pack, "deployments", git=str(tmp_path))))["changes"]
    assert result.verdict is verdict, result
    assert (f"runbook {book}" in result.next_step) is (verdict is Verdict.WARN)
