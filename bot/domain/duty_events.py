"""What people find out, tick off and write, as the policy asks them to.

Each says everything of its moment: a pack may drop a condition or a checklist while old incidents are read.
"""

from dataclasses import dataclass

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSet(BaseEvent):
    """Something turned out to be so, such as lost data."""

    condition: str
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionCleared(BaseEvent):
    """It turned out not to be so. `steps` of the escalation wait for nothing else that is so, and begin anew."""

    condition: str
    title: str
    why: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFound(BaseEvent):
    """Somebody knows what caused it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistShown(BaseEvent):
    """There is a list to tick off. `roles` has whose each item is, or an empty text."""

    name: str
    title: str
    items: tuple[str, ...]
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTicked(BaseEvent):
    """An item (from 1) of a checklist is done."""

    checklist: str
    title: str
    number: int
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemUnticked(BaseEvent):
    """An item of a checklist was not done after all."""

    checklist: str
    title: str
    number: int
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSent(BaseEvent):
    """Somebody said that a text went out, and what it said. `channel` is the Slack channel to which it goes as well."""

    text: str
    title: str
    audience: str
    body: str
    subject: str = ""
    channel: str | None = None
