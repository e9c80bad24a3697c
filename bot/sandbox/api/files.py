"""files.* and canvases.*."""

from __future__ import annotations

import secrets

from bot.sandbox import payloads, posting
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.kit.message import check_message
from bot.sandbox.model import Canvas, Channel, File, Json, Message
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
    """One file."""
    file = context.workspace.files.get(context.params.need("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": payloads.file(context.workspace, file), "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.list")
def list_all(context: Context) -> Json:
    """The files, of one channel if it is named."""
    channel = context.params.maybe("channel")
    found = [item for item in context.workspace.files.values() if item.completed]
    shown = [payloads.file(context.workspace, item) for item in found if channel in {None, *item.channels}]
    return {"files": shown, "paging": {"count": 100, "total": len(shown), "page": 1, "pages": 1}}


def _markdown(content: object) -> str:
    if content is None:
        return ""
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise invalid_arguments("unsupported type [json-pointer:/document_content/type]")
    return str(content.get("markdown", ""))


@method("canvases.create")
def canvases_create(context: Context) -> Json:
    """Makes a canvas of Markdown."""
    markdown = _markdown(context.params.json("document_content", "invalid_arguments"))
    canvas = Canvas(context.workspace.new_id("F"), context.params.text("title"), markdown)
    context.workspace.canvases[canvas.id] = canvas
    context.workspace.changed()
    return {"canvas_id": canvas.id}


@method("conversations.canvases.create")
def channel_canvas_create(context: Context) -> Json:
    """Makes the channel's canvas; there is one at most."""
    channel = context.joined("channel_id")
    if channel.canvas is not None:
        raise SlackError("channel_canvas_already_exists")
    made = canvases_create(context)
    channel.canvas = made["canvas_id"]
    context.workspace.canvases[made["canvas_id"]].channel = channel.id
    return made


@method("canvases.edit")
def canvases_edit(context: Context) -> Json:
    """Changes a canvas: replaces it, or adds at its start or end."""
    canvas = context.workspace.canvases.get(context.params.need("canvas_id"))
    if canvas is None:
        raise SlackError("canvas_not_found")
    changes = context.params.items("changes", "invalid_arguments")
    if not changes or len(changes) > 1:
        raise invalid_arguments("exactly one change is allowed [json-pointer:/changes]")
    change = changes[0]
    match change.get("operation"):
        case "replace" if "section_id" not in change:
            canvas.markdown = _markdown(change.get("document_content"))
        case "insert_at_start":
            canvas.markdown = f"{_markdown(change.get('document_content'))}\n{canvas.markdown}"
        case "insert_at_end":
            canvas.markdown = f"{canvas.markdown}\n{_markdown(change.get('document_content'))}"
        case "rename":
            canvas.title = str(change.get("title_content", {}).get("markdown", ""))
        case _:
            raise invalid_arguments("unsupported operation [json-pointer:/changes/0/operation]")
    context.workspace.changed()
    return {}
