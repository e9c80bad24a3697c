"""What a policy asks of people, at a terminal: checklists, texts and clocks."""

import sys
from pathlib import Path

from bot.application import overviews
from bot.cli.acting import act, application, carry_out, incident, me
from bot.cli.outcome import stop
from bot.cli.records import put
from bot.cli.showing import time
from bot.cli.terminal import say, table
from bot.domain import commands as c
from bot.domain.clocks import Deadline
from bot.domain.errors import DomainError
from bot.domain.incident import Tally
from bot.domain.timing import called_by
from bot.messages.letters import letter_values, render_letter
from bot.slack.dates import span as length
from bot.slack.views.papers import filled_in

_SUBJECT = "Subject: "


class UnknownItem(DomainError):
    """“{title}” has no item {number}: they go from 1 to {last}."""


async def snooze(ref: str, clock: str, span: str, why: str) -> None:
    """Keep a clock silent for a while. Raises DomainError or DatabaseUnavailable, as all here do."""
    await act(ref, c.SnoozeClock(by=me(), clock=clock, span=length(span), why=why))


async def extend(ref: str, clock: str, span: str, why: str) -> None:
    """Give something more time."""
    await act(ref, c.ExtendClock(by=me(), clock=clock, span=length(span), why=why))


async def clocks(ref: str) -> None:
    """Print what is due and by when, and who is called next."""
    async with application() as built:
        policy, stands = built.muster.policy, await incident(built, ref)
    found, names = overviews.clocks(stands, policy), called_by(stands, policy)
    due = [(names[one.clock], time(one.due_at), _state(one)) for one in found["clocks"]]
    calls = [(name, time(at), f"calls {', '.join(names)}") for name, at, names in found["steps"]]
    if not due and not calls:
        say("No clock is running.")
        return
    table(("Clock", "Time (UTC)", ""), [*due, *calls])


async def checklists(ref: str) -> None:
    """Print the checklists and how far each is."""
    async with application() as built:
        found = overviews.checklists(await incident(built, ref), built.muster.policy)
    shown = [(tally.name, f"{len(tally.done)} of {len(tally.items)}", tally.title) for tally in found["shown"]]
    others = [(rule.name, "not shown", rule.title) for rule in found["others"]]
    if not shown and not others:
        say("The policy has no checklists.")
        return
    table(("Checklist", "Done", "Title"), [*shown, *others])


async def checklist(ref: str, name: str) -> None:
    """Bring a checklist into the channel, if it is not there, and print it."""
    async with application() as built:
        meant = overviews.checklist(await incident(built, ref), built.muster.policy, name)
        if not isinstance(meant, Tally):
            await carry_out(built, ref, c.ShowChecklist(by=me(), checklist=meant.name))
        tally = (await incident(built, ref)).tally(meant.name)
    assert tally is not None, "it is shown by now"
    done = {tick.number: time(tick.at) for tick in tally.ticks}
    roles = dict(enumerate(tally.roles, 1))
    items = enumerate(tally.items, 1)
    table(("#", "Done", "Item", "Whose"), [(n, done.get(n, ""), item, roles.get(n, "")) for n, item in items])


async def tick(ref: str, name: str, numbers: tuple[int, ...], *, undo: bool) -> None:
    """Tick items of a checklist off, or take their ticks back."""
    async with application() as built:
        meant = overviews.checklist(await incident(built, ref), built.muster.policy, name)
        if wrong := [number for number in numbers if number > len(meant.items)]:
            raise UnknownItem(title=meant.title, number=wrong[0], last=len(meant.items))
        if not isinstance(meant, Tally):
            await carry_out(built, ref, c.ShowChecklist(by=me(), checklist=meant.name))
        done, undone = ((), numbers) if undo else (numbers, ())
        await carry_out(built, ref, c.TickItems(by=me(), checklist=meant.name, done=done, undone=undone))


async def texts(ref: str) -> None:
    """Print the texts, those that fit now first, and by when each is due."""
    async with application() as built:
        found = overviews.texts(await incident(built, ref), built.muster.policy)
    rows = [
        (
            letter.name,
            letter.audience,
            "fits" if fits else "",
            time(found["dues"][letter.name]) if letter.name in found["dues"] else "",
            letter.title,
        )
        for fits, letters in ((True, found["fitting"]), (False, found["others"]))
        for letter in letters
    ]
    if not rows:
        say("The policy has no texts.")
        return
    table(("Text", "For", "Now", "Due (UTC)", "Title"), rows)


async def print_text(ref: str, name: str) -> None:
    """Print a text with what is known filled in."""
    async with application() as built:
        policy = built.muster.policy
        letter = policy.letter(name)
        values = letter_values(await incident(built, ref), policy, built.muster.now())
    subject, body = render_letter(letter, values)
    put(f"{_SUBJECT}{subject}\n\n{body}" if subject else body, None)


async def record_text(ref: str, name: str, written: str) -> None:
    """Record that a text went out, as it was printed and changed."""
    first, _, rest = written.partition("\n")
    subject, body = (first.removeprefix(_SUBJECT), rest) if first.startswith(_SUBJECT) else ("", written)
    async with application() as built:
        policy = built.muster.policy
        letter = policy.letter(name)
        command = c.RecordText(by=me(), text=letter.name, subject=subject, body=body)
        await carry_out(built, ref, filled_in(command, letter, policy))


def written(file: Path) -> str:
    """What a file has, or standard input."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        stop(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.")


def _state(one: Deadline) -> str:
    return ", ".join(word for word, so in (("missed", one.rings_at is None), ("extended", one.extended)) if so)
