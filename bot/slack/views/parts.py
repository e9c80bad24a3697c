"""The inputs that modals are made of, and what comes back from them. A field's block and action share its name."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from blockkit import (
    Checkboxes,
    DatePicker,
    DatetimePicker,
    Input,
    Modal,
    MultiUsersSelect,
    Option,
    PlainTextInput,
    Section,
    StaticSelect,
    Text,
    UsersSelect,
)

from bot.messages import Message
from bot.slack.wording import tidy

#: Slack's limits in characters.
INPUT = 3000
_OPTION_TEXT = 75
_VALUE = 150
_LABEL = 2000
#: And in number: blocks of a modal, options of a menu and of tick boxes.
_BLOCKS = 100
OPTIONS = 100
TICKS = 10

View = dict[str, Any]
Choices = Iterable[tuple[str, str]]
Block = Input | Section


def modal(callback_id: str, title: str, submit: str, blocks: Iterable[Block], **metadata: Any) -> View:
    """A modal with a form.

    Args:
        callback_id: whose form it is.
        title: at most 24 characters.
        submit: the button's label, at most 24 characters.
        blocks: the inputs.
        metadata: what is needed again when it comes back; None is left out.
    """
    kept = json.dumps({name: value for name, value in metadata.items() if value is not None})
    shown: list[Any] = list(blocks)[:_BLOCKS]
    view: View = Modal(
        title=title,
        submit=submit,
        close="Cancel",
        callback_id=callback_id,
        private_metadata=kept,
        blocks=shown,
    ).build()  # type: ignore[no-untyped-call] # blockkit ships this one untyped
    return view


def notice(title: str, message: Message) -> View:
    """A modal that only says something."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": "Done"},
        "blocks": message.blocks,
    }


