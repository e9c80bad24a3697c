"""The work of `muster export`: the running bot files, once; here it is asked to, and the links are waited for."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.application import filing, outbox
from bot.cli.acting import application, incident, me, reference, who_tells
from bot.cli.outcome import FAULT, OK, USAGE, stop
from bot.cli.terminal import complain, say, table
from bot.core import Core
from bot.domain.incident import Incident
from bot.domain.standing import Standing
from bot.store.letters import Shown

#: Seconds between two looks.
_LOOK_S = 0.5
_KINDS = {"file_item", "file_review"}
_COLUMNS = ("What", "System", "Where")


async def export(typed: str, *, items: str | None, numbers: Sequence[int], review: str | None, wait: float) -> int:
    """File what is wanted, and print where it is; returns the exit status.

    Args:
        typed: the incident.
        items: the tracker for action items.
        numbers: which items; else all open ones.
        review: the wiki for the review.
        wait: seconds until what is not there yet is left to the bot.

    Raises:
        DomainError: it cannot be asked for.
        DatabaseUnavailable: the database does not answer.
    """
    if numbers and not items:
        stop("Which items go where? Say --items SYSTEM, too.", status=USAGE)
    ref = reference(typed)
    async with application() as built:
        ready = built.settings.exports_to
        if not items and not review:
            _show(await incident(built, ref), ready)
            return OK
        # Both are looked at before either is asked for.
        tracker = filing.system_of(items, filing.TRACKERS, ready) if items else ""
        wiki = filing.system_of(review, filing.WIKIS, ready) if review else ""
        before = {row.id for row in await outbox.look(built.muster, ref=ref)}
        wanted: Sequence[int] = ()
        if tracker:
            wanted = (await filing.file_items(built.muster, ref, tracker, numbers, by=me())).numbers
        if wiki:
            await filing.file_review(built.muster, ref, wiki, by=me())
        left = await _left(built, ref, before, wait)
        there = await incident(built, ref)
        for what, system, where in _filed(there):
            if (system == tracker and what in {f"item {number}" for number in wanted}) or system == wiki:
                say(f"{what} in {system}: {where}")
        refused = [row for row in left if row.standing is Standing.REFUSED]
        for row in refused:
            complain(f"{row.what} was refused: {row.reason}. {row.remedy}".strip())
        if len(refused) < len(left):
            say(f"{len(left) - len(refused)} on the way. {await who_tells(built)}", style="dim")
            say(f"muster export {ref} says later where they are, muster outbox list {ref} why they wait.", style="dim")
        return FAULT if refused else OK


async def _left(built: Core, ref: str, before: set[int], wait: float) -> list[Shown]:
    """What is not filed when everything was tried, or the time is over."""
    until = built.muster.now() + timedelta(seconds=wait)
    while True:
        rows = [row for row in await outbox.look(built.muster, ref=ref) if row.kind in _KINDS]
        # What was refused long ago is not what was asked for now.
        rows = [row for row in rows if row.standing is not Standing.REFUSED or row.id not in before]
        tried = all(row.standing is Standing.REFUSED for row in rows)
        if tried or built.muster.now() >= until:
            return rows
        await asyncio.sleep(_LOOK_S)


def _filed(there: Incident) -> Iterator[tuple[str, str, str]]:
    """What is where: what it is, the system, the address."""
    for item in there.action_items:
        yield from ((f"item {item.number}", system, url) for system, url in item.tracked.items())
    yield from (("review", system, url) for system, url in there.review.filed.items())


def _show(there: Incident, ready: Sequence[str]) -> None:
    rows = list(_filed(there))
    if rows:
        table(_COLUMNS, rows)
    else:
        say(f"Nothing of {there.ref} is filed elsewhere.")
    say(f"Set up: {', '.join(ready)}." if ready else "No system is set up: docs/exports.md says how.", style="dim")
