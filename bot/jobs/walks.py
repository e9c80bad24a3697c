"""What the cards of runs of runbooks show: the run with its chapters, and each of its steps."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.diagnostics.result import Report
from bot.domain import effects as f
from bot.domain.action import Action
from bot.domain.action_rules import ActionRule
from bot.domain.rules import Category, Policy
from bot.domain.runbook_run import Branch, Course, Place, RunbookRun, RunKind, Runnable, StepRule, Tried
from bot.domain.walked import VERDICTS, ahead, selected, verdict_of
from bot.runbooks.step_text import step_text
from bot.store import evidence, runbook_texts, runs
from bot.store.incidents import Stored
from bot.store.runbook_texts import Kept
from bot.store.runs import Far

#: Verdicts that say nothing of what was looked at: people may know better.
_UNSAID = frozenset({"ERROR", "NO_DATA", "UNKNOWN"})
#: Characters of a step's text on its card, which has to hold what is found and the buttons too.
_MOST_TEXT = 2_400
#: How many branches have a button, and what these may take of the message's JSON, each some characters besides its
#: words: the card has to hold its other buttons too. The branches that are left can be typed.
_MOST_PICKS, _PICKS_JSON, _PICK_JSON, _PICK_TEXT = 20, 5_000, 190, 75


@dataclass(frozen=True, slots=True)
class Stage:
    """A chapter of a run: `done`, `here` or `ahead`; `passed` where nothing led to it."""

    title: str
    state: str


@dataclass(frozen=True, slots=True)
class Pick:
    """A branch that people may take: what its button says, and means."""

    on: str
    argument: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A block of a step: what its button says and means, and what it came to.

    `rule` is the action's; None of a check, or where the pack has dropped it. `verdict` is empty before it was run, and
    while a check is at work (`tried` is there then, and `far` says how far it is).
    """

    label: str
    argument: str
    kind: RunKind
    tried: Tried | None
    verdict: str
    report: Report | None = None
    far: Far | None = None
    action: Action | None = None
    rule: ActionRule | None = None


async def more_of(connection: AsyncConnection, stored: Stored, name: str, policy: Policy) -> dict[str, Any] | None:
    """What the template of a run's card, or of a step's, is given; None where there is no such thing.

    Args:
        connection: only reads.
        stored: the incident.
        name: the surface.
        policy: knows what actions and targets are called, and where runbooks can be read.
    """
    number, _, at = name.partition(":")[2].partition(".")
    incident = stored.incident
    run = incident.runbook(int(number))
    if run is None:
        return None
    shared = {"run": run, "going": run.course is Course.GOING and incident.category is not Category.CLOSED}
    if name.startswith(f.WALK):
        left = ahead(run, run.current)
        here = run.step(run.current)
        return shared | {
            "stages": stages(run),
            "passed": len(run.marks),
            "total": len(run.marks) + len(left),
            "here": here,
            "link": link_of(policy, run, here),
        }
    step = run.step(int(at))
    if step is None:
        return None
    kept = await runbook_texts.find(connection, run.digest)
    whole = step.says or (_text(kept, step) if kept and step.first else "")
    text = _beginning(whole)
    lost = kept is None and bool(step.first) and not step.says
    blocks = [
        await _shown(connection, stored, Place(run=run.number, step=int(at), place=place), policy)
        for place in range(len(step.runs))
    ]
    branch = selected(incident, run, int(at))
    picks = list(_picks(run, int(at), blocks, branch))
    listed = _listed(picks)
    return shared | {
        "number": int(at),
        "step": step,
        "mark": run.mark(int(at)),
        "current": run.current == int(at),
        "text": text,
        "more": text != whole or lost,
        "blocks": blocks,
        "branch": branch,
        "leads": _title(run, branch.to) if branch else "",
        "picks": listed,
        "unlisted": len(picks) - len(listed),
        "link": link_of(policy, run, step),
    }


