"""The doctor, on what reaches people when Slack is down."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.doctor.finding import Finding
from bot.cli.doctor.notices import look
from bot.core import core
from bot.paths import RUNBOOKS
from bot.settings import read_settings
from tests.support.mailbox import Mailbox, mailbox
from tests.support.receiver import SECRET


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as made:
        yield made


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    """One with a pack that escalates by e-mail and webhook."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("MUSTER_PACK", str(tmp_path / "ours"))
    shutil.copytree(RUNBOOKS / "default", tmp_path / "ours")
    policy = tmp_path / "ours" / "policy.yaml"
    more = """
emails: {on-call: [dave@example.com]}
manual_email: [on-call]
webhooks: [{name: pager, url_from: PAGER_URL, secret_from: PAGER_SECRET}]
"""
    policy.write_text(policy.read_text() + more)


async def found() -> dict[str, Finding]:
    async with core(read_settings()) as built:
        return {finding.about: finding async for finding in look(built)}


async def test_a_mail_server_and_webhooks_that_are_well(monkeypatch: pytest.MonkeyPatch, box: Mailbox) -> None:
    monkeypatch.setenv("MUSTER_SMTP_URL", f"smtp://127.0.0.1:{box.port}")
    monkeypatch.setenv("MUSTER_MAIL_FROM", "muster@example.com")
    monkeypatch.setenv("PAGER_URL", "https://pager.example.com/hooks/s3cret-path")
    monkeypatch.setenv("PAGER_SECRET", SECRET)
    findings = await found()
    assert not any(finding.fault for finding in findings.values())
    assert f"127.0.0.1:{box.port} answers" in findings["E-mail"].what
    assert findings["Webhook pager"].what == "set, at pager.example.com"
    assert box.mails == []


async def test_what_is_missing_is_named_with_what_it_costs() -> None:
    findings = await found()
    assert "MUSTER_SMTP_URL is not set" in findings["E-mail"].what
    assert findings["Webhook pager"].what == "PAGER_URL is not set"
    for finding in findings.values():
        assert finding.fault
        assert "when Slack is down" in finding.costs
        assert finding.mend


async def test_a_mail_server_that_does_not_answer_or_take_the_password_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUSTER_MAIL_FROM", "muster@example.com")
    async with mailbox(login=True) as box:
        monkeypatch.setenv("MUSTER_SMTP_URL", f"smtp://muster:s3cret@127.0.0.1:{box.port}")
        refused = (await found())["E-mail"]
        assert "smtp_535" in refused.what
        assert "does not accept the user or password" in refused.mend
    away = (await found())["E-mail"]
    assert "can't be reached" in away.what
    assert "s3cret" not in f"{refused}{away}"


async def test_a_webhook_that_travels_in_clear_is_worth_knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER_URL", "http://pager.example.com/hook")
    monkeypatch.setenv("PAGER_SECRET", SECRET)
    finding = (await found())["Webhook pager"]
    assert not finding.fault
    assert "unencrypted" in finding.what
    assert finding.costs
