"""Whose turn it is, by the calendar's own clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.domain.calendar import Calendar
from bot.domain.procedures import Rotation
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack


@pytest.fixture(scope="module")
def policy() -> Policy:
    """London's clocks go forward on 29 March 2026 and back on 25 October 2026; turns change on Mondays at nine."""
    rotation = Rotation(
        contact="on-call", people=("U0ANNA1", "U0BERT1", "U0CORA1"), starting=date(2026, 3, 23), at=time(9)
    )
    default = read_pack("default", root=RUNBOOKS).with_contacts({"on-call": ("U0OWN001",)})
    return replace(default, rotations=(rotation,), calendar=Calendar(zone="Europe/London"))


def on_call(policy: Policy, *moment: int) -> tuple[str, ...]:
    return policy.people(["on-call"], {}, at=datetime(*moment, tzinfo=UTC))  # type: ignore[misc, arg-type]  # of ints


def test_a_turn_ends_at_the_same_local_time_when_the_clocks_go_forward(policy: Policy) -> None:
    assert on_call(policy, 2026, 3, 23, 9, 0) == ("U0ANNA1",)
    assert on_call(policy, 2026, 3, 30, 7, 59) == ("U0ANNA1",)  # 08:59 in London
    assert on_call(policy, 2026, 3, 30, 8, 0) == ("U0BERT1",)


def test_a_turn_ends_at_the_same_local_time_when_the_clocks_go_back(policy: Policy) -> None:
    # The turn that begins on 26 October is the 32nd.
    assert on_call(policy, 2026, 10, 26, 8, 30) == ("U0ANNA1",)  # 08:30 in London, an hour earlier than it was
    assert on_call(policy, 2026, 10, 26, 9, 0) == ("U0BERT1",)


def test_after_the_last_the_first_is_on_call_again(policy: Policy) -> None:
    assert [on_call(policy, 2026, 4, day, 12) for day in (6, 13)] == [("U0CORA1",), ("U0ANNA1",)]


def test_before_it_begins_the_first_is_on_call(policy: Policy) -> None:
    assert on_call(policy, 2026, 3, 23, 8, 59) == ("U0ANNA1",)
    assert on_call(policy, 2020, 1, 1, 0, 0) == ("U0ANNA1",)


def test_of_one_person_it_is_always_the_turn(policy: Policy) -> None:
    alone = replace(policy, rotations=(replace(policy.rotations[0], people=("U0ANNA1",)),))
    assert {on_call(alone, 2026, month, 1, 12) for month in range(1, 13)} == {("U0ANNA1",)}


def test_a_turn_of_two_weeks_lasts_two_weeks(policy: Policy) -> None:
    long = replace(policy, rotations=(replace(policy.rotations[0], weeks=2),))
    turns = [on_call(long, 2026, 3, 30, 12), on_call(long, 2026, 4, 6, 7, 59), on_call(long, 2026, 4, 6, 8)]
    assert turns == [("U0ANNA1",), ("U0ANNA1",), ("U0BERT1",)]


def test_a_turn_goes_before_the_contacts_own_people_who_stand_in_where_no_time_is_given(policy: Policy) -> None:
    assert policy.people(["on-call"], {}) == ("U0OWN001",)
    assert on_call(policy, 2026, 3, 30, 12) == ("U0BERT1",)


def test_the_zone_is_the_calendars(policy: Policy) -> None:
    auckland = replace(policy, calendar=Calendar(zone="Pacific/Auckland"))
    assert on_call(auckland, 2026, 3, 29, 19, 59) == ("U0ANNA1",)  # 08:59 on Monday
    assert on_call(auckland, 2026, 3, 29, 20, 0) == ("U0BERT1",)


def test_whoever_owns_a_service_or_stands_behind_a_role_may_be_on_call_in_turn(policy: Policy) -> None:
    rules = replace(policy, roles=tuple(replace(role, contacts=("on-call",)) for role in policy.roles))
    at = datetime(2026, 3, 30, 12, tzinfo=UTC)
    assert rules.people([rules.commander], {}, at=at) == ("U0BERT1",)
    assert rules.people([rules.commander], {rules.commander: "U0LEADER"}, at=at) == ("U0LEADER",)
