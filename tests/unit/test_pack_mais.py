"""The pack `mais` runs as its document says: severities, who comes for what, what a rollback asks for."""

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.errors import NotYet
from bot.domain.rules import Category, StatusPage, Trigger
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.check import check_pack
from tests.support.timetables import (
    ACK,
    BOB,
    DAY,
    HOUR,
    OVER,
    WATCH,
    called,
    due,
    flag,
    lists,
    missed,
    play,
    rings,
    tick,
)

POLICY = read_pack("mais", root=RUNBOOKS)
PEOPLED = POLICY.with_contacts({name: (name,) for name in POLICY.contacts})
ON_CALL, LEAD, DBA, PRODUCT, CEO = "on-call", "engineering-lead", "database-admin", "product-owner", "ceo"
ROLLBACK = flag("rollback")

Told = list[tuple[float, tuple[str, ...]]]


def test_the_pack_has_no_faults() -> None:
    assert check_pack(RUNBOOKS / "mais") == []


# ---- Severities ------------------------------------------------------------------------------------------

#: The tables of the runbooks: the incident, and for each severity what makes it and the condition that stands for it.
TABLES = {
    ("api-down", "API"): {
        "P0": ("no request succeeds", "api-down"),
        "P1": ("more than 50 %", "api-failing"),
        "P2": ("fewer than 50 %", "api-partly"),
    },
    ("stripe-webhooks", "Stripe webhooks"): {
        "P1": ("there is no booking", "paid-not-booked"),
        "P2": ("succeed when", "webhooks-retried"),
    },
    ("database-connections-lost", "Database"): {
        "P0": ("at all", "database-down"),
        "P1": ("more than 20 %", "database-flaky"),
        "P2": ("pool is used up", "pool-exhausted"),
    },
    ("double-booking", "Double booking"): {
        "P0": ("confirmed", "double-booking"),
        "P1": ("race", "double-booking-suspected"),
    },
    ("memory-and-speed", "Memory and speed"): {
        "P1": ("5 seconds", "slow"),
        "P2": ("more than 80 %", "memory-high"),
    },
}
ROWS = [(book, kind, name, row) for (book, kind), rows in TABLES.items() for name, row in rows.items()]


@pytest.mark.parametrize(("book", "kind", "severity", "row"), ROWS)
def test_a_row_of_a_runbooks_table_is_an_example_and_a_condition(
    book: str, kind: str, severity: str, row: tuple[str, str]
) -> None:
    words, condition = row
    (example,) = (one for one in POLICY.severity(severity).examples if one.startswith(f"{kind}: "))
    assert words in example
    rule = POLICY.condition(condition)
    # What makes a P0 or a P1 is asked when it is declared.
    assert (rule.suggests, rule.runbook, bool(rule.ask)) == (severity, book, severity != "P2")
    (text,) = (one.text for one in Catalogue([RUNBOOKS / "mais"]).list() if one.name == book)
    (line,) = (line for line in text.split("\n") if line.startswith(f"| {severity} | "))
    assert words in line


def test_the_severities_have_no_other_examples_and_answer_to_the_documents_words() -> None:
    examples = {one.name: len(one.examples) for one in POLICY.severities}
    assert examples == {name: sum(row[2] == name for row in ROWS) for name in ("P0", "P1", "P2")}
    assert [POLICY.severity(word).name for word in ("Critical", "High", "Medium")] == ["P0", "P1", "P2"]


def test_no_severity_has_a_clock_that_the_document_does_not() -> None:
    for one in POLICY.severities:
        assert (one.detect_within, one.acknowledge_within, one.mitigate_within, one.resolve_within) == 4 * (None,)
        assert (one.update_every, one.review_within, one.status_page_within) == 3 * (None,)
    pages = [one.status_page for one in POLICY.severities]
    assert pages == [StatusPage.PUBLIC, StatusPage.PUBLIC, StatusPage.NONE]


def test_a_declaration_asks_at_most_what_one_group_of_boxes_holds() -> None:
    assert sum(bool(one.ask) for one in POLICY.conditions) == 9


def test_what_is_ticked_gives_the_severity_where_nobody_names_one() -> None:
    (first, *_) = play(POLICY, None, conditions=["slow", "double-booking"])
    assert first.incident.severity == "P0"


# ---- Who comes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "expected"), [("P0", [(0, (LEAD,))]), ("P1", [(0, (LEAD,))]), ("P2", [])])
def test_the_engineer_on_call_is_first_and_the_lead_comes_to_a_p0_and_p1(severity: str, expected: Told) -> None:
    moments = play(PEOPLED, severity, until=30 * DAY)
    (declared,) = (one.entry.event for one in moments if isinstance(one.entry.event, e.Declared))
    assert declared.responders == (ON_CALL,)
    assert called(moments) == expected
    assert (missed(moments), rings(moments, e.UpdateOverdue), due(moments)) == ({}, [], [])


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("database-down", [DBA]),
        ("database-flaky", [DBA]),
        ("pool-exhausted", [DBA]),
        ("paid-not-booked", [PRODUCT]),
        ("double-booking", [PRODUCT, CEO]),
        ("double-booking-suspected", []),
        ("api-down", []),
        ("slow", []),
        ("rollback", []),
    ],
)
def test_what_turns_out_to_be_so_calls_whom_the_document_names_for_it(condition: str, who: list[str]) -> None:
    assert called(play(POLICY, "P2", (7, flag(condition)), until=HOUR / 2)) == [(7, (name,)) for name in who]


