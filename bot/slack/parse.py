"""The text of a slash command, as Slack sends it, to what its author wants. Pure; raises only `UsageProblem`."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.slack import alerting, correcting, declaring, looking, people, procedures, reviewing, tasking, walking
from bot.slack.intents import (
    ArgumentMissing,
    FillResolution,
    FillUpdate,
    Help,
    Intent,
    Look,
    Parsed,
    UnknownCommand,
    UsageProblem,
)
from bot.slack.people import ME
from bot.slack.said import Said, first_words, named, overriding, text_of, words_for
from bot.slack.usage import Usage, nearest_usage, usage_of
from bot.slack.wording import TOKEN, WORD, bare, first_word, readable, tidy

_HYPHENS = re.compile("[\u2010\u2011\u2012\u2013\u2212]")
_REFERENCE = re.compile(r"#?(inc-\d{4}-\d{2}-\d{2}-\d{3,})(?![\d])", re.IGNORECASE)
#: Meant as a reference, whatever is wrong with it: it is looked up and not found, with the nearest in the answer.
_LIKE_REFERENCE = re.compile(r"#?(inc-[\w-]*\d[\w-]*)", re.IGNORECASE)
_ASKS_HELP = re.compile(r"(?:--|\u2014|\u2013)help|-h", re.IGNORECASE)


def parse(text: str, *, by: Actor, policy: Policy, today: date) -> Parsed:
    """Read a command.

    Args:
        text: what follows the slash command's name, with Slack's entities and tokens.
        by: who typed it.
        policy: whose severities, statuses and contacts count as words.
        today: the day where the policy's office is, for `by friday`.

    Raises:
        UsageProblem: it can't be read; the problem knows the usage to show.
    """
    ref, channel, rest = _named_incident(tidy(text))
    word, rest = first_word(rest)
    if not word:
        if ref or channel:
            return Parsed(intent=Look.SHOW, usage=_usage("show"), ref=ref, channel=channel)
        return Parsed(intent=Help(), usage=_usage("help"))
    usage = usage_of(bare(word)) if bare(word) else None
    if usage is None:
        near = nearest_usage(bare(word)) if bare(word) else None
        raise UnknownCommand(near, typed=readable(word, people=False), nearest=near.name if near else None)
    if _ASKS_HELP.fullmatch(rest):
        return Parsed(intent=Help(usage), usage=_usage("help"))
    if ref is None and channel is None and usage.name in _WORDLESS:
        ref, channel, rest = _named_incident(rest)
    try:
        intent = _READ[usage.name](Said(rest=rest, usage=usage, by=by, policy=policy, today=today))
    except UsageProblem as problem:
        problem.usage = problem.usage or usage
        raise
    return Parsed(intent=intent, usage=usage, ref=ref, channel=channel)


def _named_incident(text: str) -> tuple[str | None, str | None, str]:
    """The incident that the text starts with: a reference, or a channel by id; and the rest."""
    word, rest = first_word(text)
    token = TOKEN.fullmatch(word)
    if token and token[1] == "#":
        named = _REFERENCE.match(token[3] or "")
        return (named[1].upper(), None, rest) if named else (None, token[2], rest)
    typed = _HYPHENS.sub("-", bare(word))
    if found := _REFERENCE.match(typed) or _LIKE_REFERENCE.fullmatch(typed):
        return found[1].upper(), None, rest
    return None, None, text


def _ack(said: Said) -> Intent:
    return c.Acknowledge(by=said.by)


def _update(said: Said) -> Intent:
    text = text_of(said.rest)
    return c.PostUpdate(by=said.by, text=text) if text else FillUpdate()


def _status(said: Said) -> Intent:
    text, override = overriding(said.rest)
    if not text:
        raise ArgumentMissing(what="which status", known=[s.name for s in said.policy.statuses])
    name, note = named(text, words_for(said.policy.statuses))
    return c.ChangeStatus(by=said.by, status=name, note=text_of(note), override=override)


def _severity(said: Said) -> Intent:
    words = WORD.findall(said.rest)
    if not words:
        raise ArgumentMissing(what="which severity", known=[s.name for s in said.policy.severities])
    count = 2 if declaring.two_words(words) else 1
    name, why = first_words(said.rest, count)
    return c.ChangeSeverity(by=said.by, severity=name, why=text_of(why))


def _note(said: Said) -> Intent:
    return c.AddNote(by=said.by, text=text_of(said.rest))


def _help(said: Said) -> Intent:
    word = bare(first_word(said.rest)[0])
    if not word or word.casefold() in ME:
        return Help()
    usage = usage_of(word)
    if usage is None:
        near = nearest_usage(word)
        raise UnknownCommand(near, typed=word, nearest=near.name if near else None)
    return Help(usage)


def _resolve(said: Said) -> Intent:
    text, override = overriding(said.rest)
    summary = text_of(text)
    return c.Resolve(by=said.by, summary=summary, override=override) if summary else FillResolution(override)


def _reopen(said: Said) -> Intent:
    return c.Reopen(by=said.by, why=text_of(said.rest))


def _close(said: Said) -> Intent:
    note, override = overriding(said.rest)
    return c.Close(by=said.by, note=text_of(note), override=override)


def _declare(said: Said) -> Intent:
    return declaring.read(said.rest, by=said.by, policy=said.policy)


def _looking(look: Look) -> Callable[[Said], Intent]:
    return lambda _said: look


_READ: Mapping[str, Callable[[Said], Intent]] = {
    "declare": _declare,
    "ack": _ack,
    "update": _update,
    "status": _status,
    "severity": _severity,
    "role": people.role,
    "lead": people.lead,
    "handoff": people.handoff,
    "escalate": people.escalate,
    "flag": procedures.flag,
    "unflag": procedures.unflag,
    "cause": procedures.cause,
    "checklist": procedures.checklist,
    "text": procedures.text,
    "snooze": procedures.snooze,
    "extend": procedures.extend,
    "policy": procedures.policy,
    "note": _note,
    "diag": looking.diag,
    "do": looking.act,
    "runbook": walking.runbook,
    "step": walking.step,
    "alerts": alerting.alerts,
    "mute": alerting.mute,
    "mutes": alerting.mutes,
    "unmute": alerting.unmute,
    "task": tasking.task,
    "resolve": _resolve,
    "reopen": _reopen,
    "close": _close,
    "review": reviewing.review,
    "help": _help,
    "tasks": tasking.tasks,
    "show": _looking(Look.SHOW),
    "timeline": correcting.timeline,
    "catchup": _looking(Look.CATCHUP),
    "list": _looking(Look.LIST),
    "clocks": _looking(Look.CLOCKS),
}

#: Commands without words of their own, where a reference after the name can be nothing else.
_WORDLESS = frozenset({"ack", "tasks", "show", "timeline", "catchup", "clocks", "review", "alerts"})


def _usage(name: str) -> Usage:
    usage = usage_of(name)
    assert usage is not None
    return usage
