"""Slack messages that belong to the record: captured from the thread or by a pin, followed through edits."""

from typing import assert_never

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.text import legible


def on_message(command: c.MessageCommand) -> list[e.Event]:
    """The events of a command about one message; empty when the timeline has it already."""
    facts = command.facts
    channel, ts = command.channel, command.ts
    match command:
        case c.CaptureMessage():
            text = legible(command.text)
            # A reply may arrive after its own pin, which waits to be confirmed.
            via = "pin" if facts.pinned_by else command.via
            # A pin may have been taken off again before its message could be read.
            wanted = command.via != "pin" or facts.pinned_by
            if facts.captured or not text or not wanted:
                return []
            return [
                e.MessageCaptured(
                    channel=channel,
                    ts=ts,
                    user=command.user,
                    text=text,
                    via=via,
                    thread_ts=command.thread_ts,
                )
            ]
        case c.EditMessage():
            text = legible(command.text)
            # Words that were taken out of the record stay out, though Slack still shows them.
            if not facts.captured or facts.deleted or not facts.text or facts.text == text or _superseded(command):
                return []
            return [e.MessageEdited(channel=channel, ts=ts, before=facts.text, text=text)]
        case c.DeleteMessage():
            return [e.MessageDeleted(channel=channel, ts=ts)] if facts.captured and not facts.deleted else []
        case c.PinMessage():
            if command.user in facts.pinned_by or _out_of_date(command):
                return []
            first = not facts.pinned_by
            return [e.MessagePinned(channel=channel, ts=ts, user=command.user, first=first, captured=facts.captured)]
        case c.UnpinMessage():
            if _out_of_date(command) or (command.user not in facts.pinned_by and not _before_its_pin(command)):
                return []
            last = facts.pinned_by == {command.user}
            return [e.MessageUnpinned(channel=channel, ts=ts, user=command.user, last=last)]
        case _:
            assert_never(command)


def _superseded(command: c.EditMessage) -> bool:
    """Whether a later edit is known. Slack dates an edit in whole seconds: within one, what comes last holds."""
    last = command.facts.edited_at
    return bool(command.at and last and command.at < last and command.at != last.replace(microsecond=0))


def _before_its_pin(command: c.UnpinMessage) -> bool:
    """Whether the pin that was taken off may yet be told: Slack keeps no order. Told twice, an unpin is one."""
    last = command.facts.marked_at.get(command.user)
    return command.at is not None and (last is None or command.at > last)


def _out_of_date(command: c.PinMessage | c.UnpinMessage) -> bool:
    """Whether the same person is known to have changed their mind later."""
    last = command.facts.marked_at.get(command.user)
    return bool(command.at and last and command.at < last)
