"""`muster runbooks run NAME --dry-run`: the way through a runbook, with nothing run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.text import Text

from bot.cli.outcome import USAGE, stop
from bot.cli.runbook_shelf import shelf
from bot.cli.runbook_showing import about, unbound
from bot.cli.runbook_steps import called, put, put_steps, step_json
from bot.cli.terminal import advise, say
from bot.domain.rules import nearest, spoken
from bot.domain.runbook_run import Branch
from bot.runbooks.branches import VERDICTS
from bot.runbooks.overview import Overview, StepView


async def walk(typed: str, said: Sequence[str], pack: str | None, directory: Path | None, *, as_json: bool) -> None:
    """Print each step that one comes by, from the first to the end.

    Args:
        typed: the runbook.
        said: what steps come to, `STEP=WORD` each; the others go on as if nothing in particular had come of them.
        pack: by name or directory.
        directory: any folder of Markdown.
        as_json: for machines.

    Raises:
        UnknownRunbook, PolicyFault: there is no such runbook or pack.
    """
    held = shelf(pack, directory)
    seen = held.seen(held.find(typed))
    words = _words(seen, said)
    way = list(_way(seen, words))
    if as_json:
        steps = [{**step_json(seen, view), "said": words.get(view.number), "next": to} for view, _, to in way]
        whole = {**about(seen.runbook), "pack": seen.pack or None, "walked": steps}
        say(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        _print(seen, way)
        if unsaid := unbound(seen):
            say(unsaid)
    for number in sorted(words.keys() - {view.number for view, _, _ in way}):
        advise(f"--say {number}={words[number]} changed nothing: the way does not lead by step {number}.")


def _way(seen: Overview, words: Mapping[int, str]) -> Iterator[tuple[StepView, Branch | None, int]]:
    """The steps in the order in which one comes by them, each with the branch taken and the step that is next."""
    view = seen.step(1)
    while view is not None:
        taken = _taken(view, words.get(view.number, ""))
        to = taken.to if taken else view.step.then
        yield view, taken, to
        view = seen.step(to)


def _taken(view: StepView, word: str) -> Branch | None:
    return next((branch for branch in view.step.branches if word and spoken(branch.on) == spoken(word)), None)


def _words(seen: Overview, said: Sequence[str]) -> dict[int, str]:
    """What is said of steps, by their numbers. Stops where there is no such step, or nothing can come to that."""
    words: dict[int, str] = {}
    for one in said:
        number, equals, word = one.partition("=")
        view = seen.step(int(number)) if number.strip().isdecimal() else None
        if not equals or not word.strip():
            stop(f"--say {one}: write STEP=WORD, such as 2=CRITICAL.", status=USAGE)
        if view is None:
            stop(f"--say {one}: there is no step {number}. The last is {len(seen.steps)}.", status=USAGE)
        own = [branch.on for branch in view.step.branches]
        if spoken(word) not in map(spoken, (*own, *VERDICTS)):
            stop(f"--say {one}: step {number} cannot come to “{word}”. {_hint(word, own)}", status=USAGE)
        words[view.number] = word.strip()
    return words


def _hint(word: str, own: Sequence[str]) -> str:
    """What could be said instead of a word, of a step with these branches."""
    if close := nearest(word, (*own, *VERDICTS)):
        return f"Did you mean “{close}”?"
    return f"It leads on {', '.join(own)}." if own else "It has no branches."


def _print(seen: Overview, way: Sequence[tuple[StepView, Branch | None, int]]) -> None:
    pack = f" with the pack {seen.pack}" if seen.pack else ""
    say(f"A dry run of {seen.runbook.title}{pack}: nothing is run.", style="bold")
    put_steps(seen, ((view, taken) for view, taken, _ in way))
    say("")
    passed = {view.number for view, _, _ in way}
    left = [view.number for view in seen.steps if view.number not in passed]
    if not seen.steps:
        say("It has no steps: it is read, not walked.")
        return
    say(f"The end, after {len(passed)} of {len(seen.steps)} steps.", style="bold")
    if left:
        say("Not come by:", style="dim")
    for number in left:
        put(Text(called(seen, number), style="dim"), "    ")
