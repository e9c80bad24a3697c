"""Laws of action items: whatever people say in whatever order, what is to be done is reminded of, and not too often."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as e
from bot.domain.action_item import SORTS, ActionItem, reminder
from bot.domain.actor import MUSTER
from bot.domain.items import TIMER
from bot.domain.react import react
from bot.domain.rules import Policy
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, START, Story

_USERS = ("U0DANA", "U0BOB")
_DAYS = st.one_of(st.none(), st.integers(-20, 60).map(lambda n: START.date() + timedelta(days=n)))
_OWNERS = st.sampled_from((None, *_USERS))
_NUMBERS = st.integers(1, 4)
_TEXTS = st.sampled_from(("Mend it", "Ask them", " "))
_COMMANDS = st.one_of(
    st.builds(
        c.AddActionItem, by=st.just(DANA), text=_TEXTS, owner=_OWNERS, due=_DAYS,
        priority=st.sampled_from(("", "high", "huge")), sort=st.sampled_from(("", *SORTS, "other")),
    ),
    st.builds(
        c.ChangeActionItem, by=st.just(BOB), number=_NUMBERS, owner=_OWNERS, due=_DAYS,
        clear=st.sampled_from(((), ("owner",), ("due",), ("owner", "due"))),
    ),
    st.builds(c.FinishActionItem, by=st.just(BOB), number=_NUMBERS, evidence=_TEXTS),
    st.builds(c.DropActionItem, by=st.just(BOB), number=_NUMBERS, why=_TEXTS),
    st.builds(c.ReopenActionItem, by=st.just(DANA), number=_NUMBERS),
    st.builds(c.RecordOwnerLeft, by=st.just(MUSTER), user=st.sampled_from(_USERS)),
)  # fmt: skip
_STEPS = st.lists(st.tuples(_COMMANDS, st.integers(1, 40 * 24 * 60)), max_size=25)
_ZONES = st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"))


class _Kept:
    """A story in which every timer of an item rings on time."""

    def __init__(self, policy: Policy) -> None:
        self.story = Story(policy).do(c.Declare(by=DANA, title="Checkout hangs", severity="P1"))
        self.timers: dict[str, datetime] = {}

    def do(self, command: c.Command) -> None:
        known = len(self.story.entries)
        try:
            self.story.do(command, minutes=0)
        except errors.DomainError:
            assert len(self.story.entries) == known
        for entry in self.story.entries[known:]:
            for effect in react(self.story.incident, entry, self.story.policy):
                if isinstance(effect, f.SetTimer) and effect.name.startswith(TIMER):
                    self.timers[effect.name] = effect.due_at
                elif isinstance(effect, f.CancelTimer):
                    self.timers.pop(effect.name, None)

    def until(self, moment: datetime) -> None:
        """Let everything ring that is due until then."""
        while due := sorted((at, name) for name, at in self.timers.items() if at <= moment):
            at, name = due[0]
            del self.timers[name]
            self.story.now = max(at, self.story.now)
            self.do(c.FireTimer(by=MUSTER, name=name, generation=1, due_at=at))
        self.story.now = moment


def _in(zone: str) -> Policy:
    policy = a_policy()
    return replace(policy, calendar=replace(policy.calendar, zone=zone))


@given(_STEPS, _ZONES)
def test_what_is_open_waits_for_a_reminder_and_what_is_done_for_none(
    steps: Sequence[tuple[c.Command, int]], zone: str
) -> None:
    kept = _Kept(_in(zone))
    for command, minutes in steps:
        kept.until(kept.story.now + timedelta(minutes=minutes))
        kept.do(command)
        incident = kept.story.incident
        assert set(kept.timers) == {f"{TIMER}{item.number}" for item in incident.open_items()}
        for item in incident.action_items:
            wanted = reminder(item, zone)
            if item.done:
                assert wanted is None
            else:
                assert wanted is not None
                assert wanted[0] >= kept.story.now
        assert [item.number for item in incident.action_items] == list(range(1, len(incident.action_items) + 1))


@given(_STEPS, _ZONES)
def test_nobody_is_reminded_of_an_item_twice_in_a_day_nor_at_night(
    steps: Sequence[tuple[c.Command, int]], zone: str
) -> None:
    kept = _Kept(_in(zone))
    for command, minutes in steps:
        kept.until(kept.story.now + timedelta(minutes=minutes))
        kept.do(command)
    kept.until(kept.story.now + timedelta(days=120))
    told: set[tuple[int, date]] = set()
    for entry in kept.story.entries:
        if isinstance(entry.event, e.ActionItemDue):
            local = entry.at.astimezone(ZoneInfo(zone))
            assert local.hour == 9
            assert (entry.event.number, local.date()) not in told
            told.add((entry.event.number, local.date()))


@given(_DAYS, _OWNERS, st.integers(0, 200 * 24), _ZONES)
def test_the_next_reminder_is_always_later_than_the_last(
    due: date | None, owner: str | None, hours: int, zone: str
) -> None:
    item = ActionItem(number=1, text="Mend it", owner=owner, due=due, since=START)
    reminded = replace(item, reminded=START + timedelta(hours=hours))
    wanted = reminder(reminded, zone)
    assert wanted is not None
    assert reminded.reminded is not None
    assert timedelta() < wanted[0] - reminded.reminded <= timedelta(days=90)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_the_owner_hears_of_it_the_day_before_on_the_day_and_ever_less_often_after_it(zone: str) -> None:
    kept, due = _Kept(_in(zone)), date(2026, 3, 20)
    kept.do(c.AddActionItem(by=DANA, text="Mend it", owner="U0BOB", due=due))
    kept.until(datetime(2026, 5, 1, tzinfo=UTC))
    told = [(n.at, n.event) for n in kept.story.entries if isinstance(n.event, e.ActionItemDue)]
    days = [(at.astimezone(ZoneInfo(zone)).date() - due).days for at, _ in told]
    assert days == [-1, 0, 1, 3, 7, 14, 21, 28, 35]
    assert [event.when for _, event in told[:4]] == ["soon", "today", "late", "late"]


@pytest.mark.parametrize(("days", "when"), [(-1, "soon"), (0, "today"), (2, "late")])
def test_a_reminder_that_comes_late_says_what_is_so_by_then(days: int, when: str) -> None:
    kept, due = _Kept(_in("Europe/Berlin")), date(2026, 3, 20)
    kept.do(c.AddActionItem(by=DANA, text="Mend it", owner="U0BOB", due=due))
    [(name, at)] = kept.timers.items()
    kept.story.now = datetime(2026, 3, 20, 22, 30, tzinfo=UTC) + timedelta(days=days)
    kept.do(c.FireTimer(by=MUSTER, name=name, generation=1, due_at=at))
    told = [entry.event for entry in kept.story.entries if isinstance(entry.event, e.ActionItemDue)]
    assert [event.when for event in told] == [when]
    # And it is the only one of that day.
    assert kept.timers[name] > kept.story.now
