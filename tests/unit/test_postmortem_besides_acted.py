"""What was done to systems, as the review tells it: who asked, who agreed, what it would do, what was seen after."""

from dataclasses import replace
from typing import Any

from bot.domain import commands as c
from bot.domain.action_rules import ActionRule, Allowed, Approvals
from bot.domain.actor import MUSTER, Actor
from bot.domain.params import Param, ParamType
from bot.domain.rules import Policy
from bot.postmortem.draft import draft
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, Story

IDA = Actor.person("U0LEAD")
PID = Param(name="pid", type=ParamType.INTEGER, min=1)
END = ActionRule(
    name="end", kind="end_session", does="Ends a session.", title="End a | session", params=(PID,), verify="db",
    allowed=Allowed(), approvals=Approvals(count=1, emergency=True),
)  # fmt: skip
WOULD = ("Ends session 4711 of *web*.", "Nothing else.")


def rules() -> Policy:
    return replace(a_policy(), actions=(END,))


def asked() -> Story:
    story = Story(rules()).do(c.Declare(by=DANA, title="Checkout hangs", severity="P1"), minutes=0)
    looked(story, "r1", "CRITICAL")
    story.do(c.RequestAction(by=BOB, action="end", said=("4711",)))
    ready = c.RecordRehearsal(
        by=MUSTER, number=1, ready=True, would=WOULD, ran="select pg_terminate_backend(4711)", against="db-1"
    )
    return story.do(ready, minutes=0)


def looked(story: Story, run: str, verdict: str) -> None:
    story.do(
        c.RecordDiagnostic(
            by=MUSTER, target="db", run=run, evidence=1, digest="d", verdict=verdict, findings=(), took_ms=1
        ),
        minutes=0,
    )


def ended(verdict: str = "done", said: str = "Ended it.") -> c.Command:
    return c.RecordAction(by=MUSTER, number=1, verdict=verdict, said=said)


def text(story: Story) -> str:
    return draft(story.incident, story.entries, story.policy, now=story.now, names=NAMES).markdown


def told(story: Story) -> list[str]:
    """The cells of the action's row, and the rehearsal below the table."""
    body = text(story).split("\n## What was done\n")[1].split("\n## ")[0]
    row = next(line for line in body.split("\n") if line.startswith("| 1 |"))
    cells = row.replace("\\|", "¦").strip("| ").split(" | ")
    return [*cells, *(line for line in body.split("\n") if line.startswith("- "))]


def test_an_action_is_told_from_who_asked_to_what_was_seen_after_it() -> None:
    story = asked().do(c.ApproveAction(by=DANA, number=1)).do(c.StartAction(by=BOB, number=1)).do(ended())
    looked(story, "verify-1", "OK")
    rehearsed = (
        "- Action 1, End a \\| session, was rehearsed against db-1. What it would do: "
        "“Ends session 4711 of \\*web\\*.”; “Nothing else.”. What it runs: “select pg_terminate_backend(4711)” (#4)"
    )
    *row, rehearsal = told(story)
    run = "11 February 2026, 14:05 UTC, Bob Okafor"
    assert row[:-1] == [
        "1", "End a ¦ session", "Bob Okafor", "approved by Dana Moss", run, "**done**; Ended it.", "db: CRITICAL → OK",
    ]  # fmt: skip
    assert row[-1] == "#2–#7, #9"  # noqa: RUF001 (a range)
    assert rehearsal == rehearsed


def test_who_said_no_and_why_is_told_and_that_it_was_not_run() -> None:
    row = told(asked().do(c.DeclineAction(by=DANA, number=1, why="That is <payroll>")))
    assert row[3:7] == ["declined by Dana Moss: “That is \\<payroll>”", "—", "not run: declined", "—"]


def test_what_did_not_wait_for_its_approvals_and_failed_stands_out() -> None:
    story = asked().do(c.StartAction(by=BOB, number=1, emergency="It burns")).do(ended("failed", "No such session"))
    assert told(story)[3] == "**1 missing**: “It burns”"
    bad = text(story).split("\n## What to improve\n")[1].split("\n## ")[0]
    assert "- Action 1, End a \\| session: it failed; No such session (#6)" in bad
    assert "- Action 1, End a \\| session, was run without 1 of its approvals: “It burns” (#5)" in bad


def test_what_could_not_be_run_says_why() -> None:
    story = Story(rules()).do(c.Declare(by=DANA, title="Checkout hangs", severity="P1"), minutes=0)
    story.do(c.RequestAction(by=BOB, action="end", said=("4711",)))
    story.do(c.RecordRehearsal(by=MUSTER, number=1, ready=False, why="There is no session 4711"))
    assert told(story)[5] == "not run: it could not be; There is no session 4711"


def test_of_an_incident_without_actions_there_is_no_such_section() -> None:
    story = Story(rules()).do(c.Declare(by=DANA, title="Checkout hangs", severity="P1"), minutes=0)
    assert "## What was done" not in text(story)


def test_a_hundred_actions_are_bounded_and_the_others_counted() -> None:
    story = Story(rules()).do(c.Declare(by=DANA, title="Checkout hangs", severity="P1"), minutes=0)
    for number in range(1, 53):
        impossible: Any = c.RecordRehearsal(by=MUSTER, number=number, ready=False, why="Gone")
        story.do(c.RequestAction(by=BOB, action="end", said=("4711",)), impossible, minutes=0)
    assert "2 more were asked for (#102, #104)." in text(story)
