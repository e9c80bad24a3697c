"""What Slack says of a message or a person as the command that records it, whether told in an event or read later."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.incident import Incident
from bot.slack.wording import words_of
from bot.store.incidents import Stored

Said = Mapping[str, Any]

#: Kinds of messages that people write; everything else with a subtype is Slack's or a bot's.
WRITTEN = frozenset({None, "file_share", "me_message", "thread_broadcast"})
#: Slack's own lines about who comes and goes.
CAME = frozenset({"channel_join", "group_join"})
WENT = frozenset({"channel_leave", "group_leave"})
#: What a deleted message leaves in its place when others replied to it.
TOMBSTONE = "tombstone"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Slack dates edits by the second.
_EDITING = timedelta(seconds=2)


def moment(ts: object) -> datetime | None:
    """The time that a `ts` says; None when it says none. The `ts` itself stays a string wherever it is a name."""
    try:
        seconds = Decimal(str(ts))
        return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(seconds % 1 * 1_000_000))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def by_a_bot(said: Said, ourselves: str | None) -> bool:
    """Whether no person wrote it; `ourselves` is the bot's own user."""
    return bool(said.get("bot_id")) or not said.get("user") or said.get("user") == ourselves


def capture(by: Actor, said: Said, channel: str) -> c.CaptureMessage:
    """A reply as it is to be recorded. It has `ts`, `user` and `thread_ts`."""
    ts, user, thread = said["ts"], said["user"], said["thread_ts"]
    return c.CaptureMessage(
        by=by, at=moment(ts), channel=channel, ts=ts, user=user, text=words_of(said), thread_ts=thread
    )


def edit(incident: Incident, said: Said, channel: str, at: datetime | None) -> c.EditMessage:
    """A message's present words. It has `ts` and `user`."""
    edited = said.get("edited") or {}
    editor, last = edited.get("user"), moment(edited.get("ts"))
    # What changes a message later (a preview, a file that is gone) is not the edit: its editor may have left since.
    since = bool(at and last and at - last > _EDITING)
    by = Actor.person(editor) if editor and not since else author(incident, said["user"])
    return c.EditMessage(by=by, at=at, channel=channel, ts=said["ts"], text=words_of(said))


def author(incident: Incident, user: str) -> Actor:
    """Who most likely changed a message when Slack does not say: who wrote it, unless they have left since."""
    person = Actor.person(user)
    return person if incident.seen_by(person) else MUSTER


async def record(
    muster: Muster, stored: Stored, command: c.Command, *, key: str | None = None, within: float | None = None
) -> None:
    """Record what an event told of an incident.

    Args:
        muster: the application.
        stored: the incident.
        command: what the event came to.
        key: the event's id, used up by this.
        within: seconds.

    Raises:
        DomainError: it changed nothing.
        DatabaseUnavailable: nothing was recorded.
    """
    by = command.by
    if by.user and not stored.incident.seen_by(by):
        if isinstance(command, c.MessageCommand) and command.channel != stored.incident.channel_id:
            return  # they were told of it directly, and have left since
        # Whoever writes in a private channel is in it at that moment, even when Slack never told us that they came.
        join = c.RecordJoin(by=MUSTER, at=command.at, user=by.user)
        await muster.execute(join, incident_id=stored.id, within=within)
    await muster.execute(command, incident_id=stored.id, key=key, within=within)
