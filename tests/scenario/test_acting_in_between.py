"""What may come between an action's proposal and its end: two at once, other rules, forged buttons, another end."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.diagnostics import actions
from bot.diagnostics.result import Report, Result, Verdict
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.action import Stage as Where
from bot.domain.action_rules import ActionRule, Approvals
from bot.domain.actor import Actor
from bot.domain.params import Fact, Param, ParamType
from bot.domain.rules import Policy, TargetRule
from bot.policy.actions.command import CommandAction
from bot.sandbox.model import Channel, Message
from bot.slack.listeners.doing import taken_up
from tests.scenario.absence import stopped
from tests.scenario.ill import planted
from tests.scenario.stage import Stage, shown, stage
from tests.support.actions import an_action
from tests.support.policies import a_policy

pytestmark = pytest.mark.usefixtures("patient")

#: Changes nothing.
SECTION = CommandAction(
    kind="command",
    name="note",
    title="Take a note",
    does="Writes a line down.",
    argv=("/usr/bin/env", "printf", "%s"),
)


def noting(**changes: Any) -> Callable[[Policy], Policy]:
    """Rules with one action, a harmless command."""
    rule = replace(SECTION.rule(), **changes)
    return lambda policy: replace(policy, actions=(rule,))


async def ready(bot: Stage, room: Channel, typed: str = "do note") -> Message:
    """The action's card, rehearsed."""
    assert "finding out" in shown(await bot.command("bob", typed, room.name))
    return await bot.hear(room, "Take a note: not run yet")


def forged(card: Message, button: str, *, as_if: str = "", value: str | None = None) -> None:
    """Makes a button of a card another one, as somebody does who writes requests by hand."""
    for block in card.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == button:
                element["action_id"] = as_if or button
                element["value"] = value if value is not None else element["value"]


async def test_whoever_approves_twice_at_once_has_approved_once(database: str) -> None:
    async with stage(database, rules=noting(approvals=Approvals(count=2))) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        await asyncio.gather(*(bot.sandbox.click("carol", room.name, card.ts, "agree") for _ in range(3)))
        (approved,) = await bot.recorded(e.ActionApproved)
        assert approved.left == 1
        assert "1 more must approve" in shown(await bot.command("bob", "do run 1", room.name))


async def test_what_several_start_at_once_runs_once(database: str, tmp_path: Any) -> None:
    written = tmp_path / "written"
    section = SECTION.model_copy(update={"argv": ("/usr/bin/env", "tee", "-a", str(written))})
    async with stage(database, rules=noting(approvals=Approvals(count=1), options=section)) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        await bot.sandbox.click("carol", room.name, card.ts, "agree")
        await bot.until(lambda _: "Run it now" in str(card.blocks) or None)
        people = ("bob", "carol", "dave", "erin")
        await asyncio.gather(
            *(bot.sandbox.click(who, room.name, card.ts, "run") for who in people),
            *(bot.command(who, "do run 1", room.name) for who in people),
        )
        await bot.until(lambda _: "Take a note: done" in card.text or None)
        assert len(await bot.recorded(e.ActionStarted)) == 1
        assert len(await bot.recorded(e.ActionFinished)) == 1


async def test_buttons_that_somebody_wrote_by_hand_do_no_more_than_the_rules_allow(database: str) -> None:
    async with stage(database, rules=noting(approvals=Approvals(emergency=True))) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        ref = (await bot.incident()).ref
        kept = [dict(block, elements=[dict(one) for one in block.get("elements", ())]) for block in card.blocks]
        for value in (f"{ref} 1", f"{ref} 2", f"{ref} -1", f"{ref} one", f"{ref} \u0661", ref, f"{ref} {'9' * 40}"):
            for button in ("run", "emergency", "agree"):
                card.blocks = [dict(block, elements=[dict(one) for one in block["elements"]]) for block in kept]
                forged(card, "decline", as_if=button, value=value)
                reply = await bot.sandbox.click("bob", room.name, card.ts, button, value=value)
                assert reply.status == 200, (button, value)
        await bot.sandbox.quiet(timeout=30)
        assert not await bot.events(e.ActionStarted)
        assert not await bot.events(e.ActionApproved)


