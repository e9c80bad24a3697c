"""An account is deactivated."""

from __future__ import annotations

from bot.sandbox import modals, payloads
from bot.sandbox.model import Person
from bot.sandbox.workspace import Workspace


def deactivate(workspace: Workspace, person: Person) -> None:
    """Ends someone's account.

    What they wrote stays, and so does their name among a channel's members: who wants to know whether somebody is
    still there has to ask for the person, or to have heard of it.
    """
    person.deleted = True
    modals.close_all(workspace, person.id)
    event = {"type": "user_change", "user": payloads.user(person), "cache_ts": workspace.seconds()}
    workspace.emit(event | {"event_ts": workspace.next_ts()})
    workspace.changed()
