"""Tick boxes: a list to tick off, laid out within what Slack's checkboxes hold, the same whatever of it is ticked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.messages import limits
from bot.messages.cut import cut, take
from bot.messages.nodes import Listing, Runs, Ticks
from bot.messages.runs import Run, mrkdwn, plain

Block = dict[str, Any]
Option = dict[str, Any]

#: Characters of an item that stand beside its number where the whole stands above, the most that fits being taken.
_WIDTHS: Final = (limits.OPTION_TEXT, 40, 20, 12, 0)
#: What small print costs in JSON.
_SMALL_JSON: Final = limits.OPTION_TEXT + 55


@dataclass(frozen=True, slots=True)
class Boxes:
    """Blocks of tick boxes, ready."""

    blocks: tuple[Block, ...]


def laid_out(node: Ticks, ref: str | None) -> list[Listing | Boxes]:
    """The boxes, with the items that are too long for theirs in full above them.

    A box's value is the incident's reference, if there is one, and the item's number.
    """
    options = _in_their_boxes(node)
    if options is not None:
        return [_boxes(node, options, ref)]
    fitting = next((width for width in _WIDTHS[:-1] if _cost(_numbered(node, width)) <= limits.TICKS_JSON), _WIDTHS[-1])
    options = _numbered(node, fitting)
    full = tuple(
        (*_number(at), *tick.runs)
        for at, (tick, option) in enumerate(zip(node.items, options, strict=True), start=1)
        if option["text"]["text"] != mrkdwn((*_number(at), *tick.runs))
    )
    return [Listing(full), _boxes(node, options, ref)]


def _in_their_boxes(node: Ticks) -> list[Option] | None:
    """Each item in its box: what does not fit its label goes on in its description. None where that is too little.

    Small print comes and goes with the ticks: it is left out where it does not fit, and moves nothing.
    """
    parts = [_parted(tick.runs) for tick in node.items]
    if not all(_fits(label) and _fits(rest) for label, rest in parts):
        return None
    options = [_option(at, mrkdwn(label), mrkdwn(rest)) for at, (label, rest) in enumerate(parts, start=1)]
    if _cost(options) > limits.TICKS_JSON:
        return None
    if _cost(options) + 2 * len(options) * _SMALL_JSON > limits.SMALL_PRINT_JSON:
        return options
    below = [
        (*rest, *((Run(" · "),) if rest and tick.small else ()), *tick.small)
        for (_, rest), tick in zip(parts, node.items, strict=True)
    ]
    return [
        _option(at, mrkdwn(label), mrkdwn(small if _fits(small) else rest))
        for at, ((label, rest), small) in enumerate(zip(parts, below, strict=True), start=1)
    ]


def _numbered(node: Ticks, width: int) -> list[Option]:
    return [
        _option(at, cut((*_number(at), *tick.runs), max(width, len(f"{at}.")), note=limits.ELLIPSIS))
        if width
        else _option(at, f"{at}.")
        for at, tick in enumerate(node.items, start=1)
    ]


def _number(at: int) -> Runs:
    return (Run(f"{at}. "),)


def _option(number: int, label: str, small: str = "") -> Option:
    made: Option = {"text": _text(label or f"{number}."), "value": str(number)}
    return made | {"description": _text(small)} if small else made


def _text(words: str) -> Block:
    return {"type": "mrkdwn", "text": words, "verbatim": True}


def _boxes(node: Ticks, options: Sequence[Option], ref: str | None) -> Boxes:
    """A block for each ten. A block has no id: with a new one each time, Slack shows what is ticked now."""
    blocks: list[Block] = []
    named = [option | {"value": f"{ref} {option['value']}"} if ref else option for option in options]
    for start in range(0, len(named), limits.CHECKBOXES):
        part = named[start : start + limits.CHECKBOXES]
        ticked = [option for option, tick in zip(part, node.items[start:], strict=False) if tick.done]
        action = f"tick:{node.name}" if not start else f"tick:{node.name}:{start // limits.CHECKBOXES + 1}"
        element: Block = {"type": "checkboxes", "action_id": action, "options": part}
        blocks.append({"type": "actions", "elements": [element | ({"initial_options": ticked} if ticked else {})]})
    return Boxes(tuple(blocks))


def _cost(options: Sequence[Option]) -> int:
    """Characters of JSON once all are ticked, for each that is stands there twice."""
    return 2 * len(json.dumps(options))


def _fits(runs: Runs) -> bool:
    return len(mrkdwn(runs)) <= limits.OPTION_TEXT


def _parted(runs: Runs) -> tuple[Runs, Runs]:
    """The beginning that fits a label, to the end of a word, and the rest."""
    if _fits(runs):
        return runs, ()
    words = plain(runs)
    for end in range(min(len(words), limits.OPTION_TEXT), 0, -1):
        head = tuple(take(runs, end)[0])
        if words[end : end + 1].isspace() and len(plain(head)) == end and _fits(head):
            return head, _after(runs, end)
    return runs, ()


def _after(runs: Runs, size: int) -> Runs:
    """What comes after the first `size` characters and the space behind them."""
    rest: list[Run] = []
    for run in runs:
        if size < len(run.text) and not rest:
            rest.append(run if run.mark else Run(run.text[size:].lstrip(), None, run.styles, run.raw))
        elif rest:
            rest.append(run)
        size -= min(size, len(run.text))
    return tuple(rest)
