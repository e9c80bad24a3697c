"""Reading what is typed about alerts: which are meant, for how long they are to be quiet, and why. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.application.alert_words import parse_matcher
from bot.domain import alert_errors as errors
from bot.domain import commands as c
from bot.domain.clocks import ESCALATION, every_clock
from bot.domain.errors import DomainError
from bot.domain.rules import spoken
from bot.domain.timing import short_name
from bot.messages import Message
from bot.slack.dates import split_span
from bot.slack.intents import (
    ArgumentMissing,
    Intent,
    MuteAlerts,
    NotASpan,
    ReadAlerts,
    ReadMutes,
    Unmute,
    UsageProblem,
)
from bot.slack.said import Said, text_of
from bot.slack.wording import CLOSING, OPENING, TOKEN, WORD, bare, readable

#: Of a number that a person types or a button holds, digits: the database counts no further than 19.
_DIGITS = 15
_OPEN = frozenset({"all", "everywhere", "open"})
_EVERYTHING = frozenset({"all", "everything", "every"})
#: What stands between the words that matter.
_JOINING = frozenset({"for", "by", "and", "the", "alert", "alerts", "please"})

_PAIRS = (('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("\u201d", "\u201d"), ("\u201e", "\u201c\u201d"),
          ("\u2018", "\u2019"), ("\u00ab", "\u00bb"))  # fmt: skip
_INSIDE = "|".join(f"{start}([^{start}{end}]+)[{end}]" for start, end in _PAIRS)
#: What stands in quotes: at the start of a word or after its `=`, and the word ends with it.
_QUOTED = re.compile(rf"(?:(?<!\S)|(?<=\S=))(?:{_INSIDE})(?=[,;]?(?:\s|$))")
#: Characters that stand for what stood in quotes while the rest is read. Nobody has them on a keyboard.
_FIRST, _MOST = 0xE000, 50
_TAKEN = dict.fromkeys(range(_FIRST, _FIRST + _MOST))

_FOR = re.compile(r"(?<!\S)for\s+(?:another\s+|about\s+)?", re.IGNORECASE)
#: What a reason begins with before it is said for how long.
_BECAUSE = re.compile(r"(?<!\S)(?:(?:because|since|while|during)(?=\s)|(?:--|\u2014|\u2013|-|:)(?=\s))", re.IGNORECASE)
_DASHES = "-:,;\u2014\u2013 "
#: The number of a group: `alerts 12`, `#12`, and also `12`.
_GROUP = re.compile(r"(?:(?:alerts?|group)\s+)?#?(?P<number>[0-9]+)[,;:]?(?:\s+|$)", re.IGNORECASE)
_KEY = re.compile(r"[^\W\d][\w.:/-]*[=!]", re.ASCII)
#: Monitors call alerts `HighErrorRate`, `disk_full` or `KubePod*`, which no word of a sentence looks like.
_LIKE_A_NAME = re.compile(r"\w[A-Z]|[\d_*?]|\w[-.:/]\w")

_HOW_LONG = "for how long, such as `mute HighErrorRate for 1h`"
_WHAT = "what is to be quiet, and for how long, such as `mute HighErrorRate for 1h` or `mute service=payments for 30m`"


class NotAGroupNumber(UsageProblem):
    """“{typed}” is no number of alerts. It stands in the list, `alerts`, and on their card."""


class NotAMuteNumber(UsageProblem):
    """Say which mute by its number, as in `unmute 3`. It stands in the list, `mutes`."""


class NameOrReason(UsageProblem):
    """“{typed}” may be a name or a reason. Put quotes around a name with spaces, and say why after how long."""


class TooLate(DomainError):
    """That was settled meanwhile."""

    def __init__(self, message: Message) -> None:
        """Take what is so now, as whoever came too late reads it."""
        super().__init__()
        self.message = message


def alerts(said: Said) -> Intent:
    """`alerts [NUMBER | all]`."""
    typed = bare(said.rest)
    if not typed:
        return ReadAlerts()
    if typed.casefold() in _OPEN:
        return ReadAlerts(everywhere=True)
    found = number(typed)
    if found is None:
        raise NotAGroupNumber(typed=readable(said.rest, people=False))
    return ReadAlerts(found)


def mutes(_said: Said) -> Intent:
    """`mutes`."""
    return ReadMutes()


def unmute(said: Said) -> Intent:
    """`unmute NUMBER`."""
    found = number(bare(said.rest).casefold().removeprefix("mute"))
    if found is None:
        raise NotAMuteNumber
    return Unmute(found)


def mute(said: Said) -> Intent:
    """`mute WHAT for SPAN [why…]`; how long may also stand first or last.

    `mute update 10m` keeps a clock of the incident silent, as `snooze` does: it meant that before there were alerts.

    Raises:
        ArgumentMissing: it does not say what, or for how long.
        NotASpan: what stands after `for` is no length of time.
        NameOrReason: some words might be either.
        DomainError: a word can't be asked for; see `parse_matcher`.
    """
    text, quoted = _masked(said.rest)
    if not text:
        raise ArgumentMissing(what=_WHAT)
    before, span, after = _span(text)
    if clock := _clock(said, before):
        return c.SnoozeClock(by=said.by, clock=clock, span=span, why=quoted.text(after))
    what, why = _before(before, after) if _telling(before) else _behind(after, quoted)
    if found := _GROUP.match(what):
        group = number(found["number"])
        if group is None:
            raise NotAGroupNumber(typed=found["number"])
        # Nothing else can stand beside a group's number: what does is about it.
        return MuteAlerts(span, number=group, why=quoted.text(" ".join((what[found.end() :], why))))
    words = _telling(what)
    if not words:
        raise ArgumentMissing(what=_WHAT)
    if len(words) == 1 and bare(words[0]).casefold() in _EVERYTHING:
        raise errors.NothingToMute
    plain = [word for word in words if not (_KEY.match(word) or quoted.holds(word))]
    if len(plain) > 1 and not all(_LIKE_A_NAME.search(word) for word in plain):
        raise NameOrReason(typed=quoted.text(" ".join(plain)))
    return MuteAlerts(span, parse_matcher([quoted.word(word) for word in words]), why=quoted.text(why))


def number(typed: str) -> int | None:
    """A number as people type it and as buttons hold it, such as `#12`; None where it is none."""
    plain = typed.strip().removeprefix("#")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= _DIGITS else None


def group_of(value: str) -> int:
    """The group that a button or a form is about. Raises UnknownGroup for what none of ours says."""
    found = number(value)
    if found is None:
        raise errors.UnknownGroup
    return found


@dataclass(frozen=True, slots=True)
class _Quoted:
    """What stood in quotes, without them and with them, by the character that stands for it."""

    parts: Sequence[tuple[str, str]]

    def holds(self, word: str) -> bool:
        """Whether a word stood in quotes, or a part of it."""
        return any(_FIRST <= ord(letter) < _FIRST + len(self.parts) for letter in word)

    def word(self, word: str) -> str:
        """A word without the quotes around it, decoded."""
        plain = word if self.holds(word) else word.strip(OPENING + CLOSING)
        # Slack makes a link of `db.example.com`, which is a label's value just as it was typed.
        as_typed = TOKEN.sub(lambda link: link[3] if link[3] and not link[1] else link[0], plain.strip(",;:"))
        return readable(self._filled(as_typed, 0), people=False)

    def text(self, text: str) -> str:
        """A text with its quotes, as it is kept."""
        return text_of(self._filled(text.strip(), 1))

    def _filled(self, text: str, which: int) -> str:
        for at, part in enumerate(self.parts):
            text = text.replace(chr(_FIRST + at), part[which])
        return text


def _masked(text: str) -> tuple[str, _Quoted]:
    """A text in which what stands in quotes is one character each."""
    parts: list[tuple[str, str]] = []

    def mask(found: re.Match[str]) -> str:
        if len(parts) == _MOST:
            return found[0]
        parts.append((found[found.lastindex or 0], found[0]))
        return chr(_FIRST + len(parts) - 1)

    return _QUOTED.sub(mask, text.translate(_TAKEN)).strip(), _Quoted(parts)


def _span(text: str) -> tuple[str, timedelta, str]:
    """What stands before the length of time, that, and what comes after it.

    Raises:
        ArgumentMissing, NotASpan, MuteTooLong: there is none.
    """
    found, typed = split_span(text), ""
    for joining in _FOR.finditer(text):
        part = split_span(text[joining.end() :])
        if part is not None and not part[0]:
            found = text[: joining.start()].strip(), part[1], part[2]
            break
        typed = typed or text[joining.end() :]
    if found is None:
        raise NotASpan(typed=readable(typed, people=False)) if typed else ArgumentMissing(what=_HOW_LONG)
    if not found[1]:
        raise errors.MuteTooLong
    return found


def _telling(text: str) -> list[str]:
    """The words that say something."""
    return [word for word in WORD.findall(text) if bare(word).casefold() not in _JOINING]


def _clock(said: Said, before: str) -> str | None:
    """The clock that is meant, if that is all that was said."""
    typed = " ".join(map(bare, WORD.findall(before)))
    clocks = {spoken(short_name(clock)) for clock in every_clock(said.policy)} | {spoken(ESCALATION)}
    return typed if spoken(typed) and spoken(typed) in clocks else None


def _before(before: str, after: str) -> tuple[str, str]:
    """What and why, where what comes before the length of time."""
    because = _BECAUSE.search(before)
    what, why = (before[: because.start()], before[because.start() :]) if because else (before, "")
    return what.strip(), " ".join(part for part in (why.strip(_DASHES), after.strip(_DASHES)) if part)


def _behind(after: str, quoted: _Quoted) -> tuple[str, str]:
    """What and why, where both come after the length of time: one name, and what can be nothing else than a label."""
    if found := _GROUP.match(after):
        return after[: found.end()], after[found.end() :].strip(_DASHES)
    because = _BECAUSE.search(after)
    words = WORD.findall(after[: because.start()] if because else after)
    sure = [at for at, word in enumerate(words) if at == 0 or _KEY.match(word) or quoted.holds(word)]
    many = next((at for at, place in enumerate(sure) if at != place), len(sure))
    if all(_LIKE_A_NAME.search(word) for word in words[many:]):
        many = len(words)
    why = [*words[many:], *([after[because.start() :].strip(_DASHES)] if because else [])]
    return " ".join(words[:many]), " ".join(why).strip(_DASHES)
