"""Nodes made into Block Kit with blockkit, each within its own limits; the message as a whole within Slack's."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import blockkit as kit
from blockkit.core import RawText
from blockkit.core import Table as TableBlock

from bot.messages import limits
from bot.messages.columns import aligned
from bot.messages.cut import cut
from bot.messages.nodes import (
    Actions,
    Button,
    Context,
    Divider,
    Fields,
    Form,
    Header,
    Listing,
    Node,
    Runs,
    Section,
    Table,
    Ticks,
    lines,
)
from bot.messages.runs import Run, fallback, fence, mrkdwn, plain, plain_text, quote
from bot.messages.ticks import Boxes, laid_out

Block = dict[str, Any]
#: What blocks are made of: a list to tick off was laid out before.
Part = Header | Section | Listing | Fields | Context | Table | Divider | Actions | Boxes

_SHAPES: Final = {Form.TEXT: mrkdwn, Form.QUOTE: quote, Form.FENCE: fence}
_NOTHING: Final = "—"
# `raw_text` is never parsed for mentions, but a client that copies it out may be.
_CONTROL: Final = re.compile(r"<(?=[!@#\w])")
#: The least room in which a cut section still says something.
_LEAST_SECTION: Final = 200
#: What a section costs in JSON besides its text.
_SECTION_JSON: Final = 90
_NOTE_JSON: Final = 130


def assemble(nodes: Sequence[Node], ref: str | None, note: str = limits.CUT_NOTE) -> list[Block]:
    """The blocks of a message: all of it where it fits, else its beginning, a note, and its buttons.

    Args:
        nodes: What the message says.
        ref: The incident's reference, which every button's value begins with.
        note: Said where something is left out.
    """
    parts = [part for node in nodes for part in (laid_out(node, ref) if isinstance(node, Ticks) else [node])]
    small = [isinstance(part, Context) and part.kept for part in parts]
    essential = [isinstance(part, Actions | Boxes) or keep for part, keep in zip(parts, small, strict=True)]
    built = [
        _build(part, ref, note, table_taken=any(isinstance(p, Table) for p in parts[:i]))
        for i, part in enumerate(parts)
    ]
    whole = [block for blocks in built for block in blocks]
    if len(whole) <= limits.MESSAGE_BLOCKS and _size(whole) <= limits.MESSAGE_JSON:
        return whole
    kept = [blocks for blocks, keep in zip(built, essential, strict=True) if keep]
    if sum(map(_size, kept)) > limits.MESSAGE_JSON * 3 // 4:  # then nothing else would be left
        essential, kept = small, [blocks for blocks, keep in zip(built, small, strict=True) if keep]
    count = limits.MESSAGE_BLOCKS - 1 - sum(map(len, kept))
    room = limits.MESSAGE_JSON - _NOTE_JSON - _size([block for blocks in kept for block in blocks])
    return _beginning(list(zip(parts, built, essential, strict=True)), count, room, note)


def text_of(nodes: Iterable[Node], note: str = limits.CUT_NOTE, limit: int = limits.TEXT) -> str:
    """The message's plain text for notifications and screen readers: everything but the buttons."""
    return cut(lines(nodes), limit, shape=fallback, note=note)


def _beginning(parts: Sequence[tuple[Part, list[Block], bool]], count: int, room: int, note: str) -> list[Block]:
    blocks: list[Block] = []
    full = False
    noted = False
    for node, built, keep in parts:
        if keep:
            if full and not noted:
                blocks.append(_note(note))
                noted = True
            blocks += built
            continue
        for block in built if not full else ():
            size = _size([block])
            if count and size <= room:
                blocks.append(block)
                count -= 1
                room -= size
                continue
            full = True
            if count and isinstance(node, Section) and (shorter := _shorter(node, room, note)):
                blocks.append(shorter)
                noted = True
            break
    if full and not noted:
        blocks.append(_note(note))
    return blocks[: limits.MESSAGE_BLOCKS]


