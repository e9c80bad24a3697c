"""Commands to incidents from a terminal: the database and the policy are enough, Slack is not asked."""

import contextlib
import getpass
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application import outbox, present
from bot.application.execute import Outcome
from bot.cli.blocks import Reader
from bot.cli.on_call import know_who_is_on_call
from bot.cli.terminal import say
from bot.core import Core, core
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.effects import Delivery, DraftReview, Effect, Refresh
from bot.domain.errors import UnknownIncident
from bot.domain.incident import Incident
from bot.domain.react import react
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.jobs.presence import SILENT
from bot.messages import Messages
from bot.paths import TEMPLATES
from bot.settings import read_settings
from bot.store import incidents, replicas, timeline
from bot.store.database import DatabaseUnavailable
from bot.store.incidents import Stored

_LIKE_A_SEVERITY = re.compile(r"(?:p|s|sev)[-_ ]?\d+", re.IGNORECASE)


def me() -> Actor:
    """Whoever is logged in; by number where a container runs as somebody without a name."""
    try:
        return Actor.cli(getpass.getuser())
    except (KeyError, OSError):  # the one until Python 3.12, the other since
        return Actor.cli(f"uid {os.getuid()}")


def reference(typed: str) -> str:
    """A reference as the database has it, from what somebody typed or pasted."""
    return typed.strip().strip("#`*").upper()


@contextlib.asynccontextmanager
async def application() -> AsyncIterator[Core]:
    """The application as this process's settings describe it. Raises SettingsFault or PolicyFault."""
    async with core(read_settings()) as built:
        yield built


def messages(built: Core) -> Messages:
    """The templates: what people read in Slack is what they read here."""
    settings = built.settings
    return Messages(
        pack=built.muster.policy.name,
        root=TEMPLATES,
        public_url=settings.muster_public_url,
        command=settings.muster_command,
    )


def severity_and_title(words: Sequence[str], policy: Policy) -> tuple[str | None, str]:
    """`P1 Checkout is down` as its severity and its title. Raises UnknownSeverity for `P9 Checkout is down`."""
    text = " ".join(words)
    first, _, rest = text.partition(" ")
    known = policy.find_severity(first)
    if known is None and _LIKE_A_SEVERITY.fullmatch(first):
        known = policy.severity(first)
    return (known.name, rest) if known else (None, text)


async def declare(words: Sequence[str], make: Callable[[str | None, str], c.Declare]) -> None:
    """Open an incident and say which. Raises DomainError or DatabaseUnavailable."""
    async with application() as built:
        severity, title = severity_and_title(words, built.muster.policy)
        await know_who_is_on_call(built)
        await _answer(built, await built.muster.execute(make(severity, title)))


async def act(ref: str, command: c.Command) -> None:
    """Carry out a command to an incident and say what was recorded. Raises DomainError or DatabaseUnavailable."""
    async with application() as built:
        await carry_out(built, ref, command)


async def carry_out(built: Core, ref: str, command: c.Command) -> None:
    """Like `act`, of an application that is there already."""
    if isinstance(command, c.Escalate):
        await know_who_is_on_call(built)
    await _answer(built, await built.muster.execute(command, ref=reference(ref)))


async def incident(built: Core, ref: str) -> Incident:
    """An incident as it is. Raises UnknownIncident or DatabaseUnavailable."""
    async with built.database.transaction() as connection:
        return (await stored(connection, ref)).incident


async def told(built: Core, ref: str) -> tuple[Stored, Sequence[Entry]]:
    """An incident and its whole timeline. Raises UnknownIncident or DatabaseUnavailable."""
    async with built.database.transaction() as connection:
        found = await stored(connection, ref)
        return found, await timeline.entries_of(connection, found.id)


async def stored(connection: AsyncConnection, ref: str) -> Stored:
    """An incident with its row. Raises UnknownIncident."""
    found = await incidents.by_ref(connection, reference(ref))
    if found is None:
        raise UnknownIncident(typed=reference(ref))
    return found


async def _answer(built: Core, outcome: Outcome) -> None:
    """The same words that Slack would answer with, one line for each thing that was recorded; and who tells Slack."""
    templates, reader = messages(built), Reader()
    if not outcome.entries:
        say(f"Nothing to do for {outcome.incident.ref}.")
    for entry in outcome.entries:
        values = present.about_entry(outcome.incident, entry, built.muster.policy, {}) | {
            "duplicate": False,
            "behind": None,
        }
        message = templates.render_safely("answer", ref=outcome.incident.ref, **values)
        say(reader.message(message.blocks, message.text))
    if any(isinstance(effect, Delivery | DraftReview | Refresh) for effect in _effects(built, outcome)):
        say(await who_tells(built), style="dim")
    if late := (await outbox.behind(built.muster, outcome.incident_id)).get(outcome.incident.ref):
        say(reader.mrkdwn(templates.line_safely("behind", behind=late)))


def _effects(built: Core, outcome: Outcome) -> Iterator[Effect]:
    """What follows from what was recorded."""
    for entry in outcome.entries:
        yield from react(outcome.incident, entry, built.muster.policy)


async def who_tells(built: Core) -> str:
    """Who tells Slack of what was recorded here: we ourselves never do."""
    now, running = built.muster.now(), True
    # It is recorded by now, whether the database says so much more or not.
    with contextlib.suppress(DatabaseUnavailable):
        async with built.database.transaction() as connection:
            known = await replicas.known(connection)
        running = any(one.works and now - one.seen_at < SILENT for one in known)
    if running:
        return "The running bot tells Slack, in order."
    return "No bot is running: Slack is told, in order, as soon as muster serve is."
