"""The pack `sme-booking` holds every clock, contact, list and figure of the document that it was made from."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.calendar import Appointment
from bot.domain.errors import NotYet
from bot.domain.procedures import Form, Moment
from bot.domain.rules import Category
from bot.domain.timetable import Moment as Played
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from tests.support.timetables import ACK, BOB, DAY, HOUR, MINUTE, MONDAY, OVER, called, flag, lists, play, rings

SME = read_pack("sme-booking", root=RUNBOOKS)
BOOKS = {book.name: book for book in Catalogue([RUNBOOKS / "sme-booking"]).list()}
#: From Monday, 14:00, to the standup of Tuesday, 09:30, and to the sprint of Monday in two weeks, 10:00; in minutes.
STANDUP, SPRINT = 1170, 13 * 1440 + 1200
FRIDAY = datetime(2026, 2, 6, 16, 0, tzinfo=UTC)

Told = list[tuple[float, tuple[str, ...]]]


def run(
    severity: str | None,
    *acts: tuple[float, c.Command],
    conditions: Sequence[str] = (),
    at: datetime = MONDAY,
    until: timedelta = 30 * DAY,
) -> list[Played]:
    return play(SME, severity, *acts, conditions=conditions, at=at, until=until)


def go(status: str) -> c.ChangeStatus:
    return c.ChangeStatus(by=BOB, status=status)


def clock_times(moments: list[Played]) -> list[str]:
    """When the clocks call somebody, in UTC: `Tue 3 09:30`."""
    found = [one.entry.at for one in moments if isinstance(one.entry.event, e.Escalated)]
    return [f"{at:%a} {at.day} {at:%H:%M}" for at in found]


# ---- Section 8, the escalation path ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "noticed", "answered"),
    [
        ("CRITICAL", MINUTE, 5 * MINUTE),
        ("HIGH", 5 * MINUTE, 15 * MINUTE),
        ("MEDIUM", 30 * MINUTE, HOUR),
        ("LOW", None, timedelta(days=2)),
    ],
)
def test_each_severity_is_noticed_and_answered_within_the_documents_time(
    severity: str, noticed: timedelta | None, answered: timedelta
) -> None:
    rule = SME.severity(severity)
    assert (rule.detect_within, rule.acknowledge_within) == (noticed, answered)


@pytest.mark.parametrize(
    ("severity", "who"),
    [
        ("CRITICAL", [(5, ("devops",)), (15, ("cto",))]),
        ("HIGH", [(15, ("team",)), (30, ("manager",))]),
        ("MEDIUM", [(60, ("team",)), (STANDUP, ("team",))]),
        ("LOW", [(1440, ("team",)), (2880, ("team",)), (SPRINT, ("team",))]),
    ],
)
def test_who_is_told_when_nobody_answers(severity: str, who: Told) -> None:
    assert called(run(severity)) == who


@pytest.mark.parametrize(
    ("severity", "who"),
    [
        ("CRITICAL", [(15, ("cto",))]),
        ("HIGH", [(30, ("manager",))]),
        ("MEDIUM", [(STANDUP, ("team",))]),
        ("LOW", [(SPRINT, ("team",))]),
    ],
)
def test_who_is_told_when_somebody_has_it_and_it_lasts(severity: str, who: Told) -> None:
    assert called(run(severity, (3, ACK))) == who


@pytest.mark.parametrize("severity", ["CRITICAL", "HIGH", "MEDIUM", "LOW"])
def test_nobody_is_called_about_what_is_over(severity: str) -> None:
    assert called(run(severity, (1, ACK), (4, OVER))) == []


def test_a_first_response_that_is_due_on_the_minute_is_in_time() -> None:
    assert called(run("CRITICAL", (5, ACK))) == [(15, ("cto",))]
    assert rings(run("CRITICAL", (5, ACK)), e.ClockMissed) == []


@pytest.mark.parametrize(
    ("severity", "when"),
    [
        ("MEDIUM", ["Fri 6 17:00", "Mon 9 09:30"]),
        ("LOW", ["Mon 9 09:00", "Tue 10 09:00", "Mon 16 10:00"]),
    ],
)
def test_over_a_weekend_the_standup_and_the_sprint_are_waited_for(severity: str, when: list[str]) -> None:
    assert clock_times(run(severity, at=FRIDAY)) == when


def test_the_second_reminder_of_a_blemish_waits_for_the_office_as_the_first_does() -> None:
    thursday = FRIDAY - DAY
    assert clock_times(run("LOW", at=thursday))[:2] == ["Fri 6 16:00", "Mon 9 09:00"]


@pytest.mark.parametrize(
    ("severity", "who"),
    [
        ("CRITICAL", [("cto",), ("manager",)]),
        ("HIGH", [("manager",)]),
        ("MEDIUM", [("manager",)]),
        ("LOW", [("manager",)]),
    ],
)
def test_help_that_is_asked_for_comes_from_whom_the_clock_would_call(severity: str, who: list[tuple[str, ...]]) -> None:
    asked = [(2 + number, c.Escalate(by=BOB, why="We are stuck")) for number in range(len(who))]
    moments = run(severity, (1, ACK), *asked, until=10 * MINUTE)
    assert [names for _, names in called(moments)] == who


def test_those_who_answer_first_are_invited_and_the_alerts_channel_hears_of_what_is_urgent() -> None:
    invited = {rule.name: rule.responders for rule in SME.severities}
    assert invited == {"CRITICAL": ("devops",), "HIGH": ("team",), "MEDIUM": (), "LOW": ()}
    heard = {rule.name: rule.announce for rule in SME.severities}
    assert heard == {"CRITICAL": ("alerts",), "HIGH": ("alerts",), "MEDIUM": (), "LOW": ()}


def test_the_standup_and_the_sprint_are_in_the_calendar() -> None:
    assert set(SME.calendar.meetings) == {"daily-standup", "next-sprint"}
    assert SME.calendar.meetings["daily-standup"].days == (0, 1, 2, 3, 4)
    waited = {step.name: step.after for step in SME.escalation if isinstance(step.after, Appointment)}
    assert waited == {"medium-standup": Appointment("daily-standup"), "low-sprint": Appointment("next-sprint")}


# ---- Sections 1 to 6, what breaks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "severity", "runbook"),
    [
        ("error-rate", "CRITICAL", "error-rate-spike"),
        ("slow-queries", "HIGH", "slow-queries"),
        ("calendar-sync", "MEDIUM", "calendar-sync-failures"),
        ("booking-failures", "CRITICAL", "booking-failures"),
        ("memory-leak", "CRITICAL", "memory-leak"),
        ("database-connections", "CRITICAL", "database-connections"),
        ("bad-deployment", None, "bad-deployment"),
        ("provider-down", None, "third-party-outage"),
    ],
)
def test_what_breaks_is_asked_suggests_its_severity_and_opens_its_runbook(
    condition: str, severity: str | None, runbook: str
) -> None:
    rule = SME.condition(condition)
    assert rule.ask
    assert rule.advice
    assert (rule.suggests, rule.runbook) == (severity, runbook)
    assert runbook in BOOKS
    opened = run(None, conditions=[condition], until=0 * MINUTE)[0].incident
    assert opened.severity == (severity or SME.default_severity)


def test_the_worst_of_what_is_so_counts() -> None:
    opened = run(None, conditions=["calendar-sync", "slow-queries", "error-rate"], until=0 * MINUTE)
    assert opened[0].incident.severity == "CRITICAL"


@pytest.mark.parametrize(
    ("condition", "spans"),
    [
        ("error-rate", []),
        ("bad-deployment", ["last 10 commits", "2 to 5 minutes", "15 minutes"]),
        ("provider-down", []),
        ("memory-leak", ["1 min", "30 min", "5 minutes", "10 min", "(5 min)"]),
        ("database-connections", ["1 min", "2 min", "10 minutes", "1 min", "1 min", "2 min"]),
        ("slow-queries", ["1 min", "2 min", "5 min", "2 min", "5 min"]),
        ("calendar-sync", ["1 min", "1 min", "30 s", "2 min", "1 min", "30 s", "1 min"]),
        ("booking-failures", ["2 min", "5 min", "5 to 30 min", "2 min", "30 min"]),
    ],
)
def test_each_fault_brings_its_list_with_the_documents_minutes(condition: str, spans: list[str]) -> None:
    moments = run("LOW", (7, flag(condition)), until=7 * MINUTE)
    assert lists(moments) == [(7, condition)]
    text = " | ".join(item.text for item in SME.checklist(condition).items)
    for span in spans:
        assert span in text
        text = text[text.index(span) + len(span) :]


def test_a_provider_that_fails_has_its_four_steps_and_its_status_page() -> None:
    assert len(SME.checklist("provider-down").items) == 4
    pages = {link.url for link in SME.links}
    assert {"https://status.twilio.com", "https://www.sendgridstatus.com", "https://status.stripe.com"} <= pages
    reach = {entry.name: entry.reach for entry in SME.directory}
    for name, mode in [
        ("google-calendar", "GOOGLE_CALENDAR_MOCK=true"),
        ("twilio", "TWILIO_MOCK=true"),
        ("sendgrid", "SENDGRID_MOCK=true"),
    ]:
        assert mode in reach[name]
    assert set(reach) == {"sentry", "google-calendar", "twilio", "sendgrid", "stripe"}


def test_the_first_minutes_of_a_critical_incident_have_their_lists() -> None:
    moments = run("CRITICAL", (6, go("mitigating")), until=6 * MINUTE)
    assert lists(moments) == [(0, "first-5-minutes"), (6, "until-30-minutes")]
    assert [len(SME.checklist(name).items) for _, name in lists(moments)] == [3, 3]
    assert lists(run("HIGH", (6, go("mitigating")), until=6 * MINUTE)) == []
    assert SME.phases == ("Immediate (0 to 5 min)", "Short-term (5 to 30 min)", "Follow-up")


@pytest.mark.parametrize(
    ("condition", "watched"),
    [("booking-failures", 30), ("bad-deployment", 5), ("memory-leak", 5), ("database-connections", 1)],
)
def test_recovery_is_watched_for_as_long_as_the_document_says(condition: str, watched: int) -> None:
    seen: list[tuple[float, c.Command]] = [(1, ACK), (2, flag(condition)), (10, go("monitoring"))]
    moments = run("HIGH", *seen, (10 + watched, OVER), until=60 * MINUTE)
    assert rings(moments, e.Resolved) == [10 + watched]
    with pytest.raises(NotYet):
        run("HIGH", *seen, (10 + watched - 0.5, OVER), until=60 * MINUTE)


def test_what_is_not_watched_by_the_document_may_be_resolved_at_once() -> None:
    assert rings(run("MEDIUM", (2, flag("calendar-sync")), (9, OVER)), e.Resolved) == [9]


@pytest.mark.parametrize(
    ("title", "figures"),
    [
        ("Error rate", ["under 1 %", "over 1 %", "100 %"]),
        ("A request", ["under 300 ms", "over 5 s"]),
        ("A database query", ["100 ms", "10 minutes"]),
        ("The connection pool (DATABASE_POOL_SIZE)", ["10", "20", "30"]),
        ("Errors after a larger pool", ["under 1 %", "1 minute"]),
        ("Errors after a roll-back", ["2 to 5 minutes"]),
        ("Errors after a deployment", ["15 minutes"]),
        ("Memory after a fix", ["5 minutes", "every month"]),
        ("Free slots of a service", ["more than 0"]),
        ("Minutes between two appointments", ["plumbing 0", "electrical 15", "HVAC 30", "plumbing 15", "HVAC 45"]),
    ],
)
def test_the_measures_have_the_documents_figures(title: str, figures: list[str]) -> None:
    found = next(measure for measure in SME.measures if measure.title == title)
    text = f"{found.normal} | {found.warning} | {found.critical}"
    assert [figure for figure in figures if figure not in text] == []


def test_services_show_their_health_and_their_providers() -> None:
    services = {service.name: service for service in SME.services}
    assert services["booking-app"].health == (
        "http://localhost:3000/api/health",
        "http://localhost:3000/api/v1/availability",
    )
    assert [link.url for link in services["booking-app"].dashboards] == [
        "https://sentry.io/organizations/your-org/issues/"
    ]
    words = {"twilio": "notifications", "sendgrid": "notifications", "stripe": "payments", "calendar": "calendar-sync"}
    assert {word: found.name for word in words if (found := SME.service(word))} == words
    assert SME.targets[0].thresholds == {"long_statement_crit_s": 10 * 60, "idle_in_transaction_crit_s": 10 * 60}


# ---- Section 7, the response record ---------------------------------------------------------------------


def test_the_statuses_are_those_of_the_response_record() -> None:
    words = ["INVESTIGATING", "MITIGATING", "MONITORING", "RESOLVED", "closed"]
    assert [SME.status(word) for word in words] == list(SME.statuses)
    assert [rule.category for rule in SME.statuses] == list(Category)


@pytest.mark.parametrize(
    ("title", "forms"),
    [
        ("Users affected", {Form.DECLARE, Form.UPDATE, Form.RESOLVE}),
        ("Features down", {Form.DECLARE, Form.UPDATE}),
        ("Revenue impact", {Form.DECLARE, Form.UPDATE, Form.RESOLVE}),
        ("Actions taken", {Form.UPDATE, Form.RESOLVE}),
        ("Error rate", {Form.UPDATE, Form.ESCALATE, Form.RESOLVE}),
        ("Recovery expected", {Form.UPDATE, Form.ESCALATE}),
        ("Next steps", {Form.UPDATE, Form.RESOLVE}),
    ],
)
def test_the_lines_of_the_response_record_are_asked_for(title: str, forms: set[Form]) -> None:
    detail = next(detail for detail in SME.details if detail.title == title)
    assert set(detail.forms) == forms
    assert title.casefold() in SME.letter("response-record").body.casefold()


def test_the_response_record_is_a_text_of_critical_incidents() -> None:
    record = SME.letter("response template")
    assert record.severities == ("CRITICAL",)
    for line in ["TIME:", "SEVERITY:", "STATUS:", "IMPACT", "ROOT CAUSE", "ACTIONS TAKEN", "CURRENT STATUS", "UPDATES"]:
        assert line in record.body


# ---- Section 9, after the incident ----------------------------------------------------------------------


def ticked(items: int) -> c.TickItems:
    return c.TickItems(by=BOB, checklist="post-incident", done=tuple(range(1, items + 1)))


def test_nine_items_come_with_the_resolution_of_any_incident() -> None:
    assert len(SME.checklist("post-incident").items) == 9
    assert SME.checklist("post-incident").at is Moment.RESOLVED
    for rule in SME.severities:
        assert lists(run(rule.name, (30, OVER), until=30 * MINUTE))[-1] == (30, "post-incident")


def test_an_incident_is_closed_once_its_cause_is_known_and_all_nine_are_ticked() -> None:
    over = (30, c.Resolve(by=BOB, summary="It works again"))
    cause = (40, c.RecordCause(by=BOB, text="The pool was too small"))
    closed = (50, c.Close(by=BOB))
    assert rings(run("LOW", over, cause, (45, ticked(9)), closed), e.Closed) == [50]
    with pytest.raises(NotYet, match="1 of 9"):
        run("LOW", over, cause, (45, ticked(8)), closed)
    with pytest.raises(NotYet, match="cause"):
        run("LOW", over, (45, ticked(9)), closed)
    anyway = (50, c.Close(by=BOB, override="It was a false alarm"))
    assert rings(run("LOW", over, anyway), e.Closed) == [50]


def test_whoever_led_is_reminded_of_what_is_left_on_the_next_business_day() -> None:
    on_tuesday_at_nine = 19 * 60
    moments = run("HIGH", (2, ACK), (30, OVER))
    assert rings(moments, e.FollowUpDue) == [on_tuesday_at_nine]
    asked = next(one.entry.event for one in moments if isinstance(one.entry.event, e.FollowUpDue))
    assert asked.people == ("U0BOB",)
    assert rings(run("HIGH", (2, ACK), (30, OVER), (60, ticked(9))), e.FollowUpDue) == []


def test_the_document_sets_no_date_for_a_review_and_no_rhythm_for_updates() -> None:
    for rule in SME.severities:
        moments = run(rule.name, (1, ACK), (600, OVER))
        assert rings(moments, e.ReviewNudged) == []
        assert rings(moments, e.UpdateOverdue) == []
