"""Reading the commands about a policy's conditions, checklists, texts and clocks."""

from datetime import timedelta

from bot.domain import commands as c
from bot.domain.clocks import ESCALATION, every_clock
from bot.domain.timing import short_name
from bot.slack.dates import split_span
from bot.slack.intents import (
    ArgumentMissing,
    FillCondition,
    FillText,
    Intent,
    Look,
    NotASpan,
    ReadChecklist,
    ReadPolicy,
)
from bot.slack.said import Said, known, named, text_of, words_for
from bot.slack.wording import WORD, bare, readable

#: What stands between a clock and how long.
_JOINING_WORDS = frozenset({"for", "by", "another"})


def flag(said: Said) -> Intent:
    """`flag [CONDITION] [why…]`."""
    if not said.rest:
        return FillCondition()
    name, why = named(said.rest, words_for(said.policy.conditions))
    return c.SetCondition(by=said.by, condition=name, why=text_of(why))


def unflag(said: Said) -> Intent:
    """`unflag CONDITION [why…]`."""
    if not said.rest:
        return Look.CONDITIONS
    name, why = named(said.rest, words_for(said.policy.conditions))
    return c.ClearCondition(by=said.by, condition=name, why=text_of(why))


def cause(said: Said) -> Intent:
    """`cause text…`."""
    return c.RecordCause(by=said.by, text=text_of(said.rest))


def checklist(said: Said) -> Intent:
    """`checklist [NAME]`."""
    name = _name(said.rest)
    return ReadChecklist(name) if name else Look.CHECKLISTS


def text(said: Said) -> Intent:
    """`text [NAME]`."""
    name = _name(said.rest)
    return FillText(name) if name else Look.TEXTS


def policy(said: Said) -> Intent:
    """`policy [SEV]`."""
    return ReadPolicy(_name(said.rest) or None)


def snooze(said: Said) -> Intent:
    """`snooze CLOCK SPAN [why…]`."""
    if not said.rest:
        return Look.CLOCKS
    clock, span, why = _clock(said, "for how long, such as `snooze update 10m`")
    return c.SnoozeClock(by=said.by, clock=clock, span=span, why=why)


def extend(said: Said) -> Intent:
    """`extend CLOCK SPAN why…`."""
    if not said.rest:
        return Look.CLOCKS
    clock, span, why = _clock(said, "how much longer, such as `extend resolve 2h The vendor needs until noon`")
    return c.ExtendClock(by=said.by, clock=clock, span=span, why=why)


def _name(text: str) -> str:
    """All that was typed as one name."""
    return " ".join(word for word in map(bare, WORD.findall(text)) if word)


def _clock(said: Said, what: str) -> tuple[str, timedelta, str]:
    """The clock, how long, and why. A clock of the policy's may have a length of time in its name."""
    names = [*map(short_name, every_clock(said.policy)), ESCALATION]
    clock, rest = known(said.rest, names) or ("", said.rest)
    found = split_span(rest)
    if found is None:
        raise (NotASpan(typed=readable(rest, people=False)) if clock and rest else ArgumentMissing(what=what))
    before, span, why = found
    words = [word for word in WORD.findall(before) if word.casefold() not in _JOINING_WORDS]
    if clock and words:
        raise NotASpan(typed=readable(before, people=False))
    clock = clock or _name(" ".join(words))
    if not clock:  # how long may also come first
        clock, why = known(why, names) or ("", why)
    if not clock:
        raise ArgumentMissing(what="which clock, such as `snooze update 10m`")
    if not span:
        raise NotASpan(typed=readable(rest, people=False))
    return clock, span, text_of(why)
