"""`muster incident timeline`: what happened as it was corrected, and correcting it, with the words of Slack."""

from datetime import UTC

from bot.application.present import about
from bot.application.queries import happened_at
from bot.cli.acting import application, carry_out, me, messages, told
from bot.cli.blocks import Reader
from bot.cli.showing import print_timeline
from bot.cli.terminal import say
from bot.core import Core
from bot.domain.incident import Incident
from bot.postmortem.corrections import Corrected, corrected
from bot.slack.correcting import command_of, timeline
from bot.slack.intents import Intent, Look
from bot.slack.said import Said
from bot.slack.usage import usage_of
from bot.slack.when import Correct


async def timeline_of(ref: str, words: tuple[str, ...]) -> None:
    """Print a timeline, or correct it, as the words say. Raises DomainError or DatabaseUnavailable."""
    async with application() as built:
        asked = _read(built, " ".join(words))
        stored, entries = await told(built, ref)
        if isinstance(asked, Correct):
            before = await happened_at(built.database, stored.id, asked.number) if asked.what == "move" else None
            now, over = built.muster.now(), stored.incident.resolved_at
            await carry_out(built, ref, command_of(asked, me(), now, happened_at=before, over=over))
            return
        if asked is Look.HIDDEN:
            _print_hidden(built, stored.incident, corrected(entries))
        else:
            print_timeline(built, stored.incident, entries)


def _print_hidden(built: Core, incident: Incident, corrections: Corrected) -> None:
    """What Slack would answer with."""
    values = about(incident, built.muster.policy, {}) | {"corrections": corrections}
    message = messages(built).render_safely("timeline_hidden", ref=incident.ref, **values)
    say(Reader().message(message.blocks, message.text))


def _read(built: Core, typed: str) -> Intent:
    usage = usage_of("timeline")
    assert usage is not None
    today = built.muster.now().astimezone(UTC).date()
    return timeline(Said(rest=typed, usage=usage, by=me(), policy=built.muster.policy, today=today))
