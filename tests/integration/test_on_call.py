"""Who is on call by a provider over HTTP: what it answers, and every way in which it does not."""

import asyncio
import gzip
import json
import logging
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp import web

from bot.application.in_force import InForce
from bot.application.on_call import OnCall
from bot.cli.acting import act, declare
from bot.cli.doctor.finding import Finding
from bot.cli.doctor.on_call import look
from bot.cli.records import manifest
from bot.core import core
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.procedures import ProviderRule
from bot.domain.rules import Policy
from bot.notices.oncall import MOST_BYTES, Providers
from bot.paths import RUNBOOKS
from bot.policy.faults import PolicyFault
from bot.policy.read import read_policy
from bot.sandbox import Fault, Sandbox
from bot.sandbox.cast import PEOPLE, TEAM_DOMAIN
from bot.settings import read_settings
from bot.slack.gateway import SlackWeb
from bot.slack.manifest import ON_CALL_SCOPES, SCOPES
from bot.store import incidents
from bot.web.metrics import Metrics
from tests.integration.conftest import Clock
from tests.support.rota import TOKEN, Rota, rota

RULE = ProviderRule(contact="on-call", url_from="ROTA_URL", token_from="ROTA_TOKEN", people="$.on_call[*].who")
OWN = ("U0OWN001",)
EMAILS = {person.name: f"{person.name}@{TEAM_DOMAIN}.example" for person in PEOPLE}


@dataclass
class Desk:
    """One installation with one provider."""

    rota: Rota
    rules: InForce
    on_call: OnCall
    sandbox: Sandbox
    clock: Clock
    metrics: Metrics
    settings: dict[str, str]

    async def called(self) -> tuple[str, ...]:
        """Who is called after everybody was asked once more."""
        await self.on_call.ask_all()
        return self.rules.policy.people(["on-call"], {}, at=self.clock())

    @property
    def trouble(self) -> str:
        """What is wrong with the one provider."""
        trouble = self.on_call.troubles.get(RULE)
        return trouble.reason if trouble else ""

    @property
    def gauge(self) -> float | None:
        """What Prometheus is told."""
        return self.metrics.registry.get_sample_value("muster_on_call_known", {"contact": "on-call"})


@pytest.fixture
async def desk(policy: Policy, clock: Clock) -> AsyncIterator[Desk]:
    sandbox, metrics = Sandbox(now=clock), Metrics()
    await sandbox.start()
    slack = SlackWeb(sandbox.bot_token, sandbox.api_url)
    rules = InForce(replace(policy.with_contacts({"on-call": OWN}), providers=(RULE,)))
    async with rota() as server:
        settings = {"ROTA_URL": server.url, "ROTA_TOKEN": TOKEN}
        providers = Providers(settings.get, patience=0.5)
        on_call = OnCall(rules, providers.ask, slack.member_with, clock, on_asked=metrics.on_call)
        yield Desk(server, rules, on_call, sandbox, clock, metrics, settings)
        await providers.close()
    await slack.close()
    await sandbox.stop()


async def test_slack_ids_take_the_place_of_the_contacts_own_people(desk: Desk) -> None:
    desk.rota.people = ["U0ROTA01", None, "S0ROTA02", "U0ROTA01"]
    assert await desk.called() == ("U0ROTA01", "S0ROTA02")
    assert desk.rota.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert not desk.on_call.troubles
    assert desk.gauge == 1


async def test_addresses_are_looked_up_in_slack_and_remembered(desk: Desk) -> None:
    desk.rota.people = [EMAILS["bob"], EMAILS["carol"].upper()]
    people = desk.sandbox.people
    assert await desk.called() == (people["bob"].id, people["carol"].id)
    desk.sandbox.faults.add(Fault(method="users.lookupByEmail", error="internal_error", times=-1))
    assert await desk.called() == (people["bob"].id, people["carol"].id)
    assert [call.method for call in desk.sandbox.calls] == ["users.lookupByEmail"] * 2
    assert not desk.on_call.troubles


async def test_whoever_is_on_call_next_is_called_next(desk: Desk) -> None:
    desk.rota.people = ["U0ROTA01"]
    assert await desk.called() == ("U0ROTA01",)
    desk.rota.people = ["U0ROTA02"]
    assert await desk.called() == ("U0ROTA02",)


