"""Reading what is typed about runbooks: beginning one, and what became of its steps."""

import re

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.incident import Incident
from bot.domain.runbook_run import Outcome, RunbookRun
from bot.domain.walking_errors import NoRunGoing, NoSuchRun
from bot.slack.intents import ArgumentMissing, Intent, NobodyMentioned, ReadRunbook, Walk, WhichRun
from bot.slack.said import Said, text_of
from bot.slack.wording import WORD, bare, person

_AGAIN = re.compile(r"(?<!\S)(?:--|\u2014|\u2013)again(?!\S)", re.IGNORECASE)
#: What people say, by what it means.
_MEANT = {
    "done": ("done", "ok", "next", "finished"),
    "skip": ("skip", "skipped"),
    "failed": ("failed", "fail", "nope"),
    "pick": ("pick", "choose", "is"),
    "run": ("run", "check", "look"),
    "back": ("back", "undo"),
    "pause": ("pause", "rest"),
    "resume": ("resume", "continue"),
    "handoff": ("handoff", "handover", "hand"),
    "help": ("help", "assist"),
    "stop": ("stop", "quit"),
}
_WORDS = {word: meant for meant, words in _MEANT.items() for word in words}
_DIGITS = 4


def runbook(said: Said) -> Intent:
    """`runbook [NAME] [--again]`."""
    return ReadRunbook(text_of(_AGAIN.sub(" ", said.rest)), again=bool(_AGAIN.search(said.rest)))


def step(said: Said) -> Intent:
    """`step [RUN] done | skip why… | failed why… | pick WORDS | run [N] | back [STEP] | pause | resume | …`."""
    words = WORD.findall(said.rest)
    rest = said.rest.strip()
    number: int | None = None
    if words and (found := _number(words[0])) is not None:
        number, rest = found, rest[len(words[0]) :].strip()
        words = words[1:]
    what = _WORDS.get(bare(words[0]).casefold()) if words else None
    if what is None:
        raise ArgumentMissing(what="what became of the step", known=list(_MEANT))
    rest = rest[len(words[0]) :].strip()
    match what:
        case "handoff":
            # One person leads: a user group does not.
            people = (one for word in WORD.findall(rest) if (one := person(word)))
            who = next((one for one in people if not one.startswith("S")), None)
            if who is None:
                raise NobodyMentioned
            note = " ".join(word for word in WORD.findall(rest) if person(word) != who)
            return Walk(what, number=number, user=who, text=text_of(note))
        case "run" | "back":
            place = _number(rest) if rest else None
            # People count the blocks of a step from 1.
            return Walk(what, number=number, place=max((place or 1) - 1, 0) if what == "run" else place or 0)
        case _:
            return Walk(what, number=number, text=text_of(rest))


def run_of(incident: Incident, asked: Walk) -> RunbookRun:
    """The run that is meant: the one of that number, or else the only one that is not over.

    Where there is no such run and the number is that of the step that is next, the step was meant: its card says it.

    Raises:
        NoSuchRun, NoRunGoing: there is none. WhichRun: there are several.
    """
    going = [run for run in incident.runbooks if not run.over]
    if asked.number is not None:
        run = incident.runbook(asked.number)
        if run is None and [one.current for one in going] == [asked.number]:
            return going[0]
        if run is None:
            raise NoSuchRun(ref=incident.ref, number=asked.number)
        return run
    if len(going) > 1:
        raise WhichRun(known=[f"`step {run.number} {asked.what}` for {run.title}" for run in going])
    if going:
        return going[0]
    if asked.what == "back" and incident.runbooks:
        return incident.runbooks[-1]
    raise NoRunGoing


def command_of(asked: Walk, run: RunbookRun, by: Actor) -> c.Command:
    """What somebody wants of a run, and of its step that is next; what runs something is not among it."""
    step = run.current
    match asked.what:
        case "done" | "skip" | "failed" as said:
            outcome = {"done": Outcome.DONE, "skip": Outcome.SKIPPED, "failed": Outcome.FAILED}[said]
            return c.MarkStep(by=by, number=run.number, step=step, outcome=outcome, why=asked.text)
        case "pick":
            return c.MarkStep(by=by, number=run.number, step=step, outcome=Outcome.DONE, picked=asked.text)
        case "back":
            return c.GoBack(by=by, number=run.number, step=asked.place or max(run.marked, default=step))
        case "pause":
            return c.PauseRunbook(by=by, number=run.number, why=asked.text)
        case "resume":
            return c.ResumeRunbook(by=by, number=run.number)
        case "handoff":
            return c.HandOverRunbook(by=by, number=run.number, user=asked.user or "", note=asked.text)
        case _:
            return c.StopRunbook(by=by, number=run.number, why=asked.text)


def _number(word: str) -> int | None:
    plain = word.removeprefix("#")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= _DIGITS else None
