"""The forms of runbooks: why a step is skipped or did not help, why a run is given up, and who leads it."""

from collections.abc import Mapping
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.runbook_run import Outcome, RunbookRun
from bot.slack.views.parts import Block, View, metadata, modal, paragraph, person_select, text_input
from bot.slack.views.says import words

SKIP, FAILED, STOP, HAND_OVER = "skip_step", "failed_step", "stop_runbook", "hand_over_runbook"
#: Characters of a reason.
_REASON = 1000
#: Of a number in a form's metadata, at most.
_DIGITS = 6


def reason(run: RunbookRun, step: int, ref: str, outcome: Outcome) -> View:
    """Asks why a step is skipped, or what went wrong with it."""
    rule = run.step(step)
    title = f"*{step}. {words(rule.title if rule else '', 150)}*"
    skip = outcome is Outcome.SKIPPED
    return modal(
        SKIP if skip else FAILED,
        "Skip this step" if skip else "It did not help",
        "Skip it" if skip else "Go on",
        [
            *paragraph(title),
            text_input(
                "why",
                "Why?" if skip else "What happened?",
                hint="The review tells it to whoever keeps this runbook.",
                multiline=True,
                limit=_REASON,
            ),
        ],
        ref=ref,
        run=str(run.number),
        step=str(step),
    )


def giving_up(run: RunbookRun, ref: str) -> View:
    """Asks why a run is given up."""
    said = paragraph(f"*{words(run.title, 150)}* ends here. What was done stays in the timeline.")
    why = text_input("why", "Why?", optional=True, multiline=True, limit=_REASON)
    return modal(STOP, "Give the runbook up", "Give it up", [*said, why], ref=ref, run=str(run.number))


def handing_over(run: RunbookRun, ref: str) -> View:
    """Asks who leads a run from now on."""
    asks: list[Block] = [
        *paragraph(f"*{words(run.title, 150)}*, at step {run.current} of {len(run.steps)}"),
        person_select("user", "Who leads it from now on?"),
        text_input("note", "A word for them", optional=True, multiline=True, limit=_REASON),
    ]
    return modal(HAND_OVER, "Hand the runbook over", "Hand over", asks, ref=ref, run=str(run.number))


def read_reason(given: Mapping[str, Any], by: Actor, view: Mapping[str, Any]) -> c.MarkStep:
    """What a filled-in form says of a step."""
    outcome = Outcome.SKIPPED if view["callback_id"] == SKIP else Outcome.FAILED
    number, step = _number(view, "run"), _number(view, "step")
    return c.MarkStep(by=by, number=number, step=step, outcome=outcome, why=given.get("why") or "")


def read_giving_up(given: Mapping[str, Any], by: Actor, view: Mapping[str, Any]) -> c.StopRunbook:
    """The run that a filled-in form gives up."""
    return c.StopRunbook(by=by, number=_number(view, "run"), why=given.get("why") or "")


def read_handing_over(given: Mapping[str, Any], by: Actor, view: Mapping[str, Any]) -> c.HandOverRunbook:
    """Whom a filled-in form gives a run to."""
    user, note = given.get("user") or "", given.get("note") or ""
    return c.HandOverRunbook(by=by, number=_number(view, "run"), user=user, note=note)


def _number(view: Mapping[str, Any], name: str) -> int:
    """A number that a form of ours keeps; 0, which nothing has, for what none of ours says."""
    kept = metadata(view).get(name, "")
    return int(kept) if kept.isascii() and kept.isdigit() and len(kept) <= _DIGITS else 0
