"""Runs of runbooks in every state, and steps in every way, for the templates' samples."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from bot.diagnostics.result import Report
from bot.domain import events as e
from bot.domain.action import Action, Stage
from bot.domain.actor import Actor
from bot.domain.runbook_run import Branch, Course, Mark, Outcome, RunbookRun, RunKind, Runnable, StepRule
from bot.messages.sample_incidents import BEA, NOW

_DIGEST = "0123456789abcdef"


def walk_events(text: str) -> list[e.Event]:
    """What the thread of a run's card tells."""
    said: dict[str, Any] = {"number": 1, "runbook": "queue-backlog", "title": text[:150]}
    return [
        e.RunbookPaused(**said, why=text),
        e.RunbookResumed(**said),
        e.RunbookHandedOver(**said, user=BEA, before="U0ALI", note=text),
        e.RunbookFinished(**said, digest=_DIGEST, done=4, skipped=1, failed=2),
        e.RunbookStopped(**said, step=2, item=text[:150], why=text),
        e.WentBack(number=1, runbook="queue-backlog", step=2, item=text[:150], undone=(2, 3)),
    ]


def step_events(text: str) -> Iterator[e.Event]:
    """What is told of runs only in a timeline."""
    step = StepRule(title=text[:150], phase=0)
    yield e.RunbookStarted(
        number=1, name="queue-backlog", title=text[:150], digest=_DIGEST, phases=("Investigation",), steps=(step,) * 3
    )
    for outcome in Outcome:
        picked = "Yes" if outcome is Outcome.DONE else ""
        yield e.StepMarked(
            number=1, runbook="queue-backlog", step=2, item=text[:150], phase="Investigation", outcome=outcome,
            why=text, picked=picked, then=3, next_item=text[:150], took_ms=90_000,
        )  # fmt: skip


def walks(text: str) -> list[dict[str, Any]]:
    """Values for the card of a run, however it stands."""
    run = _run(text)
    states = ("done", "here", "passed", "ahead")
    stages = [SimpleNamespace(title=text[:60], state=state) for state in states]
    shared = {"stages": stages, "passed": 2, "total": 9, "link": "https://git.example/runbooks/queue.md#L12"}
    return [
        shared | {"run": run, "going": True, "here": run.steps[1]},
        shared | {"run": replace(run, course=Course.PAUSED, paused_at=NOW), "going": False, "here": run.steps[1]},
        shared | {"run": replace(run, course=Course.STOPPED), "going": False, "here": run.steps[1], "link": ""},
        shared | {"run": replace(run, course=Course.FINISHED, current=0), "going": False, "here": None, "passed": 9},
    ]


def steps(text: str, report: Report) -> list[dict[str, Any]]:
    """Values for the card of a step: before, while and after something was run, picked, done, skipped, failed, past."""
    run = _run(text)
    step, asks = run.steps[1], run.steps[2]
    markdown = f"{text[:1800]}\n\n```sql\nSELECT 1\n```\n\n1. {text[:300]}\n"
    check = SimpleNamespace(
        label="db locks", argument="1.2.0", kind=RunKind.CHECK, tried=None, verdict="", report=None, far=None,
        action=None, rule=None,
    )  # fmt: skip
    tried = SimpleNamespace(step=2)
    asked = SimpleNamespace(**vars(check) | {"tried": tried, "far": SimpleNamespace(done=1, total=4)})
    found = SimpleNamespace(**vars(check) | {"tried": tried, "verdict": "CRITICAL", "report": report})
    action = SimpleNamespace(**vars(check) | {"kind": RunKind.ACTION, "label": text[:60], "argument": "1.2.1"})
    done = Action(number=4, name="end", title=text[:80], by=Actor.person(BEA), at=NOW, said=text)
    acted = [
        SimpleNamespace(
            **vars(action) | {"tried": tried, "action": replace(done, stage=stage), "verdict": stage.upper()}
        )
        for stage in Stage
    ]
    picks = [SimpleNamespace(on=branch.on, argument=f"1.2.{n}") for n, branch in enumerate(step.branches)]
    here: dict[str, Any] = {
        "run": run, "going": True, "number": 2, "step": step, "mark": None, "current": True, "text": markdown,
        "more": True, "blocks": [check, action], "branch": None, "leads": "", "picks": picks,
        "link": "https://git.example/runbooks/queue.md#L12",
    }  # fmt: skip
    marks = [
        Mark(step=2, outcome=outcome, by=Actor.person(BEA), at=NOW, since=NOW, why=text, picked=picked)
        for outcome, picked in ((Outcome.DONE, text[:60]), (Outcome.SKIPPED, ""), (Outcome.FAILED, ""))
    ]
    return [
        here,
        here | {"blocks": [asked, action], "more": False},
        here | {"blocks": [found, action], "branch": step.branches[0], "leads": text[:150]},
        here | {"blocks": acted[:5], "text": ""},
        here | {"blocks": acted[5:], "text": ""},
        here | {"blocks": [], "step": asks, "number": 3, "text": "", "more": False, "link": ""},
        here | {"blocks": [], "picks": [], "text": "", "more": False},
        here | {"run": replace(run, course=Course.PAUSED, paused_at=NOW), "going": False, "text": ""},
        *(here | {"mark": mark, "current": False, "blocks": [found, *acted[:2]]} for mark in marks),
        here | {"current": False},
    ]


def _run(text: str) -> RunbookRun:
    blocks = (
        Runnable(kind=RunKind.CHECK, does="db locks"),
        Runnable(kind=RunKind.ACTION, does="end", given={"pid": "4711"}),
    )
    branches = (Branch(on="CRITICAL", to=3), Branch(on=text[:60], to=0))
    first = StepRule(title=text[:150], phase=0, first=12, last=20, then=2)
    second = replace(first, runs=blocks, branches=branches, then=3, takes="5 min")
    third = StepRule(title="Which is it?", phase=1, branches=branches, pick=True)
    ali = Actor.person("U0ALI")
    return RunbookRun(
        number=1, name="queue-backlog", title=text[:150], digest=_DIGEST, phases=("Investigation", "Causes"),
        steps=(first, second, third), by=ali, at=NOW, holder=Actor.person(BEA), current=2,
        since=NOW + timedelta(minutes=2),
        marks=(Mark(step=1, outcome=Outcome.SKIPPED, by=ali, at=NOW, since=NOW, why=text),),
    )  # fmt: skip
