"""What the review says of an incident's alerts: the facts, the time to detect and its score, what stands out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_events import AlertLine
from bot.domain.alerting import CLEAR
from bot.postmortem.alerts import course
from bot.postmortem.draft import draft
from bot.postmortem.metrics import Clock, Verdict, measure
from bot.postmortem.observe import to_improve, went_well
from bot.postmortem.promises import promises
from bot.postmortem.record import read
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, START, Story

_PLAIN = a_policy()
#: The same rules, by which a P1 is to be noticed within five minutes.
POLICY = replace(
    _PLAIN,
    severities=tuple(
        replace(one, detect_within=timedelta(minutes=5)) if one.name == "P1" else one for one in _PLAIN.severities
    ),
)
MONITOR = Actor.monitor("alertmanager")


def line(name: str = "HighErrorRate", *, at: datetime = START, source: str = "alertmanager") -> AlertLine:
    return AlertLine(name=name, title=f"{name} is firing", source=source, starts_at=at)


def alerts(total: int = 1, firing: int = 1, *lines: AlertLine, opened: bool = False, **more: Any) -> RecordAlerts:
    told = {
        "names": tuple(one.name for one in lines),
        "sources": tuple(dict.fromkeys(one.source for one in lines)) or ("alertmanager",),
        "first_at": min((one.starts_at for one in lines), default=None),
    }
    return RecordAlerts(by=MONITOR, group=1, total=total, firing=firing, lines=lines, opened=opened, **told | more)


def declared(by: Actor = MONITOR, severity: str = "P1", **more: Any) -> Story:
    """Declared at the story's start, which is 14:02."""
    return Story(POLICY).do(c.Declare(by=by, title="Checkout is down", severity=severity, **more), minutes=0)


def opened(minutes_before: float = 3, severity: str = "P1") -> Story:
    first = line(at=START - timedelta(minutes=minutes_before))
    return declared(severity=severity).do(alerts(1, 1, first, opened=True), minutes=0)


def text(story: Story) -> str:
    return draft(story.incident, story.entries, story.policy, now=story.now, names=NAMES).markdown


def fact(story: Story, name: str) -> str:
    return next(row for row in text(story).split("\n") if row.startswith(f"| {name} |")).split(" | ", 1)[1]


def seen(story: Story) -> dict[str, str]:
    """The observations of a review by the sentence's name, as the review says them."""
    record = read(story.entries)
    metrics = measure(record, story.policy, now=story.now)
    found = [*went_well(record, metrics, story.policy), *to_improve(record, metrics, story.policy)]
    told = text(story).split("\n## What went well\n")[1].split("\n## How to read this\n")[0]
    bullets = [row for row in told.split("\n") if row.startswith("- ")]
    return {one.sentence: row for one, row in zip(found, bullets, strict=True)}


def test_the_facts_say_which_alerts_from_where_since_when_and_that_they_still_fire() -> None:
    story = opened().do(c.Acknowledge(by=BOB), minutes=2)
    story.do(alerts(12, 9, line("HighLatency", at=START, source="grafana"), sources=("alertmanager", "grafana")))
    assert fact(story, "Alerts") == "12: HighErrorRate, HighLatency, from Alertmanager, Grafana (#2, #4) |"
    first = "11 February 2026, 13:59 UTC; 3 min before the declaration, 5 min before the acknowledgement (#1–#3) |"  # noqa: RUF001 (a range)
    assert fact(story, "First alert") == first
    assert fact(story, "Alerts clear") == "no: 9 of 12 still fire (#4) |"
    assert "| HighLatency | Grafana | 11 February 2026, 14:02 UTC | #4 |" in text(story)


def test_the_facts_say_since_when_all_are_clear_by_the_row_of_the_timeline_that_says_so() -> None:
    story = opened().do(alerts(1, 0), minutes=20).fire(CLEAR, minutes=2)
    assert fact(story, "Alerts clear") == "since 11 February 2026, 14:22 UTC (#4) |"
    assert "| #4 | 14:24:00 | Muster | **Alerts clear**: its alert since 14:22:00 |" in text(story)


def test_until_people_were_told_that_all_are_clear_the_entry_that_counted_them_stands_for_it() -> None:
    story = opened().do(alerts(1, 0), minutes=20)
    assert fact(story, "Alerts clear") == "since 11 February 2026, 14:22 UTC (#3) |"


