"""`muster incident show` and `list`."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.application import outbox, present
from bot.application.queries import as_read
from bot.cli.acting import application, messages, reference, told
from bot.cli.blocks import Reader
from bot.cli.terminal import advise, say, table
from bot.core import Core
from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.messages.filters import duration
from bot.store import incidents


async def show_list(*, closed: bool) -> None:
    """Print the incidents, the newest first: the open ones, or all. Raises DatabaseUnavailable."""
    async with application() as built:
        async with built.database.transaction() as connection:
            found = await incidents.recent(connection, open_only=not closed)
        late = await outbox.behind(built.muster)
    if not found:
        say("No incident is open." if not closed else "There has been no incident yet.")
        return
    rows = [
        (i.ref, i.severity, i.status, time(i.declared_at), f"{'DRILL ' if i.drill else ''}{i.title}") for i in found
    ]
    table(("Reference", "Severity", "Status", "Since", "Title"), rows)
    for ref in [i.ref for i in found if i.ref in late]:
        advise(f"{ref}: Slack is {duration(late[ref].oldest)} behind.")


async def show(typed: str) -> None:
    """Print how an incident stands and everything that happened. Raises UnknownIncident or DatabaseUnavailable."""
    ref = reference(typed)
    async with application() as built:
        stored, entries = await told(built, ref)
        templates, reader, incident = messages(built), Reader(), stored.incident
        card = templates.render_safely("summary", ref=ref, **present.about(incident, built.muster.policy, {}))
        say(reader.message(card.blocks, card.text, buttons=False))
        if (late := (await outbox.behind(built.muster, stored.id)).get(ref)) is not None:
            say(reader.mrkdwn(templates.line_safely("behind", behind=late)))
        say("")
        print_timeline(built, incident, entries)


def print_timeline(built: Core, incident: Incident, entries: Iterable[Entry]) -> None:
    """Print a whole timeline as it was corrected, with the numbers by which its entries are named."""
    read, corrections = as_read(entries)
    templates, reader, policy = messages(built), Reader(), built.muster.policy
    rows = [
        (entry, templates.line("entry", entry=entry, incident=incident, policy=policy, corrections=corrections))
        for entry in read
    ]
    table(
        ("#", "Time (UTC)", "Who", "What"),
        [(entry.seq, time(entry.at), entry.by, reader.mrkdwn(sentence).plain) for entry, sentence in rows],
    )
    if corrections.hides:
        advise(f"{len(corrections.hides)} hidden, see `muster incident timeline {incident.ref} hidden`.")


def time(moment: datetime) -> str:
    """A time in UTC, as tables have it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
