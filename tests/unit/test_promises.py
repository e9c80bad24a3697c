"""What was promised by when, as the review scores it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain import commands as c
from bot.domain.procedures import Detail, Form
from bot.domain.timetable import Act
from bot.postmortem.draft import draft
from bot.postmortem.metrics import Verdict
from bot.postmortem.promises import Promise, promises, scores
from tests.unit.test_clocks import ACK, BOB, DAY, HOUR, POLICY, TICK, WATCH, at, minutes, play


def promised(acts: Sequence[Act], until: timedelta = DAY, severity: str = "S1") -> list[Promise]:
    happenings = play(severity, acts, until)
    return list(promises([h.entry for h in happenings], POLICY, now=happenings[0].entry.at + until))


def outcome(found: Sequence[Promise], clock: str) -> list[tuple[Verdict, float | None]]:
    return [(p.verdict, p.late_by / minutes(1) if p.late_by else None) for p in found if p.clock == clock]


def test_what_is_done_in_time_is_kept_and_what_is_not_says_by_how_much() -> None:
    found = promised([at(7, c.Acknowledge(by=BOB)), at(10, c.PostUpdate(by=BOB, text="On it"))], minutes(12))
    assert outcome(found, "acknowledge") == [(Verdict.LATE, 2)]
    assert outcome(found, "update") == [(Verdict.KEPT, None), (Verdict.RUNNING, None)]
    assert outcome(found, "resolve") == [(Verdict.RUNNING, None)]


def test_an_update_is_held_to_its_own_time_however_often_people_were_reminded() -> None:
    found = promised([ACK, at(50, c.PostUpdate(by=BOB, text="On it"))], minutes(55))
    assert outcome(found, "update") == [(Verdict.LATE, 35), (Verdict.RUNNING, None)]


def test_more_time_counts_and_who_gave_it_is_cited() -> None:
    longer = at(10, c.ExtendClock(by=BOB, clock="resolve", span=HOUR, why="The vendor is at it"))
    found = promised([ACK, longer, WATCH, TICK, at(100, c.Resolve(by=BOB, summary="Done"))], minutes(101))
    [promise] = [p for p in found if p.clock == "resolve"]
    assert (promise.verdict, len(promise.extended)) == (Verdict.KEPT, 1)
    assert promise.due_at - play("S1")[0].entry.at == 2 * HOUR


def test_nobody_misses_what_was_over_before_its_time() -> None:
    found = promised([at(3, c.ChangeStatus(by=BOB, status="overdone", note="Never mind"))], minutes(30))
    assert outcome(found, "acknowledge") == [(Verdict.NOT_NEEDED, None)]
    assert outcome(found, "status-page") == [(Verdict.NOT_NEEDED, None)]


def test_what_was_never_done_is_missed() -> None:
    found = promised([ACK], 3 * HOUR)
    assert outcome(found, "resolve") == [(Verdict.MISSED, 120)]
    assert outcome(found, "status-page") == [(Verdict.MISSED, 170)]


def test_a_promise_that_was_broken_before_the_severity_changed_stays_broken() -> None:
    found = promised([at(30, c.ChangeSeverity(by=BOB, severity="S2"))], minutes(40))
    assert outcome(found, "acknowledge")[0] == (Verdict.MISSED, 25)


def test_an_incident_that_comes_back_is_promised_anew() -> None:
    over = at(10, c.ChangeStatus(by=BOB, status="overdone", note="Done"))
    found = promised([ACK, over, at(20, c.Reopen(by=BOB, why="It is back"))], minutes(21))
    assert outcome(found, "resolve") == [(Verdict.KEPT, None), (Verdict.RUNNING, None)]


def test_a_list_that_is_complete_answers_its_follow_up_and_a_close_the_review() -> None:
    over = at(30, c.ChangeStatus(by=BOB, status="overdone", note="Done"))
    ticks = at(60, c.TickItems(by=BOB, checklist="after", done=(1, 2)))
    found = promised([ACK, over, ticks, at(60 * 50, c.Close(by=BOB))], 8 * DAY)
    assert outcome(found, "follow-up:week") == [(Verdict.KEPT, None)]
    assert outcome(found, "review") == [(Verdict.LATE, 90)]


def test_the_score_has_each_clock_once_with_the_one_that_was_worst() -> None:
    acts = [ACK, *(at(number, c.PostUpdate(by=BOB, text="On it")) for number in (10, 40, 50))]
    score = {s.clock: s for s in scores(promised(acts, minutes(51)))}
    assert score["update"].kept == 2
    assert score["update"].worst.late_by == minutes(15)
    assert score["acknowledge"].worst.verdict is Verdict.KEPT


def test_the_review_says_what_was_passed_over_and_why_and_what_further_fields_said() -> None:
    acts = [
        ACK,
        at(5, c.AssignRole(by=BOB, role="lead", user="U0EVE", note="I go to bed")),
        at(9, c.PostUpdate(by=BOB, text="On it", details={"eta": "an hour"})),
        at(20, c.Resolve(by=BOB, summary="Done", override="The vendor confirmed it")),
    ]
    policy = replace(POLICY, details=(Detail(name="eta", title="Over by", forms=(Form.UPDATE,)),))
    happenings = play("S1", acts, HOUR, policy)
    entries = [h.entry for h in happenings]
    text = draft(happenings[-1].incident, entries, policy, now=entries[-1].at).markdown
    assert "Over by: “an hour”" in text
    assert "though it was not watched for 15 min" in text
    assert "“The vendor confirmed it”" in text
    assert ": “I go to bed”" in text


def test_of_what_is_over_the_timeline_alone_tells() -> None:
    over = at(30, c.ChangeStatus(by=BOB, status="overdone", note="Done"))
    before, after = promised([ACK, over], DAY), promised([ACK, over], 3 * DAY)
    assert outcome(before, "review") == [(Verdict.RUNNING, None)]
    assert outcome(after, "review") == [(Verdict.MISSED, None)], "people were reminded, and nothing came of it"