def test_what_is_clear_again_is_so_by_the_entries_of_that_time() -> None:
    story = opened().do(alerts(1, 0), minutes=20).fire(CLEAR, minutes=2).do(alerts(1, 1), minutes=5)
    story.do(alerts(1, 0), minutes=3)
    assert fact(story, "Alerts clear") == "since 11 February 2026, 14:32 UTC (#6) |"
    story.fire(CLEAR, minutes=2)
    assert fact(story, "Alerts clear") == "since 11 February 2026, 14:32 UTC (#7) |"


def test_monitors_are_called_as_in_slack_and_one_of_the_packs_own_by_its_name() -> None:
    first, second = line(source="pagerduty"), line("Queue", source="our-monitor")
    story = declared().do(alerts(2, 2, first, second, opened=True))
    assert fact(story, "Alerts").endswith(", from PagerDuty, our-monitor (#2) |")
    assert "| HighErrorRate | PagerDuty |" in text(story)
    assert "| Queue | our-monitor |" in text(story)


def test_alerts_that_fire_again_are_not_clear() -> None:
    story = opened().do(alerts(1, 0), minutes=20).fire(CLEAR, minutes=2).do(alerts(1, 1), minutes=5)
    assert fact(story, "Alerts clear") == "no: 1 of 1 still fire (#5) |"


def test_a_review_without_alerts_says_nothing_of_them() -> None:
    written = text(declared(DANA))
    assert "## Alerts" not in written
    assert "| First alert |" not in written
    assert "not known: no alert is part of the timeline" in written


def test_many_names_are_counted_and_the_table_ends() -> None:
    story = declared()
    for number in range(30):
        story.do(alerts(number + 1, number + 1, line(f"Alert{number}"), opened=not number))
    assert fact(story, "Alerts").startswith("30: Alert0, Alert1, Alert2, Alert3, Alert4 and 25 more names, from ")
    assert "Alerts of 10 more names joined (#2, #31)." in text(story)


def test_an_alert_known_by_its_name_alone_shows_no_time_and_the_only_monitor() -> None:
    story = declared().do(alerts(2, 2, line(), opened=True, names=("HighErrorRate", "DiskFull")))
    assert "| DiskFull | Alertmanager | — | #2 |" in text(story)


def test_hostile_names_are_only_text() -> None:
    story = declared().do(alerts(1, 1, line("<!channel> [x](http://evil.example) | `rm`"), opened=True))
    shown = "@\u2060channel \\[x\\](http\\://evil.example) \\| \\`rm\\`"
    assert f"| {shown} | Alertmanager |" in text(story)
    assert fact(story, "Alerts") == f"1: {shown}, from Alertmanager (#2) |"


def test_what_was_declared_soon_after_its_first_alert_keeps_the_policys_time_to_detect() -> None:
    story = opened(3)
    found = measure(read(story.entries), POLICY, now=story.now).detect
    assert (found.verdict, found.value, found.target) == (Verdict.KEPT, timedelta(minutes=3), timedelta(minutes=5))
    assert found.cites == (2, 1)
    assert "| Time to detect | 3 min | 5 min (P1) | kept | #1, #2 |" in text(story)
    assert seen(story)["detected"].startswith("- Declared 3 min after the first alert began to fire; the target")


def test_what_was_declared_late_says_by_how_much() -> None:
    story = opened(12)
    found = measure(read(story.entries), POLICY, now=story.now).detect
    assert (found.verdict, found.late_by, found.severity) == (Verdict.LATE, timedelta(minutes=7), "P1")
    assert seen(story)["detected_late"] == (
        "- Declared 12 min after the first alert began to fire, 7 min later than the 5 min that P1 allows (#1, #2)"
    )


def test_a_severity_without_a_target_still_tells_that_minutes_passed() -> None:
    story = opened(40, severity="P2")
    assert measure(read(story.entries), POLICY, now=story.now).detect.verdict is Verdict.NO_TARGET
    assert seen(story)["waited"] == "- The first alert had fired for 40 min when it was declared (#1, #2)"
    assert "waited" not in seen(opened(1, severity="P2"))