async def test_a_token_may_have_its_own_header(desk: Desk) -> None:
    rule = replace(RULE, header="X-Api-Key", prefix="")
    desk.rules.take(replace(desk.rules.pack, providers=(rule,)))
    desk.rota.people = ["U0ROTA01"]
    assert await desk.called() == ("U0ROTA01",)
    assert desk.rota.asked[0].headers["X-Api-Key"] == TOKEN
    assert "Authorization" not in desk.rota.asked[0].headers


def says(status: int = 200, text: str = "", **headers: str) -> Callable[[Desk], None]:
    """A provider that answers so."""

    async def answer() -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    def arrange(desk: Desk) -> None:
        desk.rota.instead = answer

    return arrange


def _stalls(desk: Desk) -> None:
    desk.rota.instead = desk.rota.stall


def _packed(desk: Desk) -> None:
    async def answer() -> web.StreamResponse:
        body = gzip.compress(json.dumps({"on_call": [{"who": "U0ROTA09"}]}).encode())
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    desk.rota.instead = answer


def _breaks_off(desk: Desk) -> None:
    async def answer() -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(desk.rota.asked[-1])
        await response.write(b'{"on_call":')
        transport = desk.rota.asked[-1].transport
        assert transport is not None
        transport.abort()
        return response

    desk.rota.instead = answer


