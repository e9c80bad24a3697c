"""Who is on call by a provider over HTTP: what it answers, and every way in which it does not."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from bot.domain.rules import Policy
from bot.notices.oncall import MOST_BYTES
from bot.sandbox import Fault
from tests.integration.conftest import Clock
from tests.integration.on_call import EMAILS, OWN, RULE, Desk, names, one_desk, says
from tests.support.ports import authority, shown
from tests.support.rota import TOKEN
from tests.support.web import answering


@pytest.fixture
async def desk(policy: Policy, clock: Clock) -> AsyncIterator[Desk]:
    async with one_desk(policy, clock) as made:
        yield made


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


async def test_a_certificate_of_nobody_known_is_not_asked_and_the_last_answer_stays(desk: Desk, tmp_path: Path) -> None:
    desk.rota.people = ["U0ROTA01"]
    await desk.called()
    issuer, _ = authority(tmp_path)
    async with answering(desk.rota.handle, tls=shown(issuer.issue_cert("127.0.0.1"))) as url:
        desk.settings["ROTA_URL"] = url
        assert await desk.called() == ("U0ROTA01",)
    assert desk.trouble == "its certificate is not one to trust"
    assert len(desk.rota.asked) == 1


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
