"""Advice on runbooks that are not wrong, and could be better to walk: `muster runbooks lint`."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.diagnostics.runner import known_checks
from bot.domain.errors import UnknownTarget
from bot.domain.rules import Policy, nearest, spoken
from bot.domain.scopes import Scope, scope
from bot.policy.faults import quoted
from bot.runbooks.asked import asked
from bot.runbooks.bind import Resolved, Resolver
from bot.runbooks.blocks import ACTION, CHECK, LANGUAGES, TARGET, read_block, runs
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.outline import Fence, Outline, outline
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Block, Chapter, ChapterKind

#: After it, nobody knows whether a runbook still holds.
REVIEW_EVERY = timedelta(days=365)
#: What people type to have something diagnosed, in a block that is not one of ours.
_TYPED = re.compile(r"\s*(?:/\w+\s+)?(?:muster\s+)?diag\s+([\w.-][\w. -]*)")

_FIRST_WORD = re.compile(r"[\W_]*([^\W_]+)")


@dataclass(frozen=True, slots=True, order=True)
class Advice:
    """One thing that would make a runbook better. It prints as `file:line: message`, as a fault does."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def lint(catalogue: Catalogue, policy: Policy | None, today: date) -> list[Advice]:
    """What could be better in all runbooks of a catalogue, by file and line. Faults are not among it.

    Args:
        catalogue: the runbooks.
        policy: their pack's, so that services, alerts and what targets are asked count as well; None leaves them.
        today: the day by which a review is a year old.
    """
    return sorted({advice for runbook in catalogue.list() for advice in lint_runbook(runbook, policy, today)})


def lint_runbook(runbook: Runbook, policy: Policy | None, today: date) -> list[Advice]:
    """The same for one runbook."""
    read = outline(runbook.text, runbook.text_line)
    said = [*_walk(runbook), *_review(runbook, today), *_unwalked(runbook, read), *_nowhere(runbook, read)]
    said += _nearly(read)
    if policy is not None:
        resolve = Resolver(runbook.services, policy, known_checks)
        found = {block.line: resolve(block) for step in runbook.structure.steps for block in step.blocks}
        said += [*_unknown(runbook, policy), *_nothing_runs(runbook, policy, found)]
        said += [*_copied(runbook, policy, found), *_typed(read, policy)]
    return sorted({Advice(str(runbook.path), line, message) for line, message in said})


_Said = Iterator[tuple[int, str]]


def _walk(runbook: Runbook) -> _Said:
    """Whether there is anything to walk, and anything that says that it is over."""
    if not runbook.structure.steps:
        yield runbook.text_line, "Nobody can be walked through it: it has no steps. Number what there is to do."
    elif not runbook.structure.of(ChapterKind.VERIFICATION):
        message = "Nothing says how one knows that it is over. Add a chapter “Verification” with what to look at."
        yield runbook.text_line, message


def _review(runbook: Runbook, today: date) -> _Said:
    if runbook.reviewed is None:
        yield 1, f"Nobody has said when it was last reviewed. Read it, and write `reviewed: {today}` on top."
    elif today - runbook.reviewed > REVIEW_EVERY:
        days = (today - runbook.reviewed).days
        ago = f"{days // 365} years" if days >= 2 * 365 else "over a year"
        line = runbook.lines.get("reviewed", 1)
        yield line, f"It was last reviewed {ago} ago. Read it, mend it, and write `reviewed: {today}`."


def _unwalked(runbook: Runbook, read: Outline) -> _Said:
    """Lists under headings that mean no chapter: they look like something to do, and are only read."""
    lines = [item.line for item in read.items]
    steps = {line for step in runbook.structure.steps for line in range(step.first, step.last + 1)}
    for place, chapter in enumerate(runbook.structure.chapters):
        if chapter.kind is not ChapterKind.OTHER or _opening(runbook, chapter, place):
            continue
        listed = lines[bisect_left(lines, chapter.first) : bisect_right(lines, chapter.last)]
        if listed and steps.isdisjoint(listed):
            message = "is no chapter that Muster knows: its list is read, not walked. Number what is to be done, or say"
            yield chapter.first, f"{quoted(chapter.title)} {message} “Investigation”, “Resolution” or the like."


def _opening(runbook: Runbook, chapter: Chapter, place: int) -> bool:
    """Whether it is what stands before all chapters, under the runbook's title."""
    return place == 0 and (chapter.level <= 1 or spoken(chapter.title) == spoken(runbook.title))


