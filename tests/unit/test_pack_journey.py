"""The pack `journey` runs by its document's timetable: who is told when, what is asked, what a status waits for."""

from datetime import datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.errors import NotYet
from bot.domain.rules import Category, StatusPage, Trigger
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.check import check_pack
from tests.support.timetables import (
    ACK,
    BOB,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
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

POLICY = read_pack("journey", root=RUNBOOKS)
BACKEND, FRONTEND, DEVOPS = "backend-lead", "frontend-dev", "devops-lead"
MANAGER, PRODUCT, SECURITY, ENGINEERS = "eng-manager", "product-lead", "security-team", "engineering"
OWNERS = "service-owners"

Told = list[tuple[float, tuple[str, ...]]]


def test_the_pack_has_no_faults() -> None:
    assert check_pack(RUNBOOKS / "journey") == []


# ---- Severities ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "word", "respond", "update"),
    [
        ("P0", "critical", 5 * MINUTE, 30 * MINUTE),
        ("P1", "high", 30 * MINUTE, HOUR),
        ("P2", "medium", 2 * HOUR, None),
    ],
)
def test_a_severity_has_the_documents_name_and_response_time(
    name: str, word: str, respond: timedelta, update: timedelta | None
) -> None:
    severity = POLICY.severity(name)
    assert POLICY.severity(word) == severity
    assert (severity.acknowledge_within, severity.update_every, severity.review_within) == (respond, update, 48 * HOUR)
    assert (severity.detect_within, severity.mitigate_within, severity.resolve_within) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "definition", "examples"),
    [
        (
            "P0",
            ("data is lost", "all users"),
            ("every endpoint", "database", "All sync", "several clients", "breached"),
        ),
        (
            "P1",
            ("important", "users hard"),
            ("/api/journeys", "some clients", "5 seconds", "visualizer", "Memory or CPU"),
        ),
        ("P2", ("smaller", "few users"), ("not critical", "tried again", "visualizer", "Warnings", "single client")),
    ],
)
def test_a_severity_has_the_documents_definition_and_examples(
    name: str, definition: tuple[str, ...], examples: tuple[str, ...]
) -> None:
    severity = POLICY.severity(name)
    assert [words for words in definition if words not in severity.definition] == []
    assert len(severity.examples) == len(examples)
    assert [words for words, one in zip(examples, severity.examples, strict=True) if words not in one] == []


@pytest.mark.parametrize(
    ("name", "announced", "channels", "page", "within"),
    [
        ("P0", True, ("engineering",), StatusPage.PUBLIC, 5 * MINUTE),
        ("P1", True, ("engineering",), StatusPage.NONE, None),
        ("P2", False, (), StatusPage.NONE, None),
    ],
)
def test_a_severity_is_told_where_the_document_says(
    name: str, announced: bool, channels: tuple[str, ...], page: StatusPage, within: timedelta | None
) -> None:
    severity = POLICY.severity(name)
    assert (severity.announced, severity.announce) == (announced, channels)
    assert (severity.status_page, severity.status_page_within) == (page, within)


# ---- The timetable ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("P0", [(0, (MANAGER, BACKEND)), (5, (MANAGER, BACKEND)), (30, (OWNERS, MANAGER))]),
        ("P1", [(30, (OWNERS, MANAGER)), (30, (ENGINEERS,))]),
        ("P2", [(120, (ENGINEERS,))]),
    ],
)
def test_who_is_called_while_nobody_answers(severity: str, expected: Told) -> None:
    assert called(play(POLICY, severity)) == expected


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("P0", [(0, (MANAGER, BACKEND)), (30, (OWNERS, MANAGER))]), ("P1", [(30, (OWNERS, MANAGER))]), ("P2", [])],
)
def test_who_is_called_while_it_lasts_though_somebody_has_it(severity: str, expected: Told) -> None:
    assert called(play(POLICY, severity, (3, ACK))) == expected


@pytest.mark.parametrize("severity", ["P1", "P2"])
def test_nobody_is_called_about_what_was_over_in_half_an_hour(severity: str) -> None:
    assert called(play(POLICY, severity, (1, ACK), (10, WATCH), (29, OVER))) == []


@pytest.mark.parametrize(
    ("service", "lead"),
    [("journey-api", BACKEND), ("sync-engine", BACKEND), ("visualizer", FRONTEND), ("infrastructure", DEVOPS)],
)
def test_after_30_minutes_the_lead_of_the_services_team_is_called(service: str, lead: str) -> None:
    peopled = POLICY.with_contacts({name: (name,) for name in POLICY.contacts})
    (event,) = [
        one.entry.event
        for one in play(peopled, "P1", (3, ACK), service=service)
        if isinstance(one.entry.event, e.Escalated)
    ]
    assert event.people == (lead, MANAGER)


def test_a_p2_of_the_evening_waits_for_the_morning() -> None:
    evening = MONDAY + 3 * HOUR
    (call,) = called(play(POLICY, "P2", until=DAY, at=evening))
    assert call == ((16 * HOUR) / MINUTE, (ENGINEERS,))
    assert evening + 16 * HOUR == datetime(2026, 2, 3, 9, tzinfo=MONDAY.tzinfo)


@pytest.mark.parametrize(
    ("condition", "severity", "who"),
    [
        ("data-corruption", "P2", (BACKEND, DEVOPS)),
        ("security-breach", "P2", (MANAGER, SECURITY)),
        ("customer-escalation", "P2", (PRODUCT, MANAGER)),
        ("platform-issue", "P2", (DEVOPS,)),
        ("all-users", "P2", (MANAGER, BACKEND)),
        ("all-users", "P1", (MANAGER, BACKEND)),
    ],
)
def test_a_situation_of_the_escalation_matrix_calls_at_once(
    condition: str, severity: str, who: tuple[str, ...]
) -> None:
    assert called(play(POLICY, severity, (7, flag(condition)), until=HOUR / 3)) == [(7, who)]
    assert called(play(POLICY, severity, conditions=[condition], until=HOUR / 3)) == [(0, who)]


