"""Action items whose owner left, whose rules changed, or that were done meanwhile: nothing is forgotten, nor told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as e
from bot.domain.actor import MUSTER
from bot.domain.rules import Policy
from tests.unit.test_reviewing import ANN, RULES, Story


def _in(zone: str) -> Policy:
    return replace(RULES, calendar=replace(RULES.calendar, zone=zone))


def test_a_reminder_that_rings_too_early_by_new_rules_is_set_anew() -> None:
    story = Story(policy=_in("Asia/Tokyo"))
    story.do(c.AddActionItem(by=ANN, text="Watch the table", owner="U0BOB", due=date(2026, 3, 20)))
    story.now = datetime(2026, 3, 19, 0, 0, tzinfo=UTC)
    assert f.SetTimer(name="item:2", due_at=story.now) in story.effects
    story.policy = _in("America/New_York")
    rings = c.FireTimer(by=MUSTER, name="item:2", generation=1, due_at=story.now)
    assert [type(event) for event in story.do(rings)] == [e.Replanned]
    assert f.SetTimer(name="item:2", due_at=datetime(2026, 3, 19, 13, 0, tzinfo=UTC)) in story.effects


@pytest.mark.parametrize("due", [date.max, date.min, date(2226, 1, 1)])
def test_a_day_that_no_calendar_gets_to_is_refused_and_nothing_else_is_broken(due: date) -> None:
    story = Story(policy=_in("Asia/Tokyo"))
    with pytest.raises(errors.WrongTime):
        story.do(c.AddActionItem(by=ANN, text="Watch the index", due=due))


def test_whoever_left_a_private_incident_hears_no_more_of_it_and_is_not_called_back_by_other_words() -> None:
    story = Story(private=True)
    story.do(c.AddActionItem(by=ANN, text="Talk to them", owner="U0BOB", due=date(2026, 3, 20)))
    number = len(story.incident.action_items)
    assert "U0BOB" in story.incident.participants
    story.do(c.RecordLeave(by=MUSTER, user="U0BOB"))
    assert "U0BOB" not in story.incident.participants
    story.do(c.ChangeActionItem(by=ANN, number=number, text="Talk to them soon"))
    assert "U0BOB" not in story.incident.participants
    assert not [effect for effect in story.effects if isinstance(effect, f.Invite)]
    story.now += timedelta(days=6)
    story.do(c.FireTimer(by=MUSTER, name=f"item:{number}", generation=1, due_at=story.now))
    assert [(one.message, one.person) for one in story.effects if isinstance(one, f.Post)] == [("item_due", None)]


def test_what_was_done_while_it_was_being_filed_is_closed_there() -> None:
    story = Story()
    story.do(c.FileActionItem(by=ANN, number=1, system="jira"))
    story.do(c.FinishActionItem(by=ANN, number=1))
    assert not [effect for effect in story.effects if isinstance(effect, f.FileItem)]
    story.do(c.RecordFiled(by=MUSTER, number=1, system="jira", key="OPS-1", url="https://jira.test/OPS-1"))
    assert f.FileItem(number=1, system="jira") in story.effects
