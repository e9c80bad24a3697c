"""What an app says in answer to a gesture: at once, or through a `response_url`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.sandbox import posting
from bot.sandbox.errors import SlackError
from bot.sandbox.kit.attachments import check_attachments
from bot.sandbox.kit.message import check_message
from bot.sandbox.model import Channel, Json, Message, Person, ResponseUrl
from bot.sandbox.text import escape, tidy
from bot.sandbox.workspace import Workspace

RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5

#: Who speaks when the app did not.
HOST = "USLACKBOT"


def take_answer(workspace: Workspace, person: Person, channel: Channel, body: Any) -> str | None:
    """Shows a command's acknowledgement: to the person alone, or in the channel if it says `in_channel`.

    Returns:
        Slack's name for what is wrong with it, or None.
    """
    if body in (None, "", {}):
        return None
    answer = body if isinstance(body, dict) else {"text": str(body)}
    if not (answer.get("text") or answer.get("blocks") or answer.get("attachments")):
        return None
    try:
        _show(workspace, person, channel, answer)
    except SlackError as refusal:
        note_failure(workspace, person, channel, "The app", refusal.error)
        return refusal.error
    return None


def note_failure(workspace: Workspace, person: Person, channel: Channel, what: str, error: str) -> None:
    """Tells someone, as Slack's client does, that an app did not answer."""
    text = f"{escape(what)} failed with the error “{error}”"
    note = Message(workspace.next_ts(), channel.id, HOST, text, only_for=person.id)
    workspace.ephemerals.append(note)
    workspace.changed()


def _show(workspace: Workspace, person: Person, channel: Channel, answer: Json) -> Message:
    message = _drafted(workspace, channel, answer)
    if answer.get("response_type") == "in_channel":
        return posting.post(workspace, channel, message)
    message.only_for = person.id
    workspace.ephemerals.append(message)
    workspace.changed()
    return message


def _drafted(workspace: Workspace, channel: Channel, answer: Json) -> Message:
    text = tidy(str(answer.get("text") or ""))
    blocks = check_message(answer.get("blocks") or [])
    attachments = check_attachments(answer.get("attachments") or [])
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    message = Message(workspace.next_ts(), channel.id, workspace.bot.id, text, blocks, attachments)
    message.bot_id, message.thread_ts = workspace.bot.bot_id, answer.get("thread_ts")
    return message


def through_response_url(workspace: Workspace, token: str, answer: Json) -> None:
    """Does what an app posted to a `response_url`.

    Raises:
        SlackError: `expired_url`, `used_url`, or what is wrong with the message.
    """
    url = workspace.response_urls.get(token)
    if url is None or workspace.now() - url.made > RESPONSE_URL_LIFE:
        raise SlackError("expired_url")
    if url.uses >= RESPONSE_URL_USES:
        raise SlackError("used_url")
    url.uses += 1
    channel, person = workspace.channels[url.channel], workspace.user(url.user)
    if person is None:
        raise SlackError("expired_url")
    if answer.get("delete_original"):
        _remove_original(workspace, channel, url)
    elif answer.get("replace_original") and url.message_ts is not None:
        _replace_original(workspace, channel, url, answer)
    else:
        _show(workspace, person, channel, answer)


def _original(workspace: Workspace, channel: Channel, url: ResponseUrl) -> Message | None:
    private = [item for item in workspace.ephemerals if item.only_for == url.user]
    return next((item for item in [*channel.messages, *private] if item.ts == url.message_ts), None)


def _remove_original(workspace: Workspace, channel: Channel, url: ResponseUrl) -> None:
    message = _original(workspace, channel, url)
    if message is None:
        raise SlackError("message_not_found")
    if message.only_for is not None:
        workspace.ephemerals.remove(message)
        workspace.changed()
    else:
        posting.delete(workspace, channel, message, workspace.bot)


def _replace_original(workspace: Workspace, channel: Channel, url: ResponseUrl, answer: Json) -> None:
    message = _original(workspace, channel, url)
    if message is None:
        raise SlackError("message_not_found")
    new = _drafted(workspace, channel, answer)
    if message.only_for is not None:
        message.text, message.blocks, message.attachments = new.text, new.blocks, new.attachments
        workspace.changed()
        return
    change = {"text": new.text, "blocks": new.blocks, "attachments": new.attachments}
    posting.edit(workspace, channel, message, workspace.bot, change)
