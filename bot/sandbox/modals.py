"""Modals and Home tabs: their stack, their triggers and their versions."""

from __future__ import annotations

import secrets
from datetime import timedelta

from bot.sandbox.errors import SlackError
from bot.sandbox.forms import initial_values
from bot.sandbox.kit.view import check_view
from bot.sandbox.model import Json, View
from bot.sandbox.workspace import Workspace

TRIGGER_LIFE = timedelta(seconds=3)
#: A root and two pushed on top of it.
STACK = 3


def redeem(workspace: Workspace, trigger_id: str) -> str:
    """Uses a trigger up.

    Returns:
        The id of the member whose gesture it came from.

    Raises:
        SlackError: `invalid_trigger_id`, `expired_trigger_id`, `exchanged_trigger_id`.
    """
    trigger = workspace.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if workspace.now() - trigger.made > TRIGGER_LIFE:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger.user


def current(workspace: Workspace, user: str) -> View | None:
    """The modal that this member sees, or None."""
    stack = workspace.modals.get(user, [])
    return workspace.views[stack[-1]] if stack else None


def open_modal(workspace: Workspace, user: str, draft: Json) -> View:
    """Opens a new modal; one that was open goes away."""
    view = _made(workspace, user, draft, "modal")
    close_all(workspace, user)
    workspace.modals[user] = [view.id]
    workspace.changed()
    return view


def push(workspace: Workspace, user: str, draft: Json) -> View:
    """Puts a modal on the stack.

    Raises:
        SlackError: `not_found` when none is open, `push_limit_reached`.
    """
    stack = workspace.modals.get(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= STACK:
        raise SlackError("push_limit_reached")
    view = _made(workspace, user, draft, "modal")
    view.root, view.previous = stack[0], stack[-1]
    stack.append(view.id)
    workspace.changed()
    return view


def update(workspace: Workspace, view: View, draft: Json, known_hash: str | None = None) -> View:
    """Replaces a modal's content in place; what was typed stays where block and action ids are the same.

    Raises:
        SlackError: `hash_conflict`, `not_found` when it has been closed.
    """
    if view.id not in workspace.modals.get(view.user, []):
        raise SlackError("not_found")
    if known_hash is not None and known_hash != view.hash:
        raise SlackError("hash_conflict")
    checked = check_view(draft, "modal")
    typed = view.values
    _fill(workspace, view, checked)
    for block, actions in view.values.items():
        for action in actions:
            kept = typed.get(block, {}).get(action)
            if kept is not None and kept.get("type") == actions[action].get("type"):
                actions[action] = kept
    workspace.changed()
    return view


def publish(workspace: Workspace, user: str, draft: Json, known_hash: str | None = None) -> View:
    """Sets a Home tab.

    Raises:
        SlackError: `hash_conflict`.
    """
    existing = workspace.views.get(workspace.homes.get(user, ""))
    if known_hash is not None and existing is not None and known_hash != existing.hash:
        raise SlackError("hash_conflict")
    view = _made(workspace, user, draft, "home")
    workspace.homes[user] = view.id
    workspace.changed()
    return view


def close_top(workspace: Workspace, user: str) -> None:
    """Closes the modal on top; the one below shows again."""
    stack = workspace.modals.get(user, [])
    if stack:
        del workspace.views[stack.pop()]
    workspace.changed()


def close_all(workspace: Workspace, user: str) -> None:
    """Closes the whole stack."""
    for view_id in workspace.modals.pop(user, []):
        del workspace.views[view_id]
    workspace.changed()


def _made(workspace: Workspace, user: str, draft: Json, kind: str) -> View:
    checked = check_view(draft, kind)
    external = checked.get("external_id", "")
    if external and any(view.external_id == external for view in workspace.views.values()):
        raise SlackError("duplicate_external_id")
    view = View(workspace.new_id("V"), kind, [], "", user)
    view.root = view.id
    _fill(workspace, view, checked)
    workspace.views[view.id] = view
    return view


def _fill(workspace: Workspace, view: View, checked: Json) -> None:
    view.blocks = checked["blocks"]
    view.title, view.submit, view.close = checked.get("title"), checked.get("submit"), checked.get("close")
    view.private_metadata = checked.get("private_metadata", "")
    view.callback_id = checked.get("callback_id", "")
    view.external_id = checked.get("external_id", "")
    view.clear_on_close = checked.get("clear_on_close", False)
    view.notify_on_close = checked.get("notify_on_close", False)
    view.hash = f"{workspace.seconds()}.{secrets.token_hex(4)}"
    view.values = initial_values(view.blocks)
    view.errors = {}