def _never_ends(desk: Desk) -> None:
    async def answer() -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(desk.rota.asked[-1])
        for _ in range(MOST_BYTES // 1024 + 2):
            await response.write(b" " * 1024)
        return await desk.rota.stall()

    desk.rota.instead = answer


def names(*people: object) -> Callable[[Desk], None]:
    """A provider that has these on call."""

    def arrange(desk: Desk) -> None:
        desk.rota.people = list(people)

    return arrange


def set_to(name: str, value: str) -> Callable[[Desk], None]:
    """An installation where a setting is something else."""

    def arrange(desk: Desk) -> None:
        desk.settings[name] = value

    return arrange


def _slack_is_down(desk: Desk) -> None:
    desk.rota.people = [EMAILS["erin"]]
    desk.sandbox.faults.add(Fault(method="users.lookupByEmail", error="internal_error", times=-1))


FAILURES: dict[str, tuple[Callable[[Desk], None], str]] = {
    "a server error": (says(500), "http_500"),
    "too many questions": (says(429, "slow down", **{"Retry-After": "5"}), "http_429"),
    "a wrong token": (says(401), "http_401"),
    "nothing there": (says(404), "http_404"),
    "a redirect": (says(302, Location="/elsewhere"), "http_302"),
    "no answer": (_stalls, "it did not answer in time"),
    "half an answer": (_breaks_off, "the connection broke"),
    "too long an answer": (_never_ends, "its answer is larger than 256 KiB"),
    "a page for people": (says(200, "<html>Log in</html>"), "its answer is not JSON"),
    "a deep answer": (says(200, "[" * 100_000), "its answer is not JSON"),
    "a packed answer": (_packed, "its answer is not JSON"),
    "another shape": (says(200, '{"oncall": []}'), "the path leads to nothing"),
    "nobody on call": (names(), "the path leads to nothing"),
    "only empty places": (names(None), "the path leads to something else"),
    "names of people": (names("Bob Builder"), "the path leads to something else"),
    "a word in capitals": (names("UNASSIGNED"), "the path leads to something else"),
    "numbers": (names(7), "the path leads to something else"),
    "half of the company": (names(*(f"U0ROTA{n:03}" for n in range(51))), "the path leads to something else"),
    "an address that nobody has": (names("nobody@example.com"), "nobody in Slack has an address of its answer"),
    "Slack that does not answer": (_slack_is_down, "internal_error"),
    "an address that is not set": (set_to("ROTA_URL", ""), "ROTA_URL is not set"),
    "an address that is none": (set_to("ROTA_URL", "rota.example.com"), "ROTA_URL is not a web address"),
    "nobody at the address": (set_to("ROTA_URL", "http://127.0.0.1:9/rota"), "it can't be reached"),
    "a token that is not set": (set_to("ROTA_TOKEN", ""), "ROTA_TOKEN is not set"),
    "a token of two lines": (set_to("ROTA_TOKEN", "one\ntwo"), "the question cannot be sent"),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_without_an_answer_the_last_one_stays(desk: Desk, failure: str, caplog: pytest.LogCaptureFixture) -> None:
    arrange, reason = FAILURES[failure]
    desk.rota.people = ["U0ROTA01"]
    await desk.called()
    before = len(desk.rota.asked)
    arrange(desk)
    with caplog.at_level(logging.INFO, logger="bot"):
        assert await desk.called() == ("U0ROTA01",)
        assert await desk.called() == ("U0ROTA01",)
    assert reason in desk.trouble
    assert desk.gauge == 0
    # One line, however often it fails the same way, and nothing in it that is secret.
    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert reason in line
    assert "named at 03:00 UTC" in line
    for secret in (TOKEN, "s3cret-path", "nobody@example.com"):
        assert secret not in caplog.text
    assert all(request.path != "/elsewhere" for request in desk.rota.asked[before:])


async def test_an_answer_counts_for_a_day_and_then_the_contacts_own_people_are_called(desk: Desk) -> None:
    desk.rota.people = ["U0ROTA01"]
    await desk.called()
    says(503)(desk)
    desk.clock.advance(hours=23, minutes=59)
    assert await desk.called() == ("U0ROTA01",)
    desk.clock.advance(minutes=1)
    assert await desk.called() == OWN


async def test_without_any_answer_the_contacts_own_people_are_called(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    says(503)(desk)
    assert await desk.called() == OWN
    assert "the contact's own people are called" in caplog.text


async def test_when_it_answers_again_it_counts_again_and_is_said(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    says(503)(desk)
    await desk.called()
    desk.rota.instead, desk.rota.people = None, ["U0ROTA01"]
    with caplog.at_level(logging.INFO, logger="bot"):
        assert await desk.called() == ("U0ROTA01",)
    assert "answers again" in caplog.text
    assert not desk.on_call.troubles
    assert desk.gauge == 1


async def test_of_an_answer_that_slack_knows_in_part_those_whom_it_knows_are_called(desk: Desk) -> None:
    desk.rota.people = ["nobody@example.com", EMAILS["bob"], "noone@example.com"]
    assert await desk.called() == (desk.sandbox.people["bob"].id,)
    assert desk.trouble == "nobody in Slack has 2 of its addresses"
    assert desk.gauge == 0


async def test_somebody_who_has_left_slack_is_nobody(desk: Desk) -> None:
    desk.sandbox.people["bob"].deleted = True
    desk.rota.people = [EMAILS["bob"]]
    assert await desk.called() == OWN
    assert "nobody in Slack" in desk.trouble


async def test_a_pack_that_asks_elsewhere_forgets_what_was_answered(desk: Desk) -> None:
    desk.rota.people = ["U0ROTA01"]
    await desk.called()
    says(503)(desk)
    await desk.called()
    desk.rules.take(replace(desk.rules.pack, providers=(replace(RULE, url_from="OTHER_URL"),)))
    assert desk.rules.policy.people(["on-call"], {}, at=desk.clock()) == OWN
    desk.rules.take(replace(desk.rules.pack, providers=()))
    assert await desk.called() == OWN
    assert not desk.on_call.troubles
    assert desk.gauge is None


async def test_a_provider_that_says_when_to_come_back_is_left_alone_until_then(desk: Desk) -> None:
    says(429, **{"Retry-After": "200"})(desk)
    await desk.called()
    desk.rota.instead, desk.rota.people = None, ["U0ROTA01"]
    desk.clock.advance(seconds=199)
    assert await desk.called() == OWN
    assert "http_429" in desk.trouble
    desk.clock.advance(seconds=1)
    assert await desk.called() == ("U0ROTA01",)


async def test_they_are_asked_at_once_in_the_background_and_again_when_the_pack_changes(desk: Desk) -> None:
    changed = asyncio.Event()
    desk.rota.people = ["U0ROTA01"]
    async with asyncio.timeout(40), asyncio.TaskGroup() as group:
        keeping = group.create_task(desk.on_call.keep())
        await desk.on_call.asked.wait()
        assert desk.rules.policy.people(["on-call"], {}) == ("U0ROTA01",)
        desk.rota.people = ["U0ROTA02"]
        desk.rules.follow(lambda policy: changed.set() if "U0ROTA02" in policy.contacts["on-call"] else None)
        desk.on_call.ask_again()
        await changed.wait()
        keeping.cancel()


async def test_each_provider_has_its_own_failures(desk: Desk) -> None:
    other = replace(RULE, contact="engineering-lead", url_from="OTHER_URL")
    desk.rules.take(replace(desk.rules.pack, providers=(other, RULE)))
    desk.rota.people = ["U0ROTA01"]
    assert await desk.called() == ("U0ROTA01",)
    assert list(desk.on_call.troubles) == [other]


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
