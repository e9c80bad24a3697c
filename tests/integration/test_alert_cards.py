"""The message of a group of alerts: posted once, current, at few calls, and with nothing that is private."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.application.alert_desk import AlertDesk
from bot.domain import commands as c
from bot.domain.alert_rules import AlertRule, Decision, Matcher
from bot.sandbox import Fault
from bot.store import alert_groups
from tests.integration.alerts_shown import BUTTONS, RULES, Showing, alert, pressable, showing_of, whole
from tests.integration.conftest import Clock
from tests.integration.post import Post


@pytest.fixture
async def showing(post: Post, clock: Clock) -> Showing:
    made = await showing_of(post, clock)
    await post.sandbox.create_channel("alice", "alerts")
    return made


async def test_a_suggestion_is_posted_once_however_often_its_job_runs(showing: Showing) -> None:
    group = await showing.take("a")
    for _ in range(3):
        await showing.show(group)
    [message] = showing.messages()
    assert "Slow answers on a" in message.text
    assert showing.calls() == ["chat.postMessage"]


async def test_two_processes_at_once_post_it_once(showing: Showing) -> None:
    group = await showing.take("a")
    await asyncio.gather(*(cards.refresh(group) for cards in (showing.cards, showing.another(), showing.another())))
    assert len(showing.messages()) == 1
    assert showing.calls() == ["chat.postMessage"]


async def test_a_storm_costs_a_handful_of_calls_and_its_end_is_shown(showing: Showing) -> None:
    group = await showing.take("first")
    await showing.cards.refresh(group)
    for number in range(30):
        await showing.take(*(f"{number}-{one}" for one in range(20)))
        await showing.cards.refresh(group)
    assert showing.calls() == ["chat.postMessage"], "it rests after a call"
    assert len(await showing.jobs()) <= 3
    await showing.show(group)
    assert showing.calls() == ["chat.postMessage", "chat.update"]
    assert "601" in showing.messages()[0].text
    await showing.show(group)
    assert await showing.jobs() == [(timedelta(seconds=3), 40)], "the last one finds nothing to do"


async def test_a_change_that_comes_while_it_is_sent_is_shown_by_the_job_that_comes_back(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    await showing.take("b")
    showing.post.sandbox.faults.add(Fault(method="chat.update", stall=0.3))
    sending = asyncio.ensure_future(showing.show(group))
    await showing.post.sandbox.wait_for(lambda s: s.calls[-1].method == "chat.update")
    assert list(showing.post.delivery.rounds.held) == [alert_groups.lane_of(group)], "or another would send it too"
    await showing.take("c")
    await showing.another().refresh(group)
    await sending
    assert not showing.post.delivery.rounds.held
    await showing.jobs()
    await showing.show(group)
    assert "3" in showing.messages()[0].text
    assert showing.calls().count("chat.update") == 2


async def test_what_somebody_dismissed_can_only_be_declared_after_all(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    assert pressable(showing.messages()[0]) == BUTTONS
    await AlertDesk(showing.post.muster).dismiss(group, showing.post.alice, "a test of ours")
    await showing.show(group)
    [message] = showing.messages()
    assert pressable(message) & BUTTONS <= {"alert_declare"}
    assert "a test of ours" in whole(message)


async def test_what_was_declared_leads_to_its_incident(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    done = await AlertDesk(showing.post.muster).declare(group, showing.post.alice)
    await showing.show(group)
    [message] = showing.messages()
    assert done.incident.ref in whole(message)
    assert not pressable(message) & BUTTONS


async def test_of_a_private_incident_nothing_is_shown(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    done = await showing.post.declare(private=True, title="A leak of salaries")
    await showing.post.everything()
    room = (await showing.post.row(done.incident_id)).channel_id
    await AlertDesk(showing.post.muster).attach(group, done.incident.ref, showing.post.alice)
    await showing.take("b")
    await showing.show(group)
    [message] = showing.messages()
    said = whole(message)
    assert "rivate incident" in said
    assert not pressable(message) & BUTTONS
    for secret in (done.incident.ref, "salaries", str(room), showing.post.sandbox.people["alice"].id):
        assert secret not in said


async def test_what_would_look_the_same_is_not_sent(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    await showing.want(group)
    await showing.show(group)
    assert showing.calls() == ["chat.postMessage"]
    card = (await showing.found(group)).card
    assert card.shown == card.wanted


async def test_a_hostile_title_pings_nobody(showing: Showing) -> None:
    hostile = replace(alert(showing.clock), title="<!channel> <@U0BOB00002> <https://evil.example|Log in>")
    [told] = await showing.ingest.take([hostile], "test")
    assert told.group is not None
    await showing.show(told.group)
    said = whole(showing.messages()[0])
    assert "<!channel>" not in said
    assert "<@U0BOB00002>" not in said
    assert "<https://evil.example" not in said


async def test_a_mute_is_shown_where_it_silences_all_that_fire(showing: Showing) -> None:
    desk, alice = AlertDesk(showing.post.muster), showing.post.alice
    group = await showing.take("a", "b")
    await desk.mute(Matcher(labels={"instance": ("a",)}), timedelta(hours=1), alice, "a new disk")
    await showing.show(group)
    assert "a new disk" not in whole(showing.messages()[0])
    await desk.mute(Matcher(services=("web",)), timedelta(hours=2), alice, "we move")
    await showing.want(group)
    await showing.show(group)
    assert "we move" in whole(showing.messages()[0])


async def test_a_mute_that_is_over_is_not_shown_any_longer(showing: Showing) -> None:
    desk, alice = AlertDesk(showing.post.muster), showing.post.alice
    group = await showing.take("a")
    await showing.show(group)
    await desk.mute(Matcher(services=("web",)), timedelta(hours=2), alice, "we move")
    await showing.jobs()
    await showing.show(group)
    assert "Muted until" in whole(showing.messages()[0])
    assert sorted(wait for wait, _ in await showing.jobs()) == [timedelta(seconds=3), timedelta(hours=2, seconds=5)]
    showing.clock.advance(hours=2, seconds=5)
    await showing.show(group)
    said = whole(showing.messages()[0])
    assert "Is this an incident?" in said
    assert "Muted" not in said


async def test_the_end_of_an_incident_shows_on_the_card_and_so_does_its_new_beginning(showing: Showing) -> None:
    group, post = await showing.take("a"), showing.post
    await showing.show(group)
    done = await AlertDesk(post.muster).declare(group, post.alice)
    await showing.show(group)
    for command, words in (
        (c.Resolve(by=post.alice, summary="done", override="tested"), "had it, and is over"),
        (c.Reopen(by=post.alice, why="It is back"), "has it"),
    ):
        await showing.jobs()
        await post.muster.execute(command, ref=done.incident.ref)
        assert len(await showing.jobs()) == 1
        await showing.show(group)
        assert words in whole(showing.messages()[0])
    await showing.jobs()
    await post.muster.execute(c.Acknowledge(by=post.alice), ref=done.incident.ref)
    assert await showing.jobs() == [], "nothing that stands there changed"


async def test_a_look_that_finds_nothing_new_costs_no_call_and_brings_no_other(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    await showing.jobs()
    calls = len(showing.calls())
    await showing.show(group)
    assert (len(showing.calls()), await showing.jobs()) == (calls, [])


async def test_an_alert_that_came_to_nothing_is_forgotten_after_a_week_and_others_are_not(showing: Showing) -> None:
    post, rules = showing.post, (*RULES.rules, AlertRule(name="no", do=Decision.IGNORE))
    await showing.take("kept", severity="critical")
    post.muster.policy = replace(post.muster.policy, alerts=replace(RULES, rules=rules))
    await showing.ingest.take([alert(showing.clock, "quiet", service="other")], "test")
    await showing.upkeep().once()
    assert await fingerprints(showing) == ["kept", "quiet"]
    showing.clock.advance(days=7, seconds=1)
    await showing.upkeep().once()
    assert await fingerprints(showing) == ["kept"]


async def fingerprints(showing: Showing) -> list[str]:
    async with showing.post.muster.database.transaction() as connection:
        return [*(await connection.execute(text("select fingerprint from alerts order by 1"))).scalars()]
