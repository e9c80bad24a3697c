"""The incident's clocks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.postmortem.metrics import Metrics, Verdict, measure
from bot.postmortem.record import read
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, Story

POLICY = a_policy()


def declared(severity: str = "P1") -> Story:
    return Story(POLICY).do(c.Declare(by=DANA, title="Checkout is down", severity=severity), minutes=0)


def metrics(story: Story) -> Metrics:
    return measure(read(story.entries), POLICY, now=story.now)


def test_an_acknowledgement_in_time_is_kept() -> None:
    story = declared().do(c.Acknowledge(by=BOB), minutes=2)
    found = metrics(story).acknowledge
    assert (found.verdict, found.value, found.target) == (Verdict.KEPT, timedelta(minutes=2), timedelta(minutes=5))
    assert found.cites == (1, 2)


def test_a_late_acknowledgement_says_by_how_much() -> None:
    found = metrics(declared().do(c.Acknowledge(by=BOB), minutes=8)).acknowledge
    assert (found.verdict, found.late_by) == (Verdict.LATE, timedelta(minutes=3))


def test_exactly_on_the_target_is_kept() -> None:
    assert metrics(declared().do(c.Acknowledge(by=BOB), minutes=5)).acknowledge.verdict is Verdict.KEPT


def test_a_clock_still_has_time_until_its_target_passes() -> None:
    assert metrics(declared().do(minutes=4)).acknowledge.verdict is Verdict.RUNNING
    assert metrics(declared().do(minutes=6)).acknowledge.verdict is Verdict.MISSED


def test_what_was_over_before_its_target_was_not_needed() -> None:
    story = declared().do(c.Resolve(by=BOB, summary="It came back"), minutes=3)
    assert metrics(story).acknowledge.verdict is Verdict.NOT_NEEDED


def test_what_never_happened_although_there_was_time_is_missed() -> None:
    story = declared().do(c.Resolve(by=BOB, summary="It came back"), minutes=30)
    found = metrics(story).acknowledge
    assert (found.verdict, found.value) == (Verdict.MISSED, None)


def test_a_severity_without_targets_is_held_to_none() -> None:
    found = metrics(declared("P3").do(c.Acknowledge(by=BOB), minutes=90))
    assert found.acknowledge.verdict is Verdict.NO_TARGET
    assert found.acknowledge.value == timedelta(minutes=90)


def test_raising_the_severity_later_does_not_make_an_acknowledgement_late() -> None:
    story = declared("P2").do(c.Acknowledge(by=BOB), minutes=10).do(c.ChangeSeverity(by=BOB, severity="P1"))
    assert metrics(story).acknowledge.verdict is Verdict.KEPT


def test_lowering_the_severity_does_not_buy_time() -> None:
    story = declared("P1").do(c.ChangeSeverity(by=BOB, severity="P3"), minutes=50)
    story.do(c.Resolve(by=BOB, summary="Fixed"), minutes=20)
    found = metrics(story).resolve
    assert (found.verdict, found.late_by, found.severity) == (Verdict.LATE, timedelta(minutes=10), "P1")


def test_watching_it_is_mitigation_and_the_end_is_when_it_was_not() -> None:
    story = declared().do(c.ChangeStatus(by=BOB, status="monitoring"), minutes=20)
    story.do(c.Resolve(by=BOB, summary="Fixed"), minutes=20)
    assert metrics(story).mitigate.value == timedelta(minutes=20)
    plain = declared().do(c.Resolve(by=BOB, summary="Fixed"), minutes=40)
    assert metrics(plain).mitigate.value == timedelta(minutes=40)


def test_reopening_starts_mitigation_and_resolution_again() -> None:
    story = declared().do(c.Resolve(by=BOB, summary="Fixed"), minutes=20).do(c.Reopen(by=BOB), minutes=30)
    assert metrics(story).resolve.verdict is Verdict.RUNNING
    story.do(c.Resolve(by=BOB, summary="Really fixed"), minutes=20)
    found = metrics(story)
    assert (found.resolve.value, found.resolve.until) == (timedelta(minutes=70), 4)


def test_the_longest_silence_names_its_ends() -> None:
    story = declared().do(c.PostUpdate(by=BOB, text="Looking"), minutes=10)
    story.do(c.AddNote(by=BOB, text="A note is no update"), minutes=20)
    story.do(c.PostUpdate(by=BOB, text="Found it"), minutes=15).do(c.Resolve(by=BOB, summary="Fixed"), minutes=5)
    found = metrics(story)
    assert (found.silence.value, found.silence.cites) == (timedelta(minutes=35), (2, 4))
    assert found.silence.late_by == timedelta(minutes=20)
    assert [gap.cites for gap in found.silences] == [(2, 4)]
    assert found.updates == (2, 4)


def test_the_time_that_it_was_over_is_no_silence() -> None:
    story = declared().do(c.Resolve(by=BOB, summary="Fixed"), minutes=10).do(c.Reopen(by=BOB), minutes=600)
    story.do(c.Resolve(by=BOB, summary="Fixed"), minutes=12)
    assert metrics(story).silence.value == timedelta(minutes=12)


def test_nothing_tells_when_it_began_to_go_wrong() -> None:
    assert metrics(declared()).detect.verdict is Verdict.NOT_MEASURED


def test_the_cause_is_known_when_somebody_says_it_or_enters_a_status_that_means_so() -> None:
    said = declared().do(c.RecordCause(by=BOB, text="The pool was full"), minutes=12)
    said.do(c.Resolve(by=BOB, summary="Fixed", root_cause="The pool was full"), minutes=20)
    found = metrics(said).identify
    assert (found.value, found.cites, found.verdict) == (timedelta(minutes=12), (1, 2), Verdict.NO_TARGET)
    statuses = (replace(status, cause_known=status.name == "fixing") for status in POLICY.statuses)
    story = Story(replace(POLICY, statuses=tuple(statuses)))
    story.do(c.Declare(by=DANA, title="Down", severity="P1"), minutes=0)
    story.do(c.ChangeStatus(by=BOB, status="fixing"), minutes=7)
    assert metrics(story).identify.value == timedelta(minutes=7)


def test_a_cause_that_is_named_only_at_the_end_was_known_by_then_and_one_that_nobody_named_is_not_known() -> None:
    ended = declared().do(c.Resolve(by=BOB, summary="Fixed", root_cause="The pool was full"), minutes=30)
    assert metrics(ended).identify.value == timedelta(minutes=30)
    plain = declared()
    assert (metrics(plain).identify.verdict, metrics(plain).identify.value) == (Verdict.NO_TARGET, None)
    plain.do(c.Resolve(by=BOB, summary="Fixed", root_cause=" \n"), minutes=30)
    assert (metrics(plain).identify.verdict, metrics(plain).identify.cites) == (Verdict.NOT_SAID, (1,))


def test_what_was_taken_for_the_cause_before_it_was_reopened_is_looked_for_again() -> None:
    story = declared().do(c.Resolve(by=BOB, summary="Fixed", root_cause="The pool"), minutes=10)
    story.do(c.Reopen(by=BOB), minutes=10)
    assert metrics(story).identify.value is None
    story.do(c.RecordCause(by=BOB, text="The warehouse"), minutes=10)
    assert metrics(story).identify.value == timedelta(minutes=30)


def test_times_out_of_order_give_no_negative_duration() -> None:
    story = declared()
    story.do(c.Acknowledge(by=BOB, at=story.now - timedelta(hours=1)))
    assert metrics(story).acknowledge.value == timedelta()


def test_a_timeline_without_its_declaration_is_refused() -> None:
    story = declared().do(c.RecordJoin(by=MUSTER, user="U0X"))
    with pytest.raises(ValueError, match="declaration"):
        read(story.entries[1:])
