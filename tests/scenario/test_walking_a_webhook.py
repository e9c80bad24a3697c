"""A runbook of the pack `mais`, walked to the end: a payment whose webhook failed, and fails again when replayed."""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.domain import events as e
from bot.domain.rules import Policy, TargetRule
from bot.sandbox.model import Message
from tests.scenario.business import EVENT, KEY, STRIPE_CLI, Business, planted
from tests.scenario.stage import Clock, Stage, shown, stage
from tests.scenario.stepping import Walking, number_of, program, rules_of, walking
from tests.support.sickness import connected
from tests.support.web import answering


def mais(default: Policy, url: str) -> Policy:
    """The pack's rules, with Stripe on this machine."""

    def moved(target: TargetRule) -> TargetRule:
        if target.name != "stripe-deliveries":
            return target
        options: Any = target.options
        here = {"url": f"{url}/v1/events?delivery_success=false"}
        return replace(target, options=options.model_copy(update=here))

    policy = rules_of("mais", default)
    return replace(policy, targets=tuple(map(moved, policy.targets)))


@pytest.fixture
async def business(empty_database: str) -> Business:
    """Both of them, before the endpoint is mended."""
    await planted(empty_database)
    return Business(empty_database, Clock())


@pytest.fixture
async def bot(
    database: str, business: Business, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """The bot beside all that, with the pack."""
    async with answering(business.handle) as url:
        program(tmp_path, "stripe", STRIPE_CLI.format(python=sys.executable, url=url))
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setenv("MUSTER_DIAG_DB_URL", business.database)
        monkeypatch.setenv("MUSTER_DIAG_STRIPE_TOKEN", KEY)
        monkeypatch.setenv("MUSTER_ACT_STRIPE_KEY", KEY)
        rules = partial(mais, url=url)
        async with stage(database, rules=rules, settings={"muster_pack": "mais"}, clock=business.now) as made:
            yield made


REPLAY = "Have Stripe send an event again"
SAYS, HAVE, UNBOOKED = "What does Stripe say?", "What do we have of them?", "Has somebody paid and has no booking?"
LOG, SECRET, AGAIN = "What does the log say?", "Is the secret right?", "Send it again"
BY_HAND, THERE = "Is the day still free? Then enter the booking", "Is the booking there now?"
ONE, NEW, EACH = (
    "Whoever has paid has one booking, and no day has two",
    "No new deliveries fail",
    "Each of these customers has a confirmation",
)
TICKS = [
    ("RunbookStarted", "stripe-webhooks", "bob"),
    ("StepMarked", f"done {SAYS}", "bob"),
    ("StepMarked", f"done {HAVE}", "carol"),
    ("StepMarked", f"done {UNBOOKED}", "bob"),
    ("StepMarked", f"skipped {LOG}", "bob"),
    ("StepMarked", f"done {SECRET}: It is right", "carol"),
    ("StepMarked", f"failed {AGAIN}: FAILED", "bob"),
    ("WentBack", AGAIN, "carol"),
    ("StepMarked", f"done {AGAIN}", "carol"),
    ("StepMarked", f"done {THERE}: OK", "carol"),
    ("StepMarked", f"done {ONE}", "carol"),
    ("StepMarked", f"done {NEW}", "bob"),
    ("StepMarked", f"done {EACH}", "bob"),
    ("RunbookFinished", "9 1 0", "bob"),
]


async def test_a_failing_webhook_is_replayed_in_vain_then_help_comes_and_it_is_walked_to_the_end(
    bot: Stage, business: Business
) -> None:
    room = await bot.declare("P1 Somebody has paid and has no booking")
    await bot.command("bob", "runbook stripe-webhooks", room.name)
    run = await walking(bot, room, "Stripe webhooks fail")
    await found_out(run)
    await replayed_in_vain(run, business)
    await help_is_called(run)
    await somebody_walks_it_too(run)

    business.mended = True
    await replayed(run)
    assert business.delivered == [500, 200]
    async with connected(business.database) as api:
        assert await api.fetchval("""SELECT date::text FROM "Booking" WHERE id = 'booking_1'""") == "2026-12-12"

    await verified(run)
    assert await run.ticks() == TICKS
    assert run.shown == [SAYS, HAVE, UNBOOKED, LOG, SECRET, AGAIN, BY_HAND, THERE, ONE, NEW, EACH]
    await run.signed()
    everything = [*room.messages, *(m for who in ("bob", "carol", "dave") for m in bot.sandbox.ephemerals(who))]
    assert not [message for message in everything if KEY in f"{message.text}{message.blocks}"]


async def found_out(run: Walking) -> None:
    """Somebody has paid and has no booking, and the secret is right."""
    deliveries = await run.step(SAYS)
    await run.looks("bob", deliveries, "WARN")
    await run.done("bob", deliveries)
    failed = await run.step(HAVE)
    await run.looks("bob", failed, "WARN")
    await run.done("carol", failed)
    unbooked = await run.step(UNBOOKED)
    await run.looks("bob", unbooked, "CRITICAL")
    await run.done("bob", unbooked)
    log = await run.step(LOG)
    await run.press("bob", log, "skip")
    await run.bot.sandbox.submit("bob", {"why": "Muster does not run beside the API"})
    await run.told(log, "bob", "Muster does not run beside the API")
    secret = await run.step(SECRET)
    await run.picks("carol", secret, "It is right")
    await run.late("bob", secret, "pick", 0)
    await run.refused("bob", "“Is the secret right?” was marked done already, by <@")


async def replay(run: Walking, step: Message, who: str, other: str, ends: str = "done") -> None:
    """Somebody asks for the replay, which event it is is asked for, somebody else approves, and it is run."""
    bot, before = run.bot, run.thread
    await run.press(who, step, "check", 0)
    await bot.until(lambda s: s.view(who))
    await bot.sandbox.submit(who, {"event": EVENT})
    action = await run.proposed(before, REPLAY)
    assert f"stripe events resend {EVENT}" in f"{action.text}{action.blocks}"
    await run.decides(other, action, "agree", "Run it now")
    await run.decides(who, action, "run", f"{REPLAY}: {ends}")
    await bot.until(lambda _: f"{REPLAY}: {ends}" in step.text or None)


async def replayed_in_vain(run: Walking, business: Business) -> None:
    """First Stripe cannot be reached; then it sends it again and is refused again, so that the step did not help."""
    bot = run.bot
    step = await run.step(AGAIN)
    await replay(run, step, "bob", "carol", "failed")
    await bot.hear(run.room, "Stripe answered 503")
    assert "FAILED leads to Is the day still free? Then enter the booking" in step.text
    business.reachable = True
    await replay(run, step, "bob", "carol")
    assert "leads to" not in step.text
    await bot.hear(run.room, "Diagnostics of webhook-events unbooked: CRITICAL")
    run.sees(step)
    await run.press("bob", step, "failed")
    await bot.sandbox.submit("bob", {"why": "The endpoint answers 500 again"})
    await run.told(step, "bob", "The endpoint answers 500 again")
    await run.late("carol", step, "done")
    await run.refused("carol", "“Send it again” was marked failed already, by <@")


async def help_is_called(run: Walking) -> None:
    """Whoever is called reads what was tried."""
    bot = run.bot
    step = await run.step(BY_HAND)
    run.sees(step)
    await run.press("bob", step, "assist")
    view = await bot.until(lambda s: s.view("bob"))
    tried = view.values["why"]["why"]["value"]
    assert f"Help is needed with the runbook “Stripe webhooks fail”, at step {number_of(step)} of " in tried
    assert "• What do we have of them?: done; diag webhook-events failed: WARN" in tried
    assert "• Send it again: failed (The endpoint answers 500 again); do replay-webhook: DONE" in tried
    await bot.sandbox.submit("bob")
    called = await bot.hear(run.room, "Help is needed with the runbook")
    assert "do replay-webhook: DONE" in called.text
    assert f"<@{bot.sandbox.people['carol'].id}>" in called.text
    told = [event for event in await bot.events(e.Escalated) if event.why == tried]
    assert len(told) == 1


async def somebody_walks_it_too(run: Walking) -> None:
    """Another run of the same runbook has steps, checks and an end of its own."""
    bot, room, before = run.bot, run.room, await run.run()
    assert "is being walked already" in shown(await bot.command("dave", "runbook stripe-webhooks", room.name))
    cards = list(room.messages)
    await bot.command("dave", "runbook stripe-webhooks --again", room.name)
    second = await walking(bot, room, "Stripe webhooks fail", 2, cards)
    step = await second.step(SAYS)
    await second.looks("dave", step, "WARN")
    await second.done("dave", step)
    await second.step(HAVE)
    assert "`step 1 done`" in shown(await bot.command("dave", "step done", room.name))
    await bot.command("dave", "step 2 stop Bob is further", room.name)
    await bot.until(lambda _: f"Given up at 2. {HAVE}" in second.card.text or None)
    assert await run.run() == before
    assert await second.ticks() == [
        ("RunbookStarted", "stripe-webhooks", "dave"),
        ("StepMarked", f"done {SAYS}", "dave"),
        ("RunbookStopped", "Bob is further", "dave"),
    ]


async def replayed(run: Walking) -> None:
    """The step that did not help is gone back to, and helps."""
    bot = run.bot
    by_hand, step = (next(m for m in run.thread if f". {title}" in m.text) for title in (BY_HAND, AGAIN))
    await run.press("carol", step, "back")
    await run.step(AGAIN)
    await bot.until(lambda _: "not the next step any more" in by_hand.text or None)
    await run.late("bob", by_hand, "done")
    await run.refused("bob", f"is not the next one: that is step {number_of(step)}, “{AGAIN}”")
    await replay(run, step, "carol", "bob")
    await bot.hear(run.room, "Diagnostics of webhook-events unbooked: OK")
    await run.done("carol", step)


async def verified(run: Walking) -> None:
    """The booking is there, no day is booked twice, and nothing fails any more."""
    bot = run.bot
    booked = await run.step(THERE)
    await run.looks("carol", booked, "OK")
    await bot.until(lambda _: "OK leads to Whoever has paid has one booking" in booked.text or None)
    await run.done("carol", booked)
    one = await run.step(ONE)
    await run.looks("carol", one, "OK", "OK")
    await run.done("carol", one)
    fails = await run.step(NEW)
    await run.looks("bob", fails, "OK")
    await run.done("bob", fails)
    confirmed = await run.step(EACH)
    await run.done("bob", confirmed)
    await bot.until(lambda _: "walked to the end, in 10 steps · 1 skipped" in run.card.text or None)
    (over,) = await bot.recorded(e.RunbookFinished)
    assert (over.number, over.done, over.skipped, over.failed) == (1, 9, 1, 0)
