"""Asking for action items and reviews to be filed elsewhere. The outbox does it, once, in order with all the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import DomainError, UnknownIncident
from bot.domain.incident import Incident
from bot.store import incidents

#: What takes action items, and what takes reviews.
TRACKERS, WIKIS = ("github", "gitlab", "jira"), ("confluence",)


class UnknownSystem(DomainError):
    """There is no system “{typed}” here."""


class NotSetUp(DomainError):
    """Muster has no access to {what}."""

    @property
    def hint(self) -> str:
        """The setting that is missing."""
        return f"Set {self.details['setting']} and what goes with it: docs/exports.md says how."


class StaysHere(DomainError):
    """{ref} is private: nothing of it is filed elsewhere. Do it by hand, where only those who take part can read it."""


class NothingToFile(DomainError):
    """{ref} has no open action item that is not in {what} already."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the items by their numbers, now or before, and the incident as it is."""

    incident: Incident
    numbers: tuple[int, ...] = ()


def system_of(typed: str, known: Sequence[str], ready: Collection[str]) -> str:
    """The system that is meant.

    Args:
        typed: its name.
        known: those that take what is filed.
        ready: those that are set up (`ExportSettings.exports_to`).

    Raises:
        UnknownSystem, NotSetUp: it takes nothing.
    """
    name = typed.strip().casefold()
    if name not in known:
        raise UnknownSystem(typed=typed, known=list(known))
    if name not in ready:
        raise NotSetUp(what=name, setting=f"MUSTER_{name.upper()}_TOKEN")
    return name


async def file_items(
    muster: Muster, ref: str, system: str, numbers: Sequence[int] = (), *, by: Actor, key: str | None = None
) -> Asked:
    """Ask for action items to be filed; what is there already stays there.

    Args:
        muster: the application.
        ref: the incident.
        system: from `system_of`.
        numbers: which items; else all that are open.
        by: who asks.
        key: the id of what came in.

    Raises:
        UnknownIncident, UnknownTask, StaysHere, NothingToFile: nothing was asked for.
        DatabaseUnavailable: some may not have been asked for; to ask again does no harm.
    """
    incident = await _public(muster, ref, by)
    open_ones = (item.number for item in incident.open_items() if system not in item.tracked)
    wanted = tuple(dict.fromkeys(numbers)) or tuple(open_ones)
    if not wanted:
        raise NothingToFile(ref=ref, what=system)
    for number in wanted:
        command = c.FileActionItem(by=by, number=number, system=system)
        each = f"{key}:{number}" if key else None
        incident = (await muster.execute(command, ref=ref, key=each)).incident
    return Asked(incident, wanted)


async def file_review(muster: Muster, ref: str, system: str, *, by: Actor, key: str | None = None) -> Asked:
    """Ask for the review to be filed, or to be brought up to date there.

    Raises:
        UnknownIncident, NoReview, StaysHere: nothing was asked for.
        DatabaseUnavailable: nothing was recorded.
    """
    await _public(muster, ref, by)
    outcome = await muster.execute(c.FileReview(by=by, system=system), ref=ref, key=key)
    return Asked(outcome.incident)


async def _public(muster: Muster, ref: str, by: Actor) -> Incident:
    async with muster.database.transaction() as connection:
        stored = await incidents.by_ref(connection, ref)
    if stored is None or not stored.incident.seen_by(by):
        raise UnknownIncident(typed=ref)
    if stored.incident.private:
        raise StaysHere(ref=ref)
    return stored.incident
