"""Forms that were filled in."""

from typing import Any

from bot.domain import commands as c
from bot.domain.action_rules import WrongParameter
from bot.domain.actor import Actor
from bot.domain.errors import DomainError, NotYet
from bot.slack import answers
from bot.slack.alerting import TooLate
from bot.slack.listeners.alerting import submitted as about_alerts
from bot.slack.listeners.reviewing import submitted as about_reviews
from bot.slack.listeners.tasking import submitted as about_tasks
from bot.slack.room import Request, SlackRoom
from bot.slack.views import alerting, forms, reviewing, tasking
from bot.slack.views.papers import filled_in
from bot.slack.views.parts import View, fields, metadata, notice
from bot.slack.wording import readable

#: Characters that Slack shows of a problem under a field.
_PROBLEM = 2000


def request_of(room: SlackRoom, body: dict[str, Any]) -> Request:
    """A form that was submitted, as a request."""
    view = body["view"]
    return Request(room=room, by=Actor.person(body["user"]["id"]), key=f"view:{view['id']}:{view['hash']}", body=body)


async def submitted(request: Request) -> dict[str, Any] | str:
    """Do what a form says, and close it; a declaration shows its reference first, and what Slack shows late says so.

    Raises:
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    view = request.body["view"]
    if view["callback_id"] in alerting.FORMS:
        return await about_alerts(request)
    if view["callback_id"] in reviewing.FORMS:
        return await about_reviews(request)
    if view["callback_id"] in tasking.FORMS:
        return await about_tasks(request)
    command = forms.command_of(view, request.by, request.run)
    if isinstance(command, c.RecordText):
        policy = request.room.muster.policy
        command = filled_in(command, policy.letter(command.text), policy)
    outcome = await request.carry_out(command, ref=metadata(view).get("ref"))
    if isinstance(command, c.Declare):
        message = await answers.recorded(request, outcome)
        return {"response_action": "update", "view": notice("Declared", message)}
    if late := await answers.if_late(request, outcome):
        return {"response_action": "update", "view": notice("Recorded", late)}
    return ""


def problem_at(request: Request, error: Exception) -> dict[str, Any]:
    """The same form with the problem at the field that it is about, or else at its first; what was typed stays."""
    if isinstance(error, TooLate):
        return {"response_action": "update", "view": notice("Not this time", error.message)}
    view: View = request.body["view"]
    blocks = fields(view)
    form = str(view["callback_id"])
    at = blocks.get(forms.field_of(error, request.room.muster.policy, form) or "") or next(iter(blocks.values()))
    if isinstance(error, WrongParameter) and (found := {blocks[n]: t for n, t in error.faults.items() if n in blocks}):
        return {"response_action": "errors", "errors": {at: readable(said, people=False) for at, said in found.items()}}
    message = answers.problem(request.room, error)
    if isinstance(error, NotYet) and form == forms.RESOLVE:
        text = f"Not yet: {readable(str(error.details['what']), people=False)}. If it is over all the same, say why."
    elif isinstance(error, DomainError):
        said = " ".join(part for part in (error.sentence, error.hint) if part)
        text = readable(said, people=False)
    else:
        text = message.text
    return {"response_action": "errors", "errors": {at: text[:_PROBLEM]}}
