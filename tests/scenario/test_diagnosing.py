"""Diagnostics in an incident's channel: how far they are, what changed, and looking again and again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.domain import events as e
from bot.domain.action_rules import Allowed
from bot.domain.rules import Policy, TargetRule
from bot.policy.targets.web import HttpTarget
from bot.sandbox.model import Channel, Message
from bot.store.measured import known
from tests.scenario.ill import planted
from tests.scenario.stage import Stage, shown, stage

pytestmark = pytest.mark.usefixtures("patient")


def thread(room: Channel, card: Message) -> list[Message]:
    """What hangs on a card."""
    return [message for message in room.messages if message.thread_ts == card.ts and message is not card]


def cards(room: Channel, words: str) -> list[Message]:
    """The cards of runs with these words."""
    return [message for message in room.messages if words in message.text and message.thread_ts in (None, message.ts)]


async def test_a_run_says_how_far_it_is_and_then_the_same_card_says_what_it_found(database: str) -> None:
    go_on = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await go_on.wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/", slow)
    async with TestServer(app) as server:
        section = HttpTarget(kind="http", name="api", url=str(server.make_url("/")), tries=1)
        rule = TargetRule(name="api", kind="http", options=section, check_timeout=timedelta(seconds=9))
        async with stage(database, rules=lambda p: replace(p, targets=(*p.targets, rule))) as bot:
            room = await bot.declare()
            await bot.command("bob", "diag all", room.name)
            card = await bot.hear(room, "checks done, waiting for")
            assert "Diagnostics of all" in card.text
            assert "api: " in card.text
            go_on.set()
            done = await bot.hear(room, "Diagnostics of all: ")
            assert done.ts == card.ts
            assert "waiting for" not in done.text


async def test_the_thread_of_a_card_has_the_tables_and_exactly_what_was_run(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        await bot.command("bob", "diag db locks", room.name)
        card = await bot.hear(room, "Diagnostics of db locks: WARN")
        told = await bot.until(lambda _: next(iter(thread(room, card)), None))
    assert "migration" in told.text
    assert "pg_blocking_pids" in told.text
    assert "SHA-256" in told.text
    assert "migration" not in card.text.split("What to do")[0].partition("Blocked sessions:")[0]


async def test_a_second_run_says_what_changed_since_the_first_and_what_is_usual(bot: Stage, patient: str) -> None:
    assert "diagnosing" in shown(await bot.command("bob", "diag db locks --baseline", "random"))
    await bot.until(lambda s: any("remembered as what is usual" in str(m.blocks) for m in s.ephemerals("bob")))
    room = await bot.declare()
    await bot.command("bob", "diag db locks", room.name)
    first = await bot.hear(room, "Diagnostics of db locks: OK")
    assert "→" not in first.text
    async with planted(patient):
        await bot.sandbox.click("bob", room.name, first.ts, "diag")
        second = await bot.hear(room, "Diagnostics of db locks: WARN")
        assert "(0 → 2 sessions since" in second.text
        assert "usually 0" in second.text


async def test_what_a_private_incident_measured_is_told_to_nobody_else(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    await bot.command("bob", "diag db locks", room.name)
    await bot.hear(room, "Diagnostics of db locks: OK")
    await bot.declare("P1 Somebody reads our mail --private")
    secret = bot.sandbox.channel(str((await bot.incident()).channel_name))
    async with planted(patient):
        await bot.command("alice", "diag db locks", secret.name)
        private = await bot.hear(secret, "Diagnostics of db locks: WARN")
        assert "(0 → 2 sessions" in private.text
    await bot.command("bob", "diag db locks", room.name)
    again = await bot.until(lambda _: next(iter(cards(room, "Diagnostics of db locks: OK")[1:]), None))
    assert "→" not in again.text


async def test_a_watch_speaks_only_when_something_changes_and_ends_when_it_is_well(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        assert "looked at every 2 min" in shown(await bot.command("bob", "diag db locks --watch 2m", room.name))
        first = await bot.hear(room, "Diagnostics of db locks: WARN")
        await bot.until(lambda _: "Looked at every 2 min" in str(first.blocks) or None)
        await bot.until(lambda _: next(iter(thread(room, first)), None))
        before = len(room.messages)
        bot.clock.advance(minutes=2, seconds=1)
        await bot.app.upkeep.once()
        await bot.recorded(e.DiagnosticRepeated)
        assert len(room.messages) == before
    bot.clock.advance(minutes=2, seconds=1)
    await bot.app.upkeep.once()
    well = await bot.hear(room, "Diagnostics of db locks: OK")
    assert "Changed: Blocked sessions: WARN → OK" in well.text
    assert (await bot.events(e.DiagnosticUnwatched))[-1].well
    assert not (await bot.incident()).watches
    bot.clock.advance(minutes=10)
    await bot.app.upkeep.once()
    await bot.sandbox.quiet(timeout=30)
    assert len(await bot.events(e.DiagnosticRequested)) == 3


async def test_a_watch_is_begun_and_ended_by_the_cards_buttons_and_ends_with_the_incident(
    bot: Stage, patient: str
) -> None:
    room = await bot.declare()
    async with planted(patient):
        await bot.command("bob", "diag db locks", room.name)
        card = await bot.hear(room, "Diagnostics of db locks: WARN")
        await bot.sandbox.click("bob", room.name, card.ts, "watch")
        await bot.until(lambda _: "Stop watching" in str(card.blocks) or None)
        await bot.sandbox.click("bob", room.name, card.ts, "unwatch")
        await bot.until(lambda _: "Stop watching" not in str(card.blocks) or None)
        await bot.sandbox.click("bob", room.name, card.ts, "watch")
        await bot.until(lambda _: "Stop watching" in str(card.blocks) or None)
        await bot.command("bob", "resolve Somebody restarted it", room.name)
        await bot.hear(room, "Resolved")
        assert not (await bot.incident()).watches
        bot.clock.advance(minutes=6)
        await bot.app.upkeep.once()
        await bot.sandbox.quiet(timeout=30)
        assert len(await bot.events(e.DiagnosticRequested)) == 1
        await bot.until(lambda _: "Stop watching" not in str(card.blocks) or None)


def only_operations(policy: Policy) -> Policy:
    allowed = Allowed(roles=("operations",))
    return replace(policy, targets=tuple(replace(target, allowed=allowed) for target in policy.targets))


async def test_a_target_that_is_for_some_is_refused_to_others_everywhere(database: str) -> None:
    async with stage(database, rules=only_operations) as bot:
        room = await bot.declare()
        for text in ("diag db", "diag db --watch 5m", "diag all"):
            assert "is for operations" in shown(await bot.command("bob", text, room.name))
        assert "is for operations" in shown(await bot.command("bob", "diag db", "random"))
        await bot.command("alice", "role operations @bob", room.name)
        assert "diagnosing db" in shown(await bot.command("bob", "diag db locks", room.name))
        await bot.hear(room, "Diagnostics of db locks: ")
        assert len(await bot.recorded(e.DiagnosticRecorded)) == 1


async def test_options_of_diag_that_make_no_sense_are_answered_with_those_that_do(bot: Stage) -> None:
    room = await bot.declare()
    for typed, answer in (
        ("diag db --wach", "--watch 5m"),
        ("diag --watch", "of what"),
        ("diag db --watch 0m", "not a length of time"),
        ("diag db --watch 3h", "every 1 to 60 minutes"),
        ("diag db --stop", "not being watched"),
        ("diag db --watch 5m --baseline", "one option"),
    ):
        assert answer in shown(await bot.command("bob", typed, room.name)), typed
    assert not await bot.events(e.DiagnosticRequested)


async def test_the_card_opens_the_runbook_that_the_policy_has_for_what_is_wrong(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        await bot.command("bob", "diag db locks", room.name)
        card = await bot.hear(room, "Diagnostics of db locks: WARN")
        await bot.sandbox.click("bob", room.name, card.ts, "runbook")
    assert [event.name for event in await bot.recorded(e.RunbookStarted)] == ["slow-queries"]


async def test_a_baseline_that_is_set_in_a_private_incident_stays_there(bot: Stage) -> None:
    await bot.declare("P1 Somebody reads our mail --private")
    secret = bot.sandbox.channel(str((await bot.incident()).channel_name))
    assert "diagnosing" in shown(await bot.command("alice", "diag db locks --baseline", secret.name))
    await bot.until(lambda s: any("what is usual" in str(m.blocks) for m in s.ephemerals("alice")))
    async with bot.core.database.transaction() as connection:
        assert await known(connection, ["db"]) == ({}, {})
        _, usual = await known(connection, ["db"], scope=1)
    assert ("db", "locks") in usual


async def test_a_check_whose_beginning_fits_several_is_answered_with_one_of_them(bot: Stage) -> None:
    room = await bot.declare()
    assert "did you mean locks?" in shown(await bot.command("bob", "diag db lo", room.name))
