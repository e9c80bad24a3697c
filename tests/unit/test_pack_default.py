"""The pack `default` is sensible for anyone, and the example that people copy: what stands in it is right."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.procedures import Audience
from bot.domain.rules import Policy, Trigger
from bot.domain.timetable import Act, Moment, simulate
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack, read_policy
from bot.policy.schema import PolicyFile
from bot.runbooks.check import check_pack

POLICY = read_pack("default", root=RUNBOOKS)
TEXT = (RUNBOOKS / "default" / "policy.yaml").read_text(encoding="utf-8")
SEVERITIES = ("P1", "P2", "P3", "P4")
MONDAY = datetime(2026, 2, 2, 14, 2, tzinfo=UTC)
BOB = Actor.person("U0BOB")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

#: The examples that are marked as comments: keys at the beginning of a line, with what is under them, and whatever is
#: indented.
_EXAMPLE = re.compile(
    r"# (phases|on_call|directory|emails|webhooks|manual_email|manual_webhooks|links|services):( \[|$)"
)


def play(severity: str | None, *acts: Act, until: timedelta = DAY, conditions: tuple[str, ...] = ()) -> list[Moment]:
    declaration = c.Declare(by=BOB, title="Checkout is down", severity=severity, conditions=conditions)
    return list(simulate(POLICY, declaration, MONDAY, acts=acts, until=until))


def test_the_pack_has_no_faults() -> None:
    assert check_pack(RUNBOOKS / "default") == []


def test_every_key_of_a_policy_stands_in_the_example() -> None:
    assert [key for key in PolicyFile.model_fields if not re.search(rf"^(# )?{key}:", TEXT, re.MULTILINE)] == []


def test_every_example_is_right_once_its_mark_is_taken_away(tmp_path: Path) -> None:
    policy = _with_examples(tmp_path)
    assert policy.phases == ("Find", "Mend", "Watch", "Learn")
    assert {status.phase for status in policy.statuses} == set(policy.phases)
    assert [step.trigger for step in policy.escalation][-2:] == [Trigger.UNIDENTIFIED, Trigger.REQUEST]
    assert policy.rotations
    assert policy.providers
    assert policy.services
    assert policy.directory
    assert policy.calendar.meetings
    resolved = policy.status("resolved").requires
    assert (resolved.watched, resolved.watched_if) == (15 * MINUTE, {"rollback": 30 * MINUTE})


@pytest.mark.parametrize("number", range(1, 5))
def test_severities_answer_to_both_ways_of_counting(number: int) -> None:
    words = (f"P{number}", f"p-{number}", f"SEV{number}", f"sev {number}", f"Sev-{number}")
    assert {POLICY.severity(word).name for word in words} == {f"P{number}"}
    assert POLICY.severity(f"P{number}").examples


@pytest.mark.parametrize(
    ("conditions", "severity"),
    [
        ((), "P3"),
        (("everyone",), "P1"),
        (("data-loss",), "P1"),
        (("security",), "P1"),
        (("customers",), "P2"),
        (("provider",), "P3"),
        (("deployment",), "P3"),
        (("customers", "data-loss", "provider"), "P1"),
    ],
)
def test_a_yes_in_the_form_suggests_a_severity(conditions: tuple[str, ...], severity: str) -> None:
    assert all(POLICY.condition(name).ask for name in conditions)
    assert play(None, conditions=conditions)[0].incident.severity == severity


def test_a_change_before_it_began_opens_the_runbook_for_rolling_back() -> None:
    assert POLICY.condition("change").runbook == "bad-deploy-rollback"


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_declaration_brings_nothing_but_itself(severity: str) -> None:
    assert len(play(severity, until=MINUTE)) == 1


@pytest.mark.parametrize("condition", ["data-loss", "security", "customer-escalated"])
def test_what_nobody_wants_calls_the_engineering_lead(condition: str) -> None:
    found = Act(5 * MINUTE, c.SetCondition(by=BOB, condition=condition))
    events = [(one.after, one.entry.event) for one in play("P3", found, until=HOUR / 2)]
    assert [(after, event.names) for after, event in events if isinstance(event, e.Escalated)] == [
        (5 * MINUTE, ("engineering-lead",))
    ]


@pytest.mark.parametrize(
    ("condition", "checklist"), [("data-loss", "data-loss"), ("security", "security"), ("rollback", "before-resolving")]
)
def test_a_checklist_comes_when_it_is_needed(condition: str, checklist: str) -> None:
    found = Act(5 * MINUTE, c.SetCondition(by=BOB, condition=condition))
    events = [one.entry.event for one in play("P3", found, until=HOUR / 2)]
    assert [event.name for event in events if isinstance(event, e.ChecklistShown)] == [checklist]


def test_a_request_without_a_name_calls_those_whom_the_policy_names() -> None:
    asked = Act(5 * MINUTE, c.Escalate(by=BOB, why="We are stuck"))
    (event,) = [
        one.entry.event for one in play("P3", asked, until=HOUR / 2) if isinstance(one.entry.event, e.Escalated)
    ]
    assert event.names == POLICY.manual_escalation == ("on-call", "engineering-lead")


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("P1", [(2, "review"), (14, "action-items"), (28, "did-it-help")]),
        ("P2", [(5, "review"), (14, "action-items")]),
        ("P3", [(10, "review")]),
        ("P4", []),
    ],
)
def test_what_is_asked_afterwards_and_after_how_many_days(severity: str, expected: list[tuple[int, str]]) -> None:
    acts = [Act(MINUTE, c.Acknowledge(by=BOB)), Act(9 * MINUTE, c.Resolve(by=BOB, summary="It works again"))]
    found: list[tuple[int, str]] = []
    for one in play(severity, *acts, until=40 * DAY):
        match one.entry.event:
            case e.ReviewNudged() if "review" not in {name for _, name in found}:
                found.append(((one.after - 9 * MINUTE) // DAY, "review"))
            case e.FollowUpDue(follow_up=name):
                found.append(((one.after - 9 * MINUTE) // DAY, name))
            case _:
                pass
    assert found == expected


def test_there_is_a_text_for_each_audience_outside_of_the_team() -> None:
    audiences = {letter.audience for letter in POLICY.letters}
    assert audiences == {Audience.STATUS_PAGE, Audience.STAKEHOLDERS, Audience.CUSTOMERS}
    for status in POLICY.statuses[:-1]:
        fitting = [
            one for one in POLICY.letters if status.name in one.statuses and one.audience is Audience.STATUS_PAGE
        ]
        assert len(fitting) == 1, status.name


def test_the_reviews_meeting_takes_three_quarters_of_an_hour() -> None:
    assert sum(item.minutes for item in POLICY.review.agenda) == 45
    assert all(item.questions for item in POLICY.review.agenda)


def test_the_documentation_has_each_runbook_with_those_that_it_was_merged_from() -> None:
    table = (RUNBOOKS.parent / "docs" / "packs.md").read_text(encoding="utf-8").split("\n### Those of `default`\n")[1]
    rows = [line for line in table.split("\n## ")[0].splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(
        path.stem for path in (RUNBOOKS / "default").glob("*.md")
    )
    merged = [name for row in rows for name in row.split("|")[3].split("`")[1::2]]
    assert len(merged) >= len(rows)
    assert [name for name in merged if not (RUNBOOKS / f"{name}.md").is_file()] == []


def _with_examples(directory: Path) -> Policy:
    """The policy with every example in it, and without the lines that they take the place of."""
    lines, under = [], False
    for line in TEXT.splitlines():
        if line == "services: []":
            continue
        under = bool(_EXAMPLE.match(line)) or (under and line.startswith("#  "))
        lines.append(line[2:] if under else re.sub(r"^( +)# ", r"\1", line))
    (directory / "policy.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_policy(directory)
