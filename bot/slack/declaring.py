"""Reading `declare`: a severity first, options anywhere, and the rest is the title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.slack.intents import FillDeclaration, Intent, NoSuchOption, OptionWithoutValue
from bot.slack.said import known as known_name
from bot.slack.said import words_for
from bot.slack.wording import CLOSING, OPENING, WORD, bare, readable, unquoted

#: Phones make one dash of two.
_OPTION = re.compile(r"(?:--|\u2014|\u2013)([A-Za-z][A-Za-z-]*)(?:[=:](.*))?", re.DOTALL)
_OPTIONS = ("service", "severity", "flag", "private", "drill")
#: `p9`, `SEV-7`: a severity is meant. `p99` and `s3` are words of a title.
_LIKE_SEVERITY = re.compile(r"(?:p[-_]?\d|(?:sev|severity|prio|priority)[-_]?\d{1,2})", re.IGNORECASE)
_SPLIT_SEVERITY = frozenset({"p", "sev", "severity", "prio", "priority"})


@dataclass(slots=True)
class _Form:
    words: list[str] = field(default_factory=list)
    severity: str | None = None
    service: str | None = None
    conditions: list[str] = field(default_factory=list)
    private: bool = False
    drill: bool = False


def read(rest: str, *, by: Actor, policy: Policy) -> Intent:
    """A declaration, or the form where there is no title.

    Raises:
        UsageProblem: an option is unknown or lacks its value.
    """
    form = _options(WORD.findall(rest), words_for(policy.conditions))
    if form.severity is None:
        form.severity, taken = _severity(form.words, policy)
        del form.words[:taken]
    title = unquoted(readable(" ".join(form.words), people=False)).strip()
    service = readable(form.service, people=False).strip() if form.service else None
    conditions = tuple(readable(name, people=False).strip() for name in form.conditions)
    if title:
        return c.Declare(
            by=by,
            title=title,
            severity=form.severity,
            service=service,
            private=form.private,
            drill=form.drill,
            conditions=conditions,
        )
    known = policy.find_severity(form.severity) if form.severity else None
    return FillDeclaration(
        severity=known.name if known else None,
        service=service,
        private=form.private,
        drill=form.drill,
        conditions=conditions,
    )


def two_words(words: Sequence[str]) -> bool:
    """Whether the words start with a severity in two, as in `sev 1`."""
    return len(words) > 1 and bare(words[0]).casefold() in _SPLIT_SEVERITY and bare(words[1]).isdigit()


def _severity(words: Sequence[str], policy: Policy) -> tuple[str | None, int]:
    """The severity that the words start with, and how many words it takes."""
    if not words:
        return None, 0
    if two_words(words):
        return f"{bare(words[0])} {bare(words[1])}", 2
    typed = bare(words[0])
    numbered = any(ch.isdigit() for ch in typed)
    if _LIKE_SEVERITY.fullmatch(typed) or (numbered and policy.find_severity(typed)):
        return typed, 1
    # "High error rate" is a title that starts with a capital; "high Checkout is down" names a severity.
    sentence_like = typed[:1].isupper() and not typed.isupper() and not words[0].endswith((":", ",", ";"))
    alone = len(words) == 1
    if policy.find_severity(typed) and (alone or not sentence_like):
        return typed, 1
    return None, 0


def _options(words: Sequence[str], conditions: Sequence[str]) -> _Form:
    form, queue = _Form(), list(words)
    while queue:
        word = queue.pop(0)
        option = _OPTION.fullmatch(word)
        name = option[1].casefold() if option else ""
        if option is None or name not in _OPTIONS:
            if name and (near := get_close_matches(name, _OPTIONS, n=1, cutoff=0.75)):
                raise NoSuchOption(typed=f"--{name}", nearest=f"--{near[0]}")
            form.words.append(word)
        elif name == "private":
            form.private = True
        elif name == "drill":
            form.drill = True
        elif name == "flag" and not option[2] and (found := known_name(" ".join(queue), conditions)):
            form.conditions.append(found[0])
            queue = WORD.findall(found[1])
        else:
            value = _value(option[2], queue, name)
            match name:
                case "service":
                    form.service = value
                case "severity":
                    form.severity = value
                case _:
                    form.conditions.append(value)
    return form


def _value(attached: str | None, queue: list[str], name: str) -> str:
    """An option's value: what is attached to it, the next word, or everything between quotes."""
    first = attached or (queue.pop(0) if queue else "")
    parts = [first]
    if first and first[0] in OPENING:
        while queue and (parts == [first[0]] or parts[-1][-1] not in CLOSING):
            parts.append(queue.pop(0))
    value = " ".join(parts).strip(OPENING + CLOSING + " ")
    if not value or _OPTION.fullmatch(value):
        raise OptionWithoutValue(typed=f"--{name}")
    return value
