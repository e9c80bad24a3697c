"""Laws of what is done to systems, whatever the order in which people and the bot speak."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import acting, errors
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.action import Action, Stage
from bot.domain.action_rules import Approvals
from bot.domain.actor import MUSTER, Actor
from bot.domain.react import react
from tests.support.timelines import Story
from tests.unit.test_acting import ANN, BOB, CYD, DEE, TERMINAL, rules


def _by(people: Sequence[Actor] = (ANN, BOB, CYD, DEE, TERMINAL)) -> st.SearchStrategy[Actor]:
    return st.sampled_from(people)


_COMMANDS = st.one_of(
    st.builds(c.RequestAction, by=_by(), action=st.just("end"), said=st.just(("4711",))),
    st.builds(
        c.RecordRehearsal, by=st.just(MUSTER), number=st.integers(1, 3), ready=st.sampled_from((True,) * 3 + (False,))
    ),
    st.builds(
        c.ApproveAction, by=_by(), number=st.integers(1, 3), groups=st.sampled_from((frozenset(), frozenset({"S0"})))
    ),
    st.builds(c.DeclineAction, by=_by(), number=st.integers(1, 9)),
    st.builds(c.StartAction, by=_by(), number=st.integers(1, 3), emergency=st.sampled_from(("", "", " ", "Orders"))),
    st.builds(
        c.RecordAction,
        by=st.just(MUSTER),
        number=st.integers(1, 3),
        verdict=st.sampled_from(("done", "refused", "failed", "unknown")),
        said=st.just("So."),
    ),
    st.builds(c.FireTimer, by=st.just(MUSTER), name=st.integers(1, 3).map(acting.timer_of), generation=st.just(1)),
    st.builds(c.Resolve, by=_by((ANN, BOB)), summary=st.just("Over")),
    st.builds(c.Reopen, by=_by((ANN, BOB))),
)
_APPROVALS = st.builds(
    Approvals,
    count=st.integers(0, 3),
    other_person=st.booleans(),
    groups=st.sampled_from(((), ("S0",))),
    emergency=st.booleans(),
)
_OVER = (e.ActionImpossible, e.ActionDeclined, e.ActionExpired)


@given(st.lists(st.tuples(_COMMANDS, st.integers(0, 12)), max_size=40), _APPROVALS, _APPROVALS, st.integers(0, 40))
def test_it_starts_once_at_most_and_only_as_agreed_or_in_a_stated_emergency_whatever_the_order(
    commands: list[tuple[c.Command, int]], first: Approvals, then: Approvals, turn: int
) -> None:
    story = Story(rules(approvals=first)).do(c.Declare(by=ANN, title="Checkout hangs", severity="P1"))
    for place, (command, minutes) in enumerate(commands):
        if place == turn:
            story.policy = rules(approvals=then)
        known = len(story.entries)
        before = story.incident
        try:
            story.do(command, minutes=minutes)
        except errors.DomainError:
            assert len(story.entries) == known
        for entry in story.entries[known:]:
            if isinstance(entry.event, e.ActionStarted):
                _as_agreed(story, before.action(entry.event.number), entry.event)
                assert not before.over
    _once(story)


def _as_agreed(story: Story, action: Action | None, started: e.ActionStarted) -> None:
    assert action is not None
    assert action.stage is Stage.PROPOSED
    assert action.expires_at is not None
    assert story.now < action.expires_at
    [rule] = story.policy.actions
    others = [who for who in action.approved_by if not rule.approvals.other_person or who != action.by]
    assert len(set(others)) == len(others)
    assert all(who.user for who in others)
    if len(others) < max(rule.approvals.count, action.needed):
        assert rule.approvals.emergency
        assert started.emergency.strip()
        assert started.missing == max(rule.approvals.count, action.needed) - len(others)


def _once(story: Story) -> None:
    for action in story.incident.actions:
        mine = [entry.event for entry in story.entries if getattr(entry.event, "number", 0) == action.number]
        starts = [place for place, event in enumerate(mine) if isinstance(event, e.ActionStarted)]
        ends = [place for place, event in enumerate(mine) if isinstance(event, _OVER)]
        assert len(starts) <= 1
        assert len(ends) + len(starts) <= 1
        after = mine[starts[0] + 1 :] if starts else []
        assert all(isinstance(event, e.ActionFinished) for event in after)


@given(st.lists(st.tuples(_COMMANDS, st.integers(0, 12)), max_size=30))
def test_one_action_is_carried_on_once_for_each_time_that_something_has_to_be_done_for_it(
    commands: list[tuple[c.Command, int]],
) -> None:
    story = Story(rules(approvals=Approvals(emergency=True))).do(c.Declare(by=ANN, title="Checkout hangs"))
    carried: list[int] = []
    for command, minutes in commands:
        known = len(story.entries)
        try:
            story.do(command, minutes=minutes)
        except errors.DomainError:
            continue
        for entry in story.entries[known:]:
            found = react(story.incident, entry, story.policy)
            carried += [effect.number for effect in found if isinstance(effect, f.CarryAction)]
    begun = [
        entry.event.number for entry in story.entries if isinstance(entry.event, e.ActionRequested | e.ActionStarted)
    ]
    assert carried == begun
