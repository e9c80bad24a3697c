"""A step's lines as they are read on its card: without what the card says anyway."""

import re
from collections.abc import Collection, Iterator

from bot.runbooks.branches import read_lead
from bot.runbooks.outline import BOLD, Outline, outline
from bot.runbooks.words import plain, title_of, unnumbered

#: An item's mark, with its box if it has one.
_MARK = re.compile(r"(?P<mark>[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)(?:\[[ xX]\][ \t]+)?(?P<rest>.*)")
_BOLD = re.compile(r"(\*\*|__)(?P<said>.+?)\1[ \t:.\u2013\u2014-]*", re.DOTALL)
_RUN = frozenset({"check", "action"})


def step_text(lines: str, title: str, *, runs: Collection[str] = _RUN, branches: Collection[str] | None = None) -> str:
    """The text of a step, as Markdown of its own.

    Left out are the headings that lead up to it, its mark, its title where it stands in bold, blocks that have a button
    and say no more than that, and branches: as the parser of runbooks knows them.

    Args:
        lines: of the file, from the step's first to its last.
        title: the step's.
        runs: the languages whose blocks have a button: what the pack does not allow is there to be read.
        branches: in which cases it goes on elsewhere; None for whatever reads like that.
    """
    before, own = _parts(lines, title)
    text = _kept(own, runs, branches)
    bold = _BOLD.match(text)
    if bold and _same(bold["said"], title):
        text = text[bold.end() :].lstrip()
    elif _same(text.split("\n", 1)[0], title):
        text = text.partition("\n")[2]
    return "\n\n".join(part for part in (_kept(before, runs, branches), text.strip("\n")) if part)


def _kept(lines: list[str], runs: Collection[str], branches: Collection[str] | None) -> str:
    read = outline("\n".join(lines), 1)
    gone = {*_blocks(read, runs), *_branches(read, branches)}
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in gone).strip("\n")


def _same(text: str, title: str) -> bool:
    said = _letters(text)
    return bool(said) and said == _letters(title)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", " ", plain(text)).strip().casefold()


def _parts(lines: str, title: str) -> tuple[list[str], list[str]]:
    """What is said between the headings in front and the item that the step is; and its own lines, without its mark.

    Of a step that is a heading all that stands below it is its own. What is nothing but bold may be a warning, and is
    no heading here.
    """
    left, read = lines.split("\n"), outline(lines, 1)
    begins, last, step = 1, "", False
    for heading in read.headings:
        between = range(begins, heading.line)
        if heading.level >= BOLD or any(number not in read.blank for number in between):
            break
        begins, last, step = heading.last + 1, heading.text, heading.step
    while begins in read.blank:
        begins += 1
    left = left[begins - 1 :] or [""]
    item = next((one.line - begins for one in read.items if _same(title_of(one.text), title)), None)
    if _same(unnumbered(last), title) and (step or item is None):
        return [], left
    return left[: item or 0], _dedented(left[item or 0 :])


def _dedented(lines: list[str]) -> list[str]:
    """An item's text without its mark, and what belongs to it without that indentation; else the lines as they are."""
    found = _MARK.fullmatch(lines[0])
    if found is None:
        return lines
    width = len(found["mark"].expandtabs(4))
    return [found["rest"], *(_unindented(line, width) for line in lines[1:])]


def _unindented(line: str, width: int) -> str:
    wide = line.expandtabs(4) if line[:1] in " \t" else line
    return wide[min(width, len(wide) - len(wide.lstrip(" "))) :]


def _blocks(read: Outline, runs: Collection[str]) -> Iterator[int]:
    for fence in read.fences:
        if fence.info.casefold().partition(" ")[0] in _RUN.intersection(runs):
            yield from range(fence.line, fence.line + fence.body.count("\n") + 2)


def _branches(read: Outline, known: Collection[str] | None) -> Iterator[int]:
    """The lines of branches. One that leads nowhere, of which the parser has told, is text like any other."""
    for saying in read.sayings:
        lead = read_lead(saying.text, item=saying.item)
        if lead and lead.on and (known is None or all(on in known for on in lead.on)):
            yield from range(saying.line, saying.line + saying.text.count("\n") + 1)
