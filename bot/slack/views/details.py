"""The further fields that a policy wants in a form."""

from collections.abc import Iterator, Mapping
from typing import Any

from blockkit import Input

from bot.domain.procedures import Detail, Form
from bot.domain.rules import Policy
from bot.slack.views.parts import select, text_input

#: What the names of these fields begin with, so that a policy may call one of them `title`.
_PREFIX = "detail:"
#: A form has room for no more of them.
_MOST = 50


def inputs(policy: Policy, form: Form, given: Mapping[str, Any] | None = None) -> Iterator[Input]:
    """The further fields of a form; `given` is what is in them, by field."""
    asked = policy.asked(form)
    if len(asked) > _MOST:
        asked = (*(d for d in asked if d.required), *(d for d in asked if not d.required))[:_MOST]
    for detail in asked:
        yield _input(detail, (given or {}).get(field_of(detail)))


def field_of(detail: Detail) -> str:
    """The name of a detail's field."""
    return f"{_PREFIX}{detail.name}"


def read(given: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by the policy's names; those that were left empty are there, and empty."""
    return {name.removeprefix(_PREFIX): value or "" for name, value in given.items() if name.startswith(_PREFIX)}


def _input(detail: Detail, initial: str | None) -> Input:
    name, label, optional = field_of(detail), detail.title or detail.name, not detail.required
    choices = [(choice, choice) for choice in detail.choices if choice.strip()]
    if choices:
        return select(name, label, choices, optional=optional, hint=detail.hint, initial=initial)
    return text_input(name, label, hint=detail.hint, optional=optional, multiline=detail.long, initial=initial)
