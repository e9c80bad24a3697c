"""The incident that `docs/example-review.md` tells of. `python -m tests.support.example_review` writes it anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bot.diagnostics.result import Report, Result, Verdict
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.action_rules import ActionRule, Approvals
from bot.domain.actor import MUSTER, Actor
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_events import AlertLine
from bot.domain.alerting import CLEAR
from bot.domain.rules import Policy
from bot.domain.runbook_run import Outcome, StepRule
from bot.domain.timeline import Entry
from bot.postmortem.draft import Draft, draft
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, Story

EXAMPLE: Final = Path(__file__).resolve().parents[2] / "docs" / "example-review.md"
_ROOM: Final = "C0CHECKOUT"
_SUSPICION: Final = "The <https://deploys.example/482|22:40 deploy> moved the stock check inside the transaction"
_MONITOR: Final = Actor.monitor("grafana")
_IDA: Final = Actor.person("U0LEAD")
_NAMES: Final = {**NAMES, "U0OWNER": "Sam Ito"}


#: The one thing that the example's policy lets people do to a system.
_ROLL_BACK: Final = ActionRule(
    name="roll-back",
    kind="webhook",
    does="Puts the deploy before this one back.",
    title="Roll a deploy back",
    approvals=Approvals(count=1),
    verify="db",
)
#: What is a message of its own in the room.
_IN_SLACK: Final = (e.Declared, e.MessageCaptured, e.UpdatePosted, e.Escalated, e.Resolved)
_WELL: Final = {
    "Reachability": ("The database answered in 4 ms.", "warn at 250 ms, critical at 1,000 ms"),
    "Connections": ("31 of 100 connections are in use.", "warn at 80 %, critical at 95 %"),
    "Idle in transaction": ("Nobody has been idle in a transaction.", "warn at 1 min, critical at 5 min"),
    "Blocked statements": ("Nobody waits for a lock.", "warn at 1"),
}
_RED: Final = {
    "Connections": (Verdict.CRITICAL, "98 of 100 connections are in use; 71 of them are idle in transaction."),
    "Idle in transaction": (Verdict.WARN, "The longest has been idle in its transaction for 3 min 40 s."),
}


def _report(started_at: datetime, red: Mapping[str, tuple[Verdict, str]] = MappingProxyType({})) -> Report:
    """What the database's diagnostic found: all well, but for what is red."""

    def result(title: str, explanation: str, threshold: str) -> Result:
        verdict, says = red.get(title, (Verdict.OK, explanation))
        return Result(
            check=title.lower().replace(" ", "_"),
            title=title,
            verdict=verdict,
            value=None,
            unit="",
            threshold=threshold,
            ran="SELECT …",
            against="postgres://db/orders",
            took_ms=4.0,
            explanation=says,
            next_step="",
        )

    results = tuple(result(title, *words) for title, words in _WELL.items())
    return Report(
        target="db", kind="postgres", against="postgres://db/orders", started_at=started_at, took_ms=61, results=results
    )


def a_diagnostic(run: str, evidence: int, report: Report) -> c.RecordDiagnostic:
    """What the worker records for a report."""
    return c.RecordDiagnostic(
        by=MUSTER,
        target=report.target,
        run=run,
        evidence=evidence,
        digest=report.digest(),
        verdict=str(report.verdict),
        findings=report.findings,
        took_ms=report.took_ms,
    )


def _walk(story: Story) -> None:
    """A runbook is followed as far as it helps."""
    titles = ("Who holds the connections?", "End the sessions that idle", "Roll the deploy back", "Look again")
    steps = tuple(
        StepRule(title=title, phase=min(at, 2), then=(at + 2) % (len(titles) + 1)) for at, title in enumerate(titles)
    )
    phases = ("Investigation", "Mitigation", "Resolution")
    begun = c.StartRunbook(
        by=BOB,
        name="pool",
        title="Connection pool exhausted",
        digest="4be1c7d09a" + "0" * 54,
        phases=phases,
        steps=steps,
    )
    story.do(begun).do(c.MarkStep(by=BOB, number=1, step=1, outcome=Outcome.DONE))
    refilled = "They came back within a minute: each checkout holds one while it asks the warehouse"
    story.do(c.MarkStep(by=BOB, number=1, step=2, outcome=Outcome.FAILED, why=refilled))


def _alert(name: str, title: str, since: datetime) -> AlertLine:
    return AlertLine(name=name, title=title, source="grafana", starts_at=since)


def _alerts(line: AlertLine, *, total: int, opened: bool = False, why: str = "") -> RecordAlerts:
    return RecordAlerts(
        by=_MONITOR, group=1, total=total, firing=total, opened=opened, why=why,
        lines=(line,), names=(line.name,), sources=(line.source,), first_at=line.starts_at,
    )  # fmt: skip


def _rolled_back(story: Story) -> Report:
    """The deploy is rolled back, by two people, and the database is looked at again."""
    would = ("Puts deploy 481 in the place of deploy 482, on 8 of 8 servers.",)
    story.do(c.RequestAction(by=BOB, action="roll-back"))
    ready = c.RecordRehearsal(
        by=MUSTER, number=1, ready=True, would=would, ran="POST /deploys/482/revert", against="shop-eu"
    )
    story.do(ready, minutes=0.1)
    story.do(c.ApproveAction(by=_IDA, number=1)).do(c.StartAction(by=BOB, number=1), minutes=0.5)
    done = c.RecordAction(by=MUSTER, number=1, verdict="done", said="Deploy 481 is on 8 of 8 servers.", took_ms=74_000)
    story.do(done, minutes=1.2)
    report = _report(story.now)
    story.do(a_diagnostic("verify-1", 8, report), minutes=0.1)
    return report


