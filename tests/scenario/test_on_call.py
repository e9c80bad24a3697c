"""Whom an escalation reaches when the policy names a user group, a rotation, or a provider's contact."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import aiohttp
import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.procedures import ProviderRule, Rotation
from bot.domain.rules import Policy
from bot.sandbox.cast import PEOPLE, TEAM_DOMAIN
from tests.scenario.stage import Stage, stage
from tests.support.rota import TOKEN, rota

GROUP = "S0ONCALL01"
IDS = {person.name: person.id for person in PEOPLE}


def calls(**contacts: tuple[str, ...]) -> Callable[[Policy], Policy]:
    """The default rules, where `escalate` calls the contact on-call alone, and declaring calls nobody."""

    def make(policy: Policy) -> Policy:
        severities = tuple(replace(severity, responders=()) for severity in policy.severities)
        rules = replace(policy, severities=severities, escalation=(), manual_escalation=("on-call",))
        return rules.with_contacts({"on-call": (), **{name.replace("_", "-"): ids for name, ids in contacts.items()}})

    return make


async def escalated(bot: Stage) -> tuple[str, ...]:
    """Who is called when somebody escalates now."""
    escalate = c.Escalate(by=Actor.person(IDS["alice"]), why="Nobody knows why")
    outcome = await bot.core.muster.execute(escalate, ref=(await bot.incident()).ref)
    (event,) = (entry.event for entry in outcome.entries)
    assert isinstance(event, e.Escalated)
    return event.people


def told_directly(bot: Stage) -> set[str]:
    """Who has got a direct message of the bot's since the beginning."""
    me = bot.sandbox.workspace.bot.id
    rooms = [one for one in bot.sandbox.workspace.channels.values() if one.kind == "im"]
    return {member for one in rooms if any(m.user == me for m in one.messages) for member in one.members} - {me}


async def _metrics(bot: Stage) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{bot.app.url}/metrics") as answer:
        return await answer.text()


async def test_of_a_user_group_the_group_is_mentioned_and_its_members_are_brought_in(database: str) -> None:
    async with stage(database, rules=calls(on_call=(GROUP,))) as bot:
        room = await bot.declare()
        assert await escalated(bot) == (GROUP,)
        await bot.hear(room, f"<!subteam^{GROUP}>")
        await bot.until(lambda _: {IDS["bob"], IDS["carol"]} <= set(room.members))
        await bot.sandbox.quiet(timeout=30)
        assert not {IDS["bob"], IDS["carol"]} & told_directly(bot)


async def test_of_a_rotation_whoever_has_the_turn_is_called(database: str) -> None:
    begin = datetime.now(UTC).date() - timedelta(days=3)
    turns = Rotation(contact="on-call", people=(IDS["bob"], IDS["carol"]), starting=begin, at=time(0))
    async with stage(database, rules=lambda policy: replace(calls()(policy), rotations=(turns,))) as bot:
        room = await bot.declare("P4 A blemish")
        assert await escalated(bot) == (IDS["bob"],)
        await bot.until(lambda _: IDS["bob"] in room.members)
        bot.clock.advance(weeks=1)
        assert await escalated(bot) == (IDS["carol"],)
        await bot.until(lambda _: IDS["carol"] in room.members)


async def test_of_a_provider_whoever_it_names_is_called_and_still_is_when_it_fails(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = ProviderRule(contact="on-call", url_from="ROTA_URL", token_from="ROTA_TOKEN", people="$.on_call[*].who")
    async with rota() as server:
        monkeypatch.setenv("ROTA_URL", server.url)
        monkeypatch.setenv("ROTA_TOKEN", TOKEN)
        server.people = [f"erin@{TEAM_DOMAIN}.example"]
        async with stage(database, rules=lambda policy: replace(calls()(policy), providers=(rule,))) as bot:
            room = await bot.declare()
            assert await escalated(bot) == (IDS["erin"],)
            await bot.hear(room, f"<@{IDS['erin']}>")
            server.people = [IDS["dave"]]
            await bot.app.on_call.ask_all()
            assert await escalated(bot) == (IDS["dave"],)
            server.people = []
            await bot.app.on_call.ask_all()
            assert await escalated(bot) == (IDS["dave"],)
            assert 'muster_on_call_known{contact="on-call"} 0.0' in await _metrics(bot)


async def test_a_provider_that_says_nothing_does_not_keep_the_bot_from_starting(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = ProviderRule(contact="on-call", url_from="ROTA_URL", people="$.on_call[*].who")
    async with rota() as server:
        monkeypatch.setenv("ROTA_URL", server.url)
        server.instead = server.stall
        own = calls(on_call=(IDS["bob"],))
        async with stage(database, rules=lambda policy: replace(own(policy), providers=(rule,))) as bot:
            await bot.declare()
            assert await escalated(bot) == (IDS["bob"],)
