"""What happens to action items: who is to do what by when, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemAdded(BaseEvent):
    """Something is to be done, by somebody, by a day.

    `priority` is one of the policy's, `sort` what it is good for (`bot.domain.action_item.SORTS`); both may be empty.
    """

    number: int
    text: str
    owner: str | None = None
    due: date | None = None
    priority: str = ""
    sort: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemChanged(BaseEvent):
    """An action item is as it says here from now on; `changed` names what is new of these."""

    number: int
    text: str
    owner: str | None = None
    due: date | None = None
    priority: str = ""
    sort: str = ""
    links: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemDone(BaseEvent):
    """An action item was done; `evidence` says what shows it, perhaps with a link."""

    number: int
    text: str
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemDropped(BaseEvent):
    """An action item will not be done."""

    number: int
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemReopened(BaseEvent):
    """An action item is not done after all."""

    number: int
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemDue(BaseEvent):
    """Somebody is reminded of an item: `when` is `soon`, `today`, `late`, or `unplanned` (no owner, or no day)."""

    number: int
    text: str
    when: str
    due_at: datetime
    owner: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemOrphaned(BaseEvent):
    """Whoever had an action item left the workspace: nobody has it now."""

    number: int
    text: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemFiling(BaseEvent):
    """An action item is to be filed in a tracker, by its system's name."""

    quiet = True
    number: int
    text: str
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemFiled(BaseEvent):
    """An action item is in a tracker, as `key`."""

    number: int
    text: str
    system: str
    key: str
    url: str


ItemEvent = (
    ActionItemAdded
    | ActionItemChanged
    | ActionItemDone
    | ActionItemDropped
    | ActionItemReopened
    | ActionItemDue
    | ActionItemOrphaned
    | ActionItemFiling
    | ActionItemFiled
)
