"""The doctor, on monitors: whether they may post, and whether they can be told what became of their alerts."""

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App
from bot.cli.doctor.alerts import look
from bot.cli.doctor.finding import Finding
from bot.core import core, unanswered
from bot.paths import RUNBOOKS
from bot.sandbox import Sandbox
from bot.settings import read_settings

BACK = """
  tell_back:
    - {name: alertmanager, kind: alertmanager, sources: [alertmanager], url_from: BACK_URL, token_from: BACK_TOKEN}
    - {name: pagerduty, kind: pagerduty, sources: [pagerduty], token_from: PAGER_KEY, sender: muster@example.com}
    - {name: inside, kind: callback, sources: [grafana], url_from: INSIDE_URL}
"""
WELL = {
    "BACK_URL": "https://back.example.com/s3cret-path",
    "BACK_TOKEN": "s3cret-token",
    "PAGER_KEY": "s3cret-key",
    "INSIDE_URL": "http://inside.example.com:9093",
}


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    """One with a pack that tells monitors back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("MUSTER_PACK", str(tmp_path / "ours"))
    shutil.copytree(RUNBOOKS / "default", tmp_path / "ours")
    policy = tmp_path / "ours" / "policy.yaml"
    policy.write_text(policy.read_text().replace("\nalerts:\n", f"\nalerts:{BACK}", 1))


def _set(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in {**WELL, **more}.items():
        monkeypatch.setenv(name, value)


async def found() -> dict[str, Finding]:
    async with core(read_settings()) as built:
        return {finding.about: finding for finding in look(built)}


async def test_rules_for_alerts_that_no_monitor_may_post_are_worth_knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = (await found())["Alerts"]
    assert not finding.fault
    assert finding.what.startswith("MUSTER_WEBHOOK_TOKENS is not set, and the pack has ")
    assert "refused" in finding.costs
    assert "NAME:SECRET" in finding.mend
    monkeypatch.setenv("MUSTER_WEBHOOK_TOKENS", "prom:s3cret-one,sentry:s3cret-two")
    finding = (await found())["Alerts"]
    assert not finding.costs
    assert finding.what.startswith("2 monitors may post: prom, sentry; ")
    assert "s3cret" not in finding.what


async def test_rules_whose_settings_are_well_name_the_place_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch)
    findings = await found()
    assert findings["Telling alertmanager back"].what == "set, at back.example.com"
    assert findings["Telling pagerduty back"].what == "set, at api.pagerduty.com"
    assert findings["Telling inside back"].what == "set, at inside.example.com, unencrypted, without a token"
    assert not any(one.fault or (one.costs and one.about != "Alerts") for one in findings.values())
    assert "s3cret" not in str(findings)


async def test_a_token_that_travels_in_clear_is_worth_knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, BACK_URL="http://back.example.com")
    finding = (await found())["Telling alertmanager back"]
    assert not finding.fault
    assert "can read its token" in finding.costs
    assert finding.mend == "let BACK_URL begin with https://"


@pytest.mark.parametrize(
    ("name", "value", "rule", "said"),
    [
        ("BACK_URL", "", "alertmanager", "BACK_URL is not set"),
        ("BACK_URL", "back.example.com", "alertmanager", "BACK_URL is not a web address"),
        ("BACK_TOKEN", "", "alertmanager", "BACK_TOKEN is not set"),
        ("BACK_TOKEN", "s3cret\nof two lines", "alertmanager", "BACK_TOKEN is no token"),
        ("PAGER_KEY", "", "pagerduty", "PAGER_KEY is not set"),
        ("INSIDE_URL", "", "inside", "INSIDE_URL is not set"),
    ],
)
async def test_a_rule_whose_setting_is_missing_or_wrong_is_a_fault_with_what_it_costs(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, rule: str, said: str
) -> None:
    _set(monkeypatch, **{name: value})
    findings = await found()
    wrong = [one for one in findings.values() if one.fault]
    assert [(one.about, one.what) for one in wrong] == [(f"Telling {rule} back", said)]
    assert wrong[0].costs.endswith("commanders are told so")
    assert name in wrong[0].mend
    assert "s3cret" not in str(findings)


async def test_a_start_warns_of_each_rule_that_cannot_be_followed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _set(monkeypatch, BACK_URL="", PAGER_KEY="")
    sandbox = Sandbox(now=lambda: datetime.now(UTC))
    await sandbox.start()
    monkeypatch.setenv("SLACK_API_URL", sandbox.api_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", sandbox.bot_token)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", sandbox.signing_secret)
    monkeypatch.setenv("MUSTER_PORT", "0")
    try:
        async with core(read_settings()) as built:
            lacks = list(unanswered(built.muster.policy))
            with caplog.at_level(logging.WARNING, logger="bot"):
                app = App(built)
                await app.start()
                await app.stop()
    finally:
        await sandbox.stop()
    assert lacks == ["alertmanager: BACK_URL is not set", "pagerduty: PAGER_KEY is not set"]
    for lack in lacks:
        assert f"a monitor will not be told what became of its alerts: {lack}" in caplog.text
