"""What people type about a policy's conditions, checklists, texts, clocks and steps."""

import contextlib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.slack.intents import (
    ArgumentMissing,
    FillCondition,
    FillDeclaration,
    FillEscalation,
    FillResolution,
    FillText,
    Look,
    NoSuchOption,
    NotASpan,
    OptionWithoutValue,
    ReadChecklist,
    ReadPolicy,
    TooManyMentioned,
    UsageProblem,
)
from bot.slack.parse import parse
from bot.slack.usage import USAGES
from tests.support.procedures import with_procedures

ALICE = Actor.person("U0ALICE")
POLICY = with_procedures(read_pack("default", root=RUNBOOKS))
TEN, HOUR = timedelta(minutes=10), timedelta(hours=1)


def intent(text: str) -> Any:
    return parse(text, by=ALICE, policy=POLICY, today=date(2026, 2, 14)).intent


def called(text: str) -> c.Escalate:
    found = intent(text)
    assert isinstance(found, FillEscalation)
    return found.command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flag", FillCondition()),
        ("flag data-loss", c.SetCondition(by=ALICE, condition="data-loss")),
        ("flag Data Loss: rows are gone", c.SetCondition(by=ALICE, condition="Data Loss", why="rows are gone")),
        ("flag lost data in Oslo", c.SetCondition(by=ALICE, condition="lost data", why="in Oslo")),
        ("flag data is gone for good", c.SetCondition(by=ALICE, condition="data is gone", why="for good")),
        ("flag breach", c.SetCondition(by=ALICE, condition="breach")),
        ("flag data los of orders", c.SetCondition(by=ALICE, condition="data los", why="of orders")),
        ("flag nothing like it", c.SetCondition(by=ALICE, condition="nothing", why="like it")),
        ("unflag", Look.CONDITIONS),
        ("unflag data loss found it", c.ClearCondition(by=ALICE, condition="data loss", why="found it")),
        ("cause A lock &amp; a leak", c.RecordCause(by=ALICE, text="A lock & a leak")),
        ("root-cause", c.RecordCause(by=ALICE, text="")),
        ("checklist", Look.CHECKLISTS),
        ("checklists", Look.CHECKLISTS),
        ("checklist Before Resolving.", ReadChecklist("Before Resolving")),
        ("text", Look.TEXTS),
        ("text “letter to customers”", FillText("letter to customers")),
        ("policy", ReadPolicy()),
        ("policy sev 1", ReadPolicy("sev 1")),
        ("rules", ReadPolicy()),
        ("clocks", Look.CLOCKS),
        ("snooze", Look.CLOCKS),
        ("extend", Look.CLOCKS),
    ],
)
def test_a_command_about_the_policy_is_read(text: str, expected: object) -> None:
    assert intent(text) == expected


# Clocks


@pytest.mark.parametrize(
    ("text", "clock", "span", "why"),
    [
        ("update 10m", "update", TEN, ""),
        ("update for 10 minutes: on the phone", "update", TEN, "on the phone"),
        ("10 min update", "update", TEN, ""),
        ("status page an hour", "status page", HOUR, ""),
        ("Status-Page 1h, we write it", "Status-Page", HOUR, "we write it"),
        ("escalation 60 minutes", "escalation", HOUR, ""),
        ("p1 unacknowledged lead 10m", "p1 unacknowledged lead", TEN, ""),
        ("customer notice by 10 more minutes", "customer notice", TEN, ""),
        ("somethng else 1h why not", "somethng else", HOUR, "why not"),
        ("text:notice 10m", "text:notice", TEN, ""),
        ("update half an hour", "update", timedelta(minutes=30), ""),
        ("update 1h30m", "update", timedelta(minutes=90), ""),
        ("update 1 hour and 30 minutes", "update", timedelta(minutes=90), ""),
        ("update 1.5 h", "update", timedelta(minutes=90), ""),
        ("update 1D", "update", timedelta(days=1), ""),
        ("update a week", "update", timedelta(weeks=1), ""),
        ("update 2h an hour was lost", "update", timedelta(hours=2), "an hour was lost"),
        ("update 30m, a day of work is left", "update", timedelta(minutes=30), "a day of work is left"),
        ("update 30m a day of work is left", "update", timedelta(minutes=30), "a day of work is left"),
    ],
)
def test_a_clock_and_how_long(text: str, clock: str, span: timedelta, why: str) -> None:
    assert intent(f"snooze {text}") == c.SnoozeClock(by=ALICE, clock=clock, span=span, why=why)
    assert intent(f"extend {text}") == c.ExtendClock(by=ALICE, clock=clock, span=span, why=why)


@pytest.mark.parametrize(
    "text", ["update soon", "update 10", "update 0m", "update 10 monkeys", "update please 10m", "update 999999m"]
)
def test_what_is_no_length_of_time_is_asked_about(text: str) -> None:
    with pytest.raises(NotASpan) as caught:
        intent(f"snooze {text}")
    assert "10m, 2h or 1d" in caught.value.sentence


@pytest.mark.parametrize(
    ("text", "what"), [("update", "for how long"), ("10m", "which clock"), ("nonsense", "for how")]
)
def test_what_a_clock_lacks_is_asked_for(text: str, what: str) -> None:
    with pytest.raises(ArgumentMissing) as caught:
        intent(f"snooze {text}")
    assert what in caught.value.sentence


# Escalation