def notice_of(title: str, mrkdwn: str) -> View:
    """A modal that only says a sentence or two."""
    return notice(title, Message(mrkdwn, [{"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn}}]))


def paragraph(mrkdwn: str) -> list[Section]:
    """A paragraph between inputs; none where there is nothing to say. Nothing in it becomes a link by itself."""
    return [Section(text=Text(mrkdwn[:INPUT], type="mrkdwn", verbatim=True))] if mrkdwn else []


def paragraphs(lines: Iterable[str], most: int) -> list[Section]:
    """Lines in as few paragraphs as hold them, `most` at most."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + 1 + len(line) <= INPUT:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return [block for text in texts[:most] for block in paragraph(text)]


def text_input(
    name: str,
    label: str,
    *,
    hint: str = "",
    optional: bool = False,
    multiline: bool = False,
    initial: str | None = None,
    limit: int = INPUT,
) -> Input:
    """A field to write in; `limit` in characters."""
    most = min(limit, INPUT)
    element = PlainTextInput(
        action_id=name, multiline=multiline, max_length=most, initial_value=(initial or "")[:most] or None
    )
    return Input(label=label[:_LABEL], element=element, block_id=name, optional=optional, hint=hint[:_LABEL] or None)


def select(
    name: str,
    label: str,
    choices: Choices,
    *,
    initial: str | None = None,
    optional: bool = False,
    hint: str = "",
    live: bool = False,
    block: str | None = None,
) -> Input:
    """A menu of (value, text); the first hundred.

    Args:
        name: the field.
        label: what is asked.
        choices: the values, and what people read.
        initial: the value that is chosen at first.
        optional: whether none need be chosen.
        hint: what stands below.
        live: whether a choice is told at once.
        block: the block's id, if it is not the field's name: with another one, a form that is changed takes the
            `initial` value instead of what was chosen.
    """
    options = {value: _option(value, text) for value, text in choices}
    offered = list(options.values())[:OPTIONS]
    first = options.get(initial) if initial else None
    element = StaticSelect(action_id=name, options=offered, initial_option=first if first in offered else None)
    return Input(
        label=label[:_LABEL],
        element=element,
        block_id=block or name,
        optional=optional,
        hint=hint[:_LABEL] or None,
        dispatch_action=live or None,
    )


def checkboxes(name: str, label: str, choices: Choices, *, initial: Iterable[str] = (), live: bool = False) -> Input:
    """Ten boxes at most, of (value, text), none of which need be ticked; those of `initial` are.

    `live`: each tick is told at once.
    """
    options = {value: _option(value, text) for value, text in choices}
    ticked = [options[value] for value in dict.fromkeys(initial) if value in options]
    element = Checkboxes(action_id=name, options=list(options.values()), initial_options=ticked or None)
    return Input(label=label, element=element, block_id=name, optional=True, dispatch_action=live or None)


def moment_input(name: str, label: str, *, hint: str = "") -> Input:
    """A day and a time in the reader's own zone, which need not be given."""
    element = DatetimePicker(action_id=name)
    return Input(label=label, element=element, block_id=name, optional=True, hint=hint or None)


def day_input(name: str, label: str, *, hint: str = "", initial: date | None = None, optional: bool = True) -> Input:
    """A day, as the calendar has it where the policy's office is."""
    element = DatePicker(action_id=name, initial_date=initial.isoformat() if initial else None)
    return Input(label=label, element=element, block_id=name, optional=optional, hint=hint or None)


def person_select(name: str, label: str, *, initial: str | None = None, optional: bool = False) -> Input:
    """A menu of everybody in the workspace."""
    element = UsersSelect(action_id=name, initial_user=initial)
    return Input(label=label, element=element, block_id=name, optional=optional)


def people_select(name: str, label: str, *, hint: str = "", initial: Iterable[str] = (), live: bool = False) -> Input:
    """The same for any number, or nobody."""
    element = MultiUsersSelect(action_id=name, initial_users=list(initial) or None)
    return Input(
        label=label, element=element, block_id=name, optional=True, hint=hint or None, dispatch_action=live or None
    )


def metadata(view: Mapping[str, Any]) -> dict[str, Any]:
    """What `modal` kept; nothing where it is not what `modal` wrote."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in kept.items() if isinstance(value, str)} if isinstance(kept, dict) else {}


def values(view: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, by field: a text, a chosen value (a time in Unix seconds), or a list of them.

    Empty fields are empty.
    """
    return {
        name: _value(element)
        for block in view["state"]["values"].values()
        for name, element in block.items()
        if isinstance(element, dict)
    }


def _value(element: Mapping[str, Any]) -> str | list[str] | None:
    match element.get("type"):
        case "plain_text_input":
            return tidy(element.get("value") or "")
        case "datetimepicker":
            chosen = element.get("selected_date_time")
            return str(chosen) if chosen else None
        case "datepicker":
            day = element.get("selected_date")
            return day if isinstance(day, str) else None
        case "static_select":
            chosen = element.get("selected_option")
            return chosen["value"] if chosen else None
        case "checkboxes":
            return [option["value"] for option in element.get("selected_options") or ()]
        case "users_select":
            return element.get("selected_user")
        case "multi_users_select":
            return list(element.get("selected_users") or ())
        case _:
            return None


def fields(view: Mapping[str, Any]) -> dict[str, str]:
    """The block in which each field of a form stands."""
    return {name: block for block, actions in view["state"]["values"].items() for name in actions}


def _option(value: str, text: str) -> Option:
    """An option; what does not fit its text goes on in its description."""
    words = " ".join(text.split())
    if len(words) <= _OPTION_TEXT:
        return Option(text=words or value[:_OPTION_TEXT], value=value[:_VALUE])
    end = words.rfind(" ", 0, _OPTION_TEXT + 1)
    end = end if end > _OPTION_TEXT // 2 else _OPTION_TEXT
    rest = words[end:].strip()
    below = rest if len(rest) <= _OPTION_TEXT else f"{rest[: _OPTION_TEXT - 1].rstrip()}…"
    return Option(text=words[:end], value=value[:_VALUE], description=below)