def test_what_turns_out_to_be_a_p0_calls_the_manager_and_the_backend_lead_then() -> None:
    worse = c.ChangeSeverity(by=BOB, severity="P0")
    assert called(play(POLICY, "P1", (3, ACK), (12, worse), until=HOUR / 3)) == [(12, (MANAGER, BACKEND))]


def test_every_call_says_why_and_no_other_situation_has_one() -> None:
    assert all(step.why for step in POLICY.escalation)
    kinds = [step.trigger for step in POLICY.escalation]
    assert {kind: kinds.count(kind) for kind in Trigger if kind in kinds} == {
        Trigger.DECLARED: 1,
        Trigger.UNACKNOWLEDGED: 3,
        Trigger.UNRESOLVED: 1,
        Trigger.CONDITION: 5,
    }
    assert called(play(POLICY, "P2", (7, c.Escalate(by=BOB, why="Stuck")), until=HOUR)) == [(7, (OWNERS, MANAGER))]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("P0", {"acknowledge": 5, "status-page": 5}), ("P1", {"acknowledge": 30}), ("P2", {"acknowledge": 120})],
)
def test_a_response_that_nobody_gave_is_said_when_it_is_due(severity: str, expected: dict[str, float]) -> None:
    assert missed(play(POLICY, severity)) == expected


def test_the_status_page_is_answered_by_what_was_written_there() -> None:
    wrote = c.RecordText(by=BOB, text="status-page-trouble", body="We have reports of errors.")
    assert missed(play(POLICY, "P0", (2, ACK), (4, wrote))) == {}


@pytest.mark.parametrize(("severity", "expected"), [("P0", [30, 60, 90]), ("P1", [60, 120, 180]), ("P2", [])])
def test_customers_and_colleagues_hear_every_half_hour_or_hour(severity: str, expected: list[float]) -> None:
    moments = play(POLICY, severity, (3, ACK), until=4 * HOUR)
    assert rings(moments, e.UpdateOverdue)[:3] == expected
    assert due(moments)[:3] == [(after, "customer-update") for after in expected]


@pytest.mark.parametrize("severity", ["P0", "P1", "P2"])
def test_the_review_is_due_48_hours_after_the_resolution(severity: str) -> None:
    moments = play(POLICY, severity, (1, ACK), (5, WATCH), (25, OVER), until=7 * DAY)
    assert rings(moments, e.ReviewNudged)[0] == 25 + 48 * 60


# ---- Phases ----------------------------------------------------------------------------------------------


def test_the_five_phases_have_their_statuses() -> None:
    assert [(one.phase, one.name, one.category) for one in POLICY.statuses] == [
        ("Detect", "investigating", Category.TRIAGE),
        ("Assess", "assessing", Category.TRIAGE),
        ("Respond", "identified", Category.ACTIVE),
        ("Resolve", "monitoring", Category.MONITORING),
        ("Resolve", "resolved", Category.RESOLVED),
        ("Review", "closed", Category.CLOSED),
    ]
    assert POLICY.phases == ("Detect", "Assess", "Respond", "Resolve", "Review")
    words = ("Investigating", "Identified", "Monitoring", "Resolved")
    assert [POLICY.status(word).name for word in words] == [word.lower() for word in words]


def test_each_phase_brings_its_list() -> None:
    def status(name: str) -> c.ChangeStatus:
        return c.ChangeStatus(by=BOB, status=name)

    walk = ((2, status("assess")), (6, status("respond")), (9, WATCH), (24, OVER))
    expected = [(0, "detect"), (2, "assess"), (9, "resolve"), (24, "review")]
    assert lists(play(POLICY, "P0", (1, ACK), *walk)) == expected
    assert lists(play(POLICY, "P2", (1, ACK), *walk)) == [(0, "detect"), (0, "ticket"), *expected[1:]]


def test_it_is_watched_for_15_minutes_before_it_is_resolved() -> None:
    with pytest.raises(NotYet, match="15 min"):
        play(POLICY, "P1", (1, ACK), (10, OVER))
    with pytest.raises(NotYet, match="another 1 min"):
        play(POLICY, "P1", (1, ACK), (10, WATCH), (24, OVER))
    moments = play(POLICY, "P1", (1, ACK), (10, WATCH), (25, OVER))
    assert rings(moments, e.Resolved) == [25]
    assert rings(play(POLICY, "P1", (1, ACK), (10, WATCH), until=HOUR), e.WatchEnded) == [25]


def test_who_cannot_wait_says_why_and_that_is_kept() -> None:
    hurried = c.Resolve(by=BOB, summary="Rolled back", override="It was a false alarm")
    (event,) = [
        one.entry.event for one in play(POLICY, "P1", (1, ACK), (4, hurried)) if isinstance(one.entry.event, e.Resolved)
    ]
    assert (len(event.overrode), event.because) == (1, "It was a false alarm")


def test_it_is_closed_once_cause_resolution_and_review_are_done() -> None:
    walk = ((1, ACK), (5, WATCH), (20, OVER))
    close = c.Close(by=BOB)
    for done in ((), ("resolve",), ("review",)):
        ticks = [(30, command) for command in tick(POLICY, *done)]
        with pytest.raises(NotYet):
            play(POLICY, "P1", *walk, *ticks, (40, close))
    ticks = [(30, command) for command in tick(POLICY, "resolve", "review")]
    assert rings(play(POLICY, "P1", *walk, *ticks, (40, close)), e.Closed) == [40]
