"""views.*: modals and Home tabs."""

from __future__ import annotations

from bot.sandbox import modals, payloads
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.model import Json, View


def _draft(context: Context) -> Json:
    view = context.params.json("view", "invalid_arguments")
    if not isinstance(view, dict):
        raise invalid_arguments("missing required field: view")
    return view


def _answer(context: Context, view: View) -> Json:
    return {"view": payloads.view(context.workspace, view)}


@method("views.open")
def open_view(context: Context) -> Json:
    """Opens a modal for whoever the trigger belongs to."""
    user = modals.redeem(context.workspace, _trigger(context))
    return _answer(context, modals.open_modal(context.workspace, user, _draft(context)))


@method("views.push")
def push(context: Context) -> Json:
    """Puts a modal on top of the one that is open."""
    user = modals.redeem(context.workspace, _trigger(context))
    return _answer(context, modals.push(context.workspace, user, _draft(context)))


def _trigger(context: Context) -> str:
    trigger = context.params.maybe("trigger_id") or context.params.maybe("interactivity_pointer")
    if trigger is None:
        raise invalid_arguments("missing required field: trigger_id")
    return trigger


@method("views.update")
def update(context: Context) -> Json:
    """Replaces what a modal shows."""
    params, workspace = context.params, context.workspace
    view_id, external_id = params.maybe("view_id"), params.maybe("external_id")
    if view_id is None and external_id is None:
        raise invalid_arguments("missing required field: view_id")
    found = [
        view
        for view in workspace.views.values()
        if view.id == view_id or (external_id is not None and view.external_id == external_id)
    ]
    if not found:
        raise SlackError("not_found")
    return _answer(context, modals.update(workspace, found[0], _draft(context), params.maybe("hash")))


@method("views.publish")
def publish(context: Context) -> Json:
    """Sets someone's Home tab."""
    user = context.workspace.user(context.params.need("user_id"))
    if user is None or user.deleted:
        raise SlackError("invalid_arguments", response_metadata={"messages": ["invalid `user_id`"]})
    if not context.workspace.home_tab:
        raise SlackError("not_enabled")
    return _answer(context, modals.publish(context.workspace, user.id, _draft(context), context.params.maybe("hash")))
