"""The doctor, on an installation that is well and on ill ones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.cli.doctor.database import clock_finding
from bot.cli.doctor.visit import visit
from bot.core import core
from bot.domain.actor import Actor
from bot.domain.commands import Declare
from bot.sandbox import Sandbox
from bot.sandbox.api import scopes
from bot.settings import Settings
from tests.support.databases import with_database

WELL = ("Policy pack", "Database", "Database's clock", "Migrations", "Queue", "Diagnostics of db", "Slack token")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(now=lambda: datetime.now(UTC))
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str, sandbox: Sandbox) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("SLACK_API_URL", sandbox.api_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", sandbox.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", sandbox.app_token)


async def visited(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The doctor's exit status and report."""
    status = await visit()
    return status, capsys.readouterr().out


def fault_of(report: str, about: str) -> str:
    """The line of a fault, which is followed by its cost and by what mends it."""
    lines = report.splitlines()
    [at] = [number for number, line in enumerate(lines) if line.startswith(f"✗ {about}: ")]
    assert lines[at + 1].startswith("    costs: ")
    assert lines[at + 2].startswith("    mend:  ")
    return " ".join(lines[at : at + 3])


async def test_a_sound_installation_is_told_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    status, report = await visited(capsys)
    assert status == 0, report
    assert "✗" not in report
    assert all(f"✓ {about}: " in report for about in (*WELL[1:], "Scopes", "Events", "Announcements"))
    assert "All is well." in report


async def test_contacts_without_people_are_worth_knowing_but_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    _, report = await visited(capsys)
    assert "! Policy pack: default: nobody stands behind on-call" in report


async def test_a_dead_database_is_a_fault_and_slack_is_looked_at_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://muster:s3cret@127.0.0.1:1/muster")
    status, report = await visited(capsys)
    assert status == 1
    assert "does not answer" in fault_of(report, "Database")
    assert "✓ Slack token: " in report
    assert "s3cret" not in report


async def test_a_database_that_was_never_migrated_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    status, report = await visited(capsys)
    assert status == 1
    assert "muster migrate" in fault_of(report, "Migrations")


async def test_messages_that_nobody_delivers_are_a_fault(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with core(Settings(), now=lambda: datetime.now(UTC) - timedelta(hours=1)) as built:
        await built.muster.execute(Declare(by=Actor.cli("test"), title="Checkout is down"))
    status, report = await visited(capsys)
    assert status == 1
    said = fault_of(report, "Queue")
    assert "60 min" in said
    assert "start muster serve" in said


async def test_a_token_that_slack_does_not_know_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-somebody-elses")
    status, report = await visited(capsys)
    assert status == 1
    assert "invalid_auth" in fault_of(report, "Slack token")
    assert "somebody-elses" not in report


async def test_a_missing_scope_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    poor = Sandbox(now=lambda: datetime.now(UTC), scopes=scopes.ALL - {"pins:write"})
    await poor.start()
    try:
        monkeypatch.setenv("SLACK_API_URL", poor.api_url)
        _, report = await visited(capsys)
    finally:
        await poor.stop()
    assert "pins:write" in fault_of(report, "Scopes")


async def test_socket_mode_that_does_not_open_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-somebody-elses")
    _, report = await visited(capsys)
    assert "Socket Mode does not open" in fault_of(report, "Events")


async def test_without_a_way_for_events_there_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN")
    _, report = await visited(capsys)
    assert "SLACK_SIGNING_SECRET" in fault_of(report, "Events")


@pytest.mark.parametrize("status", [200, 502])
async def test_the_public_address_is_tried_in_http_mode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    app = web.Application()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app.router.add_get("/healthz", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: Any = runner.addresses[0][1]
    try:
        monkeypatch.delenv("SLACK_APP_TOKEN")
        monkeypatch.setenv("SLACK_SIGNING_SECRET", "secret")
        monkeypatch.setenv("MUSTER_PUBLIC_URL", f"http://127.0.0.1:{port}/")
        _, report = await visited(capsys)
    finally:
        await runner.cleanup()
    if status == 200:
        assert "✓ Events: " in report
    else:
        assert "answers 502" in fault_of(report, "Events")


async def test_an_announce_channel_that_is_not_there_or_without_the_bot_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUSTER_ANNOUNCE_CHANNEL", "nowhere")
    assert "there is no #nowhere" in fault_of((await visited(capsys))[1], "Announcements")
    monkeypatch.setenv("MUSTER_ANNOUNCE_CHANNEL", "payments")
    assert "/invite @muster" in fault_of((await visited(capsys))[1], "Announcements")


async def test_an_alerts_channel_that_is_not_there_or_without_the_bot_is_worth_knowing_once_monitors_may_post(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    assert "Alerts' channel" not in (await visited(capsys))[1]
    monkeypatch.setenv("MUSTER_WEBHOOK_TOKENS", "alertmanager:s3cret-token")
    status, report = await visited(capsys)
    assert status == 0
    assert "! Alerts' channel: there is no #alerts" in report
    assert "stand in #incidents" in report
    await sandbox.create_channel("alice", "alerts")
    assert "! Alerts' channel: the bot is not in #alerts" in (await visited(capsys))[1]
    await sandbox.invite("alice", "alerts", "muster")
    status, report = await visited(capsys)
    assert "✓ Alerts' channel: in #alerts" in report
    assert "✓ Announcements: in #incidents" in report
    assert "s3cret-token" not in report
    monkeypatch.setenv("MUSTER_ANNOUNCE_CHANNEL", "alerts")
    report = (await visited(capsys))[1]
    assert "✓ Announcements: in #alerts" in report
    assert "Alerts' channel" not in report


async def test_a_broken_pack_is_a_fault_with_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "policy.yaml").write_text("severities: nonsense\n")
    monkeypatch.setenv("MUSTER_PACK", str(tmp_path / "ours"))
    status, report = await visited(capsys)
    assert status == 1
    assert "policy.yaml:1: " in fault_of(report, "Policy pack")


async def test_a_diagnostics_database_that_does_not_answer_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database: str
) -> None:
    monkeypatch.setenv("MUSTER_DIAG_DB_URL", with_database(database, "nothing_here"))
    _, report = await visited(capsys)
    assert "diag db" in fault_of(report, "Diagnostics of db")


def test_a_clock_may_be_off_by_seconds_and_not_by_more() -> None:
    here = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    assert not clock_finding("Slack's clock", here + timedelta(seconds=4), here).fault
    wrong = clock_finding("Slack's clock", here - timedelta(seconds=90), here)
    assert wrong.fault
    assert "-90 s" in wrong.what