async def test_an_emergency_form_that_somebody_wrote_by_hand_is_answered(database: str) -> None:
    async with stage(database, rules=noting(approvals=Approvals(emergency=True))) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        for number in ("", "one", "-1", "2", "\u0661", "9" * 400):
            await bot.sandbox.click("bob", room.name, card.ts, "emergency")
            view = bot.sandbox.view("bob")
            assert view is not None
            view.private_metadata = view.private_metadata.replace('"number":"1"', f'"number":"{number}"').replace(
                '"number": "1"', f'"number": "{number}"'
            )
            assert number in view.private_metadata
            reply = await bot.sandbox.submit("bob", {"why": "Orders are lost"}, view)
            assert "has no action" in str(reply.body), (number, reply)
        assert not await bot.events(e.ActionStarted)


async def test_nobody_outside_of_a_private_incident_does_anything_in_it(database: str) -> None:
    async with stage(database, rules=noting(approvals=Approvals(count=0))) as bot:
        await bot.declare("P1 Somebody reads our mail --private")
        hidden = await bot.incident()
        secret = bot.sandbox.channel(str(hidden.channel_name))
        await bot.command("alice", "do note", secret.name)
        await bot.hear(secret, "Take a note: not run yet")
        room = await bot.declare("P2 Something else", who="bob")
        card = await ready(bot, room)
        for button in ("agree", "run", "emergency", "decline", "act"):
            value = f"{hidden.ref} {'note x' if button == 'act' else '1'}"
            forged(card, "decline", as_if=button, value=value)
            await bot.sandbox.click("bob", room.name, card.ts, button, value=value)
            forged(card, button, as_if="decline")
        for text in ("do note", "do run 1", "do approve 1", "do decline 1"):
            assert "no incident" in shown(await bot.command("bob", f"{hidden.ref} {text}", room.name)), text
        await bot.sandbox.quiet(timeout=30)
        after = await bot.incident(hidden.ref)
        assert [one.stage for one in after.actions] == [Where.PROPOSED]


async def test_once_the_incident_is_over_a_card_offers_nothing_and_after_it_goes_on_it_does_again(
    database: str,
) -> None:
    async with stage(database, rules=noting(approvals=Approvals(count=0))) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        await bot.command("bob", "resolve Somebody restarted it", room.name)
        await bot.until(lambda _: "The incident is over" in card.text or None)
        assert "Run it now" not in str(card.blocks)
        assert "reopen it first" in shown(await bot.command("bob", "do run 1", room.name))
        await bot.command("bob", "reopen It was not", room.name)
        await bot.until(lambda _: "Run it now" in str(card.blocks) or None)
        await bot.sandbox.click("bob", room.name, card.ts, "run")
        await bot.until(lambda _: "Take a note: done" in card.text or None)


async def test_what_the_pack_has_changed_since_it_was_rehearsed_is_not_run(database: str) -> None:
    async with stage(database, rules=noting(approvals=Approvals(count=0))) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        policy = bot.core.muster.policy
        other = SECTION.model_copy(update={"argv": ("/usr/bin/env", "false")})
        bot.app.rules.take(noting(approvals=Approvals(count=0), options=other)(policy))
        await bot.sandbox.click("bob", room.name, card.ts, "run")
        await bot.until(lambda _: "Take a note: nothing was done" in card.text or None)
        assert "not what was rehearsed" in card.text


async def test_a_pack_that_wants_more_approvals_by_now_is_asked_for_on_the_card(database: str) -> None:
    async with stage(database, rules=noting(approvals=Approvals(count=1))) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        bot.app.rules.take(noting(approvals=Approvals(count=2))(bot.core.muster.policy))
        await bot.sandbox.click("carol", room.name, card.ts, "agree")
        await bot.until(lambda _: "1 more must approve" in card.text or None)
        assert "Run it now" not in str(card.blocks)
        await bot.sandbox.click("dave", room.name, card.ts, "agree")
        await bot.until(lambda _: "Run it now" in str(card.blocks) or None)


def found(target: str, verdict: Verdict, pid: str) -> Result:
    """What a check of a target said."""
    return Result(
        check="locks", title="Blocked sessions", verdict=verdict, value=1, unit="", threshold="none", ran="",
        against="", took_ms=1, explanation="", next_step="", target=target, facts={"pid": pid},
    )  # fmt: skip