def _nowhere(runbook: Runbook, read: Outline) -> _Said:
    """Blocks that say that they run something, and stand where nobody is walked."""
    walked = {block.line for step in runbook.structure.steps for block in step.blocks}
    for fence in read.fences:
        block = _block(fence)
        if block is None or fence.line in walked:
            continue
        if runs(block):
            yield fence.line, "It stands in no step, so that it has no button. Move it into one."


def _nearly(read: Outline) -> _Said:
    """Blocks that are there to be copied, and begin almost like one that runs: `checks db`, `{action restart}`."""
    for fence in read.fences:
        word = _FIRST_WORD.match(fence.info)
        if word is None or fence.info == word[1] or _block(fence) is not None:
            continue
        if meant := nearest(word[1], (CHECK, ACTION)):
            yield fence.line, f"It is shown for copying. If it is to run, begin it with ```{meant} and a blank."


def _unknown(runbook: Runbook, policy: Policy) -> _Said:
    """Services that the pack has not, and alerts that nothing is diagnosed for, where the pack has such."""
    services = [word for service in policy.services for word in (service.name, *service.aliases)]
    for name in runbook.services:
        if policy.service(name) is None and services:
            close = nearest(name, services)
            hint = f"Did you mean {quoted(close)}?" if close else "Add it to `services`, or drop it here."
            yield runbook.lines.get("services", 1), f"The policy has no service {quoted(name)}. {hint}"
    alerts = {spoken(alert): alert for look in policy.first_looks for alert in look.alerts}
    for name in runbook.alerts:
        # A first look is for alerts in whose name its own words stand.
        if alerts and not any(alert in spoken(name) for alert in alerts):
            close = nearest(name, alerts.values())
            hint = f"Did you mean {quoted(close)}?" if close else "Add it to `first_looks`."
            message = f"Nothing is diagnosed by itself for the alert {quoted(name)}. {hint}"
            yield runbook.lines.get("alerts", 1), message


def _nothing_runs(runbook: Runbook, policy: Policy, found: Mapping[int, Resolved]) -> _Said:
    """Steps without any button, where the runbook's services have something that can be asked."""
    if not runbook.structure.steps or any(one.runs for one in found.values()):
        return
    owned = [own for name in runbook.services if (own := policy.service(name)) is not None]
    targets = list(dict.fromkeys(name for own in owned for name in own.targets if policy.target(name)))
    if targets:
        message = f"Nothing in it runs, though {', '.join(targets)} can be asked. Add a block such as"
        yield runbook.text_line, f"{message} ```check target={targets[0]}."


def _copied(runbook: Runbook, policy: Policy, found: Mapping[int, Resolved]) -> _Said:
    """Queries that look as if they ran, and are there to be copied; and those in whose place something else runs."""
    written = {(one.target, one.check) for one in asked(policy)}
    blocks = [block for step in runbook.structure.steps for block in step.blocks if block.language in LANGUAGES]
    for block in blocks:
        one = found[block.line]
        if not block.body.strip() or one.wrong:
            continue
        if one.runs is None:
            message = (
                f"No target is asked this {block.language}: it is shown for copying. To have it run, have a target"
            )
            yield block.line, f"{message} of the policy ask it."
        elif TARGET in block.named:
            meant = scope(policy, one.runs.does)
            if written.isdisjoint((target.name, check) for target in meant.targets for check in meant.checks):
                instead = _check(meant)
                message = (
                    f"What runs are Muster's own questions, not this text. Write {instead}, and copy this one from"
                )
                yield block.line, f"{message} a block that says only `{block.language}`."


def _typed(read: Outline, policy: Policy) -> _Said:
    """Blocks that tell people to type what a button could do."""
    for fence in read.fences:
        typed = _TYPED.fullmatch(fence.body.strip())
        if typed is None or _block(fence) is not None:
            continue
        try:
            meant = scope(policy, typed[1])
        except UnknownTarget:
            continue
        yield fence.line, f"It is shown for copying. Write {_check(meant)}, and it has a button."


def _check(meant: Scope) -> str:
    """How a block begins that asks this."""
    names = f" name={','.join(meant.checks)}" if meant.checks else ""
    return f"```check target={meant.name}{names}"


def _block(fence: Fence) -> Block | None:
    return read_block(fence.info, fence.body, fence.line)
