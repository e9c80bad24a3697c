"""What a message is made of, between its Markdown and its blocks: still whole, still uncut."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.messages.runs import Run, plain

Runs = tuple[Run, ...]

#: Before an item that is to be ticked off, and before one that is.
OPEN, DONE = "☐ ", "☑ "


@dataclass(frozen=True, slots=True)
class Header:
    """`# Heading`."""

    runs: Runs


class Form(StrEnum):
    """How a section's text is written."""

    TEXT = "text"
    QUOTE = "quote"
    FENCE = "fence"


@dataclass(frozen=True, slots=True)
class Section:
    """A paragraph, a sub-heading, a list, a quotation or a code block."""

    runs: Runs
    form: Form = Form.TEXT


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; between its items it may be broken into several sections."""

    items: tuple[Runs, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A list whose every item is `**Label:** value`."""

    fields: tuple[tuple[Runs, Runs], ...]


@dataclass(frozen=True, slots=True)
class Context:
    """A paragraph in `_…_`: small print. One that is to be `kept` is not left out where the message is cut."""

    runs: Runs
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first row is its heading."""

    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """`---`."""


@dataclass(frozen=True, slots=True)
class Button:
    """A link in a paragraph of buttons.

    Attributes:
        label: What it says.
        action: Its `action_id`; `open` for a link.
        argument: What follows the incident's reference in its value.
        url: Where it leads, for a link.
        style: `primary`, `danger` or none.
        question: Asked before it acts, when not empty.
    """

    label: Runs
    action: str
    argument: str = ""
    url: str | None = None
    style: str | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """A paragraph made only of links, at least one of them `button:…`."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """An item of a list to tick off, whether it is `done`, and the small print below it."""

    runs: Runs
    done: bool
    small: Runs = ()


@dataclass(frozen=True, slots=True)
class Ticks:
    """A list to tick off; `name` says which."""

    name: str
    items: tuple[Tick, ...]


Node = Header | Section | Listing | Fields | Context | Table | Divider | Actions | Ticks


def reading(node: Node) -> Runs:
    """What a person reads of a node, for the message's plain text; nothing for buttons and rules."""
    match node:
        case Header(runs) | Section(runs) | Context(runs):
            return runs
        case Listing(items):
            return tuple(run for item in items for run in (Run("\n"), *item))[1:]
        case Fields(fields):
            lines = ((*label, Run(" "), *value) for label, value in fields)
            return tuple(run for line in lines for run in (Run("\n"), *line))[1:]
        case Ticks(items=ticks):
            marked = ((Run(DONE if tick.done else OPEN), *tick.runs, *_below(tick.small)) for tick in ticks)
            return tuple(run for line in marked for run in (Run("\n"), *line))[1:]
        case Table(rows):
            return (Run("\n".join(" · ".join(plain(cell) for cell in row) for row in rows)),)
        case Divider() | Actions():
            return ()


def lines(nodes: Iterable[Node]) -> Runs:
    """What a person reads of all the nodes, one under the other."""
    runs: list[Run] = []
    for node in nodes:
        line = reading(node)
        if any(run.text.strip() for run in line):
            runs += [*([Run("\n")] if runs else []), *line]
    return tuple(runs)


def _below(small: Runs) -> Runs:
    return (Run(" ("), *small, Run(")")) if small else ()
