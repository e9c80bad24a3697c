"""files.*."""

from __future__ import annotations

import secrets

from bot.sandbox import payloads, posting
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.kit.message import check_message
from bot.sandbox.model import Channel, File, Json, Message
from bot.sandbox.text import tidy

#: Characters of what a picture shows, for those who cannot see it.
_ALT_TEXT = 1000


@method("files.upload")
def upload(_context: Context) -> Json:
    """Gone."""
    raise SlackError("method_deprecated")


@method("files.getUploadURLExternal")
def get_upload_url(context: Context) -> Json:
    """Announces an upload and says where its bytes go."""
    workspace, params = context.workspace, context.params
    name = params.need("filename")
    length = params.number("length", 0, least=1, most=1_000_000_000, error="invalid_arguments")
    file = File(workspace.new_id("F"), name, length, context.bot.id, workspace.seconds())
    file.upload_token = secrets.token_urlsafe(24)
    file.alt_txt = params.text("alt_txt")
    if len(file.alt_txt) > _ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    workspace.files[file.id] = file
    return {"upload_url": f"{workspace.url}upload/{file.upload_token}", "file_id": file.id}


def _finished(context: Context) -> list[tuple[File, str]]:
    wanted = context.params.items("files", "invalid_arguments")
    if not wanted:
        raise invalid_arguments("missing required field: files")
    files = []
    for item in wanted:
        file = context.workspace.files.get(str(item.get("id")))
        if file is None or file.content is None or file.completed:
            raise SlackError("file_not_found")
        files.append((file, str(item.get("title") or file.name)))
    return files


@method("files.completeUploadExternal")
def complete_upload(context: Context) -> Json:
    """Ends uploads, and shares them as one message per channel."""
    workspace, params = context.workspace, context.params
    channels: list[Channel] = []
    for wanted in [*params.names("channel_id"), *params.names("channels")]:
        channel = workspace.seen_by(context.bot.id, wanted)
        if channel.is_archived:
            raise SlackError("is_archived")
        if context.bot.id not in channel.members:
            raise SlackError("not_in_channel")
        channels.append(channel)
    thread_ts = params.maybe("thread_ts")
    if thread_ts is not None and any(channel.message(thread_ts) is None for channel in channels):
        raise SlackError("thread_not_found")
    blocks = check_message(params.items("blocks", "invalid_blocks_format") or [])
    files = _finished(context)
    for file, title in files:
        file.title, file.completed = title, True
        file.channels = [channel.id for channel in channels]
    comment = tidy(params.text("initial_comment"))
    for channel in channels:
        message = Message("", channel.id, context.bot.id, comment, blocks, bot_id=context.bot.bot_id)
        message.thread_ts, message.files = thread_ts, [file for file, _ in files]
        posting.post(workspace, channel, message)
    workspace.changed()
    return {"files": [payloads.file(workspace, file) for file, _ in files]}


@method("files.info")
def info(context: Context) -> Json:
    """One file, or a canvas, which is one too."""
    wanted = context.params.need("file")
    rest = {"comments": [], "response_metadata": {"next_cursor": ""}}
    canvas, file = context.workspace.canvases.get(wanted), context.workspace.files.get(wanted)
    if canvas is not None and canvas.deleted:
        raise SlackError("file_deleted")
    if canvas is not None:
        return {"file": payloads.canvas(context.workspace, canvas), **rest}
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": payloads.file(context.workspace, file), **rest}


@method("files.list")
def list_all(context: Context) -> Json:
    """The files, of one channel if it is named; canvases are among them, and alone where only they are wanted."""
    workspace, channel = context.workspace, context.params.maybe("channel")
    found = [item for item in workspace.files.values() if item.completed and context.params.text("types") != "canvas"]
    shown = [payloads.file(workspace, item) for item in found if channel in {None, *item.channels}]
    canvases = [item for item in workspace.canvases.values() if not item.deleted and channel in {None, item.channel}]
    shown += [payloads.canvas(workspace, item) for item in canvases]
    return {"files": shown, "paging": {"count": 100, "total": len(shown), "page": 1, "pages": 1}}
