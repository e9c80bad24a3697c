"""What people want of action items."""

from dataclasses import dataclass
from datetime import date

from bot.domain.command import BaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class AddActionItem(BaseCommand):
    """Something is to be done. `priority` and `sort` as people say them: checked against what there is."""

    text: str
    owner: str | None = None
    due: date | None = None
    priority: str = ""
    sort: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeActionItem(BaseCommand):
    """An action item is to be otherwise: what is None stays as it is; `clear` names what is to be empty."""

    number: int
    text: str | None = None
    owner: str | None = None
    due: date | None = None
    priority: str | None = None
    sort: str | None = None
    links: tuple[str, ...] | None = None
    clear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishActionItem(BaseCommand):
    """An action item is done, and this shows it."""

    number: int
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropActionItem(BaseCommand):
    """An action item will not be done, because of this."""

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenActionItem(BaseCommand):
    """An action item is not done after all."""

    number: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileActionItem(BaseCommand):
    """An action item is to be filed in a tracker, by its system's name."""

    number: int
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFiled(BaseCommand):
    """A tracker has an action item."""

    number: int
    system: str
    key: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOwnerLeft(BaseCommand):
    """Somebody left the workspace: what they had needs another owner."""

    user: str
