"""What is looked at, by whom, and again and again until it is well or the incident is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors, looking
from bot.domain import events as e
from bot.domain.action_rules import Allowed
from bot.domain.actor import MUSTER, Actor
from bot.domain.procedures import FirstLook
from bot.domain.react import react
from bot.domain.rules import Policy, Service, TargetRule
from tests.support.policies import a_policy, minutes
from tests.support.timelines import Story

ANN, BOB = Actor.person("U0ANN"), Actor.person("U0BOB")
FIVE = minutes(5)
TARGETS = tuple(TargetRule(name=name, kind="http") for name in ("db", "web", "queue", "mail", "dns", "disk"))
WATCH = c.WatchDiagnostic(by=ANN, target="db", every=FIVE)


def rules(**changes: Any) -> Policy:
    """A policy with six targets, of which `db` is for some where `allowed` is given."""
    allowed = changes.pop("allowed", None)
    targets = (replace(TARGETS[0], allowed=allowed), *TARGETS[1:]) if allowed else TARGETS
    services = (Service(name="checkout", targets=("db", "web")),)
    return replace(a_policy(), **({"targets": targets, "services": services} | changes))


def begun(policy: Policy | None = None) -> Story:
    """An incident."""
    return Story(policy or rules()).do(c.Declare(by=ANN, title="Checkout hangs", severity="P1"))


def found(verdict: str, run: str, *changes: str, target: str = "db", watch: bool = False) -> c.RecordDiagnostic:
    """What a run found."""
    return c.RecordDiagnostic(
        by=MUSTER,
        target=target,
        run=run,
        evidence=1,
        digest="0",
        verdict=verdict,
        findings=(),
        took_ms=1,
        watch=watch,
        changes=changes,
    )


def events(story: Story, kind: type[e.Event]) -> list[Any]:
    """The events of a kind so far."""
    return [entry.event for entry in story.entries if isinstance(entry.event, kind)]


def following(story: Story) -> list[f.Effect]:
    """What follows from the last entry."""
    return react(story.incident, story.entries[-1], story.policy)


def timers(story: Story, since: int = 0) -> list[f.SetTimer]:
    """The timers of watches that follow from the entries after the first `since`."""
    each = (effect for entry in story.entries[since:] for effect in react(story.incident, entry, story.policy))
    return [one for one in each if isinstance(one, f.SetTimer) and one.name.startswith(looking.TIMER)]


@pytest.mark.parametrize("target", ["db", "checkout", "all", "db reachability"])
def test_who_may_not_look_at_a_target_may_not_by_any_words_that_mean_it(target: str) -> None:
    story = begun(rules(allowed=Allowed(roles=("scribe",))))
    for command in (
        c.RequestDiagnostic(by=BOB, target=target, run="a"),
        c.WatchDiagnostic(by=BOB, target=target, every=FIVE, run="a"),
    ):
        with pytest.raises(errors.NotAllowed):
            story.do(command)
    story.do(c.AssignRole(by=ANN, role="scribe", user="U0BOB"))
    story.do(c.RequestDiagnostic(by=BOB, target=target, run="a"))
    assert len(events(story, e.DiagnosticRequested)) == 1


def test_a_group_may_and_somebody_at_a_terminal_may_always() -> None:
    story = begun(rules(allowed=Allowed(groups=("S0DBA",))))
    with pytest.raises(errors.NotAllowed):
        story.do(c.RequestDiagnostic(by=BOB, target="db", run="a", groups=frozenset({"S0WEB"})))
    story.do(
        c.RequestDiagnostic(by=BOB, target="db", run="a", groups=frozenset({"S0DBA"})),
        c.RequestDiagnostic(by=Actor.cli("root"), target="db", run="b"),
    )
    assert len(events(story, e.DiagnosticRequested)) == 2


def test_what_the_policy_looks_at_first_is_looked_at_whoever_declares() -> None:
    policy = rules(allowed=Allowed(roles=("scribe",)), first_looks=(FirstLook(run=("db", "web")),))
    assert [one.target for one in events(begun(policy), e.DiagnosticRequested)] == ["db", "web"]


def test_a_watch_looks_at_once_where_it_is_told_to_and_then_every_so_often() -> None:
    story = begun().do(replace(WATCH, run="a"))
    assert [one.run for one in events(story, e.DiagnosticRequested)] == ["a"]
    assert [one.due_at for one in timers(story)] == [story.now + FIVE]
    known = len(story.entries)
    story.fire(looking.timer_of("db"), minutes=5)
    assert events(story, e.DiagnosticRequested)[-1].watch
    assert [one.due_at for one in timers(story, known)] == [story.now + FIVE]


def test_what_is_watched_says_only_what_changed_and_ends_when_it_is_well() -> None:
    story = begun().do(
        WATCH, found("WARN", "b", watch=True), found("CRITICAL", "c", "Locks: WARN → CRITICAL", watch=True)
    )
    assert [one.run for one in events(story, e.DiagnosticRecorded)] == ["c"]
    story.do(found("OK", "d", watch=True))
    assert [one.run for one in events(story, e.DiagnosticRecorded)] == ["c", "d"]
    assert events(story, e.DiagnosticUnwatched)[-1].well
    assert not story.incident.watches


def test_what_somebody_looked_at_by_hand_and_is_well_ends_its_watch_too() -> None:
    assert not begun().do(WATCH, found("OK", "a")).incident.watches
    assert begun().do(WATCH, found("OK", "a", target="web")).incident.watches


def test_a_look_that_comes_back_after_the_watch_has_ended_says_nothing() -> None:
    for end in (c.StopWatching(by=BOB, target="db"), c.Resolve(by=ANN, summary="It went away")):
        story = begun().do(WATCH, end, found("CRITICAL", "b", "Locks: WARN → CRITICAL", watch=True))
        assert not events(story, e.DiagnosticRecorded)
        assert isinstance(story.entries[-1].event, e.DiagnosticRepeated)


def test_a_timer_of_a_watch_that_has_ended_looks_at_nothing_also_once_the_incident_goes_on() -> None:
    for end in (c.StopWatching(by=BOB, target="db"), c.Resolve(by=ANN, summary="It went away")):
        story = begun().do(WATCH, end).fire(looking.timer_of("db"), minutes=5)
        assert not events(story, e.DiagnosticRequested)
    story.do(c.Reopen(by=ANN)).fire(looking.timer_of("db"), minutes=5)
    assert not events(story, e.DiagnosticRequested)


def test_a_watch_ends_by_itself_where_the_pack_has_dropped_what_it_looks_at() -> None:
    story = begun().do(WATCH)
    story.policy = rules(targets=TARGETS[1:], services=())
    story.fire(looking.timer_of("db"), minutes=5)
    assert not events(story, e.DiagnosticRequested)
    assert not story.incident.watches
    assert not events(story, e.DiagnosticUnwatched)[-1].well


def test_a_watch_of_what_the_pack_has_dropped_can_be_ended_by_hand() -> None:
    story = begun().do(WATCH)
    story.policy = rules(targets=(), services=())
    assert not story.do(c.StopWatching(by=BOB, target="db")).incident.watches


def test_the_same_watch_twice_is_one_and_another_time_takes_the_place_of_the_first() -> None:
    story = begun().do(WATCH)
    with pytest.raises(errors.WatchedAlready):
        story.do(replace(WATCH, by=BOB))
    story.do(replace(WATCH, every=minutes(1)))
    assert [(one.target, one.every) for one in story.incident.watches] == [("db", minutes(1))]
    assert timers(story)[-1].due_at == story.now + minutes(1)


@pytest.mark.parametrize("every", [timedelta(), minutes(-5), timedelta(seconds=59), minutes(61), timedelta.max])
def test_nothing_is_looked_at_more_often_than_every_minute_nor_less_often_than_every_hour(every: timedelta) -> None:
    with pytest.raises(errors.TooFar):
        begun().do(replace(WATCH, every=every))


def test_an_incident_has_five_watches_and_one_more_where_one_has_ended() -> None:
    story = begun().do(*(replace(WATCH, target=target.name) for target in TARGETS[:5]))
    sixth = replace(WATCH, target=TARGETS[5].name)
    with pytest.raises(errors.TooManyWatches):
        story.do(sixth)
    story.do(replace(WATCH, every=minutes(9)), c.StopWatching(by=BOB, target="web"), sixth)
    assert len(story.incident.watches) == 5


def test_what_is_not_there_is_neither_looked_at_nor_watched() -> None:
    for command in (c.RequestDiagnostic(by=ANN, target="moon", run="a"), replace(WATCH, target="moon")):
        with pytest.raises(errors.UnknownTarget):
            begun().do(command)
    with pytest.raises(errors.NotWatched):
        begun().do(c.StopWatching(by=ANN, target="db"))


def test_what_is_over_is_not_watched_but_may_be_looked_at() -> None:
    story = begun().do(c.Resolve(by=ANN, summary="It went away"))
    with pytest.raises(errors.IncidentOver):
        story.do(WATCH)
    assert events(story.do(c.RequestDiagnostic(by=ANN, target="db", run="a")), e.DiagnosticRequested)


def test_a_card_is_there_while_a_run_is_at_work_and_none_while_it_is_only_looked_at_again() -> None:
    story = begun().do(c.RequestDiagnostic(by=ANN, target="db", run="a"))
    assert f.Publish(surface=f.diagnostic("a")) in following(story)
    story.do(found("WARN", "a"), WATCH).fire(looking.timer_of("db"), minutes=5)
    run = events(story, e.DiagnosticRequested)[-1].run
    assert not [one for one in following(story) if isinstance(one, f.Publish)]
    story.do(found("WARN", run, watch=True))
    assert following(story) == [f.Refresh(surface=f.diagnostic("a"))], "the card says when it was last looked at"


def test_cards_are_drawn_anew_when_the_incident_ends_and_when_it_goes_on() -> None:
    story = begun().do(found("WARN", "a"), c.Resolve(by=ANN, summary="It went away"))
    assert f.Refresh(surface=f.diagnostic("a")) in following(story)
    assert f.Refresh(surface=f.diagnostic("a")) in following(story.do(c.Reopen(by=ANN)))


_TARGETS = st.sampled_from([target.name for target in TARGETS])
_COMMANDS = st.one_of(
    st.builds(c.WatchDiagnostic, by=st.just(ANN), target=_TARGETS, every=st.integers(0, 70).map(minutes)),
    st.builds(c.StopWatching, by=st.just(BOB), target=_TARGETS),
    st.builds(found, st.sampled_from(("OK", "WARN", "ERROR")), st.just("r"), target=_TARGETS, watch=st.booleans()),
    st.builds(c.Resolve, by=st.just(ANN), summary=st.just("Over")),
    st.builds(c.Reopen, by=st.just(ANN)),
    st.builds(c.FireTimer, by=st.just(MUSTER), name=_TARGETS.map(looking.timer_of), generation=st.just(1)),
)


@given(st.lists(_COMMANDS, max_size=40))
def test_whatever_is_watched_has_a_timer_that_is_yet_to_ring_and_nothing_else_is_ever_looked_at(
    commands: list[c.Command],
) -> None:
    story, due = begun(), dict[str, Any]()
    for command in commands:
        known, watched = len(story.entries), {one.target for one in story.incident.watches}
        if isinstance(command, c.FireTimer) and due.pop(command.name, None) is None:
            continue  # nothing rings that was not set
        try:
            story.do(command, minutes=0)
        except errors.DomainError:
            continue
        due |= {one.name: one.due_at for one in timers(story, known)}
        for entry in story.entries[known:]:
            if isinstance(entry.event, e.DiagnosticRequested):
                assert entry.event.target in watched
        assert {looking.timer_of(one.target) for one in story.incident.watches} <= due.keys()
        assert len(story.incident.watches) <= looking.MOST
        assert not (story.incident.over and story.incident.watches)