def tell(policy: Policy) -> tuple[Story, dict[int, Report]]:
    """A checkout outage after nightfall, with its diagnostic report by the id of the evidence."""
    story = Story(replace(policy, actions=(_ROLL_BACK,)), start=datetime(2026, 2, 11, 23, 1, tzinfo=UTC))
    story.do(
        c.Declare(
            by=_MONITOR,
            title="Checkout answers 500 to one request in three",
            severity="P2",
            service="checkout",
            description="checkout_errors > 30 % for 5 min on shop-eu",
        )
    )
    first = _alert("CheckoutErrors", "checkout_errors is over 30 %", story.now - timedelta(minutes=4))
    story.do(_alerts(first, total=1, opened=True, why="rule 2: what pages opens an incident"), minutes=0)
    story.do(c.ChangeSeverity(by=DANA, severity="P1", why="All regions, cards and wallets alike"), minutes=3.5)
    story.fire("escalate:on-call", minutes=2).do(c.RecordJoin(by=Actor.person("U0ONCALL"), user="U0ONCALL"))
    story.do(c.Acknowledge(by=DANA), minutes=0.5)
    story.do(c.RequestDiagnostic(by=BOB, target="db", run="run-1"), minutes=2)
    report = _report(story.now, _RED)
    story.do(a_diagnostic("run-1", 7, report), minutes=0.2)
    story.do(_alerts(_alert("PoolExhausted", "No connection is left", story.now), total=2), minutes=0.4)
    story.do(c.AssignRole(by=DANA, role="communications", user="U0ONCALL"))
    story.do(
        c.PostUpdate(
            by=DANA,
            text=(
                "Checkout fails for a third of the orders. The pool to the orders database is full; "
                "we are looking for who holds the connections."
            ),
        )
    )
    story.do(
        c.CaptureMessage(
            by=BOB,
            user="U0BOB",
            channel=_ROOM,
            ts="1770851900.000100",
            text=f"{_SUSPICION}. <@U0DANA> I'd roll it back",
        ),
        minutes=4,
    )
    story.do(
        c.EditMessage(
            by=BOB,
            channel=_ROOM,
            ts="1770851900.000100",
            text=f"{_SUSPICION}, so each one waits for the warehouse API. <@U0DANA> I'd roll it back",
        ),
    )
    story.do(c.PinMessage(by=DANA, user="U0DANA", channel=_ROOM, ts="1770851900.000100"))
    _walk(story)
    story.fire("update", minutes=5).fire("update", minutes=15)
    story.do(c.Escalate(by=DANA, why="Roll-back needs a second pair of eyes", people=("U0LEAD",)))
    story.do(c.ChangeStatus(by=DANA, status="fixing", note="Rolling back deploy 482"), minutes=2)
    story.do(c.PostUpdate(by=DANA, text="Rolling back the 22:40 deploy. Orders should recover within ten minutes."))
    after = _rolled_back(story)
    story.do(c.MarkStep(by=BOB, number=1, step=3, outcome=Outcome.DONE), minutes=4)
    story.do(c.ChangeStatus(by=BOB, status="monitoring", note="Error rate is back under 0.1 %"), minutes=1)
    story.do(RecordAlerts(by=_MONITOR, group=1, total=2, firing=0), minutes=0).fire(CLEAR, minutes=0.5)
    story.do(c.MarkStep(by=BOB, number=1, step=4, outcome=Outcome.DONE), minutes=0.2)
    story.do(c.AddNote(by=BOB, text="Connections in use: 98 → 31"))
    story.do(
        c.AddActionItem(
            by=DANA,
            text="Alert when the pool is over 80 % for 2 min",
            owner="U0BOB",
            due=date(2026, 2, 20),
            priority="high",
            sort="detect",
        )
    )
    story.do(
        c.AddActionItem(
            by=BOB,
            text="Move the warehouse call out of the transaction",
            owner="U0OWNER",
            priority="high",
            sort="prevent",
        )
    )
    story.do(
        c.Resolve(
            by=DANA,
            summary=(
                "A deploy made each checkout hold its database connection while it asked the "
                "warehouse. The pool ran dry and a third of the orders failed until the deploy was rolled back."
            ),
            root_cause=(
                "The stock check was moved into the checkout's transaction, so a slow warehouse API held connections."
            ),
            impact=(
                "About 2,100 orders failed between 22:58 and 23:54; 1,870 of them were placed "
                "again.\nNo payment was taken twice."
            ),
        ),
        minutes=10,
    )
    return story, {7: report, 8: after}


def _message(entry: Entry) -> str:
    """Where an entry's message would be in Slack."""
    ts = entry.event.ts if isinstance(entry.event, e.MessageCaptured) else f"{entry.at.timestamp():.6f}"
    return f"https://shop.slack.com/archives/{_ROOM}/p{ts.replace('.', '')}"


def write(policy: Policy) -> Draft:
    """The example's review."""
    story, reports = tell(policy)
    return draft(
        story.incident,
        story.entries,
        story.policy,
        now=story.now,
        reports={evidence: report.to_dict() for evidence, report in reports.items()},
        names=_NAMES,
        links={entry.seq: _message(entry) for entry in story.entries if isinstance(entry.event, _IN_SLACK)},
        head="9f2c41d7" * 8,
    )


if __name__ == "__main__":
    EXAMPLE.write_text(write(a_policy()).markdown, encoding="utf-8")
