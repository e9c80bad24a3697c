"""Action items: lists of them, the buttons beside them, their forms, and the entry in a message's menu."""

from collections.abc import Callable
from datetime import date
from typing import Any

from bot.application import items, queries
from bot.application.present import about
from bot.domain import commands as c
from bot.domain.action_item import ActionItem
from bot.domain.actor import Actor
from bot.domain.errors import DomainError, NoIncidentHere, UnknownTask
from bot.domain.incident import Incident
from bot.messages import Message
from bot.messages.filters import mention
from bot.messages.runs import mrkdwn
from bot.slack import answers, home
from bot.slack.room import ANSWERED_WITHIN, Request, SlackRoom
from bot.slack.task_intents import FillTask, ListTasks
from bot.slack.tasking import with_links
from bot.slack.views import tasking as views
from bot.slack.views.opening import open_form, open_once_read
from bot.slack.views.parts import View, metadata, notice, values
from bot.slack.wording import words_of
from bot.store import incidents
from bot.store.incidents import Stored

Answered = Message | None

#: Of a number that a button holds, digits.
_DIGITS = 5
#: How many incidents a message's menu offers: the latest, over or not.
_OFFERED = 100


class ItemTaken(DomainError):
    """Somebody has taken it already: {what}. If you do it instead, say `task {number} me`."""


def shortcut_of(room: SlackRoom, body: dict[str, Any]) -> Request:
    """An entry of a message's menu that somebody chose, as a request."""
    return Request(
        room=room,
        by=Actor.person(body["user"]["id"]),
        key=f"shortcut:{body['trigger_id']}",
        channel=body["channel"]["id"],
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url"),
        body=body,
    )


async def carried_out(request: Request, command: c.Command, ref: str | None, channel: str | None) -> Message:
    """What somebody typed about an item, recorded. Raises DomainError or DatabaseUnavailable."""
    outcome = await request.carry_out(command, ref=ref, channel=channel)
    home.bring_up_to_date(request, outcome)
    return await answers.recorded(request, outcome)


async def of_incident(request: Request, ref: str | None, channel: str | None) -> Message:
    """The items of the incident that is meant, the open ones first; where none is, whoever asks reads their own.

    Raises:
        DomainError: there is no such incident, or it is not for them.
        DatabaseUnavailable: nothing could be read.
    """
    stored = await request.incident_if_any(ref, channel)
    if stored is None:
        return await across(request, ListTasks(owner=request.by.user))
    muster, incident = request.room.muster, stored.incident
    context = about(incident, muster.policy, {}) | {"items": in_order(incident), "today": items.today(muster)}
    return request.room.messages.render_safely("tasks", ref=incident.ref, **context)


async def across(request: Request, asked: ListTasks) -> Message:
    """Open items of all incidents that somebody may see. Raises DatabaseUnavailable."""
    room = request.room
    within = request.left(ANSWERED_WITHIN)
    found = await items.listed(
        room.muster, request.by, owner=asked.owner, overdue=asked.overdue, unowned=asked.unowned, within=within
    )
    mine = asked.owner is not None and asked.owner == request.by.user
    return room.messages.render_safely("task_list", listed=found, asked=asked, mine=mine, command=room.command)


async def one(request: Request, number: int, ref: str | None, channel: str | None) -> Message:
    """One item, whole. Raises DomainError or DatabaseUnavailable."""
    stored = await request.incident(ref, channel)
    muster, incident = request.room.muster, stored.incident
    item = _item(incident, number)
    context = about(incident, muster.policy, {}) | {"item": item, "today": items.today(muster)}
    return request.room.messages.render_safely("task", ref=incident.ref, **context)


async def ask(request: Request, asked: FillTask, ref: str | None, channel: str | None) -> None:
    """Open the form of a new item, or of one that is to be changed. Raises as `open_form` does."""
    incident, policy = (await request.incident(ref, channel)).incident, request.room.muster.policy
    if asked.number is None:
        view = views.adding(policy, incident.ref)
    else:
        view = views.changing(policy, incident.ref, _item(incident, asked.number))
    await open_form(request, view, "task")


async def from_message(request: Request) -> None:
    """Open the form of a new item that is a message's text, with where it stands.

    Elsewhere than in an incident's channel, or under one of its messages, it also asks which incident it belongs to.

    Raises:
        DomainError, DatabaseUnavailable: as `open_once_read` does.
    """
    message, channel = request.body["message"], request.channel or ""
    typed, links = with_links(str(message.get("text") or ""))
    text = words_of({**message, "text": typed})
    known = request.room.gateway.known

    async def read(asked: Request) -> tuple[str | None, list[Incident]]:
        stored = await _of_message(asked, channel, message)
        return (stored.incident.ref, []) if stored else (None, await _offered(asked))

    def make(found: tuple[str | None, list[Incident]]) -> View:
        ref, offered = found
        where = [f"{known.url}archives/{channel}/p{message['ts'].replace('.', '')}"] if known and known.url else []
        return views.adding(request.room.muster.policy, ref, text=text, links=[*where, *links], incidents=offered)

    await open_once_read(request, read, make, "task")


