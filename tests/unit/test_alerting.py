"""What an incident hears of its alerts, and what follows: never each of a storm, and never an end that is not one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_events import AlertEvent, AlertsCleared, AlertsCounted, AlertsJoined
from bot.domain.alert_rules import AlertRules, Ending, TellBack, TellKind
from bot.domain.alerting import CLEAR, END
from bot.domain.react import react
from tests.support.policies import a_policy
from tests.support.timelines import Story

ANN = Actor.person("U0ANN")
MONITOR = Actor.monitor("alertmanager")
ENDING = AlertRules(endings=(Ending(after=timedelta(minutes=10), severities=("P1",)),))


def begun(rules: AlertRules | None = None, severity: str = "P1") -> Story:
    """An incident."""
    story = Story(replace(a_policy(), alerts=rules or AlertRules()))
    return story.do(c.Declare(by=MONITOR, title="Slow", severity=severity))


def told(total: int, firing: int, **more: Any) -> RecordAlerts:
    return RecordAlerts(by=MONITOR, group=1, total=total, firing=firing, **more)


def events(story: Story) -> list[AlertEvent]:
    """What it has heard of alerts."""
    return [entry.event for entry in story.entries if isinstance(entry.event, AlertEvent)]


def following(story: Story) -> list[f.Effect]:
    """What follows from the last entry."""
    return react(story.incident, story.entries[-1], story.policy)


def clocks(story: Story) -> dict[str, timedelta]:
    """What its last entry sets the clocks of its alerts to, since when none fires."""
    quiet = story.incident.alerts.quiet_since
    set_ = [effect for effect in following(story) if isinstance(effect, f.SetTimer)]
    return {timer.name: timer.due_at - quiet for timer in set_ if quiet}


def ring(story: Story, name: str) -> Story:
    return story.do(c.FireTimer(by=MUSTER, name=name, generation=1), minutes=0)


def test_the_alerts_that_opened_it_stand_in_the_channel_and_others_in_the_thread() -> None:
    story = begun().do(told(3, 3, opened=True, names=("Slow",), sources=("alertmanager",)))
    assert f.Post(message="alerts_opened") in following(story)
    story.do(told(5, 5, names=("Down", "Slow")))
    assert f.Post(message="alerts_joined", thread=True) in following(story)
    assert story.incident.alerts.names == ("Slow", "Down")
    assert story.incident.alerts.opened


def test_what_is_known_is_not_told_again() -> None:
    story = begun().do(told(3, 3))
    before = len(story.entries)
    assert len(story.do(told(3, 3)).entries) == before


def test_fewer_that_fire_are_counted_and_nobody_is_told() -> None:
    story = begun().do(told(3, 3)).do(told(3, 1))
    assert isinstance(events(story)[-1], AlertsCounted)
    assert not [effect for effect in following(story) if isinstance(effect, f.Post)]
    assert not clocks(story)


def test_once_none_fires_the_clocks_run() -> None:
    story = begun(ENDING).do(told(3, 3, opened=True)).do(told(3, 0))
    assert clocks(story) == {CLEAR: timedelta(minutes=2), END: timedelta(minutes=10)}


@pytest.mark.parametrize(("severity", "opened"), [("P2", True), ("P1", False)])
def test_it_ends_by_itself_only_where_the_pack_says_so_and_an_alert_opened_it(severity: str, *, opened: bool) -> None:
    story = begun(ENDING, severity).do(told(1, 1, opened=opened)).do(told(1, 0))
    assert clocks(story) == {CLEAR: timedelta(minutes=2)}
    ring(story.do(minutes=60), END)
    assert not story.incident.over


def test_what_fires_again_stops_the_clocks_and_is_told() -> None:
    story = begun(ENDING).do(told(1, 1, opened=True)).do(told(1, 0)).do(told(1, 1))
    assert isinstance(events(story)[-1], AlertsJoined)
    assert {effect.name for effect in following(story) if isinstance(effect, f.CancelTimer)} == {CLEAR, END}
    assert story.incident.alerts.quiet_since is None
    before = len(story.entries)
    assert len(ring(ring(story, CLEAR), END).entries) == before


def test_the_commander_is_asked_and_then_it_ends_by_itself() -> None:
    story = begun(ENDING).do(told(4, 4, opened=True)).do(minutes=1).do(told(4, 0))
    quiet = story.incident.alerts.quiet_since
    assert quiet is not None
    ring(story.do(minutes=2), CLEAR)
    assert events(story)[-1] == AlertsCleared(total=4, since=quiet, ends_at=quiet + timedelta(minutes=10))
    ring(story.do(minutes=8), END)
    (resolved,) = [entry.event for entry in story.entries if isinstance(entry.event, e.Resolved)]
    assert resolved.summary == "Resolved without a person: all of its 4 alerts had been clear for 10 min."
    assert story.incident.over


def test_it_does_not_end_before_its_time_where_the_pack_was_changed_to_wait_longer() -> None:
    story = begun(ENDING).do(told(1, 1, opened=True)).do(told(1, 0)).do(minutes=10)
    story.policy = replace(story.policy, alerts=AlertRules(endings=(Ending(after=timedelta(hours=1)),)))
    assert not ring(story, END).incident.over
    story.policy = replace(story.policy, alerts=AlertRules())
    assert not ring(story, END).incident.over


def test_what_somebody_has_resolved_is_neither_asked_about_nor_ended() -> None:
    story = begun(ENDING).do(told(1, 1, opened=True)).do(told(1, 0))
    story.do(c.Resolve(by=ANN, summary="done", override="tested"))
    before = len(story.entries)
    assert len(ring(ring(story.do(minutes=20), CLEAR), END).entries) == before


def resolved(*before: c.Command) -> Story:
    return begun().do(*before).do(c.Resolve(by=ANN, summary="done", override="tested"))


def test_what_fires_again_after_all_was_clear_is_told_for_all_to_see_unless_it_only_comes_and_goes() -> None:
    again = f.Post(message="alerts_joined", thread=True, broadcast=True)
    assert again in following(begun().do(told(1, 1, opened=True)).do(told(1, 0)).do(told(1, 1)))
    assert again not in following(begun().do(told(1, 1, opened=True)).do(told(1, 0)).do(told(1, 1, flapping=1)))
    assert again not in following(begun().do(told(1, 1, opened=True)).do(told(2, 2)))


def test_an_incident_that_is_over_counts_and_is_told_of_nothing_that_it_knew() -> None:
    story = resolved(told(1, 0))
    story.do(told(1, 1))
    assert isinstance(events(story)[-1], AlertsCounted)
    assert not [effect for effect in following(story) if isinstance(effect, f.Post | f.SetTimer)]


def test_what_joined_just_before_somebody_resolved_it_is_told_for_all_to_see() -> None:
    story = resolved(told(1, 1)).do(told(2, 2))
    assert f.Post(message="alerts_joined", thread=True, broadcast=True) in following(story)
    assert not [effect for effect in following(story) if isinstance(effect, f.SetTimer)]


def test_what_came_and_went_unheard_was_not_clear_for_longer_than_that() -> None:
    story = begun(ENDING).do(told(1, 1, opened=True)).do(told(1, 0)).do(minutes=9).do(told(2, 0))
    assert story.incident.alerts.quiet_since == story.entries[-1].at


def test_what_leaves_a_quiet_incident_is_no_reason_to_ask_again() -> None:
    story = begun().do(told(2, 2)).do(told(2, 0))
    before = len(story.entries)
    assert len(story.do(told(1, 0)).entries) == before


def test_its_monitors_are_told_once_each_that_somebody_has_it_and_that_it_is_over() -> None:
    back = TellBack(name="silence", kind=TellKind.ALERTMANAGER, sources=("alertmanager", "grafana"))
    story = begun(AlertRules(tell_back=(back,))).do(told(1, 1, sources=("alertmanager", "grafana", "sentry")))
    story.do(c.Acknowledge(by=ANN))
    acknowledged = [effect for entry in story.entries for effect in react(story.incident, entry, story.policy)]
    assert acknowledged.count(f.TellSource(name="silence", what="acknowledged")) == 1
    story.do(c.Resolve(by=ANN, summary="done", override="tested"))
    assert f.TellSource(name="silence", what="resolved") in following(story)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_the_tally_is_what_it_was_told_and_quiet_exactly_while_none_fires(counts: list[tuple[int, int]]) -> None:
    story = begun(ENDING).do(told(1, 1, opened=True))
    for more, firing in counts:
        total = story.incident.alerts.total + more
        story.do(minutes=1).do(told(total, min(firing, total)))
        tally = story.incident.alerts
        assert (tally.total, tally.firing) == (total, min(firing, total))
        assert (tally.quiet_since is None) == (tally.firing > 0)
