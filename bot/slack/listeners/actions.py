"""Buttons. A button's `action_id` says what; its value is the incident's reference, and an argument behind it.

Of a button about alerts it is their group's number.
"""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import DomainError
from bot.messages import Message
from bot.slack import answers
from bot.slack.listeners import alerting, doing, reviewing, tasking, ticking, walking
from bot.slack.listeners.replying import respond
from bot.slack.room import Request, SlackRoom
from bot.slack.views import forms
from bot.slack.views.opening import open_about, open_form
from bot.slack.views.parts import View
from bot.store.database import DatabaseUnavailable

#: What is answered to whoever pressed the button; None when it shows in the channel at once anyway.
Answered = Message | None
#: How long a clock is silent by a button.
_SNOOZE = timedelta(minutes=10)


def request_of(room: SlackRoom, body: dict[str, Any]) -> Request:
    """A button that was pressed, as a request."""
    return Request(
        room=room,
        by=Actor.person(body["user"]["id"]),
        key=f"action:{body['trigger_id']}:{_action(body)['action_id']}",
        channel=(body.get("channel") or {}).get("id"),
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url"),
        body=body,
    )


async def pressed(request: Request) -> str:
    """Do what a button says.

    Raises:
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    action = _action(request.body)
    if (request.body.get("view") or {}).get("type", "home") != "home":
        await ticking.redraw(request)
        return ""
    if action.get("type") == "checkboxes":
        await ticking.tick(request, action)
        return ""
    # A message with two buttons of one name numbers the second: `diag:2`.
    act = _ACTS.get(str(action["action_id"]).partition(":")[0])
    ref, _, argument = str(action.get("value") or "").partition(" ")
    if act is not None and ref:
        message = await act(request, ref, argument)
        if message is not None:
            request.room.spawn(respond(request, message))
    return ""


def _action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = body["actions"][0]
    return found


async def _form(request: Request, ref: str, view: View, command: str) -> None:
    """Open a form; whoever pressed in a private channel takes part, which the form itself can't tell any more."""
    await open_form(request, view, command)
    request.room.spawn(_meet(request, ref))


async def _meet(request: Request, ref: str) -> None:
    # What is wrong is said at the form, when it comes back.
    with contextlib.suppress(DomainError, DatabaseUnavailable):
        await request.incident(ref)


async def _ack(request: Request, ref: str, _argument: str) -> Answered:
    return await answers.if_late(request, await request.carry_out(c.Acknowledge(by=request.by), ref=ref))


async def _update(request: Request, ref: str, _argument: str) -> Answered:
    muster = request.room.muster
    await open_about(request, ref, lambda found: forms.update(muster.policy, found.incident, muster.now()), "update")
    return None


async def _resolve(request: Request, ref: str, _argument: str) -> Answered:
    muster = request.room.muster
    await open_about(
        request, ref, lambda found: forms.resolution(muster.policy, found.incident, muster.now()), "resolve"
    )
    return None


async def _escalate(request: Request, ref: str, _argument: str) -> Answered:
    muster, asked = request.room.muster, c.Escalate(by=request.by)
    await open_about(
        request, ref, lambda found: forms.escalation(muster.policy, found.incident, asked, muster.now()), "escalate"
    )
    return None


async def _text(request: Request, ref: str, argument: str) -> Answered:
    muster = request.room.muster
    letter = muster.policy.letter(argument)
    await open_about(
        request, ref, lambda found: forms.text(muster.policy, found.incident, letter, muster.now()), "text"
    )
    return None


async def _flag(request: Request, ref: str, _argument: str) -> Answered:
    await open_about(request, ref, lambda found: forms.condition(request.room.muster.policy, found.incident), "flag")
    return None


async def _severity(request: Request, ref: str, argument: str) -> Answered:
    command = c.ChangeSeverity(by=request.by, severity=argument)
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def _snooze(request: Request, ref: str, argument: str) -> Answered:
    command = c.SnoozeClock(by=request.by, clock=argument, span=_SNOOZE)
    return await answers.recorded(request, await request.carry_out(command, ref=ref))