def test_the_first_alert_is_the_one_that_fired_first_though_it_joined_later() -> None:
    story = opened(3).do(alerts(2, 2, line("Slow", at=START - timedelta(minutes=9))), minutes=5)
    found = measure(read(story.entries), POLICY, now=story.now).detect
    assert (found.value, found.cites) == (timedelta(minutes=9), (3, 1))


def test_raising_the_severity_afterwards_does_not_make_the_detection_late() -> None:
    story = opened(12, severity="P2").do(c.ChangeSeverity(by=BOB, severity="P1"))
    assert measure(read(story.entries), POLICY, now=story.now).detect.verdict is Verdict.NO_TARGET


def test_a_monitor_whose_clock_is_ahead_has_detected_at_once() -> None:
    story = opened(-0.05)
    found = measure(read(story.entries), POLICY, now=story.now).detect
    assert (found.verdict, found.value) == (Verdict.KEPT, timedelta())


def test_people_who_were_earlier_than_any_monitor_leave_the_detection_unmeasured_and_are_named() -> None:
    story = declared(DANA).do(alerts(1, 1, line(at=START + timedelta(minutes=6))), minutes=8)
    found = measure(read(story.entries), POLICY, now=story.now).detect
    assert (found.verdict, found.value, found.until) == (Verdict.NOT_MEASURED, None, 2)
    assert "not known: no alert fired before the declaration | #1, #2 |" in text(story)
    assert seen(story)["before_alerts"] == (
        "- Dana Moss declared it 6 min before the first alert fired: the monitors were later than people (#1, #2)"
    )
    assert fact(story, "First alert") == "11 February 2026, 14:08 UTC; 6 min after the declaration (#1, #2) |"


def test_people_who_declared_what_an_alert_had_not_opened_are_told_apart() -> None:
    story = declared(DANA).do(alerts(1, 1, line(at=START - timedelta(minutes=4))), minutes=2)
    assert seen(story)["despite_alerts"] == (
        "- Dana Moss declared it although an alert had fired for 4 min: it had not opened an incident by itself, and "
        "joined 2 min after the declaration (#1, #2)"
    )


def test_what_a_person_declared_from_a_suggestion_was_the_alerts_doing() -> None:
    story = declared(DANA).do(alerts(1, 1, line(at=START - timedelta(minutes=4)), opened=True), minutes=0)
    assert not {"before_alerts", "despite_alerts"} & set(seen(story))
    assert "detected" in seen(story)


def test_what_a_monitor_declared_is_held_against_nobody() -> None:
    story = declared().do(alerts(1, 1, line(at=START - timedelta(minutes=4))), minutes=2)
    assert not {"before_alerts", "despite_alerts"} & set(seen(story))


def test_the_promises_score_the_detection_first() -> None:
    first = promises(opened(12).entries, POLICY, now=START)[0]
    assert (first.clock, first.verdict, first.late_by) == (Clock.DETECT, Verdict.LATE, timedelta(minutes=7))
    assert first.due_at == START - timedelta(minutes=7)
    assert "| Noticed | 11 February 2026, 13:55 UTC | **late** by 7 min | 0 of 1 |" in text(opened(12))


def test_no_alert_and_no_target_promise_no_detection() -> None:
    for story in (declared(DANA), opened(12, severity="P3")):
        assert Clock.DETECT not in {one.clock for one in promises(story.entries, POLICY, now=story.now)}


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-30, 30), st.integers(0, 20)), max_size=12
    ),
    by_person=st.booleans(),
)
def test_however_alerts_come_and_go_the_review_is_written_the_same_twice(
    steps: list[tuple[int, int, int, int]], by_person: bool
) -> None:
    story = declared(DANA if by_person else MONITOR)
    total = 0
    for number, (new, firing, minutes, wait) in enumerate(steps):
        total += new
        lines = (line(f"A{number}", at=START + timedelta(minutes=minutes)),) if new else ()
        story.do(alerts(total, min(firing, total), *lines, opened=not number and not by_person), minutes=wait)
    story.do(c.Resolve(by=BOB, summary="It came back"))
    assert text(story) == text(story)
    found = course(read(story.entries))
    tally = story.incident.alerts
    if found is None:
        assert tally.first_at is None
        return
    assert (found.tally, found.first_at) == (tally, tally.first_at)
    assert bool(found.cleared) == (tally.quiet_since is not None)