def _text(kept: Kept, step: StepRule) -> str:
    runs, branches = {block.kind.value for block in step.runs}, {branch.on for branch in step.branches}
    return step_text(kept.lines(step.first, step.last), step.title, runs=runs, branches=branches)


def stages(run: RunbookRun) -> list[Stage]:
    """The chapters of a run, each with how far it is."""
    marked = {run.steps[number - 1].phase for number in run.marked if number <= len(run.steps)}
    here = run.step(run.current)
    to_come = {run.steps[number - 1].phase for number in ahead(run, run.current)}

    def state(phase: int) -> str:
        if here is not None and here.phase == phase:
            return "here"
        if phase in to_come:
            return "ahead"
        return "done" if phase in marked else "passed"

    return [Stage(title, state(phase)) for phase, title in enumerate(run.phases)]


def link_of(policy: Policy, run: RunbookRun, step: StepRule | None) -> str:
    """Where a step can be read in its file; empty where the pack does not say."""
    if not policy.runbooks_url:
        return ""
    line = (step.first if step else 0) or 1
    return policy.runbooks_url.replace("{name}", quote(run.name)).replace("{line}", str(line))


def _picks(run: RunbookRun, number: int, blocks: Sequence[Shown], decided: Branch | None) -> Iterator[Pick]:
    """The branches that people are asked about. Verdicts only where nothing runs that could say which, or cannot."""
    open_ = decided is not None or (bool(blocks) and not any(block.verdict in _UNSAID for block in blocks))
    for place, branch in enumerate(run.steps[number - 1].branches):
        if branch != decided and not (open_ and branch.on in VERDICTS):
            yield Pick(branch.on or _title(run, branch.to), f"{run.number}.{number}.{place}")


def _listed(picks: Sequence[Pick]) -> list[Pick]:
    """Those that have a button: as many as fit, and always the last, which may be “None of these”."""
    room, found = _PICKS_JSON, list[Pick]()
    for pick in (*picks[-1:], *picks[:-1][: _MOST_PICKS - 1]):
        room -= len(json.dumps(pick.on[:_PICK_TEXT])) + _PICK_JSON
        if found and room < 0:
            break
        found.append(pick)
    return [*found[1:], *found[:1]]


def _beginning(text: str) -> str:
    """As much of a step's text as its card has room for, in whole lines."""
    if len(text) <= _MOST_TEXT:
        return text
    end = text.rfind("\n", 0, _MOST_TEXT)
    return text[: end if end > 0 else _MOST_TEXT]


def _title(run: RunbookRun, number: int) -> str:
    step = run.step(number)
    return step.title if step else "the end"


async def _shown(connection: AsyncConnection, stored: Stored, at: Place, policy: Policy) -> Shown:
    incident = stored.incident
    run = incident.runbook(at.run)
    assert run is not None, "its step is being shown"
    block = run.steps[at.step - 1].runs[at.place]
    tried = next((one for one in run.tries(at.step) if one.place == at.place), None)
    label, argument = _label(block, policy), f"{at.run}.{at.step}.{at.place}"
    if block.kind is RunKind.ACTION:
        rule = policy.action(block.does)
        if tried is None:
            return Shown(label, argument, block.kind, None, "", rule=rule)
        action, verdict = incident.action(tried.number), verdict_of(incident, tried)
        return Shown(label, argument, block.kind, tried, verdict, action=action, rule=rule)
    if tried is None:
        return Shown(label, argument, block.kind, None, "")
    kept = await evidence.of_run(connection, stored.id, tried.run) if tried.verdict else None
    far = None if tried.verdict else await runs.how_far(connection, stored.id, tried.run)
    return Shown(label, argument, block.kind, tried, tried.verdict, Report.from_dict(kept) if kept else None, far)


def _label(block: Runnable, policy: Policy) -> str:
    if block.kind is RunKind.CHECK:
        return block.does
    rule = policy.action(block.does)
    return (rule.title or rule.name) if rule else block.does
