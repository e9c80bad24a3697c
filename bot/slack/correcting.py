"""Reading what is typed about the timeline: what happened besides, when it really was, what should not be read. Pure.

`timeline add 22:40 Deploy 482 went out because its log says so`, `timeline move #12 22:41 The log says so`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import nearest
from bot.slack.dates import split_span
from bot.slack.intents import ArgumentMissing, Intent, Look, UsageProblem
from bot.slack.said import Said, text_of
from bot.slack.when import Correct, When
from bot.slack.wording import WORD, bare, first_word, readable

_NUMBER = re.compile(r"#?(\d{1,9})")
_CLOCK = re.compile(
    r"(?:at\s+)?(?:(?P<day>(?:19|20)\d\d-\d{1,2}-\d{1,2}|today|yesterday)(?:\s*,)?(?:\s+(?:at\s+)?|T))?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,9})?)?(?:\s?(?P<half>am|pm))?"
    r"(?:\s?(?P<zone>Z|UTC|GMT|[+\u2212-]\d\d:?\d\d))?(?![\w:])[,;:.]?(?=\s|$)",
    re.IGNORECASE,
)
_NOW = re.compile(r"(?:just\s+|right\s+)?now\b[,;:]?", re.IGNORECASE)
_AGO = re.compile(r"ago\b[,;:.]?", re.IGNORECASE)
#: Zones by their short names: several have the same, and summer has others.
_NAMED_ZONE = re.compile(r"(?:CES?T|BST|WES?T|EES?T|MSK|IST|JST|AES?T|[ECMP][SD]?T)\b[,;:.]?")
_BECAUSE = re.compile(r"\s+because[,:]?\s+", re.IGNORECASE)
_HALF_DAY = 12
#: So long ago, a hundred years, nothing was that belongs to an incident; and further back there are no dates.
_LONGEST_AGO = timedelta(days=36_600)
#: What is typed in place of a time, as far as an answer repeats it.
_REPEATED = 3


class NotATime(UsageProblem):
    """“{typed}” is not a time that I know. Say it in UTC: 22:40, yesterday 22:40, 2026-02-11 22:40, 10 minutes ago."""


class WhichZone(UsageProblem):
    """“{typed}”: I read times in UTC. Write it so, or with how far it is from UTC, as in 22:40+01:00."""


class WhichCorrection(UsageProblem):
    """“{typed}” is nothing that I can do to a timeline. Say add, move, hide, show, annotate or hidden."""


def timeline(said: Said) -> Intent:
    """`timeline [add WHEN text… [because why] | move N WHEN why… | hide N why… | show N | annotate N text… | hidden]`.

    Raises:
        WhichCorrection, ArgumentMissing, NotATime, WhichZone: something of that is missing, or is something else.
    """
    word, rest = first_word(said.rest)
    verb = bare(word).casefold()
    if not verb:
        return Look.TIMELINE
    if verb not in _VERBS:
        near = nearest(verb, _VERBS)
        raise WhichCorrection(typed=readable(word, people=False), nearest=f"timeline {near}" if near else None)
    return _VERBS[verb](rest)


def command_of(
    asked: Correct, by: Actor, now: datetime, *, happened_at: datetime | None, over: datetime | None
) -> c.Command:
    """The command that somebody means.

    Args:
        asked: as it was typed.
        by: who typed it.
        now: the time, in UTC.
        happened_at: when the entry happened as it is read now; None where there is none.
        over: when the incident was resolved.
    """
    at = asked.when.at(now, near=happened_at, over=over) if asked.when else now
    match asked.what:
        case "add":
            return c.AddEntry(by=by, happened_at=at, text=asked.text, why=asked.why)
        case "move":
            return c.MoveEntry(by=by, about=asked.number, happened_at=at, why=asked.why)
        case "hide":
            return c.HideEntry(by=by, about=asked.number, why=asked.why)
        case "show":
            return c.ShowEntry(by=by, about=asked.number, why=asked.why)
        case _:
            return c.AnnotateEntry(by=by, about=asked.number, text=asked.text)


def split_when(text: str, example: str) -> tuple[When, str]:
    """The moment that a text begins with, and the rest.

    Raises:
        ArgumentMissing: there is no text; it says what is missing, with the example.
        NotATime, WhichZone: it begins with something else.
    """
    if not text.strip():
        raise ArgumentMissing(what=f"when it was, in UTC, such as `{example}`")
    if found := _NOW.match(text):
        return When(ago=timedelta()), text[found.end() :].strip()
    span = split_span(text)
    typed = " ".join(readable(word, people=False) for word in WORD.findall(text)[:_REPEATED])
    if span and not span[0] and (found := _AGO.match(span[2])):
        if span[1] > _LONGEST_AGO:
            raise NotATime(typed=typed)
        return When(ago=span[1]), span[2][found.end() :].strip()
    found = _CLOCK.match(text)
    if found is None:
        raise NotATime(typed=typed)
    rest = text[found.end() :].strip()
    if not found["zone"] and _NAMED_ZONE.match(rest):
        raise WhichZone(typed=typed)
    try:
        return _clock(found), rest
    except ValueError:
        raise NotATime(typed=found[0]) from None


def _clock(found: re.Match[str]) -> When:
    hour, half, day = int(found["hour"]), (found["half"] or "").casefold(), (found["day"] or "").casefold()
    if half and not 1 <= hour <= _HALF_DAY:
        raise ValueError("there is no such hour")
    if half:
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "pm" else 0)
    named = {"today": 0, "yesterday": 1}.get(day)
    return When(
        clock=time(hour, int(found["minute"]), int(found["second"] or 0)),
        day=date(*map(int, day.split("-"))) if day and named is None else None,
        back=named,
        zone=_zone(found["zone"] or "Z"),
    )


def _zone(typed: str) -> timezone:
    if typed[0].isalpha():
        return UTC
    away = timedelta(hours=int(typed[1:3]), minutes=int(typed[-2:]))
    return timezone(away if typed[0] == "+" else -away)


def _add(rest: str) -> Intent:
    example = "timeline add 22:40 Deploy 482 went out"
    when, text = split_when(rest, example)
    because = list(_BECAUSE.finditer(text))
    text, why = (text[: because[-1].start()], text[because[-1].end() :]) if because else (text, "")
    if not text.strip():
        raise ArgumentMissing(what=f"what happened then, such as `{example}`")
    return Correct(what="add", when=when, text=text_of(text), why=text_of(why))


def _move(rest: str) -> Intent:
    example = "timeline move #12 22:41 The log says so"
    number, rest = _numbered(rest, example)
    when, why = split_when(rest.removeprefix("to ").strip(), example)
    if not why:
        raise ArgumentMissing(what=f"how that is known, such as `{example}`")
    return Correct(what="move", number=number, when=when, why=_reason(why))


def _hide(rest: str) -> Intent:
    example = "timeline hide #12 Wrong channel"
    number, why = _numbered(rest, example)
    if not why:
        raise ArgumentMissing(what=f"why it should not be read, such as `{example}`")
    return Correct(what="hide", number=number, why=_reason(why))


def _show(rest: str) -> Intent:
    number, why = _numbered(rest, "timeline show #12")
    return Correct(what="show", number=number, why=_reason(why))


def _annotate(rest: str) -> Intent:
    example = "timeline annotate #12 This was a test"
    number, text = _numbered(rest, example)
    if not text:
        raise ArgumentMissing(what=f"what is to be known about it, such as `{example}`")
    return Correct(what="annotate", number=number, text=text_of(text))


def _hidden(_rest: str) -> Intent:
    return Look.HIDDEN


def _numbered(rest: str, example: str) -> tuple[int, str]:
    """The number that a text begins with, and the rest."""
    word, rest = first_word(rest)
    found = _NUMBER.fullmatch(bare(word))
    if found is None:
        raise ArgumentMissing(what=f"which entry, by the number that `timeline` shows, such as `{example}`")
    return int(found[1]), rest


def _reason(text: str) -> str:
    return text_of(_BECAUSE.sub("", f" {text}", count=1) if _BECAUSE.match(f" {text}") else text)


_VERBS: Mapping[str, Callable[[str], Intent]] = {
    "add": _add,
    "move": _move,
    "hide": _hide,
    "show": _show,
    "unhide": _show,
    "annotate": _annotate,
    "hidden": _hidden,
}
