"""What the cards show of which an incident has any number: checklists, runs of diagnostics, actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.suggesting import suggested
from bot.diagnostics.result import Report, Verdict
from bot.domain import effects as f
from bot.domain.acting import lacking
from bot.domain.errors import UnknownTarget
from bot.domain.events import DiagnosticRecorded, kind_of
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.scopes import scope
from bot.jobs import review_card, walks
from bot.jobs.desk import Desk
from bot.store import evidence, reviews, runs
from bot.store.incidents import Stored

#: What people call the surfaces that have a number or a run in their names.
_CALLED = {
    "checklist": "a checklist",
    "diagnostic": "the card of a diagnostic",
    "action": "the card of an action",
    "walk": "the card of a runbook",
    "step": "a step of a runbook",
    "review": "the card of the review",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that a red result offers: what its button says, and what it means."""

    title: str
    argument: str


async def more_of(connection: AsyncConnection, stored: Stored, name: str, desk: Desk) -> dict[str, Any] | None:
    """What a card's template is given besides what every template has; None where there is nothing to show.

    Args:
        connection: only reads.
        stored: the incident.
        name: the surface.
        desk: what the jobs share.
    """
    of = name.partition(":")[2]
    if name.startswith(f.DIAGNOSTIC):
        return await _run(connection, stored, of, desk)
    if name.startswith(f.ACTION):
        action = stored.incident.action(int(of))
        if action is None:
            return None
        rule = desk.muster.policy.action(action.name)
        return {"action": action, "rule": rule, "left": lacking(action, rule) if rule else action.left}
    if name.startswith((f.WALK, f.STEP)):
        return await walks.more_of(connection, stored, name, desk.muster.policy)
    if name == f.Surface.SUMMARY:
        return _summary(stored.incident, desk)
    if name == f.Surface.CANVAS:
        newest = await reviews.newest(connection, stored.id)
        return {"markdown": newest.markdown} if newest else None
    if name == f.Surface.REVIEW:
        return await review_card.more_of(connection, stored)
    return {"tally": stored.incident.tally(of)} if of else {}


def _summary(incident: Incident, desk: Desk) -> dict[str, Any]:
    """The runbooks that are being walked, or else the likeliest to help."""
    walked = tuple(run for run in incident.runbooks if not run.over)
    hits = [] if walked or incident.over else suggested(incident, desk.muster.policy, desk.catalogue)
    return {"walked": walked, "suggested": hits[0] if hits else None}


async def _run(connection: AsyncConnection, stored: Stored, run: str, desk: Desk) -> dict[str, Any] | None:
    entry = await runs.entry(connection, stored.id, run, stored.head)
    if entry is None:
        return None
    event, incident = entry.event, stored.incident
    found = {"entry": entry, "event": event, "kind": kind_of(type(event))}
    if not isinstance(event, DiagnosticRecorded):
        return found | {"report": None, "far": await runs.how_far(connection, stored.id, run)}
    kept = await evidence.report(connection, event.evidence)
    report = Report.from_dict(kept) if kept else None
    latest = incident.diagnosed.get(event.target) == run
    going_on = latest and not incident.over
    return found | {
        "report": report,
        "far": None,
        "latest": latest,
        "watched": incident.watched(event.target) if latest else None,
        "offers": list(offers(report, event.target, run, desk.muster.policy)) if report and going_on else [],
        "runbook": _runbook(report, event.target, desk) if report else None,
    }


def called(name: str) -> str:
    """What people call a surface."""
    return _CALLED.get(name.partition(":")[0], f"the {name}")


def offers(report: Report, target: str, run: str, policy: Policy) -> Iterator[Offer]:
    """The actions that what is red offers, once each, the worst result's first."""
    only = _only(target, policy)
    offered: set[str] = set()
    for result in report.worst_first:
        if result.verdict not in (Verdict.WARN, Verdict.CRITICAL):
            continue
        for rule in policy.actions:
            if rule.name not in offered and rule.offered(result.target or only, result.check):
                offered.add(rule.name)
                yield Offer(rule.title or rule.name, f"{rule.name} {run}")


def _only(target: str, policy: Policy) -> str:
    """The name of the single target that words mean; empty where they mean several, or the pack has dropped it."""
    try:
        found = scope(policy, target).targets
    except UnknownTarget:
        return ""
    return found[0].name if len(found) == 1 else ""


def _runbook(report: Report, target: str, desk: Desk) -> str | None:
    """The runbook for what is worst, by the policy or else by the check's words; None where none fits."""
    worst = report.worst_first[0] if report.results else None
    if worst is None or worst.verdict is Verdict.OK:
        return None
    policy = desk.muster.policy
    rule = policy.target(worst.target or _only(target, policy))
    if rule is not None and (named := rule.runbooks.get(worst.check, rule.runbook)):
        return named
    # Not by the target's: every runbook about a database has those.
    hits = desk.catalogue.suggest(worst.title, service=None)
    return hits[0].runbook.name if hits else None