def test_what_a_button_fills_in_was_found_on_the_target_of_its_action_and_on_no_other() -> None:
    targets = (TargetRule(name="db", kind="postgres"), TargetRule(name="replica", kind="postgres"))
    policy = replace(a_policy(), targets=targets, services=())
    pid = Param(name="pid", type=ParamType.INTEGER, source=Fact(check="locks", fact="pid"))
    rule = ActionRule(name="end", kind="end_session", does="Ends it.", target="db", params=(pid,))
    both = (found("db", Verdict.WARN, "1"), found("replica", Verdict.CRITICAL, "2"))
    report = Report(target="all", kind="", against="", started_at=datetime.now(UTC), took_ms=1, results=both)
    assert taken_up(rule, report, policy) == {"pid": "1"}
    assert taken_up(replace(rule, target="replica"), report, policy) == {"pid": "2"}
    assert taken_up(replace(rule, target=None), report, policy) == {"pid": "2"}, "the worst counts"
    alone = replace(report, target="db locks", results=(found("", Verdict.WARN, "3"),))
    assert taken_up(rule, alone, policy) == {"pid": "3"}
    assert taken_up(replace(rule, target="replica"), alone, policy) == {}
    assert taken_up(rule, None, policy) == {}


async def test_the_numbers_that_are_counted_have_no_runs_and_no_actions_in_their_names(
    database: str, patient: str
) -> None:
    async with stage(database, rules=noting(approvals=Approvals(count=0))) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        await bot.sandbox.click("bob", room.name, card.ts, "run")
        await bot.until(lambda _: "Take a note: done" in card.text or None)
        async with planted(patient):
            await bot.command("bob", "diag db locks", room.name)
            await bot.hear(room, "Diagnostics of db locks: WARN")
        await bot.sandbox.quiet(timeout=30)
        async with aiohttp.ClientSession() as session, session.get(f"{bot.app.url}/metrics") as response:
            counted = await response.text()
        assert 'kind="action"' in counted
        assert "action:" not in counted
        assert "diagnostic:" not in counted


async def test_what_was_begun_so_long_ago_that_it_is_forgotten_is_not_run_again(database: str) -> None:
    rules = noting(approvals=Approvals(count=0), expires=timedelta(days=30))
    async with stage(database, rules=rules) as bot:
        room = await bot.declare()
        card = await ready(bot, room)
        await bot.sandbox.quiet(timeout=30)
        ref = (await bot.incident()).ref
        async with stopped(bot):
            await bot.core.muster.execute(c.StartAction(by=Actor.cli("root"), number=1), ref=ref)
            bot.clock.advance(days=8)
        await bot.until(lambda _: "Take a note: nobody knows" in card.text or None)
        assert (await bot.incident()).actions[0].stage is Where.UNKNOWN


@pytest.mark.parametrize("secret", ["hunter2hunter2", "aGVsbG8gd29ybGQ", "two words"])
async def test_what_an_action_is_given_in_secret_is_not_shown_where_it_is_said_aloud(secret: str) -> None:
    argv = ["/usr/bin/env"]
    action = an_action(
        "command",
        settings={"MUSTER_ACT_WORD": secret},
        argv=argv,
        rehearse=argv,
        env_from={"THE_WORD": "MUSTER_ACT_WORD"},
    )
    rehearsed = await actions.rehearse(action, {})
    assert "THE_WORD=" in rehearsed.output
    assert secret not in str(rehearsed)
    done = await actions.perform(action, {}, rehearsed.bound)
    assert "THE_WORD=" in done.output
    assert secret not in str(done)


async def test_a_password_in_an_address_is_not_shown_where_a_server_says_it() -> None:
    async def echo(request: web.Request) -> web.Response:
        login = base64.b64decode(request.headers["Authorization"].partition(" ")[2]).decode()
        return web.Response(text=f"You said {login}, {login.partition(':')[2]} and {request.headers['X-Word']}")

    app = web.Application()
    app.router.add_post("/go", echo)
    async with TestServer(app) as server:
        address = str(server.make_url("")).replace("http://", "http://root:open%20sesame@")
        action = an_action(
            "http",
            settings={"MUSTER_ACT_URL": address, "MUSTER_ACT_WORD": "abracadabra"},
            url_from="MUSTER_ACT_URL",
            path="/go",
            headers_from={"X-Word": "MUSTER_ACT_WORD"},
        )
        rehearsed = await actions.rehearse(action, {})
        assert rehearsed.ready, rehearsed
        done = await actions.perform(action, {}, rehearsed.bound)
    assert "You said" in done.output
    for secret in ("sesame", "abracadabra"):
        assert secret not in str(done) + str(rehearsed)
