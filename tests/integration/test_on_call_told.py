"""Who is on call, as the doctor, the terminal and the manifest tell it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.acting import act, declare
from bot.cli.doctor.finding import Finding
from bot.cli.doctor.on_call import look
from bot.cli.records import manifest
from bot.core import core
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.faults import PolicyFault
from bot.policy.read import read_policy
from bot.settings import read_settings
from bot.slack.manifest import ON_CALL_SCOPES, SCOPES
from bot.store import incidents
from tests.integration.conftest import Clock
from tests.integration.on_call import EMAILS, Desk, names, one_desk, says
from tests.support.rota import TOKEN


@pytest.fixture
async def desk(policy: Policy, clock: Clock) -> AsyncIterator[Desk]:
    async with one_desk(policy, clock) as made:
        yield made


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str, desk: Desk) -> Path:
    """One with a pack that asks the provider and has a rotation; returns its policy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("MUSTER_PACK", str(tmp_path / "ours"))
    monkeypatch.setenv("SLACK_BOT_TOKEN", desk.sandbox.bot_token)
    monkeypatch.setenv("SLACK_API_URL", desk.sandbox.api_url)
    monkeypatch.setenv("ROTA_URL", desk.rota.url)
    monkeypatch.setenv("ROTA_TOKEN", TOKEN)
    shutil.copytree(RUNBOOKS / "default", tmp_path / "ours")
    policy = tmp_path / "ours" / "policy.yaml"
    more = """
on_call:
  rotations: [{contact: engineering-lead, people: [U0TURN001, U0TURN002], starting: 2026-01-05}]
  providers: [{contact: on-call, url_from: ROTA_URL, token_from: ROTA_TOKEN, people: "$.on_call[*].who"}]
"""
    policy.write_text(policy.read_text() + more)
    return policy


def _write(file: Path, text: str) -> None:
    file.write_text(text)


async def found(clock: Clock) -> dict[str, Finding]:
    async with core(read_settings(), now=clock) as built:
        return {finding.about: finding async for finding in look(built)}


@pytest.mark.usefixtures("installation")
async def test_the_doctor_says_who_is_on_call(desk: Desk) -> None:
    desk.rota.people = [EMAILS["bob"]]
    findings = await found(desk.clock)
    assert findings["On call: on-call"].what == f"{desk.sandbox.people['bob'].id}, says 127.0.0.1"
    # Saturday 14 March 2026: the tenth week.
    assert findings["On call: engineering-lead"].what == "U0TURN002 by turn, at 03:00 in UTC"
    assert not any(finding.fault or finding.costs for finding in findings.values())


@pytest.mark.usefixtures("installation")
async def test_the_doctor_says_what_is_wrong_and_who_is_called_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arrange, said, mend in (
        (says(401), "http_401", "ROTA_TOKEN"),
        (says(503), "http_503", "ROTA_URL"),
        (says(302, Location="/elsewhere"), "http_302", "Redirects are not followed"),
        (names("Bob"), "something else", "`people`"),
        (names("nobody@example.com"), "nobody in Slack", "addresses"),
        (names(EMAILS["bob"], "nobody@example.com"), "nobody@example.com", "addresses"),
    ):
        desk.rota.instead = None
        arrange(desk)
        finding = (await found(desk.clock))["On call: on-call"]
        assert finding.fault
        assert said in finding.what
        assert mend in finding.mend
        assert finding.costs
        assert TOKEN not in str(finding)
        assert "s3cret" not in str(finding)
    monkeypatch.delenv("ROTA_URL")
    finding = (await found(desk.clock))["On call: on-call"]
    assert "ROTA_URL is not set" in finding.what
    assert "the contact has no people of its own" in finding.costs


@pytest.mark.usefixtures("installation")
async def test_a_declaration_from_a_terminal_calls_who_is_on_call(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    me = Actor.cli("alice")
    desk.rota.people = [EMAILS["bob"]]
    await declare(["P1", "It", "is", "down"], lambda severity, title: c.Declare(by=me, title=title, severity=severity))
    async with core(read_settings()) as built, built.database.transaction() as connection:
        (incident,) = await incidents.recent(connection, open_only=True)
        assert desk.sandbox.people["bob"].id in incident.participants
    assert capsys.readouterr().err == ""
    says(503)(desk)
    await act(incident.ref, c.Escalate(by=me, why="Nobody knows why"))
    assert "Who is on call for on-call is not known: http_503." in capsys.readouterr().err


@pytest.mark.usefixtures("installation")
async def test_the_doctor_says_which_scope_is_missing(desk: Desk) -> None:
    desk.rota.people = [EMAILS["bob"]]
    desk.sandbox.scopes = frozenset(SCOPES)
    finding = (await found(desk.clock))["On call: on-call"]
    assert "missing_scope" in finding.what
    assert "users:read.email" in finding.mend
    desk.sandbox.scopes = frozenset({*SCOPES, *ON_CALL_SCOPES})
    assert not (await found(desk.clock))["On call: on-call"].fault


async def test_the_manifest_asks_for_addresses_only_where_a_provider_is_asked(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "users:read.email" in await manifest(None)
    _write(installation, "broken: [")
    assert "users:read.email" not in await manifest(None)
    monkeypatch.setenv("MUSTER_PACK", "default")
    assert "users:read.email" not in await manifest(None)


def test_a_path_that_is_none_is_found_by_its_line(installation: Path) -> None:
    installation.write_text(installation.read_text().replace("$.on_call[*].who", "$.on_call["))
    line = next(n for n, text in enumerate(installation.read_text().splitlines(), 1) if "ROTA_URL" in text)
    with pytest.raises(PolicyFault) as caught:
        read_policy(installation.parent)
    (fault,) = caught.value.faults
    assert fault.line == line
    assert "is not a JSONPath" in fault.message
    assert "write one such as" in fault.message
