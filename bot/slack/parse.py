"""The text of a slash command, as Slack sends it, to what its author wants. Pure; raises only `UsageProblem`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import UnknownStatus
from bot.domain.rules import Policy
from bot.slack import declaring
from bot.slack.dates import split_due
from bot.slack.intents import (
    ArgumentMissing,
    Diagnose,
    FillResolution,
    FillUpdate,
    Help,
    Intent,
    Look,
    NobodyMentioned,
    NotATaskNumber,
    Parsed,
    ReadRunbook,
    TooManyMentioned,
    UnknownCommand,
    UsageProblem,
)
from bot.slack.usage import Usage, nearest_usage, usage_of
from bot.slack.wording import TOKEN, WORD, bare, first_word, person, readable, tidy, unquoted

_HYPHENS = re.compile("[\u2010\u2011\u2012\u2013\u2212]")
_REFERENCE = re.compile(r"#?(inc-\d{4}-\d{2}-\d{2}-\d{3,})(?![\d])", re.IGNORECASE)
#: Meant as a reference, whatever is wrong with it: it is looked up and not found, with the nearest in the answer.
_LIKE_REFERENCE = re.compile(r"#?(inc-[\w-]*\d[\w-]*)", re.IGNORECASE)
_TASK_DONE = re.compile(
    r"(?:done|finished?|tick|complete)(?:\s+(?:task\s+)?#?(?P<after>\S+))?|#?(?P<before>\d+)\s+done", re.IGNORECASE
)
_ASKS_HELP = re.compile(r"(?:--|\u2014|\u2013)help|-h", re.IGNORECASE)
#: The longest name of a status in words, such as "cause found".
_STATUS_WORDS = 3
_JOINING_WORDS = frozenset({"to", "is", "as", "for", "=", "->", "→"})
_ME = frozenset({"me", "myself"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What comes after the command's name."""

    rest: str
    usage: Usage
    by: Actor
    policy: Policy
    today: date


