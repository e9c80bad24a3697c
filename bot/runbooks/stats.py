"""What runs of runbooks come to over all incidents: which are used, which steps help, which take long. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from bot.domain import runbook_events as e
from bot.domain.runbook_run import Outcome
from bot.domain.timeline import Entry
from bot.runbooks.runbook import Runbook

#: A runbook that nobody read for so long may be wrong by now.
REVIEW_WITHIN = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUse:
    """One step, over all runs that came to it. `median` is of those who did not skip it; None where all did."""

    title: str
    phase: str
    done: int
    skipped: int
    failed: int
    median: timedelta | None

    @property
    def times(self) -> int:
        """How often somebody said what became of it."""
        return self.done + self.skipped + self.failed

    @property
    def troubled(self) -> int:
        """How often it was skipped or failed."""
        return self.skipped + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One runbook's runs.

    Attributes:
        runs: how many began; `finished` and `stopped` how many of them ended so, the others did not end.
        median: of those that were finished, without their rests; None where none was.
        steps: the worst first: those that were skipped or failed most, then those that take longest.
    """

    name: str
    title: str
    runs: int
    finished: int
    stopped: int
    last_used: datetime
    median: timedelta | None
    steps: tuple[StepUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What is learned from runs.

    Attributes:
        used: the runbooks that were walked, the most used first.
        never: those of the pack with steps that were not.
        stale: those of the pack that nobody reviewed for a year, the longest ago first; never counts as longest.
        gone: the names of those that were walked and are in the pack no more.
    """

    used: tuple[Use, ...]
    never: tuple[Runbook, ...]
    stale: tuple[Runbook, ...]
    gone: frozenset[str]


@dataclass(slots=True)
class _Run:
    """One run as far as its entries were told."""

    began: Entry
    opening: e.RunbookStarted
    marks: dict[int, e.StepMarked] = field(default_factory=dict)
    ended: Entry | None = None
    paused: datetime | None = None
    rested: timedelta = timedelta()

    @property
    def finished(self) -> bool:
        return self.ended is not None and isinstance(self.ended.event, e.RunbookFinished)

    @property
    def took(self) -> timedelta:
        assert self.ended is not None, "only of a run that ended"
        return max(self.ended.at - self.began.at - self.rested, timedelta())


def stats(entries: Iterable[tuple[str, Entry]], pack: Sequence[Runbook], *, today: date) -> Stats:
    """Count what happened.

    Args:
        entries: of runs, each with its incident's reference, in each incident's order. What belongs to a run whose
            beginning is not among them is passed over.
        pack: the runbooks that there are.
        today: for how long ago a review is.
    """
    runs = _runs(entries)
    names = {run.opening.name for run in runs}
    used = sorted(
        (_use(name, [run for run in runs if run.opening.name == name]) for name in names),
        key=lambda use: (-use.runs, use.name),
    )
    return Stats(
        used=tuple(used),
        never=tuple(runbook for runbook in pack if runbook.structure.steps and runbook.name not in names),
        stale=tuple(
            sorted(
                (one for one in pack if one.reviewed is None or today - one.reviewed > REVIEW_WITHIN),
                key=lambda one: (one.reviewed or date.min, one.name),
            )
        ),
        gone=frozenset(names - {runbook.name for runbook in pack}),
    )


def _runs(entries: Iterable[tuple[str, Entry]]) -> list[_Run]:
    found: dict[tuple[str, int], _Run] = {}
    for ref, entry in entries:
        event = entry.event
        if isinstance(event, e.RunbookStarted):
            found[ref, event.number] = _Run(entry, event)
        elif isinstance(event, e.RunbookEvent) and (run := found.get((ref, event.number))) is not None:
            _take(run, entry, event)
    return list(found.values())


def _take(run: _Run, entry: Entry, event: e.RunbookEvent) -> None:
    match event:
        case e.StepMarked(step=step):
            run.marks[step] = event
        case e.WentBack(step=step):
            run.marks = {number: mark for number, mark in run.marks.items() if number < step}
            run.ended = None
        case e.RunbookPaused():
            run.paused = entry.at
        case e.RunbookResumed():
            run.rested += _since(run.paused, entry.at)
            run.paused = None
        case e.RunbookFinished() | e.RunbookStopped():
            run.rested += _since(run.paused, entry.at)
            run.paused, run.ended = None, entry
        case _:
            pass


def _since(paused: datetime | None, at: datetime) -> timedelta:
    return timedelta() if paused is None else max(at - paused, timedelta())


def _use(name: str, runs: Sequence[_Run]) -> Use:
    last = max(runs, key=lambda run: run.began.at)
    ended = [run for run in runs if run.ended is not None]
    finished = [run for run in ended if run.finished]
    marks = [mark for run in runs for mark in run.marks.values()]
    # Steps move as a runbook is edited: what they are called says which is which.
    steps = (
        _step(phase, title, [mark for mark in marks if (mark.phase, mark.item) == (phase, title)])
        for phase, title in dict.fromkeys((mark.phase, mark.item) for mark in marks)
    )
    return Use(
        name=name,
        title=last.opening.title,
        runs=len(runs),
        finished=len(finished),
        stopped=len(ended) - len(finished),
        last_used=last.began.at,
        median=_median([run.took for run in finished]),
        steps=tuple(sorted(steps, key=_worst)),
    )


def _step(phase: str, title: str, marks: Sequence[e.StepMarked]) -> StepUse:
    outcomes = [mark.outcome for mark in marks]
    took = [timedelta(milliseconds=mark.took_ms) for mark in marks if mark.outcome is not Outcome.SKIPPED]
    return StepUse(
        title=title,
        phase=phase,
        done=outcomes.count(Outcome.DONE),
        skipped=outcomes.count(Outcome.SKIPPED),
        failed=outcomes.count(Outcome.FAILED),
        median=_median(took),
    )


def _worst(step: StepUse) -> tuple[int, float, timedelta, str, str]:
    return (
        -step.troubled,
        -step.troubled / step.times,
        -(step.median or timedelta()),
        step.phase,
        step.title,
    )


def _median(lengths: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(length.total_seconds() for length in lengths)) if lengths else None
