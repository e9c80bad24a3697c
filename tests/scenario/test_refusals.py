"""Slack refuses: the incident lives on, and somebody is told what did not happen and what to do."""

from bot.domain import events as e
from bot.sandbox.api.scopes import ALL
from bot.sandbox.model import Channel
from bot.sandbox.records import Fault
from bot.slack.manifest import SCOPES, manifest
from tests.scenario.stage import Stage, said, stage


def _direct(bot: Stage, who: str) -> Channel:
    people = bot.sandbox.people
    return bot.sandbox.workspace.direct([people[who].id, bot.sandbox.workspace.bot.id])


async def test_the_manifests_scopes_are_enough_for_everything(database: str) -> None:
    async with stage(database, scopes=frozenset(SCOPES)) as bot:
        room = await bot.declare()
        await bot.hear("incidents", "Checkout is down")
        ts = await bot.sandbox.say("bob", room.name, "We deployed")
        await bot.sandbox.react("bob", room.name, ts, "pushpin")
        await bot.command("bob", "escalate Help @oncall --now", room.name)
        await bot.command("bob", "role scribe @erin", room.name)
        await bot.command("bob", "update", room.name)
        await bot.sandbox.submit("bob", {"text": "Better"})
        await bot.command("bob", "resolve Rolled back", room.name)
        await bot.command("bob", "review", room.name)
        await bot.until(lambda _: any(m.files for m in room.messages))
        private = await bot.declare("P3 Quiet --private", who="carol")
        assert private.is_private
        await bot.sandbox.quiet(timeout=30)
        assert [call.params for call in bot.sandbox.calls if call.error == "missing_scope"] == []


async def test_the_manifest_asks_for_no_scope_that_slack_does_not_know() -> None:
    granted = manifest("/incident", "https://bot.example", socket=False)["oauth_config"]["scopes"]["bot"]
    assert set(granted) - {"reactions:read"} <= ALL


async def test_a_missing_scope_is_told_to_the_commander_with_the_remedy(database: str) -> None:
    async with stage(database, scopes=frozenset(set(SCOPES) - {"groups:write"})) as bot:
        await bot.command("alice", "declare P2 Quiet --private")
        told = await bot.hear(_direct(bot, "alice"), "groups:write")
        assert "reinstall" in f"{told.text}{told.blocks}"
        incident = await bot.incident()
        assert incident.channel_id is None
        assert "recorded" in ((await bot.command("alice", f"{incident.ref} note Still here")).text or "").casefold()
        assert await bot.events(e.DeliveryFailed)


async def test_an_archived_channel_costs_the_posts_and_not_the_incident(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "ack", room.name)
    await bot.sandbox.quiet()
    await bot.sandbox.archive("alice", room.name)
    ref = (await bot.incident()).ref
    await bot.command("bob", f"{ref} update Going on elsewhere")
    await bot.hear(_direct(bot, "bob"), "is_archived")
    assert (await bot.incident()).updates == 1


async def test_a_restricted_announcement_is_told_and_the_channel_is_there(bot: Stage) -> None:
    announce = bot.sandbox.channel("incidents").id
    refused = Fault(
        method="chat.postMessage", error="restricted_action", times=-1, when=lambda p: p["channel"] == announce
    )
    bot.sandbox.faults.add(refused)
    room = await bot.declare()
    await bot.hear(_direct(bot, "alice"), "restricted_action")
    assert said(bot.sandbox, room, "Checkout is down")


async def test_a_rate_limit_delays_and_loses_nothing(bot: Stage) -> None:
    room = await bot.declare()
    bot.sandbox.faults.add(Fault(method="chat.postMessage", http_status=429, retry_after=1, times=2))
    for number in range(3):
        await bot.command("bob", f"update Number {number}", room.name)

    def posted() -> list[str]:
        texts = [m.text for m in room.messages if m.broadcast and "Number" in m.text]
        return [text[text.index("Number") :][:8] for text in texts]

    await bot.until(lambda _: len(posted()) == 3)
    assert posted() == ["Number 0", "Number 1", "Number 2"]


async def test_an_answer_that_is_lost_makes_no_second_post(any_bot: Stage) -> None:
    room = await any_bot.declare()
    update = Fault(method="chat.postMessage", lose_answer=True, when=lambda p: "Failing" in str(p))
    any_bot.sandbox.faults.add(update)
    await any_bot.command("bob", "update Failing over", room.name)
    await any_bot.until(lambda s: any(c.method == "conversations.replies" for c in s.calls))
    await any_bot.sandbox.quiet(timeout=30, for_seconds=0.5)
    assert len([m for m in room.messages if m.broadcast and "Failing over" in m.text]) == 1


async def test_slack_being_away_loses_nothing(bot: Stage) -> None:
    room = await bot.declare()
    bot.sandbox.faults.add(Fault(method="*", refuse_connection=True, times=4))
    await bot.command("bob", "update Failing over", room.name)
    await bot.hear(room, "Failing over")
