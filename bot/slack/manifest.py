"""The app's manifest: exactly the scopes and events that are used."""

from collections.abc import Mapping
from typing import Any

#: Each scope of the bot's token, and what is not done without it.
SCOPES: Mapping[str, str] = {
    "bookmarks:read": "finding its bookmarks again",
    "bookmarks:write": "links in the bar of an incident's channel",
    "canvases:write": "the review as a canvas in the incident's channel",
    "channels:history": "capturing thread replies and pinned messages",
    "channels:join": "hearing replies under announcements",
    "channels:manage": "opening incidents' channels, their topics and invitations",
    "channels:read": "finding the announce channel, and who joins",
    "chat:write": "every message",
    "chat:write.public": "announcing in a channel that it is not in",
    "commands": "the slash command",
    "files:read": "finding a review that it uploaded, or wrote as a canvas",
    "files:write": "uploading reviews",
    "groups:history": "the same in private incidents",
    "groups:read": "the same in private incidents",
    "groups:write": "opening private incidents' channels",
    "im:history": "finding a direct message that it sent",
    "im:write": "telling people privately",
    "pins:write": "pinning the summary card",
    "reactions:read": "hearing of :pushpin: on messages",
    "reactions:write": "confirming what was captured",
    "usergroups:read": "inviting the members of user groups",
    "users:read": "people's names in the review, and who has left the workspace",
}

#: The same where the pack has on-call providers, which may answer with e-mail addresses.
ON_CALL_SCOPES: Mapping[str, str] = {"users:read.email": "finding who has an address that an on-call provider names"}

#: What Slack tells the bot.
EVENTS = (
    "app_home_opened",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "reaction_added",
    "reaction_removed",
    "user_change",
)

#: What the app adds to the menu of each message: callback id → name, of at most 24 characters.
SHORTCUTS: Mapping[str, str] = {"task": "Make it an action item"}


def manifest(command: str, url: str | None, *, socket: bool, on_call: bool = False) -> dict[str, Any]:
    """The manifest to create the Slack app from.

    Args:
        command: the slash command, such as `/incident`.
        url: the public base URL of this installation; not needed for a socket.
        socket: whether it runs in Socket Mode.
        on_call: whether on-call providers are asked.
    """
    scopes = {*SCOPES, *(ON_CALL_SCOPES if on_call else ())}
    request_url = f"{(url or 'https://muster.example.com').rstrip('/')}/slack/events"
    address: dict[str, Any] = {} if socket else {"request_url": request_url}
    slash = {
        "command": command,
        "description": "Declare and run an incident",
        "usage_hint": "declare P1 Checkout is down | help",
        # People and channels arrive as ids, whatever they are called.
        "should_escape": True,
    }
    return {
        "display_information": {
            "name": "Muster",
            "description": "Runs incidents: channel, updates, diagnostics, timeline and review.",
            "background_color": "#1f2a44",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                # Somebody who talks to the bot alone types the command there.
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "muster", "always_online": True},
            "shortcuts": [
                {"name": name, "type": "message", "callback_id": callback, "description": f"{name} of its incident"}
                for callback, name in SHORTCUTS.items()
            ],
            "slash_commands": [slash if socket else {**slash, "url": request_url}],
        },
        "oauth_config": {"scopes": {"bot": sorted(scopes)}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
