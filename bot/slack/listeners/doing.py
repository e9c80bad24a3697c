"""Buttons of diagnostics' and actions' cards: watching, asking for an action, agreeing to it, running it."""

from bot.diagnostics.result import Report
from bot.domain import commands as c
from bot.domain.action import Action
from bot.domain.action_rules import ActionRule, WrongParameter, parse
from bot.domain.errors import NoSuchAction, UnknownAction, UnknownTarget
from bot.domain.naming import nearest
from bot.domain.rules import Policy
from bot.domain.scopes import scope
from bot.messages import Message
from bot.slack import answers
from bot.slack.looking import EVERY
from bot.slack.room import Request
from bot.slack.views import forms
from bot.slack.views.opening import open_about, open_form
from bot.store import evidence
from bot.store.incidents import Stored

Answered = Message | None


async def watch(request: Request, ref: str, argument: str) -> Answered:
    """Have it looked at again and again."""
    target = request.room.diagnostics.meant(argument).phrase
    command = c.WatchDiagnostic(by=request.by, target=target, every=EVERY)
    return await answers.recorded(request, await request.carry_out(command, ref=ref))


async def unwatch(request: Request, ref: str, argument: str) -> Answered:
    """Have it looked at no more."""
    return await answers.recorded(
        request, await request.carry_out(c.StopWatching(by=request.by, target=argument), ref=ref)
    )


async def act(request: Request, ref: str, argument: str) -> Answered:
    """Find out what an action would do, with what the diagnostic found; a form asks for what it did not."""
    name, _, run = argument.partition(" ")
    policy = request.room.muster.policy
    rule = policy.action(name)
    if rule is None:
        known = [one.name for one in policy.actions]
        raise UnknownAction(typed=name, known=known, nearest=nearest(name, known))
    filled = taken_up(rule, await _report(request, ref, run), policy)
    try:
        parse(rule, filled)
    except WrongParameter:
        await open_form(request, forms.action(rule, ref, filled), "do")
        return None
    command = c.RequestAction(by=request.by, action=rule.name, said=filled)
    return await answers.recorded(request, await request.carry_out(command, ref=ref))


async def _report(request: Request, ref: str, run: str) -> Report | None:
    stored = await request.incident(ref)
    async with request.room.muster.database.transaction(request.left()) as connection:
        report = await evidence.of_run(connection, stored.id, run)
    return Report.from_dict(report) if report else None


def taken_up(rule: ActionRule, report: Report | None, policy: Policy) -> dict[str, str]:
    """What was found for an action's parameters, on its own target: a session's number is another one elsewhere.

    Args:
        rule: the action.
        report: what was found; None where there is nothing.
        policy: knows which target the report is of, where its results do not say.
    """
    if report is None:
        return {}
    try:
        looked_at = scope(policy, report.target).targets
    except UnknownTarget:
        looked_at = ()
    only = looked_at[0].name if len(looked_at) == 1 else ""
    filled: dict[str, str] = {}
    for result in reversed(report.worst_first):  # the worst comes last, and counts where two say the same
        if rule.target in (None, result.target or only):
            filled |= rule.filled(result.check, result.facts)
    return filled


async def agree(request: Request, ref: str, argument: str) -> Answered:
    """Approve of an action."""
    command = c.ApproveAction(by=request.by, number=_number(ref, argument))
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def decline(request: Request, ref: str, argument: str) -> Answered:
    """Say no to an action."""
    command = c.DeclineAction(by=request.by, number=_number(ref, argument))
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def run(request: Request, ref: str, argument: str) -> Answered:
    """Have an action run."""
    command = c.StartAction(by=request.by, number=_number(ref, argument))
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def emergency(request: Request, ref: str, argument: str) -> Answered:
    """Ask why an action cannot wait for its approvals."""
    number = _number(ref, argument)
    await open_about(request, ref, lambda found: forms.emergency(_one(found, number), ref), "do")
    return None


def _one(stored: Stored, number: int) -> Action:
    action = stored.incident.action(number)
    if action is None:
        raise NoSuchAction(ref=stored.incident.ref, number=number)
    return action


def _number(ref: str, argument: str) -> int:
    """The action that a button names. Raises NoSuchAction for what no button of ours says."""
    if not (argument.isascii() and argument.isdigit() and len(argument) <= 9):
        raise NoSuchAction(ref=ref, number=argument[:20])
    return int(argument)