async def submitted(request: Request) -> dict[str, Any] | str:
    """Do what a form about an item says. It shows in the incident's thread.

    Raises:
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    view = request.body["view"]
    kept = metadata(view).get("ref")
    outcome = await request.carry_out(views.read(view, request.by), ref=kept or values(view).get("incident") or "")
    home.bring_up_to_date(request, outcome)
    if kept is None:  # whoever wrote it down does not see that incident's thread
        message: Message | None = await answers.recorded(request, outcome)
    else:
        message = await answers.if_late(request, outcome)
    return {"response_action": "update", "view": notice("Recorded", message)} if message else ""


async def new(request: Request, ref: str, _argument: str) -> Answered:
    """Ask for a new item."""
    policy = request.room.muster.policy
    await open_once_read(
        request, lambda asked: asked.incident(ref), lambda found: views.adding(policy, found.incident.ref), "task"
    )
    return None


async def done(request: Request, ref: str, argument: str) -> Answered:
    """Ask what shows that an item is done."""
    return await _form(request, ref, argument, views.finishing)


async def change(request: Request, ref: str, argument: str) -> Answered:
    """Ask what of an item is to be otherwise."""
    policy = request.room.muster.policy
    return await _form(request, ref, argument, lambda ref, item: views.changing(policy, ref, item))


async def day(request: Request, ref: str, argument: str) -> Answered:
    """Ask for another day."""
    return await _form(request, ref, argument, views.another_day)


async def give(request: Request, ref: str, argument: str) -> Answered:
    """Ask for another owner."""
    return await _form(request, ref, argument, views.giving)


async def drop(request: Request, ref: str, argument: str) -> Answered:
    """Ask why an item will not be done."""
    return await _form(request, ref, argument, views.dropping)


async def take(request: Request, ref: str, argument: str) -> Answered:
    """Somebody does what nobody had. Raises ItemTaken."""
    ref, number = _named(ref, argument)
    item = _item((await request.incident(ref)).incident, number)
    if item.owner not in (None, request.by.user):
        raise ItemTaken(what=mrkdwn(mention(item.owner).runs), number=number)
    return await _record(request, ref, c.ChangeActionItem(by=request.by, number=number, owner=request.by.user))


async def reopen(request: Request, ref: str, argument: str) -> Answered:
    """An item is not done after all."""
    ref, number = _named(ref, argument)
    return await _record(request, ref, c.ReopenActionItem(by=request.by, number=number))


def in_order(incident: Incident) -> list[ActionItem]:
    """An incident's items: those that are due first, those without a day, and then what is done."""
    return sorted(incident.action_items, key=lambda one: (one.done, one.due or date.max, one.number))


async def _record(request: Request, ref: str, command: c.Command) -> Answered:
    outcome = await request.carry_out(command, ref=ref)
    home.bring_up_to_date(request, outcome)
    return await answers.if_late(request, outcome)


async def _form(request: Request, ref: str, argument: str, make: Callable[[str, ActionItem], View]) -> Answered:
    ref, number = _named(ref, argument)
    await open_once_read(
        request, lambda asked: asked.incident(ref), lambda found: make(ref, _item(found.incident, number)), "task"
    )
    return None


def _named(ref: str, argument: str) -> tuple[str, int]:
    """The incident and the item that a button is about: `REF N`, or in lists of several incidents `REF.N`."""
    if not argument:
        ref, _, argument = ref.rpartition(".")
    number = int(argument) if argument.isascii() and argument.isdigit() and len(argument) <= _DIGITS else 0
    return ref, number


def _item(incident: Incident, number: int) -> ActionItem:
    found = next((item for item in incident.action_items if item.number == number), None)
    if found is None:
        raise UnknownTask(ref=incident.ref, number=number)
    return found


async def _of_message(request: Request, channel: str, message: dict[str, Any]) -> Stored | None:
    """The incident that a message belongs to, if whoever chose the entry may see it."""
    try:
        return await request.incident()
    except NoIncidentHere:
        pass
    posts = [ts for ts in (message.get("ts"), message.get("thread_ts")) if ts]
    stored = await queries.behind_message(request.room.muster.database, channel, *posts, within=request.left())
    return stored if stored and stored.incident.seen_by(request.by) else None


async def _offered(request: Request) -> list[Incident]:
    """The latest incidents that somebody may see, those that are not over first."""
    async with request.room.muster.database.transaction(request.left()) as connection:
        found = await incidents.recent(connection, open_only=False, limit=_OFFERED)
    return sorted((one for one in found if one.seen_by(request.by)), key=lambda one: one.over)
