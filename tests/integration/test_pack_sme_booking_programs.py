"""What `sme-booking` reads on the machine of the application: logs, its process, and the port of the database."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.diagnostics.result import Report, Verdict
from bot.diagnostics.target import Target
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.ports import nobody, serving, silent
from tests.support.targets import NOW, asked, by_check

#: A line for each pattern, and where its advice leads; those without are counted and never judged.
LINES = {
    "errors": ('{"level":"error","time":"%s","error":"something broke"}', ""),
    "connections": (
        '{"level":"warn","timestamp": "%s","msg":"connection timeout after 5000 ms"}',
        "database-connections",
    ),
    "memory": ('{"time":"%s","msg":"FATAL ERROR: JavaScript heap out of memory"}', "memory-leak"),
    "providers": ('{"level":"error","time":"%s","error":"Calendar API error"}', "third-party-outage"),
    "payments": ('{"level":"warn","time":"%s","msg":"payment pi_1 failed"}', "booking-failures"),
    "confirmations": ('{"level":"info","time":"%s","msg":"confirmation sent","via":"email"}', ""),
}


def target(name: str, **changed: Any) -> Target:
    (rule,) = (one for one in read_pack("sme-booking", root=RUNBOOKS).targets if one.name == name)
    options: Any = rule.options
    return Target(name=rule.name, kind=rule.kind, options=options.model_copy(update=changed))


async def read(name: str, folder: Path, line: str) -> Report:
    """What is found in a log that has this line of a minute ago."""
    at = NOW - timedelta(minutes=1)
    path = folder / "app.json"
    path.write_text(line + "\n")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return await asked(target(name, paths=(str(path),)))


def stamped(line: str) -> str:
    return line % f"{NOW - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S.123}Z"


async def test_a_quiet_log_is_well(tmp_path: Path) -> None:
    report = await read("log", tmp_path, stamped('{"level":"info","time":"%s","msg":"Booking 4711 was made"}'))
    assert {result.verdict for result in report.results} == {Verdict.OK}, report.findings


@pytest.mark.parametrize("check", LINES)
async def test_a_documented_pattern_in_the_log_is_found(check: str, tmp_path: Path) -> None:
    line, book = LINES[check]
    result = by_check(await read("log", tmp_path, stamped(line)))[check]
    assert result.value == 1, result
    assert (result.verdict is Verdict.OK) is not bool(book)
    assert book in result.next_step


def test_every_pattern_of_the_log_has_been_found() -> None:
    options: Any = target("log").options
    assert [rule.name for rule in options.patterns] == list(LINES)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("LOG:  duration: 4711.123 ms  statement: SELECT * FROM booking", Verdict.WARN),
        ("LOG:  checkpoint complete", Verdict.OK),
    ],
)
async def test_a_slow_statement_stands_in_the_log_of_postgres(said: str, verdict: Verdict, tmp_path: Path) -> None:
    line = f"{NOW - timedelta(minutes=1):%Y-%m-%d %H:%M:%S.123} UTC [4711] {said}"
    assert by_check(await read("postgres-log", tmp_path, line))["slow"].verdict is verdict


@pytest.mark.parametrize(("says", "status", "verdict"), [("active", 0, Verdict.OK), ("failed", 3, Verdict.CRITICAL)])
async def test_the_process_is_what_systemd_says_of_it(
    says: str, status: int, verdict: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    path = tmp_path / "systemctl"
    path.write_text(f"#!/bin/sh\necho {says}\nexit {status}\n")
    path.chmod(0o755)
    result = by_check(await asked(target("process")))["active"]
    assert result.verdict is verdict, result
    assert ("memory-leak" in result.next_step) is (verdict is not Verdict.OK)


async def test_the_port_of_the_database_is_open_or_not() -> None:
    async with serving(silent) as port:
        assert (
            by_check(await asked(target("db-port", host="127.0.0.1", port=port)))["reachability"].verdict is Verdict.OK
        )
    refused = by_check(await asked(target("db-port", host="127.0.0.1", port=nobody())))["reachability"]
    assert refused.verdict is Verdict.CRITICAL
