"""canvases.* and conversations.canvases.*."""

from __future__ import annotations

from bot.sandbox import canvas as rules
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.model import Canvas, Channel, Json

_KINDS = ("h1", "h2", "h3", "any_header")
#: Operations that name a section; `replace` may.
_AT_A_SECTION = ("insert_before", "insert_after", "delete")


def _made(context: Context, channel: Channel | None) -> Canvas:
    content = context.params.json("document_content", "invalid_arguments")
    markdown, workspace = rules.content(content, "canvas_creation_failed"), context.workspace
    title = context.params.text("title")
    canvas = Canvas(workspace.new_id("F"), title, markdown, context.bot.id, workspace.seconds())
    canvas.channel = channel.id if channel else None
    workspace.canvases[canvas.id] = canvas
    workspace.changed()
    return canvas


@method("canvases.create")
def create(context: Context) -> Json:
    """Makes a canvas; with a channel it is a further tab there, and everybody in the channel can write in it."""
    channel = context.joined("channel_id") if "channel_id" in context.params else None
    return {"canvas_id": _made(context, channel).id}


@method("conversations.canvases.create")
def create_in_channel(context: Context) -> Json:
    """Makes the channel's own canvas; there is one at most."""
    channel = context.joined("channel_id")
    if channel.canvas is not None:
        raise SlackError("channel_canvas_already_exists")
    channel.canvas = _made(context, channel).id
    return {"canvas_id": channel.canvas}


def _canvas(context: Context) -> Canvas:
    """The canvas that is named, if the bot made it or is where it is."""
    canvas = context.workspace.canvases.get(context.params.need("canvas_id"))
    if canvas is None:
        raise SlackError("canvas_not_found")
    home = context.workspace.channels.get(canvas.channel or "")
    if canvas.user != context.bot.id and (home is None or context.bot.id not in home.members):
        raise SlackError("canvas_not_found")
    return canvas


@method("canvases.edit")
def edit(context: Context) -> Json:
    """Changes a canvas: one change a call."""
    canvas = _canvas(context)
    if canvas.deleted:
        raise SlackError("canvas_not_found")
    changes = context.params.items("changes", "invalid_arguments")
    if not changes or len(changes) > 1:
        raise invalid_arguments("exactly one change is allowed [json-pointer:/changes]")
    _change(canvas, changes[0])
    context.workspace.changed()
    return {}


def _change(canvas: Canvas, change: Json) -> None:
    operation, section = change.get("operation"), change.get("section_id")
    if operation == "rename":
        title = change.get("title_content")
        if section is not None or not isinstance(title, dict) or not isinstance(title.get("markdown"), str):
            raise invalid_arguments("missing required field: title_content [json-pointer:/changes/0]")
        canvas.title = title["markdown"]
        return
    needs_section = operation in _AT_A_SECTION
    if not needs_section and operation not in ("replace", "insert_at_start", "insert_at_end"):
        raise invalid_arguments("must be a valid enum value [json-pointer:/changes/0/operation]")
    if needs_section and not isinstance(section, str):
        raise invalid_arguments("missing required field: section_id [json-pointer:/changes/0]")
    if operation != "delete" and change.get("document_content") is None:
        raise invalid_arguments("missing required field: document_content [json-pointer:/changes/0]")
    markdown = rules.content(change.get("document_content"), "canvas_editing_failed")
    if operation == "insert_at_start":
        canvas.markdown = rules.joined(markdown, canvas.markdown)
    elif operation == "insert_at_end":
        canvas.markdown = rules.joined(canvas.markdown, markdown)
    elif section is None:
        canvas.markdown = markdown
    else:
        canvas.markdown = rules.edited(canvas, str(operation), str(section), markdown)


@method("canvases.sections.lookup")
def lookup(context: Context) -> Json:
    """The ids of the sections that fit."""
    canvas = _canvas(context)
    if canvas.deleted:
        raise SlackError("canvas_deleted")
    criteria = context.params.json("criteria", "invalid_arguments")
    if not isinstance(criteria, dict) or not (criteria.keys() & {"section_types", "contains_text"}):
        raise invalid_arguments("missing required field: criteria")
    kinds, text = criteria.get("section_types"), criteria.get("contains_text", "")
    if kinds is not None and (not isinstance(kinds, list) or not 1 <= len(kinds) <= 3 or not set(kinds) <= set(_KINDS)):
        raise invalid_arguments("must be a valid enum value [json-pointer:/criteria/section_types]")
    if not isinstance(text, str):
        raise invalid_arguments("must provide a string [json-pointer:/criteria/contains_text]")
    wanted = set(_KINDS if kinds and "any_header" in kinds else kinds or ())
    fitting = [item for item in rules.sections(canvas) if (not wanted or item.kind in wanted) and text in item.text]
    return {"sections": [{"id": item.id} for item in fitting]}
