"""What messages say of the policy's clocks, calls, conditions, checklists and texts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.application.present import about, about_entry
from bot.domain import events as e
from bot.domain.incident import Incident
from bot.domain.rules import Via
from bot.domain.timeline import Entry
from bot.messages import Messages
from bot.messages.changes import Changes, changes
from bot.messages.check import problems
from bot.messages.sample_events import entry_of
from bot.messages.sample_incidents import BEA, NOW, incidents
from bot.messages.sample_policy import POLICY
from bot.messages.whom import named

MESSAGES = Messages()
_ALL = list(incidents("Payments time out."))
FRESH, BUSY, PRIVATE, OVER, WATCHED = _ALL[0], _ALL[1], _ALL[3], _ALL[4], _ALL[-1]


def _card(name: str, incident: Incident, **more: Any) -> str:
    return MESSAGES.render(name, ref=incident.ref, **about(incident, POLICY, {}), **more).text


def _post(name: str, incident: Incident, event: e.Event, **more: Any) -> str:
    entry = entry_of(8, event)
    return MESSAGES.render(name, ref=incident.ref, **about_entry(incident, entry, POLICY, {}), **more).text


def _sentence(incident: Incident, event: e.Event) -> str:
    entry = Entry(seq=8, at=NOW, recorded_at=NOW, by=entry_of(8, event).by, event=event)
    return MESSAGES.line("entry", incident=incident, entry=entry, policy=POLICY)


def test_the_card_counts_down_to_the_nearest_clocks_and_counts_the_others() -> None:
    text = _card("summary", BUSY)
    assert "Status page by: <!date^1795232100^{date_short_pretty} at {time} ({ago})|2026-11-21 03:35 UTC>" in text
    assert "Next update due: <!date^" in text
    assert "Resolve by" not in text, "it is the fifth"
    assert "2 more clocks: /incident clocks" in text


def test_the_card_says_which_clock_is_overdue_extended_or_silent() -> None:
    lines = _card("clocks", WATCHED).splitlines()
    assert any(":warning:" in line and line.endswith("overdue · status-page") for line in lines)
    assert any("Resolve by" in line and line.endswith("extended · resolve") for line in lines)
    assert any("Next update due" in line and "silent until <!date^" in line for line in lines)


def test_the_card_says_the_phase_what_is_so_where_to_look_and_who_is_called_next() -> None:
    blocks = str(MESSAGES.render("summary", ref=WATCHED.ref, **about(WATCHED, POLICY, {})).blocks)
    assert "Assess → *Respond* → Resolve" in blocks
    assert "*Data is lost* · *A release was rolled back*" in blocks
    assert "<https://graphs.example/checkout|Checkout's dashboard>" in blocks
    assert "Called next: lead, <!date^" in blocks
    assert "The first ten minutes, 2 of 4" in blocks


def test_a_card_about_a_resolved_incident_calls_nobody() -> None:
    text = _card("summary", OVER)
    assert "Called next" not in text
    assert "Review by: <!date^" in text


def test_who_is_called_next_is_said_without_calling_them() -> None:
    text = _card("summary", FRESH) + _post("alert", FRESH, e.Declared(
        ref=FRESH.ref, title="It", severity="P1", status="investigating", channel_name="inc"
    ))  # fmt: skip
    assert "Called next: cto, lead" in text
    assert "<@U0CTO>" not in text
    assert named(("U0CTO00001", "lead", "S0ONCALL1"), POLICY) == ("lead", "2 people more")
    assert named(("U0CTO00001",), POLICY) == ("1 by name",)
    assert named(("SECURITY", "U0CTO00001"), POLICY) == ("SECURITY", "1 person more"), "an id has a digit somewhere"
    assert named(("commander", "service-owners"), POLICY) == ("Incident commander", "the service's owners")


def test_what_is_so_at_the_declaration_comes_with_advice_a_runbook_and_a_worse_severity() -> None:
    declared = e.Declared(
        ref=FRESH.ref, title="It", severity="P2", status="investigating", channel_name="inc",
        conditions=("data-loss",), details={"Customers affected": "A third"},
    )  # fmt: skip
    incident = replace(FRESH, severity="P2", conditions={"data-loss": NOW})
    message = MESSAGES.render("alert", ref=FRESH.ref, **about_entry(incident, entry_of(1, declared), POLICY, {}))
    buttons = [b for block in message.blocks if block["type"] == "actions" for b in block["elements"]]
    assert {("severity", f"{FRESH.ref} P1"), ("runbook", f"{FRESH.ref} data-corruption")} <= {
        (b["action_id"], b["value"]) for b in buttons
    }
    assert "Data is lost: Stop what writes." in message.text
    assert "Customers affected: A third" in message.text
    worst = replace(incident, severity="P1")
    assert "the policy suggests" not in _post("alert", worst, declared)


def _changed(incident: Incident, before: str, after: str) -> Changes:
    return changes(replace(incident, severity=after), POLICY, e.SeverityChanged(before=before, after=after))


def test_a_change_of_severity_says_each_clock_before_and_after() -> None:
    found = _changed(FRESH, "P2", "P1")
    moved = {one.clock: (one.before, one.after) for one in found.clocks}
    assert moved["acknowledge"] == (NOW + timedelta(minutes=30), NOW + timedelta(minutes=15))
    assert moved["resolve"] == (NOW + timedelta(hours=8), NOW + timedelta(hours=4))
    assert moved["status-page"] == (None, NOW + timedelta(minutes=20))
    assert {one.what: (one.before, one.after) for one in found.promises} == {
        "update": (timedelta(minutes=30), timedelta(minutes=15)),
        "review": ("the next sprint", timedelta(hours=48)),
        "status-page": ("internal", "public"),
    }
    assert [(one.names, one.before, one.after) for one in found.calls] == [
        (("cto", "lead"), None, NOW + timedelta(minutes=15))
    ]
    assert found.channels == ("leadership", "customer-care")
    assert not found.announced
    assert _changed(FRESH, "P3", "P2").announced


def test_what_was_answered_does_not_change_any_more() -> None:
    clocks = {one.clock for one in _changed(BUSY, "P2", "P1").clocks}
    assert "acknowledge" not in clocks
    assert not _changed(BUSY, "P2", "P1").calls


def test_the_post_about_a_severity_says_what_changes() -> None:
    event = e.SeverityChanged(before="P2", after="P1", next_update_at=NOW + timedelta(minutes=20))
    text = _post("severity_change", replace(FRESH, severity="P1"), event)
    assert "Updates: every 30 min → every 15 min" in text
    assert "Review, once it is over: by the next sprint → within 2 d" in text
    assert "Called: cto, lead, <!date^" in text
    assert "Told now: #leadership, #customer-care" in text
    down = _post("severity_change", replace(FRESH, severity="P3"), e.SeverityChanged(before="P1", after="P3"))
    assert "Not called any more: cto, lead" in down
    assert "Resolve by: not any more" in down


def test_a_private_incident_is_told_in_no_further_channel() -> None:
    found = changes(PRIVATE, POLICY, e.SeverityChanged(before="P3", after="P1"))
    assert (found.channels, found.announced) == ((), False)


def test_entering_the_watch_says_until_when() -> None:
    event = e.StatusChanged(before="identified", after="monitoring", category=WATCHED.category)
    assert "Please watch it until <!date^1795235700^" in _post("status_change", WATCHED, event)


def test_a_watch_that_began_anew_says_how_long_the_policy_asks_for() -> None:
    since = WATCHED.watched_since
    assert since is not None
    assert "watched for 15 min" in _post(
        "watch_ended", replace(WATCHED, conditions={}), e.WatchEnded(since=since, due_at=since + timedelta(minutes=15))
    )
    again = replace(WATCHED, conditions={"rollback": since + timedelta(minutes=10)})
    ended = e.WatchEnded(since=since, due_at=since + timedelta(minutes=40))
    assert "watched for 30 min" in _post("watch_ended", again, ended)


def test_the_escalation_that_a_clock_began_can_be_silenced() -> None:
    called = e.Escalated(level=1, why="", names=("lead",), people=(BEA,), severity="P1", step="lead", due_at=NOW)
    entry = entry_of(8, called)
    blocks = MESSAGES.render("escalation", ref=BUSY.ref, **about_entry(BUSY, entry, POLICY, {})).blocks
    assert [b["value"] for block in blocks if block["type"] == "actions" for b in block["elements"]] == [
        f"{BUSY.ref} escalation"
    ]
    asked = replace(entry, event=replace(called, due_at=None))
    assert "actions" not in str(MESSAGES.render("escalation", **about_entry(BUSY, asked, POLICY, {})).blocks)


def test_what_was_overridden_is_said_with_the_reason() -> None:
    event = e.Resolved(
        before="monitoring", status="resolved", summary="Done.", because="The vendor says so",
        overrode=("it is to be watched for another 9 min",),
    )  # fmt: skip
    text = _post("resolution", OVER, event)
    assert "though it is to be watched for another 9 min. The reason: The vendor says so" in text
    assert "with Incident commander, lead, on-call" in text
    assert "Is it still well?" in text


def test_an_escalation_that_mentions_nobody_names_them_instead() -> None:
    event = e.Escalated(
        level=1, why="", names=("legal",), people=("U0LEX",), severity="P1", step="legal", via=(Via.DIRECT,)
    )
    text = _post("escalation", BUSY, event)
    assert "<@U0LEX>" not in text
    assert "Told in a direct message: legal" in text


def test_a_text_can_be_copied_as_it_was_sent() -> None:
    event = e.TextSent(
        text="customers",
        title="Letter",
        audience="customers",
        subject="Your booking",
        body="Dear *you*,\n\n  we - sorry.",
    )
    message = MESSAGES.render("text_sent", **about_entry(BUSY, entry_of(8, event), POLICY, {}))
    assert problems(message) == []
    assert "```\nDear *you*,\n\n  we - sorry.\n```" in [block.get("text", {}).get("text") for block in message.blocks]
    assert "recorded “Letter” as sent to customers" in message.text
    assert "For: those concerned" in message.text


@pytest.mark.parametrize("line", ["A line for you & them.\n", "Nobody ends a line here, "], ids=["lines", "one line"])
def test_the_longest_text_that_a_form_takes_can_be_copied_whole(line: str) -> None:
    body = (line * 200)[:3000].strip()
    event = e.TextSent(text="customers", title="Letter", audience="customers", body=body)
    message = MESSAGES.render("text_sent", **about_entry(BUSY, entry_of(8, event), POLICY, {}))
    assert problems(message) == []
    texts = [block.get("text", {}).get("text", "") for block in message.blocks]
    fences = [text[4:-4].replace("&amp;", "&") for text in texts if text.startswith("```")]
    assert " ".join("\n".join(fences).split()) == " ".join(body.split())


def test_a_private_incidents_text_is_quoted_nowhere_but_in_its_channel() -> None:
    event = e.TextSent(text="customers", title="Letter", audience="customers", body="About the secret")
    assert _sentence(PRIVATE, event) == "sent “Letter” to customers"
    assert "About the secret" in _sentence(BUSY, event)


def test_a_text_of_several_lines_is_one_line_within_a_list() -> None:
    assert _sentence(BUSY, e.UpdatePosted(number=1, text="One\n\n- two", severity="P1", status="x")) == (
        "update 1: “One - two”"
    )


@pytest.mark.parametrize(
    "clock",
    [
        *("acknowledge", "update", "resolve", "review", "status-page", "watch", "escalation"),
        *("text:customers", "text:gone", "follow-up:week", "follow-up:gone", "escalate:cto"),
    ],
)
def test_every_clock_is_called_something_that_people_read(clock: str) -> None:
    sentence = _sentence(BUSY, e.ClockSnoozed(clock=clock, until=NOW + timedelta(minutes=9)))
    assert "silenced " in sentence
    assert ":" not in sentence.split(" until ")[0]


def test_a_checklist_says_whose_an_item_is_and_who_ticked_it() -> None:
    text = _card("checklist", BUSY, tally=BUSY.checklists[0])
    assert "▰▰▱▱ 2 of 4 done" in text
    assert "☑ Say that you are on it (<@U0BEA>, <!date^" in text
    assert "☐ Tell customer care (Scribe · <@U0ALI>)" in text


def test_a_checklist_that_is_complete_says_so() -> None:
    tally = BUSY.checklists[0]
    tick = tally.ticks[0]
    done = replace(tally, ticks=tuple(replace(tick, number=n) for n in range(1, 5)))
    assert ":white_check_mark: The first ten minutes\n▰▰▰▰ all 4 done" in _card("checklist", BUSY, tally=done)


def test_a_follow_up_lists_what_is_open() -> None:
    tally = replace(BUSY.checklists[0], name="before")
    event = e.FollowUpDue(follow_up="week", title="Are the tasks done?", due_at=NOW, people=(BEA,))
    text = _post("follow_up", replace(OVER, checklists=(tally,)), event)
    assert f"<@{BEA}>, this is yours." in text
    assert "3 tasks of it are still open" in text
    assert "2 of 4 done. What is left:\n☐ Look at the dashboards\n☐ Tell customer care" in text
    assert "`/incident checklist before`" in str(
        MESSAGES.render("follow_up", **about_entry(replace(OVER, checklists=()), entry_of(8, event), POLICY, {})).blocks
    )


@pytest.mark.parametrize("asked", [None, *POLICY.severities])
def test_the_policy_needs_no_incident(asked: Any) -> None:
    assert problems(MESSAGES.render("policy", policy=POLICY, severity_asked=asked)) == []


def test_the_policy_of_a_severity_says_who_is_called_when() -> None:
    text = MESSAGES.render("policy", policy=POLICY, severity_asked=POLICY.severities[0]).text
    assert "• after 15 min, unless it is acknowledged: cto, lead, by e-mail to cto" in text
    assert "• at once, if data-loss, when the office is open: legal" in text
    assert "Reviewed: within 2 d" in text
    low = MESSAGES.render("policy", policy=POLICY, severity_asked=POLICY.severities[2]).text
    assert "Acknowledged: by the next business day" in low
    assert "cto" not in low


def test_the_review_is_asked_for_with_its_agenda() -> None:
    text = _post("review_nudge", OVER, e.ReviewNudged(due_at=NOW))
    assert "Who comes: Incident commander, lead, on-call" in text
    assert "What you talk about, 30 min in all:" in text
    assert "1. What happened, 10 min\n2. What we change, 20 min" in text
