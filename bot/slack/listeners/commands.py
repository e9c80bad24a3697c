"""The slash command."""

from dataclasses import replace
from typing import Any, assert_never

from bot.application import items, overviews
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.incident import Tally
from bot.messages import Message
from bot.slack import answers
from bot.slack.intents import (
    Act,
    Diagnose,
    FileElsewhere,
    FillCondition,
    FillDeclaration,
    FillEscalation,
    FillMeeting,
    FillResolution,
    FillText,
    FillUpdate,
    Help,
    Look,
    MuteAlerts,
    Parsed,
    ReadAlerts,
    ReadChecklist,
    ReadMutes,
    ReadPolicy,
    ReadReview,
    ReadRunbook,
    Unmute,
    Walk,
    WriteReview,
)
from bot.slack.listeners import alerting, correcting, exporting, looking, reviewing, tasking, walking
from bot.slack.parse import parse
from bot.slack.room import Request, SlackRoom
from bot.slack.task_intents import FillTask, ListTasks, ShowTask
from bot.slack.views import forms
from bot.slack.views.opening import open_form
from bot.slack.when import Correct
from bot.store.incidents import Stored


def request_of(room: SlackRoom, body: dict[str, Any]) -> Request:
    """A slash command as a request."""
    return Request(
        room=room,
        by=Actor.person(body["user_id"]),
        key=f"command:{body['trigger_id']}",
        channel=body.get("channel_id"),
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url"),
        body=body,
    )


async def slash(request: Request) -> dict[str, Any] | str:
    """Do what was typed; the answer is for the one who typed it.

    Raises:
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    muster = request.room.muster
    today = items.today(muster)
    parsed = parse(str(request.body.get("text") or ""), by=request.by, policy=muster.policy, today=today)
    message = await _answer(request, parsed)
    return answers.ephemeral(message) if message else ""


async def _answer(request: Request, parsed: Parsed) -> Message | None:  # noqa: C901, PLR0912 (a table)
    """The answer; None when a form has opened instead."""
    room, ref, channel = request.room, parsed.ref, parsed.channel
    match parsed.intent:
        case Help(usage=usage):
            return answers.explain(room, usage)
        case Look.TASKS:
            return await tasking.of_incident(request, ref, channel)
        case FillTask() as task:
            await tasking.ask(request, task, ref, channel)
            return None
        case ShowTask(number=number):
            return await tasking.one(request, number, ref, channel)
        case ListTasks() as listed:
            return await tasking.across(request, listed)
        case (
            c.AddActionItem()
            | c.ChangeActionItem()
            | c.FinishActionItem()
            | c.DropActionItem()
            | c.ReopenActionItem() as command
        ):
            return await tasking.carried_out(request, command, ref, channel)
        case Correct() as correction:
            return await correcting.typed(request, correction, ref, channel)
        case Look() as what:
            return await answers.look(request, what, ref=ref, channel=channel)
        case FillDeclaration() as typed:
            policy = room.muster.policy
            conditions = tuple(policy.condition(name).name for name in typed.conditions)
            await open_form(request, forms.declaration(policy, replace(typed, conditions=conditions)), "declare")
            return None
        case FillUpdate() | FillResolution() | FillEscalation() | FillCondition() | FillText() as form:
            return await _ask(request, form, await request.incident(ref, channel))
        case Diagnose(target=""):
            return answers.targets(room)
        case Diagnose() as asked:
            return await looking.diagnose(request, asked, ref, channel)
        case Act(name=""):
            return answers.actions(room)
        case Act(name=name, said=said):
            command = c.RequestAction(by=request.by, action=name, said=said)
            return await answers.recorded(request, await request.carry_out(command, ref=ref, channel=channel))
        case ReadRunbook() as runbook:
            return await _runbook(request, runbook, ref, channel)
        case Walk() as step:
            return await walking.typed(request, step, ref, channel)
        case ReadChecklist(name=name):
            return await _checklist(request, name, await request.incident(ref, channel))
        case WriteReview() | FillMeeting() | ReadReview() as about_review:
            return await reviewing.typed(request, about_review, ref, channel)
        case FileElsewhere() as elsewhere:
            return await exporting.typed(request, elsewhere, ref, channel)
        case ReadPolicy(severity=severity):
            return answers.rules(room, severity)
        case ReadAlerts() as alerts:
            return await alerting.read(request, alerts, ref, channel)
        case MuteAlerts() as quiet:
            return await alerting.mute(request, quiet)
        case ReadMutes():
            return await alerting.mutes(request)
        case Unmute() as loud:
            return await alerting.unmute(request, loud)
        case command:
            return await answers.recorded(request, await request.carry_out(command, ref=ref, channel=channel))


async def _ask(
    request: Request,
    form: FillUpdate | FillResolution | FillEscalation | FillCondition | FillText,
    stored: Stored,
) -> Message | None:
    """Open a form about an incident."""
    incident, policy, now = stored.incident, request.room.muster.policy, request.room.muster.now()
    match form:
        case FillUpdate():
            await open_form(request, forms.update(policy, incident, now), "update")
        case FillResolution(override=override):
            await open_form(request, forms.resolution(policy, incident, now, override), "resolve")
        case FillEscalation(command=command):
            await open_form(request, forms.escalation(policy, incident, command, now), "escalate")
        case FillText(text=name):
            await open_form(request, forms.text(policy, incident, policy.letter(name), now), "text")
        case FillCondition() if policy.conditions:
            await open_form(request, forms.condition(policy, incident), "flag")
        case FillCondition():
            return answers.overview(request.room, incident, Look.CONDITIONS)
        case _:
            assert_never(form)
    return None


async def _runbook(request: Request, asked: ReadRunbook, ref: str | None, channel: str | None) -> Message:
    """In an incident it is walked by everybody; elsewhere it is shown to the one who asked."""
    room = request.room
    stored = await request.incident_if_any(ref, channel)
    if not asked.name:
        return answers.runbooks(room, stored)
    if stored is None:
        return room.messages.render_safely("runbook_text", runbook=walking.found(request, asked.name))
    command = await walking.begin(request, asked.name, again=asked.again)
    return await answers.recorded(request, await request.carry_out(command, ref=stored.incident.ref))


async def _checklist(request: Request, name: str, stored: Stored) -> Message:
    """It comes into the channel; where it is there, whoever asked gets it to tick off."""
    meant = overviews.checklist(stored.incident, request.room.muster.policy, name)
    if isinstance(meant, Tally):
        return answers.checklist(request.room, stored.incident, meant)
    command = c.ShowChecklist(by=request.by, checklist=meant.name)
    return await answers.recorded(request, await request.carry_out(command, ref=stored.incident.ref))
