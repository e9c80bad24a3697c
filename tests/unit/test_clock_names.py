"""What the clocks of an incident are called, whom a step calls besides, and what people read of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.application import overviews
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.clocks import ESCALATION
from bot.domain.decide import decide, declare
from bot.domain.errors import UnknownClock
from bot.domain.evolve import fold
from bot.domain.incident import Incident, Tally
from bot.domain.rules import Policy, StatusPage
from bot.domain.timeline import Entry
from bot.domain.timing import called_by
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.procedures import LETTERS, with_procedures

BOB = Actor.person("U0BOB00001")
NOW = datetime(2026, 2, 14, 10, tzinfo=UTC)
POLICY = with_procedures(read_pack("default", root=RUNBOOKS)).with_contacts({"on-call": ("U0DAVE0001",)})


def opened(policy: Policy = POLICY, *more: c.Command) -> Incident:
    """A P1 that was declared at NOW, and what happened to it since."""
    events = declare(c.Declare(by=BOB, title="Down", severity="P1", ref="INC-2026-02-14-001"), policy, NOW)
    for command in more:
        events += decide(_folded(events), command, policy, NOW)
    return _folded(events)


def _folded(events: list[e.Event]) -> Incident:
    return fold(Entry(seq=n, at=NOW, recorded_at=NOW, by=BOB, event=event) for n, event in enumerate(events, 1))


def snoozed(typed: str, policy: Policy = POLICY) -> str:
    command = c.SnoozeClock(by=BOB, clock=typed, span=timedelta(minutes=10))
    (event,) = decide(opened(policy), command, policy, NOW)
    assert isinstance(event, e.ClockSnoozed)
    return event.clock


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("Update", "update"),
        ("ack", "acknowledge"),
        ("resolution", "resolve"),
        ("customer notice", "text:customer-notice"),
        ("text:customer-notice", "text:customer-notice"),
        ("p1 unresolved", "escalate:p1-unresolved"),
        ("escalate:p1-unresolved", "escalate:p1-unresolved"),
        ("escalate", ESCALATION),
    ],
)
def test_a_clock_answers_to_its_short_name_its_whole_name_and_what_people_say(typed: str, clock: str) -> None:
    assert snoozed(typed) == clock


def test_two_clocks_of_one_short_name_are_told_apart_by_their_whole_names() -> None:
    severities = tuple(
        replace(s, status_page=StatusPage.PUBLIC, status_page_within=timedelta(minutes=15)) for s in POLICY.severities
    )
    policy = replace(POLICY, severities=severities, letters=(replace(LETTERS[0], name="status-page"),))
    names = called_by(opened(policy), policy)
    assert names["status-page"] == "status-page"
    assert names["text:status-page"] == "text:status-page"
    assert snoozed("status page", policy) == "status-page"
    assert snoozed("text:status-page", policy) == "text:status-page"


def test_a_text_never_takes_the_name_of_a_clock_that_every_policy_may_have() -> None:
    for name in ("status-page", "Status_Page", "review", "resolution"):
        policy = replace(POLICY, letters=(replace(LETTERS[0], name=name),))
        assert called_by(opened(policy), policy)[f"text:{name}"] == f"text:{name}"
        assert snoozed(f"text:{name}", policy) == f"text:{name}"
    policy = replace(POLICY, letters=(replace(LETTERS[0], name="resolution"),))
    assert snoozed("resolution", policy) == "resolve"


def test_a_clock_that_does_not_run_is_unknown() -> None:
    with pytest.raises(UnknownClock) as caught:
        snoozed("review")
    assert "update" in (caught.value.hint or "")


def test_whoever_is_named_with_a_step_is_called_besides() -> None:
    command = c.Escalate(by=BOB, step="dba", people=("U0ERIN0001", "on-call"), why="It locks")
    (called,) = decide(opened(), command, POLICY, NOW)
    assert isinstance(called, e.Escalated)
    assert (called.step, called.names) == ("database-team", ("on-call", "U0ERIN0001"))
    assert called.people == ("U0DAVE0001", "U0ERIN0001")


def test_a_role_is_given_with_a_word_for_whoever_takes_it() -> None:
    command = c.AssignRole(by=BOB, role="commander", user="U0CAROL001", note=" The vendor\x00 calls ")
    (given,) = decide(opened(), command, POLICY, NOW)
    assert isinstance(given, e.RoleAssigned)
    assert given.note == "The vendor calls"


# What people read


def test_texts_that_are_due_come_first() -> None:
    later = replace(LETTERS[0], name="later", within=timedelta(hours=2))
    never = replace(LETTERS[0], name="never", within=None)
    policy = replace(POLICY, letters=(never, later, *LETTERS))
    found = overviews.texts(opened(policy), policy)
    assert [letter.name for letter in found["fitting"]] == ["customer-notice", "later", "never"]
    assert [letter.name for letter in found["others"]] == ["all-clear-notice"]
    assert found["dues"] == {"customer-notice": NOW + timedelta(minutes=30), "later": NOW + timedelta(hours=2)}


def test_a_condition_that_the_pack_dropped_is_still_said_to_be_so() -> None:
    incident = opened(POLICY, c.SetCondition(by=BOB, condition="breach"))
    found = overviews.conditions(incident, replace(POLICY, conditions=POLICY.conditions[:1]))
    assert [(rule, name) for rule, name, _ in found["set"]] == [(None, "security")]
    assert [rule.name for rule in found["others"]] == ["data-loss"]


def test_a_checklist_that_the_pack_dropped_is_still_the_incidents() -> None:
    incident = opened(POLICY, c.ShowChecklist(by=BOB, checklist="all clear"))
    found = overviews.checklist(incident, replace(POLICY, checklists=()), "Before Resolving")
    assert isinstance(found, Tally)
    assert found.name == "before-resolving"


def test_the_clocks_have_who_is_called_next_the_earliest_first() -> None:
    steps = overviews.clocks(opened(), POLICY)["steps"]
    assert steps[0] == ("p1-unacknowledged", NOW + timedelta(minutes=5), ("on-call",))
    assert [at for _, at, _ in steps] == sorted(at for _, at, _ in steps)
