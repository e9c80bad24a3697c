"""The pack `schedgen` says what its document says: severities, timetable, messages, and what comes afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.calendar import Appointment, Clock
from bot.domain.rules import EscalationStep, Since, StatusPage, Trigger, Via
from bot.domain.timetable import Act, Moment, simulate
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.check import check_pack

POLICY = read_pack("schedgen", root=RUNBOOKS)
SEVERITIES = ("SEV-1", "SEV-2", "SEV-3", "SEV-4")
MONDAY = datetime(2026, 2, 2, 14, 2, tzinfo=UTC)
BOB = Actor.person("U0BOB")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ON_CALL, LEAD, PRODUCT, ADMIN = "on-call", "engineering-lead", "product-owner", "system-administrator"


def acts(*commands: tuple[float, c.Command]) -> list[Act]:
    return [Act(after * MINUTE, command) for after, command in commands]


ACK = c.Acknowledge(by=BOB)
OVER = c.Resolve(by=BOB, summary="It works again")


def play(severity: str, *commands: tuple[float, c.Command], until: timedelta = 10 * HOUR) -> list[Moment]:
    declaration = c.Declare(by=BOB, title="Uploads fail", severity=severity)
    return list(simulate(POLICY, declaration, MONDAY, acts=acts(*commands), until=until))


def called(moments: list[Moment]) -> list[tuple[float, str]]:
    """Who is called by the escalation, and after how many minutes."""
    found = [(one.after / MINUTE, one.entry.event) for one in moments]
    return [(after, name) for after, event in found if isinstance(event, e.Escalated) for name in event.names]


def rings(moments: list[Moment], kind: type[e.Event]) -> list[float]:
    """After how many minutes events of a kind come."""
    return [one.after / MINUTE for one in moments if isinstance(one.entry.event, kind)]


def missed(moments: list[Moment]) -> dict[str, timedelta]:
    return {one.entry.event.clock: one.after for one in moments if isinstance(one.entry.event, e.ClockMissed)}


def lists(moments: list[Moment]) -> list[tuple[float, str]]:
    shown = [(one.after / MINUTE, one.entry.event) for one in moments]
    return [(after, event.name) for after, event in shown if isinstance(event, e.ChecklistShown)]


def step(name: str) -> EscalationStep:
    found = POLICY.step(name)
    assert found is not None
    return found


def test_the_pack_has_no_faults() -> None:
    assert check_pack(RUNBOOKS / "schedgen") == []


# ---- Severities ------------------------------------------------------------------------------------------

NEXT_DAY = Appointment("next-business-day")


@pytest.mark.parametrize(
    ("name", "words", "respond", "resolve", "update"),
    [
        ("SEV-1", ("P1", "Critical"), 5 * MINUTE, HOUR, 15 * MINUTE),
        ("SEV-2", ("P2", "High"), 15 * MINUTE, 4 * HOUR, 30 * MINUTE),
        ("SEV-3", ("P3", "Medium"), HOUR, 24 * HOUR, 2 * HOUR),
        ("SEV-4", ("P4", "Low"), NEXT_DAY, 7 * DAY, None),
    ],
)
def test_a_severity_has_the_documents_names_and_targets(
    name: str, words: tuple[str, str], respond: Clock, resolve: Clock, update: timedelta | None
) -> None:
    severity = POLICY.severity(name)
    assert {POLICY.severity(word) for word in words} == {severity}
    assert (severity.acknowledge_within, severity.resolve_within, severity.update_every) == (respond, resolve, update)
    assert severity.review_within == 48 * HOUR


@pytest.mark.parametrize(
    ("name", "definition", "examples"),
    [
        ("SEV-1", "all users", ["No service", "database", "lost or damaged", "broke in, or data is exposed"]),
        ("SEV-2", "large part of the users", ["every upload", "log in", "p95 above 30 s", "nothing stands in"]),
        ("SEV-3", "some users", ["fewer than 20 %", "p95 above 10 s and below 30 s", "not critical", "above 500 jobs"]),
        ("SEV-4", "hardly anybody", ["user interface", "log that does not matter", "below its targets", "document"]),
    ],
)
def test_a_severity_has_the_documents_definition_and_examples(name: str, definition: str, examples: list[str]) -> None:
    severity = POLICY.severity(name)
    assert definition in severity.definition
    assert len(severity.examples) == len(examples)
    assert [words for words, example in zip(examples, severity.examples, strict=True) if words not in example] == []


@pytest.mark.parametrize(
    ("name", "team"),
    [
        ("SEV-1", (ON_CALL, LEAD, PRODUCT, ADMIN)),
        ("SEV-2", (ON_CALL, PRODUCT)),
        ("SEV-3", (ON_CALL,)),
        ("SEV-4", ()),
    ],
)
def test_the_response_team_is_invited_at_once(name: str, team: tuple[str, ...]) -> None:
    assert POLICY.severity(name).responders == team


@pytest.mark.parametrize(
    ("name", "announced", "channels", "page", "within"),
    [
        ("SEV-1", True, ("stakeholders", "engineering"), StatusPage.PUBLIC, 5 * MINUTE),
        ("SEV-2", True, ("engineering",), StatusPage.INTERNAL, None),
        ("SEV-3", True, ("engineering",), StatusPage.NONE, None),
        ("SEV-4", False, (), StatusPage.NONE, None),
    ],
)
def test_a_severity_is_told_where_the_document_says(
    name: str, announced: bool, channels: tuple[str, ...], page: StatusPage, within: timedelta | None
) -> None:
    severity = POLICY.severity(name)
    assert (severity.announced, severity.announce) == (announced, channels)
    assert (severity.status_page, severity.status_page_within) == (page, within)


@pytest.mark.parametrize(
    ("condition", "severity"),
    [
        ("everything-down", "SEV-1"),
        ("database-down", "SEV-1"),
        ("data-loss", "SEV-1"),
        ("breach", "SEV-1"),
        ("uploads-fail", "SEV-2"),
        ("nobody-logs-in", "SEV-2"),
        ("very-slow", "SEV-2"),
        ("no-stand-in", "SEV-2"),
        ("slow", "SEV-3"),
        ("long-queue", "SEV-3"),
    ],
)
def test_a_question_of_the_declaration_suggests_its_severity(condition: str, severity: str) -> None:
    declaration = c.Declare(by=BOB, title="Uploads fail", conditions=(condition,))
    first = next(simulate(POLICY, declaration, MONDAY, until=MINUTE))
    assert POLICY.condition(condition).ask
    assert first.incident.severity == severity


def test_what_nobody_rates_is_a_sev_3() -> None:
    assert POLICY.default_severity == "SEV-3"


# ---- Who is called ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("SEV-1", [(0, LEAD), (0, PRODUCT), (5, ON_CALL)]),
        ("SEV-2", [(15, ON_CALL), (30, LEAD)]),
        ("SEV-3", [(60, ON_CALL)]),
        ("SEV-4", []),
    ],
)
def test_who_is_called_while_nobody_answers(severity: str, expected: list[tuple[float, str]]) -> None:
    assert called(play(severity)) == expected


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("SEV-1", [(0, LEAD), (0, PRODUCT), (18, LEAD)]),
        ("SEV-2", [(18, LEAD), (30, LEAD)]),
        ("SEV-3", [(18, LEAD)]),
        ("SEV-4", []),
    ],
)
def test_who_is_called_while_somebody_looks_for_the_cause(severity: str, expected: list[tuple[float, str]]) -> None:
    assert called(play(severity, (3, ACK))) == expected


@pytest.mark.parametrize(
    "found", [c.RecordCause(by=BOB, text="The disk is full"), c.ChangeStatus(by=BOB, status="identified")]
)
def test_nobody_is_called_about_a_cause_that_was_found_in_time(found: c.Command) -> None:
    assert called(play("SEV-3", (3, ACK), (17, found))) == []
    assert called(play("SEV-3", (3, ACK), (19, found))) == [(18, LEAD)]


def test_the_lead_is_not_called_to_a_sev_2_that_is_over_in_half_an_hour() -> None:
    cause = c.RecordCause(by=BOB, text="The disk is full")
    assert called(play("SEV-2", (3, ACK), (10, cause), (29, OVER))) == []
    assert called(play("SEV-2", (3, ACK), (10, cause), (31, OVER))) == [(30, LEAD)]


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("several-services", LEAD),
        ("sla", PRODUCT),
        ("tell-users", PRODUCT),
        ("infrastructure", ADMIN),
        ("database-expert", ADMIN),
        ("security", ADMIN),
        ("breach", ADMIN),
        ("restore", ADMIN),
    ],
)
def test_what_turns_out_to_be_so_calls_whom_it_concerns(condition: str, who: str) -> None:
    assert called(play("SEV-3", (7, c.SetCondition(by=BOB, condition=condition)), until=HOUR / 2)) == [(7, who)]


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("architecture", LEAD),
        ("architectural decision", LEAD),
        ("business", PRODUCT),
        ("Business decision", PRODUCT),
        ("expert", ADMIN),
    ],
)
def test_whoever_is_needed_is_called_by_request(typed: str, who: str) -> None:
    assert called(play("SEV-3", (7, c.Escalate(by=BOB, step=typed, why="Now")), until=HOUR / 2)) == [(7, who)]


def test_a_request_without_a_name_calls_one_after_another() -> None:
    asked = [(float(minute), c.Escalate(by=BOB, why="We are stuck")) for minute in (1, 2, 3)]
    assert called(play("SEV-3", *asked, until=HOUR / 2)) == [(1, LEAD), (2, PRODUCT), (3, ADMIN)]


def test_every_trigger_of_the_document_is_a_step_that_says_why() -> None:
    kinds = {
        who: sorted(rule.trigger.value for rule in POLICY.escalation if rule.notify == (who,))
        for who in (ON_CALL, LEAD, PRODUCT, ADMIN)
    }
    assert kinds == {
        ON_CALL: ["unacknowledged"],
        LEAD: ["condition", "declared", "request", "unidentified", "unresolved"],
        PRODUCT: ["condition", "condition", "declared", "request"],
        ADMIN: ["condition", "condition", "condition", "condition", "request"],
    }
    assert all(rule.why for rule in POLICY.escalation)
    unclear = step("cause-unclear")
    assert (unclear.trigger, unclear.after, unclear.since) == (Trigger.UNIDENTIFIED, 15 * MINUTE, Since.ACKNOWLEDGED)
    assert step("sev1-product").via == (Via.DIRECT,)


# ---- Clocks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("SEV-1", [15, 30, 45, 60]), ("SEV-2", [30, 60, 90, 120]), ("SEV-3", [120, 240, 360, 480]), ("SEV-4", [])],
)
def test_an_update_is_asked_for_in_the_documents_rhythm(severity: str, expected: list[float]) -> None:
    assert rings(play(severity), e.UpdateOverdue)[:4] == expected


@pytest.mark.parametrize(
    ("severity", "expected"), [("SEV-1", [15, 30, 45]), ("SEV-2", [30, 60, 90]), ("SEV-3", []), ("SEV-4", [])]
)
def test_the_status_page_is_asked_for_as_often_as_it_promises(severity: str, expected: list[float]) -> None:
    assert rings(play(severity), e.TextDue)[:3] == expected


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("SEV-1", {"acknowledge": 5 * MINUTE, "status-page": 5 * MINUTE, "resolve": HOUR}),
        ("SEV-2", {"acknowledge": 15 * MINUTE, "resolve": 4 * HOUR}),
        ("SEV-3", {"acknowledge": HOUR, "resolve": 24 * HOUR}),
        ("SEV-4", {"acknowledge": 18 * HOUR + 58 * MINUTE, "resolve": 7 * DAY}),
    ],
)
def test_a_target_that_is_missed_is_said_when_it_is_over(severity: str, expected: dict[str, timedelta]) -> None:
    assert missed(play(severity, until=8 * DAY)) == expected


def test_a_sev_4_of_friday_waits_until_monday_at_nine() -> None:
    friday = datetime(2026, 2, 6, 16, 30, tzinfo=UTC)
    declaration = c.Declare(by=BOB, title="A typo", severity="SEV-4")
    moments = list(simulate(POLICY, declaration, friday, until=4 * DAY))
    assert [friday + one.after for one in moments[2:]] == 2 * [datetime(2026, 2, 9, 9, tzinfo=UTC)]
    assert called(moments) == [((2 * DAY + 16.5 * HOUR) / MINUTE, ON_CALL)]


# ---- Checklists and what comes afterwards -----------------------------------------------------------------


def test_the_first_five_minutes_are_a_checklist_from_the_beginning() -> None:
    assert [lists(play(severity, until=MINUTE)) for severity in SEVERITIES] == [
        *([[(0, "first-five-minutes")]] * 3),
        [(0, "ticket")],
    ]
    items = [item.text for item in POLICY.checklist("first").items]
    words = ["PagerDuty", "#incidents", "Grafana", "error rate", "severity fit", "ticket", "first findings", "timeline"]
    assert [word for word, item in zip(words, items, strict=True) if word not in item] == []


def test_after_the_resolution_everything_comes_when_the_document_says() -> None:
    moments = play("SEV-1", (3, ACK), (40, OVER), until=20 * DAY)
    over = 40 * MINUTE
    asked = [(one.after - over, one.entry.event) for one in moments if isinstance(one.entry.event, e.FollowUpDue)]
    assert sorted((after, event.follow_up) for after, event in asked) == [
        (HOUR, "over"),
        (7 * DAY, "documentation"),
        (7 * DAY, "fixes"),
        (14 * DAY, "look-back"),
        (14 * DAY, "share"),
    ]
    assert rings(moments, e.ReviewNudged)[0] == (over + 48 * HOUR) / MINUTE
    week = (over + 7 * DAY) / MINUTE
    asks = [(week, "documentation"), (week, "fixes"), (2 * week - 40, "look-back"), (2 * week - 40, "share")]
    assert lists(moments)[1:] == [(40, "within-1-hour"), *asks]


@pytest.mark.parametrize("severity", SEVERITIES)
def test_every_incident_is_reviewed_within_48_hours(severity: str) -> None:
    held = play(severity, (3, ACK), (40, OVER), (2000, c.Close(by=BOB)), until=5 * DAY)
    assert rings(held, e.ReviewNudged) == []
    assert lists(held)[-4:] == [(2000, name) for name in ("fixes", "documentation", "share", "look-back")]
    assert rings(play(severity, (3, ACK), (40, OVER), until=5 * DAY), e.ReviewNudged)[0] == 40 + 48 * 60


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "within-1-hour",
            (
                "smoke test|dashboards|error rates|Users report nothing|with its time|who took part"
                "|what worked and what did not|resolution is sent|status page|thanked"
            ),
        ),
        ("fixes", "urgent action items|in production|do what they should"),
        ("documentation", "runbooks|incident|Monitoring and alerts"),
        ("share", "review|newcomers|session"),
        ("look-back", "Every action item|proved themselves|ticket is closed"),
    ],
)
def test_a_follow_up_has_the_documents_list_and_is_silent_once_it_is_done(name: str, words: str) -> None:
    items = [item.text for item in POLICY.checklist(name).items]
    assert [word for word, item in zip(words.split("|"), items, strict=True) if word not in item] == []
    (follow_up,) = [rule for rule in POLICY.follow_ups if rule.checklist == name]
    done = c.TickItems(by=BOB, checklist=name, done=tuple(range(1, len(items) + 1)))
    moments = play("SEV-2", (3, ACK), (40, OVER), (50, c.Close(by=BOB)), (55, done), until=20 * DAY)
    asked = [one.entry.event.follow_up for one in moments if isinstance(one.entry.event, e.FollowUpDue)]
    assert follow_up.name not in asked
    assert len(asked) == 4
