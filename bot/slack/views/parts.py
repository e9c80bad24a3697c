"""The inputs that modals are made of, and what comes back from them. A field's block and action share its name."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from blockkit import (
    Checkboxes,
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
_INPUT = 3000
_OPTION_TEXT = 75
_VALUE = 150

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
    view: View = Modal(
        title=title,
        submit=submit,
        close="Cancel",
        callback_id=callback_id,
        private_metadata=kept,
        blocks=list(blocks),
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


def paragraph(mrkdwn: str) -> list[Section]:
    """A paragraph between inputs; none where there is nothing to say."""
    return [Section(text=Text(mrkdwn[:_INPUT], type="mrkdwn"))] if mrkdwn else []


def text_input(
    name: str,
    label: str,
    *,
    hint: str = "",
    optional: bool = False,
    multiline: bool = False,
    initial: str | None = None,
    limit: int = _INPUT,
) -> Input:
    """A field to write in; `limit` in characters."""
    element = PlainTextInput(
        action_id=name, multiline=multiline, max_length=min(limit, _INPUT), initial_value=initial or None
    )
    return Input(label=label, element=element, block_id=name, optional=optional, hint=hint or None)


def select(name: str, label: str, choices: Choices, *, initial: str | None = None, optional: bool = False) -> Input:
    """A menu of (value, text); `initial` is a value."""
    options = {value: _option(value, text) for value, text in choices}
    element = StaticSelect(
        action_id=name, options=list(options.values()), initial_option=options.get(initial) if initial else None
    )
    return Input(label=label, element=element, block_id=name, optional=optional)


def checkboxes(name: str, label: str, choices: Choices, *, initial: Iterable[str] = ()) -> Input:
    """Boxes of (value, text), none of which need be ticked; those of `initial` are."""
    options = {value: _option(value, text) for value, text in choices}
    ticked = [options[value] for value in initial]
    element = Checkboxes(action_id=name, options=list(options.values()), initial_options=ticked or None)
    return Input(label=label, element=element, block_id=name, optional=True)


def person_select(name: str, label: str, *, initial: str | None = None) -> Input:
    """A menu of everybody in the workspace."""
    return Input(label=label, element=UsersSelect(action_id=name, initial_user=initial), block_id=name)


def people_select(name: str, label: str, *, hint: str = "") -> Input:
    """The same for any number, or nobody."""
    return Input(label=label, element=MultiUsersSelect(action_id=name), block_id=name, optional=True, hint=hint or None)


def metadata(view: Mapping[str, Any]) -> dict[str, Any]:
    """What `modal` kept; nothing where it is not what `modal` wrote."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in kept.items() if isinstance(value, str)} if isinstance(kept, dict) else {}


def values(view: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, by field: a text, a chosen value, or a list of them; empty fields are empty."""
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


def _option(value: str, text: str) -> Option:
    short = text if len(text) <= _OPTION_TEXT else f"{text[: _OPTION_TEXT - 1].rstrip()}…"
    return Option(text=short, value=value[:_VALUE])
