"""The work behind `muster outbox`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from bot.application import outbox
from bot.cli.acting import application, me, reference
from bot.cli.outcome import FAULT, OK
from bot.cli.terminal import advise, complain, say, table
from bot.core import Core
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.errors import DomainError
from bot.store.letters import Shown

#: The largest number that a row can have.
_LARGEST = 2**63 - 1
_COLUMNS = ("ID", "Incident", "What", "State", "Since (UTC)", "Tries", "Why", "What helps")


async def show(typed: str | None, *, everything: bool, as_json: bool) -> None:
    """Print rows of the outbox. Raises UnknownIncident or DatabaseUnavailable."""
    ref = reference(typed) if typed else None
    async with application() as built:
        rows = await outbox.look(built.muster, ref=ref, everything=everything)
    if as_json:
        say(json.dumps([_data(row) for row in rows], indent=2, ensure_ascii=False))
    elif rows:
        table(_COLUMNS, [_cells(row) for row in rows])
    else:
        say("Slack has been told everything.")
    if len(rows) == outbox.MOST:
        advise(f"There is more than these {outbox.MOST} rows: name an incident, or see GET /metrics.")


async def retry(ids: Sequence[int]) -> int:
    """Ask Slack again for rows; returns the exit status. Raises DatabaseUnavailable."""
    async with application() as built:
        return await _each(built, ids, lambda number: c.RetryDelivery(by=me(), outbox=number))


async def retry_refused(typed: str | None) -> int:
    """Ask Slack again for everything that it refused. Raises UnknownIncident or DatabaseUnavailable."""
    async with application() as built:
        ids = await outbox.refused(built.muster, reference(typed) if typed else None)
        if not ids:
            say("Nothing that Slack refused can be retried.")
        return await _each(built, ids, lambda number: c.RetryDelivery(by=me(), outbox=number))


async def drop(ids: Sequence[int], why: str) -> int:
    """Give rows up; returns the exit status. Raises DatabaseUnavailable."""
    async with application() as built:
        return await _each(built, ids, lambda number: c.DropDelivery(by=me(), outbox=number, why=why))


async def _each(built: Core, ids: Sequence[int], command: Callable[[int], c.DeliveryCommand]) -> int:
    """One after the other, in order; what cannot be done for one keeps nothing from the others."""
    status = OK
    for number in dict.fromkeys(ids):
        try:
            done = await outbox.act(built.muster, command(min(number, _LARGEST)))
        except DomainError as error:
            complain(error.sentence)
            status = FAULT
            continue
        for entry in done.entries:
            _confirm(done.incident.ref, entry.event)
    return status


def _confirm(ref: str, event: e.Event) -> None:
    match event:
        case e.DeliveryRetried():
            more = f", and {event.behind} more with it" if event.behind else ""
            say(f"{ref}: {event.outbox}, {event.what}, is to be sent again{more}.")
        case e.DeliveryDropped():
            more = f", and {event.behind} more with it" if event.behind else ""
            say(f"{ref}: {event.outbox}, {event.what}, is dropped{more}.")
        case _:
            raise TypeError(event)


def _cells(row: Shown) -> Sequence[object]:
    state = f"{row.standing} until {row.again:%H:%M:%S}" if row.again and row.reason else row.standing
    return (row.id, row.ref, row.what, state, _time(row.since), row.tries, row.reason, row.remedy)


def _data(row: Shown) -> dict[str, object]:
    times = {
        "since": row.since.astimezone(UTC).isoformat(),
        "again": row.again and row.again.astimezone(UTC).isoformat(),
    }
    return asdict(row) | {"standing": row.standing.value} | times


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