def _shorter(node: Section, room: int, note: str) -> Block | None:
    limit = min(room - _SECTION_JSON, limits.SECTION)
    while limit >= _LEAST_SECTION:
        block = _section(cut(node.runs, limit, shape=_SHAPES[node.form], note=note))
        if (size := _size([block])) <= room:
            return block
        # Characters beyond ASCII cost more in JSON than one each.
        limit = min(limit - 1, limit * room // size)
    return None


def _build(node: Part, ref: str | None, note: str, *, table_taken: bool) -> list[Block]:
    match node:
        case Header(runs):
            text = cut(runs, limits.HEADER, shape=plain_text, note=limits.ELLIPSIS)
            return [_built(kit.Header(kit.Text(text, type="plain_text", emoji=True)))] if text else []
        case Section(runs, form):
            text = cut(runs, limits.SECTION, shape=_SHAPES[form], note=note)
            return [_section(text)] if text else []
        case Listing(items):
            return [_section(text) for text in _grouped(items, note)]
        case Fields(fields):
            texts = [_mrkdwn(_field(label, value, note)) for label, value in fields]
            step = limits.FIELDS_IN_SECTION
            return [_built(kit.Section(fields=texts[i : i + step])) for i in range(0, len(texts), step)]
        case Context(runs):
            text = cut(runs, limits.CONTEXT, note=note)
            return [_built(kit.Context([_mrkdwn(text)]))] if text else []
        case Table(rows):
            return _table(rows, note, taken=table_taken)
        case Divider():
            return [_built(kit.Divider())]
        case Boxes(blocks):
            return list(blocks)
        case Actions(buttons):
            step = limits.ACTIONS_IN_BLOCK
            return [_actions(buttons[i : i + step], ref) for i in range(0, len(buttons), step)]


def _section(text: str) -> Block:
    return _built(kit.Section(_mrkdwn(text)))


def _built(component: Any) -> Block:
    """The component as JSON, checked by blockkit (whose `build` has no annotations)."""
    return dict(component.build())


def _mrkdwn(text: str) -> kit.Text:
    # Verbatim: Slack adds no links, channels or people of its own to what we wrote.
    return kit.Text(text, type="mrkdwn", verbatim=True)


def _field(label: Runs, value: Runs, note: str) -> str:
    words = value if plain(value).strip() else (Run(_NOTHING),)
    head = cut(label, limits.HEADER, note=limits.ELLIPSIS)
    return f"{head}\n{cut(words, limits.FIELD - len(head) - 1, note=note)}"


def _grouped(items: Iterable[Runs], note: str) -> list[str]:
    """The items' lines, in as few texts as a section's limit allows."""
    texts: list[str] = []
    for item in items:
        # The indentation of a nested item is not stripped: only its end is.
        indent = " " * (len(item[0].text) - len(item[0].text.lstrip()))
        line = indent + cut(item, limits.SECTION - len(indent), note=note)
        if texts and len(texts[-1]) + 1 + len(line) <= limits.SECTION:
            texts[-1] += "\n" + line
        else:
            texts.append(line)
    return texts


def _table(rows: Sequence[Sequence[Runs]], note: str, *, taken: bool) -> list[Block]:
    cells = [[_cell(runs) for runs in row] for row in rows]
    columns = max((len(row) for row in cells), default=0)
    if not columns:
        return []
    fits = len(cells) <= limits.TABLE_ROWS and columns <= limits.TABLE_COLUMNS
    # Slack takes one table a message; further and bigger ones are written as code.
    if fits and not taken and sum(len(cell) for row in cells for cell in row) <= limits.TABLE_TEXT:
        return [_built(TableBlock([[RawText(cell) for cell in row] for row in cells]))]
    return [_section(cut((Run(aligned(cells)),), limits.SECTION, shape=fence, note=note))]


def _cell(runs: Runs) -> str:
    text = _CONTROL.sub("‹", " ".join(plain(runs).split())) or _NOTHING  # noqa: RUF001 - a look-alike on purpose
    return text if len(text) <= limits.CELL else text[: limits.CELL - 1].rstrip() + limits.ELLIPSIS


def _actions(buttons: Sequence[Button], ref: str | None) -> Block:
    seen: dict[str, int] = {}
    elements: list[kit.Button] = []
    for button in buttons:
        seen[button.action] = seen.get(button.action, 0) + 1
        again = seen[button.action]
        label = cut(button.label, limits.BUTTON_TEXT, shape=plain_text, note=limits.ELLIPSIS) or button.action
        value = " ".join(part for part in (ref, button.argument) if part)[: limits.BUTTON_VALUE]
        elements.append(
            kit.Button(
                kit.Text(label, type="plain_text", emoji=True),
                # An action_id may stand once in a block.
                action_id=button.action if again == 1 else f"{button.action}:{again}",
                value=value or None,
                url=button.url,
                style="primary" if button.style == "primary" else "danger" if button.style == "danger" else None,
                confirm=_confirm(button) if button.question else None,
            )
        )
    return _built(kit.Actions(list(elements)))


def _confirm(button: Button) -> kit.Confirm:
    def text(runs: Runs, limit: int) -> kit.Text:
        return kit.Text(cut(runs, limit, shape=plain_text, note=limits.ELLIPSIS) or _NOTHING, type="plain_text")

    return kit.Confirm(
        title=text(button.label, limits.CONFIRM_TITLE),
        text=text((Run(button.question),), limits.CONFIRM_TEXT),
        confirm=text(button.label, limits.CONFIRM_BUTTON),
        deny=text((Run("Not now"),), limits.CONFIRM_BUTTON),
        style="danger" if button.style == "danger" else None,
    )


def _note(note: str) -> Block:
    return _built(kit.Context([_mrkdwn(note)]))


def _size(blocks: Sequence[Block]) -> int:
    return len(json.dumps(blocks))