@pytest.mark.parametrize(
    ("text", "step", "why", "people"),
    [
        ("", None, "", ()),
        ("Nobody answers", None, "Nobody answers", ()),
        ("database-team", "database-team", "", ()),
        ("DBA it locks", "database-team", "it locks", ()),
        ("to the board", "board", "", ()),
        ("to the bored", None, "to the bored", ()),
        ("to board: who decides?", "board", "who decides?", ()),
        ("data base people it locks", "database-team", "it locks", ()),
        ("database team it locks <@U1|bob>", "database-team", "it locks", ("U1",)),
        ("<@U1> board it is bad", "board", "it is bad", ("U1",)),
        ("board <@U1> it is bad", "board", "it is bad", ("U1",)),
        ("p1-unresolved now", None, "p1-unresolved now", ()),
    ],
)
def test_a_step_that_may_be_asked_for_comes_first(
    text: str, step: str | None, why: str, people: tuple[str, ...]
) -> None:
    command = c.Escalate(by=ALICE, step=step, why=why, people=people)
    assert called(f"escalate {text}") == command
    assert intent(f"escalate --now {text}") == intent(f"escalate {text} \u2014NOW") == command


# Overriding


@pytest.mark.parametrize("dashes", ["--override", "\u2014override", "--OVERRIDE:", "\u2013override="])
def test_all_that_comes_after_override_is_the_reason(dashes: str) -> None:
    tail = f"{dashes} the audit begins --at 9" if dashes[-1] not in ":=" else f"{dashes}the audit begins --at 9"
    why = "the audit begins --at 9"
    assert intent(f"status cause found A lock {tail}") == c.ChangeStatus(
        by=ALICE, status="cause found", note="A lock", override=why
    )
    assert intent(f"resolve Rolled back {tail}") == c.Resolve(by=ALICE, summary="Rolled back", override=why)
    assert intent(f"resolve {tail}") == FillResolution(why)
    assert intent(f"close {tail}") == c.Close(by=ALICE, override=why)
    assert intent(f"close Filed {tail}") == c.Close(by=ALICE, note="Filed", override=why)


@pytest.mark.parametrize("command", ["status resolved", "resolve Done", "close"])
def test_an_override_says_why(command: str) -> None:
    with pytest.raises(OptionWithoutValue):
        intent(f"{command} --override  ")
    with pytest.raises(NoSuchOption) as caught:
        intent(f"{command} --overide it has to be now")
    assert caught.value.hint == "Did you mean --override?"


def test_other_options_are_words_of_the_note() -> None:
    assert intent("resolve Ran deploy --force and it held").summary == "Ran deploy --force and it held"


def test_a_status_needs_a_name_before_the_override() -> None:
    with pytest.raises(ArgumentMissing):
        intent("status --override now")


# Declaring


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("Orders are gone --flag data-loss", ("data-loss",)),
        ("Orders are gone --flag data loss --flag breach", ("data loss", "breach")),
        ("--flag data loss Orders are gone", ("data loss",)),
        ("\u2014flag “lost data” Orders are gone", ("lost data",)),
        ("--flag=security Orders are gone", ("security",)),
        ("--flag nonsense Orders are gone", ("nonsense",)),
        ("Orders are gone", ()),
    ],
)
def test_a_declaration_says_what_is_so(text: str, conditions: tuple[str, ...]) -> None:
    assert intent(f"declare {text}") == c.Declare(by=ALICE, title="Orders are gone", conditions=conditions)


def test_the_form_knows_what_is_so() -> None:
    assert intent("declare --flag data loss") == FillDeclaration(conditions=("data loss",))
    with pytest.raises(OptionWithoutValue):
        intent("declare Orders are gone --flag")


# Handing over


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("<@U1|bob>", ""),
        ("to <@U1>: the vendor calls back", "the vendor calls back"),
        ("it over to <@U1> \u2014 the vendor calls back", "the vendor calls back"),
        ("<@U1> Ask <@U2|dave> about the pool\nand sleep", "Ask <@U2|dave> about the pool\nand sleep"),
        ("Good night <@U1>", "Good night"),
    ],
)
def test_a_handoff_has_a_word_for_whoever_takes_over(text: str, note: str) -> None:
    assert intent(f"handoff {text}") == c.AssignRole(by=ALICE, role="commander", user="U1", note=note)


def test_whoever_takes_over_may_say_so_themselves() -> None:
    assert intent("handoff me for the night") == c.AssignRole(
        by=ALICE, role="commander", user="U0ALICE", note="for the night"
    )


@pytest.mark.parametrize("text", ["<@U1> <@U2>", "Good night <@U1> and <@U2>"])
def test_a_lead_has_one_holder(text: str) -> None:
    with pytest.raises(TooManyMentioned):
        intent(f"handoff {text}")


# Laws

_pieces = st.sampled_from(
    [
        *(word for usage in USAGES for word in usage.words),
        *("--flag", "--override", "--now", "\u2014override", "--overide", "data", "loss", "data-loss", "lost"),
        *("update", "status", "page", "escalation", "10m", "10", "min", "an", "hour", "for", "0m", "99999w", "half"),
        *("dba", "board", "to", "me", "<@U1|bob>", "<@U2>", "“", "”", "&amp;", ":", ",", "\n", "sev", "1"),
    ]
)


@given(st.lists(_pieces, max_size=14).map(" ".join))
def test_whatever_is_typed_is_read_or_is_a_usage_problem(text: str) -> None:
    with contextlib.suppress(UsageProblem):
        assert intent(text) is not None
