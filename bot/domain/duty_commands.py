"""What people find out, tick off and write as the policy asks them to, and what they want of its clocks."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.command import BaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCondition(BaseCommand):
    """Something turned out to be so."""

    condition: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCondition(BaseCommand):
    """It turned out not to be so."""

    condition: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCause(BaseCommand):
    """The cause is known."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChecklist(BaseCommand):
    """Bring one of the policy's checklists into the channel."""

    checklist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickItems(BaseCommand):
    """Items (from 1) of a checklist are done, or were not after all."""

    checklist: str
    done: tuple[int, ...] = ()
    undone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordText(BaseCommand):
    """One of the policy's texts went out, as it stands here."""

    text: str
    body: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeClock(BaseCommand):
    """A clock is to be silent for a while."""

    clock: str
    span: timedelta
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendClock(BaseCommand):
    """There is to be more time for something."""

    clock: str
    span: timedelta
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan(BaseCommand):
    """The policy changed: the clocks are set anew. `rules` says in short by which, so that it is done once."""

    rules: str = ""
