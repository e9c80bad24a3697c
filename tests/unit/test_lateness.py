"""Saying so when something comes late: a clock that rang late, a message that Slack is told late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.application.present import about_entry
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.actor import MUSTER
from bot.domain.clocks import plan
from bot.domain.rules import EscalationStep, Policy, Trigger
from bot.domain.standing import DeliveryFacts, Standing
from bot.domain.timeline import Entry
from bot.messages import Delay, Messages
from bot.messages.check import problems
from bot.messages.limits import TEXT
from bot.messages.samples import REF, hostile, samples
from bot.postmortem.draft import draft
from bot.store.codec import incident_from_json, incident_to_json
from tests.support.policies import a_policy, minutes
from tests.support.timelines import BOB, DANA, NAMES, Story

DUE = datetime(2026, 2, 11, 14, 2, tzinfo=UTC)
WHY = "late: Muster could not work then"
MESSAGES = Messages()
ORDINARY, HOSTILE = samples(), hostile()
POSTS = sorted(name for name in ORDINARY if "event" in ORDINARY[name][0] and name != "answer")

CALLED = e.Escalated(level=1, why="", names=("on-call",), people=("U0ONCALL",), severity="P1", step="a", due_at=DUE)
RUNG: dict[str, e.Event] = {
    "escalation": CALLED,
    "escalation_call": CALLED,
    "escalation_notice": CALLED,
    "update_overdue": e.UpdateOverdue(due_at=DUE),
    "review_nudge": e.ReviewNudged(due_at=DUE),
}


def rung(event: e.Event, *, after: timedelta) -> Entry:
    at = DUE + after
    return Entry(seq=7, at=at, recorded_at=at, by=MUSTER, event=event)


def fired(story: Story, timer: str, *, due: timedelta) -> Story:
    """Lets a timer ring that was due some time ago."""
    fire = c.FireTimer(by=MUSTER, name=timer, generation=1, due_at=story.now + minutes(1))
    return story.do(fire, minutes=due / minutes(1) + 1)


def with_an_unresolved_step() -> Policy:
    step = EscalationStep(
        name="unresolved", trigger=Trigger.UNRESOLVED, severities=("P1",), after=minutes(60), notify=("lead",)
    )  # fmt: skip
    policy = a_policy()
    return replace(policy, escalation=(*policy.escalation, step))


def test_a_clock_is_late_when_it_rings_more_than_a_minute_after_its_time() -> None:
    assert rung(CALLED, after=minutes(1)).late is None
    assert rung(CALLED, after=minutes(16)).late == minutes(16)
    assert rung(e.UpdateOverdue(due_at=DUE), after=minutes(2)).late == minutes(2)
    assert rung(replace(CALLED, step=None, due_at=None), after=minutes(16)).late is None, "a person asked"
    assert rung(e.NoteAdded(text="x"), after=minutes(16)).late is None


def test_an_escalation_keeps_the_time_at_which_its_clock_was_due() -> None:
    story = Story(a_policy()).do(c.Declare(by=DANA, title="Down", severity="P1"))
    fired(story, "escalate:on-call", due=minutes(16))
    [event] = [entry.event for entry in story.entries if isinstance(entry.event, e.Escalated)]
    assert event.due_at == story.now - minutes(16)
    story.do(c.Escalate(by=DANA, why="help"))
    assert isinstance(story.entries[-1].event, e.Escalated)
    assert story.entries[-1].event.due_at is None


@pytest.mark.parametrize("name", sorted(RUNG))
def test_every_message_of_a_clock_that_rang_late_says_so_and_why(name: str) -> None:
    sample = ORDINARY[name][1]
    late = about_entry(sample["incident"], rung(RUNG[name], after=minutes(16)), sample["policy"], {})
    message = MESSAGES.render(name, ref=REF, **late)
    assert f"16 min {WHY}" in message.text
    assert problems(message) == []
    in_time = about_entry(sample["incident"], rung(RUNG[name], after=minutes(0)), sample["policy"], {})
    assert WHY not in MESSAGES.render(name, ref=REF, **in_time).text


@pytest.mark.parametrize("event", [CALLED, RUNG["update_overdue"], RUNG["review_nudge"]])
def test_the_timeline_says_that_a_clock_rang_late(event: e.Event) -> None:
    incident = ORDINARY["show"][1]["incident"]
    assert f"16 min {WHY}" in MESSAGES.line("entry", entry=rung(event, after=minutes(16)), incident=incident)
    assert WHY not in MESSAGES.line("entry", entry=rung(event, after=minutes(0)), incident=incident)


def test_the_review_says_what_rang_late_in_rows_of_their_own_and_counts_it() -> None:
    story = Story(a_policy()).do(c.Declare(by=DANA, title="Down", severity="P1"))
    story.fire("escalate:on-call", minutes=5)
    fired(story, "escalate:on-call", due=minutes(21))
    fired(story, "update", due=minutes(11))
    text = draft(story.incident, story.entries, story.policy, now=story.now, names=NAMES).markdown
    assert f"21 min {WHY})" in text
    assert f"said 11 min {WHY}" in text
    assert "Escalated** 2 times" not in text
    assert "2 clocks rang late, by up to 21 min: Muster could not work then (#3, #4)" in text
    on_time = Story(a_policy()).do(c.Declare(by=DANA, title="Down", severity="P1")).fire("update", minutes=15)
    assert WHY not in draft(on_time.incident, on_time.entries, on_time.policy, now=on_time.now).markdown


def test_a_reopened_incidents_clocks_count_from_the_reopening() -> None:
    policy = with_an_unresolved_step()
    story = Story(policy).do(c.Declare(by=DANA, title="Down", severity="P1"), c.Acknowledge(by=BOB))
    story.do(c.Resolve(by=BOB, summary="gone"), minutes=30).do(c.Reopen(by=BOB, why="back"), minutes=300)
    assert story.incident.reopened_at == story.now
    clocks = [one for one in plan(story.incident, policy, story.now) if isinstance(one, f.SetTimer)]
    assert f.SetTimer(name="escalate:unresolved", due_at=story.now + minutes(60)) in clocks
    story.do(c.ChangeSeverity(by=BOB, severity="P2"), minutes=10).do(
        c.ChangeSeverity(by=BOB, severity="P1"), minutes=10
    )
    again = [one for one in plan(story.incident, policy, story.now) if isinstance(one, f.SetTimer)]
    assert f.SetTimer(name="escalate:unresolved", due_at=story.now + minutes(40)) in again


def test_a_row_from_before_reopenings_were_kept_is_read() -> None:
    story = Story(a_policy()).do(c.Declare(by=DANA, title="Down", severity="P1"))
    state = incident_to_json(story.incident)
    del state["reopened_at"]
    assert incident_from_json(state) == story.incident
    assert story.incident.waiting_since == story.incident.declared_at


@pytest.mark.parametrize("name", POSTS)
@pytest.mark.parametrize("which", [ORDINARY, HOSTILE], ids=["ordinary", "hostile"])
def test_a_message_that_comes_late_says_so_however_long_it_is(name: str, which: dict[str, Any]) -> None:
    delay = Delay(said=DUE, told=DUE + minutes(29))
    for sample in which[name]:
        message = MESSAGES.render(name, ref=REF, delay=delay, **sample)
        assert problems(message) == []
        [stamp] = [b for b in message.blocks if b["type"] == "context" and "could not be told" in str(b)]
        assert stamp == message.blocks[-1]
        assert "14:02" in str(stamp)
        assert "14:31" in str(stamp)
        assert message.text.endswith("|14:31 UTC>.")
        assert len(message.text) <= TEXT


def test_a_message_that_comes_a_day_late_says_which_day() -> None:
    sample = ORDINARY["update"][0]
    message = MESSAGES.render("update", ref=REF, delay=Delay(said=DUE, told=DUE + timedelta(hours=30)), **sample)
    assert "2026-02-11 14:02 UTC" in message.text
    assert "2026-02-12 20:02 UTC" in message.text


def test_the_plain_message_that_stands_in_for_a_broken_template_of_a_pack_says_so_too(tmp_path: Any) -> None:
    broken = tmp_path / "packs" / "ours" / "slack" / "update"
    broken.mkdir(parents=True)
    (broken / "message.md.j2").write_text("{{ nothing_of_this_name }}")
    (tmp_path / "slack").symlink_to(MESSAGES.file_of("update").rpartition("/update/")[0])
    packed = Messages(pack="ours", root=tmp_path)
    delay = Delay(said=DUE, told=DUE + minutes(29))
    message = packed.render_safely("update", ref=REF, delay=delay, **ORDINARY["update"][0])
    assert "could not be told" in message.text


def refused(story: Story, number: int) -> Story:
    return story.do(c.RecordFailure(by=MUSTER, outbox=number, what="a message could not be posted", reason="no"))


@pytest.mark.parametrize("mended", [c.RetryDelivery, c.DropDelivery])
def test_a_refusal_that_was_seen_to_is_no_trouble_of_the_review(mended: type[c.RetryDelivery | c.DropDelivery]) -> None:
    story = Story(a_policy()).do(c.Declare(by=DANA, title="Down", severity="P1"))
    refused(refused(story, 4), 5)
    facts = DeliveryFacts(what="the message “update”", standing=Standing.REFUSED, trouble=True)
    story.do(mended(by=DANA, outbox=4, facts=facts))
    text = draft(story.incident, story.entries, story.policy, now=story.now).markdown
    assert "A message or change was refused: people may not have seen everything (#3)" in text
    story.do(mended(by=DANA, outbox=5, facts=facts))
    text = draft(story.incident, story.entries, story.policy, now=story.now).markdown
    assert "people may not have seen everything" not in text


def test_a_deletion_that_nobody_is_known_for_is_said_of_nobody() -> None:
    incident = ORDINARY["show"][1]["incident"]
    event = e.MessageDeleted(channel="C1", ts="1.0")
    entry = Entry(seq=7, at=DUE, recorded_at=DUE, by=MUSTER, event=event)
    assert "a message was deleted in Slack" in MESSAGES.line("entry", entry=entry, incident=incident)
    by_bob = replace(entry, by=BOB)
    assert MESSAGES.line("entry", entry=by_bob, incident=incident).startswith("deleted a message")


@pytest.mark.parametrize(
    ("late", "dated"), [(minutes(29), False), (minutes(23 * 60 + 30), True), (minutes(48 * 60), True)]
)
def test_what_came_so_late_that_the_times_alone_would_mislead_has_its_day(late: timedelta, *, dated: bool) -> None:
    line = MESSAGES.line_safely("delayed", said=DUE, told=DUE + late)
    assert ("{date" in line) is dated