async def _role(request: Request, ref: str, _argument: str) -> Answered:
    await _form(request, ref, forms.role(request.room.muster.policy, ref, request.by.user), "role")
    return None


async def _lead(request: Request, ref: str, _argument: str) -> Answered:
    assert request.by.user is not None, "only people press buttons"
    lead = c.AssignRole(by=request.by, role=request.room.muster.policy.commander, user=request.by.user)
    return await answers.if_late(request, await request.carry_out(lead, ref=ref))


async def _diag(request: Request, ref: str, argument: str) -> Answered:
    """Diagnose what the button names, or the only target; where there are several, ask."""
    policy = request.room.muster.policy
    if not policy.targets:
        return answers.targets(request.room)
    if not argument and len(policy.targets) > 1:
        await _form(request, ref, forms.diagnosis(policy, ref), "diag")
        return None
    target = request.room.diagnostics.meant(argument or policy.targets[0].name).phrase
    command = c.RequestDiagnostic(by=request.by, target=target, run=request.run)
    return await answers.recorded(request, await request.carry_out(command, ref=ref))


async def _runbook(request: Request, ref: str, argument: str) -> Answered:
    """Begin to walk the runbook that the button names; without a name, suggest some."""
    stored = await request.incident(ref)
    if not argument:
        return answers.runbooks(request.room, stored)
    command = await walking.begin(request, argument)
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def _tasks(request: Request, ref: str, _argument: str) -> Answered:
    return await tasking.of_incident(request, ref, None)


async def _review(request: Request, ref: str, _argument: str) -> Answered:
    return await answers.recorded(request, await request.carry_out(c.RequestReview(by=request.by), ref=ref))


async def _reopen(request: Request, ref: str, _argument: str) -> Answered:
    return await answers.if_late(request, await request.carry_out(c.Reopen(by=request.by), ref=ref))


async def _close(request: Request, ref: str, _argument: str) -> Answered:
    return await answers.if_late(request, await request.carry_out(c.Close(by=request.by), ref=ref))


#: By `action_id`. A button that only links somewhere is in nobody's table.
_ACTS: Mapping[str, Callable[[Request, str, str], Awaitable[Answered]]] = {
    "ack": _ack,
    "update": _update,
    "resolve": _resolve,
    "escalate": _escalate,
    "role": _role,
    "lead": _lead,
    "diag": _diag,
    "runbook": _runbook,
    "tasks": _tasks,
    "review": _review,
    "review_write": reviewing.write,
    "review_approve": reviewing.approve,
    "review_publish": reviewing.publish,
    "review_meeting": reviewing.meet,
    "review_history": reviewing.history,
    "review_helped": reviewing.helped,
    "reopen": _reopen,
    "close": _close,
    "severity": _severity,
    "text": _text,
    "snooze": _snooze,
    "flag": _flag,
    "watch": doing.watch,
    "unwatch": doing.unwatch,
    "act": doing.act,
    "agree": doing.agree,
    "decline": doing.decline,
    "run": doing.run,
    "emergency": doing.emergency,
    "done": walking.done,
    "pick": walking.pick,
    "skip": walking.skip,
    "failed": walking.failed,
    "check": walking.check,
    "back": walking.back,
    "pause": walking.pause,
    "resume": walking.resume,
    "stop": walking.give_up,
    "handover": walking.hand_over,
    "assist": walking.assist,
    "task_new": tasking.new,
    "task_done": tasking.done,
    "task_change": tasking.change,
    "task_day": tasking.day,
    "task_give": tasking.give,
    "task_take": tasking.take,
    "task_drop": tasking.drop,
    "task_reopen": tasking.reopen,
    "alert_declare": alerting.declare,
    "alert_attach": alerting.attach,
    "alert_mute": alerting.quieten,
    "alert_dismiss": alerting.dismiss,
}
