"""Which scope each method needs."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel
from bot.sandbox.params import Params
from bot.sandbox.workspace import Workspace

#: One scope, whatever the conversation. What is in none of these tables needs no scope.
FIXED = {
    "bookmarks.add": "bookmarks:write",
    "bookmarks.edit": "bookmarks:write",
    "bookmarks.list": "bookmarks:read",
    "bookmarks.remove": "bookmarks:write",
    "bots.info": "users:read",
    "canvases.create": "canvases:write",
    "canvases.edit": "canvases:write",
    "canvases.sections.lookup": "canvases:read",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.canvases.create": "canvases:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "files.info": "files:read",
    "files.list": "files:read",
    "pins.add": "pins:write",
    "pins.list": "pins:read",
    "pins.remove": "pins:write",
    "reactions.add": "reactions:write",
    "reactions.get": "reactions:read",
    "reactions.remove": "reactions:write",
    "team.info": "team:read",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
}

#: The scope's last word; the first depends on the kind of conversation.
BY_CONVERSATION = {
    "conversations.archive": "write",
    "conversations.history": "history",
    "conversations.info": "read",
    "conversations.invite": "write",
    "conversations.kick": "write",
    "conversations.leave": "write",
    "conversations.members": "read",
    "conversations.rename": "write",
    "conversations.replies": "history",
    "conversations.setPurpose": "write",
    "conversations.setTopic": "write",
    "conversations.unarchive": "write",
}

_FAMILY = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
_KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}

#: What a sandbox grants unless told otherwise: everything that a method here can need.
ALL = frozenset(
    {
        *FIXED.values(),
        *(f"{family}:{verb}" for family in _FAMILY.values() for verb in ("read", "history", "write")),
        "app_mentions:read",
        "channels:join",
        "channels:manage",
        "chat:write.public",
        "commands",
        "connections:write",
    }
    - {"channels:write"}
)


def needed(workspace: Workspace, method: str, params: Params) -> list[tuple[str, ...]]:
    """The scopes that this very call needs: of each tuple, one."""
    if method in FIXED:
        return [(FIXED[method],)]
    if method == "conversations.join":
        return [("channels:join",)]
    if method == "conversations.create":
        private = params.flag("is_private")
        return [("groups:write",) if private else ("channels:manage", "channels:write")]
    if method == "conversations.open":
        return [("im:write",) if len(params.names("users")) < 2 else ("mpim:write",)]
    if method in {"conversations.list", "users.conversations"}:
        kinds = params.names("types") or ["public_channel"]
        return [(f"{_KINDS[kind]}:read",) for kind in kinds if kind in _KINDS]
    if method in BY_CONVERSATION:
        return [_conversation(workspace.channels.get(params.text("channel")), BY_CONVERSATION[method])]
    return []


def _conversation(channel: Channel | None, verb: str) -> tuple[str, ...]:
    family = _FAMILY[channel.kind if channel else "public"]
    manage = ("channels:manage",) if (family, verb) == ("channels", "write") else ()
    return (*manage, f"{family}:{verb}")


def check(workspace: Workspace, method: str, params: Params, granted: frozenset[str]) -> None:
    """Holds the call to the scopes that were granted.

    Raises:
        SlackError: `missing_scope`, with `needed` and `provided`.
    """
    for alternatives in needed(workspace, method, params):
        if not granted.intersection(alternatives):
            provided = ",".join(sorted(granted))
            raise SlackError("missing_scope", needed=",".join(alternatives), provided=provided)