def parse(text: str, *, by: Actor, policy: Policy, today: date) -> Parsed:
    """Read a command.

    Args:
        text: what follows the slash command's name, with Slack's entities and tokens.
        by: who typed it.
        policy: whose severities, statuses and contacts count as words.
        today: the UTC day, for `by friday`.

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
        intent = _READ[usage.name](_Said(rest=rest, usage=usage, by=by, policy=policy, today=today))
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


def _ack(said: _Said) -> Intent:
    return c.Acknowledge(by=said.by)


def _update(said: _Said) -> Intent:
    text = _text(said.rest)
    return c.PostUpdate(by=said.by, text=text) if text else FillUpdate()


def _status(said: _Said) -> Intent:
    words = WORD.findall(said.rest)
    if not words:
        raise ArgumentMissing(what="which status", known=[s.name for s in said.policy.statuses])
    for count in range(min(_STATUS_WORDS, len(words)), 0, -1):
        name, note = _first_words(said.rest, count)
        if count == 1 or _is_status(said.policy, name):
            return c.ChangeStatus(by=said.by, status=name, note=_text(note))
    raise AssertionError("one word is always taken")


def _severity(said: _Said) -> Intent:
    words = WORD.findall(said.rest)
    if not words:
        raise ArgumentMissing(what="which severity", known=[s.name for s in said.policy.severities])
    count = 2 if declaring.two_words(words) else 1
    name, why = _first_words(said.rest, count)
    return c.ChangeSeverity(by=said.by, severity=name, why=_text(why))


def _role(said: _Said) -> Intent:
    roles = [r.name for r in said.policy.roles]
    user, words = _one_person(said)
    name = " ".join(word for word in words if word.casefold() not in _JOINING_WORDS)
    if not name:
        raise ArgumentMissing(what="which role", known=roles)
    if user is None:
        raise NobodyMentioned
    return c.AssignRole(by=said.by, role=name, user=user)


def _lead(said: _Said) -> Intent:
    user, _ = _one_person(said)
    if user is None:
        raise NobodyMentioned
    return c.AssignRole(by=said.by, role=said.policy.commander, user=user)


def _escalate(said: _Said) -> Intent:
    contacts = {f"@{name}".casefold(): name for name in said.policy.contacts}
    words = WORD.findall(said.rest)
    called = {word: person(word) or contacts.get(bare(word).casefold()) for word in words}
    people = tuple(dict.fromkeys(who for who in called.values() if who))
    why = said.rest
    # Those named before or after the reason are not part of it; within a sentence they are.
    while (word := first_word(why)[0]) and called.get(word):
        why = first_word(why)[1]
    while (tail := WORD.findall(why)) and called.get(tail[-1]):
        why = why[: why.rindex(tail[-1])].rstrip()
    return c.Escalate(by=said.by, why=_text(why), people=people)


def _note(said: _Said) -> Intent:
    return c.AddNote(by=said.by, text=_text(said.rest))


def _diag(said: _Said) -> Intent:
    return Diagnose(_text(said.rest))


def _runbook(said: _Said) -> Intent:
    return ReadRunbook(_text(said.rest))


def _task(said: _Said) -> Intent:
    if not said.rest:
        return Look.TASKS
    if done := _TASK_DONE.fullmatch(said.rest):
        number = (done["after"] or done["before"] or "").strip(".,")
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            raise NotATaskNumber
        return c.FinishActionItem(by=said.by, number=int(number))
    text, owner, due = said.rest, None, None
    for _ in range(2):  # the owner and the date may come in either order
        words = WORD.findall(text)
        if owner is None and words and (owner := person(words[-1])):
            text = text[: text.rindex(words[-1])].rstrip(" ,;")
        if due is None:
            text, due = split_due(text, said.today)
    owner = owner or next((who for word in WORD.findall(text) if (who := person(word))), None)
    return c.AddActionItem(by=said.by, text=_text(text), owner=owner, due=due)


def _help(said: _Said) -> Intent:
    word = bare(first_word(said.rest)[0])
    if not word or word.casefold() in _ME:
        return Help()
    usage = usage_of(word)
    if usage is None:
        near = nearest_usage(word)
        raise UnknownCommand(near, typed=word, nearest=near.name if near else None)
    return Help(usage)


def _resolve(said: _Said) -> Intent:
    text = _text(said.rest)
    return c.Resolve(by=said.by, summary=text) if text else FillResolution()


def _reopen(said: _Said) -> Intent:
    return c.Reopen(by=said.by, why=_text(said.rest))


def _close(said: _Said) -> Intent:
    return c.Close(by=said.by, note=_text(said.rest))


def _review(said: _Said) -> Intent:
    return c.RequestReview(by=said.by)


def _declare(said: _Said) -> Intent:
    return declaring.read(said.rest, by=said.by, policy=said.policy)


def _looking(look: Look) -> Callable[[_Said], Intent]:
    return lambda _said: look


_READ: Mapping[str, Callable[[_Said], Intent]] = {
    "declare": _declare,
    "ack": _ack,
    "update": _update,
    "status": _status,
    "severity": _severity,
    "role": _role,
    "lead": _lead,
    "handoff": _lead,
    "escalate": _escalate,
    "note": _note,
    "diag": _diag,
    "runbook": _runbook,
    "task": _task,
    "resolve": _resolve,
    "reopen": _reopen,
    "close": _close,
    "review": _review,
    "help": _help,
    "tasks": _looking(Look.TASKS),
    "show": _looking(Look.SHOW),
    "timeline": _looking(Look.TIMELINE),
    "catchup": _looking(Look.CATCHUP),
    "list": _looking(Look.LIST),
}

#: Commands without words of their own, where a reference after the name can be nothing else.
_WORDLESS = frozenset({"ack", "tasks", "show", "timeline", "catchup", "review"})


def _usage(name: str) -> Usage:
    usage = usage_of(name)
    assert usage is not None
    return usage


def _text(text: str) -> str:
    return unquoted(readable(text)).strip()


def _first_words(text: str, count: int) -> tuple[str, str]:
    """The first words as one name, and the rest."""
    words: list[str] = []
    for _ in range(count):
        word, text = first_word(text)
        words.append(bare(word))
    return " ".join(words), text


def _is_status(policy: Policy, name: str) -> bool:
    try:
        policy.status(name)
    except UnknownStatus:
        return False
    return True


def _one_person(said: _Said) -> tuple[str | None, list[str]]:
    """The person mentioned (or `me`), and the other words. Raises TooManyMentioned."""
    words = WORD.findall(said.rest)
    people = dict.fromkeys(who for word in words if (who := person(word)) and who.startswith(("U", "W")))
    others = [bare(word) for word in words if not person(word) and bare(word)]
    if len(people) > 1:
        raise TooManyMentioned
    if people:
        return next(iter(people)), others
    mine = [word for word in others if word.casefold() in _ME]
    if mine:
        return said.by.user, [word for word in others if word not in mine]
    return None, [word for word in others if not word.startswith("@")]