@pytest.mark.parametrize(
    ("service", "owners"),
    [
        ("double booking", (PRODUCT, CEO)),
        ("database", (DBA,)),
        ("webhooks", (PRODUCT,)),
        ("api", ()),
    ],
)
def test_a_service_brings_whom_its_kind_of_incident_needs(service: str, owners: tuple[str, ...]) -> None:
    (declared, *_) = play(PEOPLED, "P2", service=service)
    assert isinstance(declared.entry.event, e.Declared)
    assert declared.entry.event.responders == (ON_CALL, *owners)


def test_whoever_asks_for_help_gets_the_lead_and_a_mail_to_support() -> None:
    asked = (7, c.Escalate(by=BOB, why="It needs two of us"))
    (event,) = (
        one.entry.event for one in play(POLICY, "P2", asked, until=HOUR) if isinstance(one.entry.event, e.Escalated)
    )
    assert (event.names, event.emails) == ((LEAD,), ("support",))


def test_every_call_says_why_and_none_waits() -> None:
    assert all(step.why and step.after is None for step in POLICY.escalation)
    triggers = [step.trigger for step in POLICY.escalation]
    assert triggers == [Trigger.DECLARED, Trigger.CONDITION, Trigger.CONDITION, Trigger.CONDITION]


# ---- Statuses and rollbacks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "category"),
    [
        ("Investigating", "investigating", Category.TRIAGE),
        ("Identified", "identified", Category.ACTIVE),
        ("Monitoring", "monitoring", Category.MONITORING),
        ("MITIGATED", "monitoring", Category.MONITORING),
        ("Resolved", "resolved", Category.RESOLVED),
        ("closed", "closed", Category.CLOSED),
    ],
)
def test_a_status_answers_to_the_documents_words(typed: str, name: str, category: Category) -> None:
    status = POLICY.status(typed)
    assert (status.name, status.category) == (name, category)


def test_without_a_rollback_nothing_has_to_be_watched() -> None:
    assert rings(play(POLICY, "P1", (1, ACK), (9, OVER)), e.Resolved) == [9]


def test_after_a_rollback_it_is_watched_for_30_minutes() -> None:
    nine = [(12, command) for command in tick(POLICY, "rollback")]
    walk: list[tuple[float, c.Command]] = [(1, ACK), (5, ROLLBACK), (10, WATCH), *nine]
    with pytest.raises(NotYet, match="watched for another 1 min"):
        play(POLICY, "P1", *walk, (39, OVER))
    assert rings(play(POLICY, "P1", *walk, (40, OVER)), e.Resolved) == [40]
    assert rings(play(POLICY, "P1", *walk, until=HOUR), e.WatchEnded) == [40]


def test_a_rollback_while_it_is_watched_begins_the_30_minutes_anew() -> None:
    moments = play(POLICY, "P1", (1, ACK), (10, WATCH), (25, ROLLBACK), until=HOUR)
    assert rings(moments, e.WatchEnded) == [55]


def test_after_a_rollback_the_nine_things_are_looked_at_before_it_is_resolved() -> None:
    with pytest.raises(NotYet, match="9 of 9 left"):
        play(POLICY, "P1", (1, ACK), (5, ROLLBACK), (10, WATCH), (45, OVER))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("rollback", ["rollback", "after-rollback"]),
        ("double-booking", ["double-booking", "code-review", "safeguards"]),
        ("double-booking-suspected", ["code-review"]),
        ("paid-not-booked", ["paid-not-booked"]),
        ("slow", []),
    ],
)
def test_what_turns_out_to_be_so_brings_its_lists(condition: str, expected: list[str]) -> None:
    assert lists(play(POLICY, "P0", (7, flag(condition)), until=HOUR / 2)) == [(7, name) for name in expected]


def test_a_p0_or_p1_is_closed_once_what_follows_is_done_and_a_p2_at_once() -> None:
    close = c.Close(by=BOB)
    with pytest.raises(NotYet, match="After a P0 or P1"):
        play(POLICY, "P1", (1, ACK), (9, OVER), (20, close))
    done = [(15, command) for command in tick(POLICY, "review")]
    assert rings(play(POLICY, "P1", (1, ACK), (9, OVER), *done, (20, close)), e.Closed) == [20]
    assert rings(play(POLICY, "P2", (1, ACK), (9, OVER), (20, close)), e.Closed) == [20]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("bad-deployment", "a P0 or a P1"),
        ("errors-since-deployment", "more than 20 %"),
        ("data-corruption", "damaged"),
        ("security-hole", "security"),
    ],
)
def test_each_of_the_four_reasons_to_roll_back_says_so(condition: str, words: str) -> None:
    rule = POLICY.condition(condition)
    assert words.casefold() in f"{rule.title} {rule.advice}".casefold()
    assert "roll" in rule.advice.casefold()
    assert rule.runbook == "rolling-back"


# ---- A double booking ------------------------------------------------------------------------------------


def test_the_letter_to_the_couple_is_due_within_the_hour_of_the_double_booking() -> None:
    known = (20, flag("double-booking"))
    assert due(play(POLICY, "P0", known)) == [(80, "double-booking-letter")]
    sent = c.RecordText(by=BOB, text="double-booking-letter", body="Dear couple")
    assert due(play(POLICY, "P0", known, (79, sent))) == []


def test_the_call_comes_before_the_letter_and_has_no_time_but_at_once() -> None:
    names = [letter.name for letter in POLICY.letters if "double-booking" in letter.conditions]
    assert names == ["double-booking-call", "double-booking-letter"]
    assert POLICY.letter("call").within is None
    assert "before any e-mail" in POLICY.letter("call").to
    assert "Before anything technical" in POLICY.condition("double-booking").advice
