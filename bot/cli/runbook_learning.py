"""`muster runbooks stats` and `draft`: what runs of runbooks come to, and a runbook from what was done without one."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.application.runbook_draft import draft_runbook
from bot.cli.acting import application, reference, told
from bot.cli.outcome import stop
from bot.cli.records import put
from bot.cli.terminal import advise, say, table
from bot.postmortem.wording import span
from bot.runbooks.runbook import Runbook
from bot.runbooks.stats import Stats, StepUse, Use
from bot.runbooks.stats import stats as count
from bot.slack.dates import span as length
from bot.store.learning import MOST, of_runbooks

#: Steps that are printed; `--json` has them all.
_STEPS = 25


async def stats(since: str | None, *, drills: bool, as_json: bool) -> None:
    """Print which runbooks are used, and which of their steps help.

    Args:
        since: for how long back, such as `90d`; None for everything.
        drills: whether practice counts.
        as_json: for machines.

    Raises:
        DomainError: `since` is no length of time.
        DatabaseUnavailable: nothing could be read.
    """
    async with application() as built:
        now = built.muster.now()
        after = now - length(since) if since else None
        async with built.database.transaction() as connection:
            happened = await of_runbooks(connection, since=after, drills=drills)
        found = count(happened.entries, built.catalogue.list(), today=now.date())
    if not happened.whole:
        advise(f"Only the newest incidents were counted: there are more than {MOST:,} entries. --since narrows it.")
    if as_json:
        say(json.dumps(_whole(found), indent=2, ensure_ascii=False))
    else:
        _print(found)


async def draft(typed: str, file: Path | None) -> None:
    """Print a runbook that is drafted from an incident, or write it to a file.

    Args:
        typed: the incident's reference.
        file: where it is put; None for standard output.

    Raises:
        UnknownIncident: there is no such incident.
        DatabaseUnavailable: it could not be read.
    """
    ref = reference(typed)
    async with application() as built:
        stored, entries = await told(built, ref)
        policy = built.muster.policy
    incident = stored.incident
    if not incident.over:
        stop(
            f"{ref} is {incident.status}: what helped is not known before it is over.",
            f"muster incident resolve {ref} ends it; then draft the runbook.",
        )
    put(draft_runbook(incident, entries, policy), file)
    if incident.private:
        advise(f"{ref} is private: take out what only those who took part may know before you share this.")


def _print(found: Stats) -> None:
    if found.used:
        rows = [(*_used(use), f"{use.title}{_gone(use, found)}") for use in found.used]
        table(("Runbook", "Runs", "Finished", "Left", "Median", "Last used", "Title"), rows)
        _print_steps(found)
    else:
        say("No runbook was walked. In an incident's channel, /incident runbook NAME begins to walk one.")
    for title, runbooks in (("Never walked", found.never), ("Not reviewed for a year", found.stale)):
        if runbooks:
            say("")
            say(title, style="bold")
            table(("Runbook", "Reviewed", "Owner", "Title"), [_about(runbook) for runbook in runbooks])


def _print_steps(found: Stats) -> None:
    """The steps, the worst of all runbooks first."""
    steps = [(use, step) for use in found.used for step in use.steps]
    steps.sort(key=lambda one: (-one[1].troubled, -one[1].troubled / one[1].times))
    if not steps:
        return
    say("")
    say("Steps, those that were skipped or failed most first", style="bold")
    rows = [
        (use.name, step.title, step.times, step.skipped or "", step.failed or "", _span(step.median))
        for use, step in steps[:_STEPS]
    ]
    table(("Runbook", "Step", "Times", "Skipped", "Failed", "Median"), rows)
    if more := len(steps[_STEPS:]):
        say(f"{more} more: --json has them all.", style="dim")


def _used(use: Use) -> tuple[object, ...]:
    finished = f"{use.finished} ({use.finished / use.runs:.0%})"
    return (use.name, use.runs, finished, use.stopped or "", _span(use.median), f"{use.last_used:%Y-%m-%d}")


def _gone(use: Use, found: Stats) -> str:
    return " (not in the pack any more)" if use.name in found.gone else ""


def _about(runbook: Runbook) -> tuple[object, ...]:
    return (runbook.name, runbook.reviewed or "never", runbook.owner, runbook.title)


def _span(took: timedelta | None) -> str:
    return "" if took is None else span(took)


def _whole(found: Stats) -> dict[str, Any]:
    """In JSON's types: lengths in seconds, times ISO 8601 in UTC."""
    return {
        "used": [
            {
                "name": use.name,
                "title": use.title,
                "in_pack": use.name not in found.gone,
                "runs": use.runs,
                "finished": use.finished,
                "stopped": use.stopped,
                "last_used": use.last_used.isoformat(),
                "median_s": _seconds(use.median),
                "steps": [_step(step) for step in use.steps],
            }
            for use in found.used
        ],
        "never": [runbook.name for runbook in found.never],
        "not_reviewed": [
            {"name": one.name, "reviewed": one.reviewed.isoformat() if one.reviewed else None} for one in found.stale
        ],
    }


def _step(step: StepUse) -> dict[str, Any]:
    return {
        "title": step.title,
        "chapter": step.phase,
        "times": step.times,
        "done": step.done,
        "skipped": step.skipped,
        "failed": step.failed,
        "median_s": _seconds(step.median),
    }


def _seconds(took: timedelta | None) -> float | None:
    return None if took is None else took.total_seconds()
