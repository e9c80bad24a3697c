"""The form that opens an incident: the policy's questions, and the severity that the answers suggest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.duties import suggested
from bot.domain.procedures import Condition, Form
from bot.domain.rules import Policy
from bot.domain.text import TITLE_LIMIT
from bot.slack.intents import FillDeclaration
from bot.slack.views import details
from bot.slack.views.parts import (
    TICKS,
    Block,
    View,
    checkboxes,
    metadata,
    modal,
    paragraph,
    paragraphs,
    select,
    text_input,
    values,
)
from bot.slack.views.says import advice, words

DECLARE = "declare"
#: The menu's entry for who leaves it to the answers. No severity is called so.
AS_ANSWERED = "~answers"
_SO = "conditions"
_LABEL, _LABEL_ON = "Is any of this so?", "Or any of this?"
#: The most tick boxes, in tens; and what the definitions may take, in characters and paragraphs.
_MOST_TENS = 10
_DEFINITIONS, _LEAST, _PARAGRAPHS = 8000, 120, 8


def declaration(policy: Policy, typed: FillDeclaration) -> View:
    """Asks for a declaration, with what was typed already filled in."""
    given = {
        "severity": typed.severity,
        "service": typed.service,
        "options": [name for name, on in (("private", typed.private), ("drill", typed.drill)) if on],
        _SO: list(typed.conditions),
    }
    return _form(policy, given, offered=None, turn=0)


def redrawn(policy: Policy, view: Mapping[str, Any]) -> View:
    """The same form with what the answers suggest by now; the severity follows unless it was chosen by hand."""
    kept = metadata(view)
    turn = kept.get("turn", "")
    return _form(policy, values(view), offered=kept.get("offered"), turn=int(turn) if turn.isdecimal() else 0)


def read(given: Mapping[str, Any], by: Actor) -> c.Declare:
    """The declaration that a filled-in form is."""
    options = given.get("options") or ()
    chosen = given.get("severity")
    return c.Declare(
        by=by,
        title=given.get("title") or "",
        severity=None if chosen == AS_ANSWERED else chosen,
        service=given.get("service") or None,
        description=given.get("description") or "",
        private="private" in options,
        drill="drill" in options,
        conditions=_so(given),
        details=details.read(given),
    )


def _form(policy: Policy, given: Mapping[str, Any], *, offered: str | None, turn: int) -> View:
    asked, so = _asked(policy, given), _so(given)
    worst = suggested(policy, so)
    proposed = worst.name if worst else AS_ANSWERED if asked else policy.default_severity
    chosen = given.get("severity")
    by_hand = chosen is not None and chosen != offered
    if not by_hand and proposed != offered and offered is not None:
        turn += 1  # the menu takes its new initial entry only as a new block
    entries = [(AS_ANSWERED, f"As the answers suggest (else {policy.default_severity})")] if asked else []
    entries += ((s.name, f"{s.name} {s.title}".rstrip()) for s in policy.severities)
    return modal(
        DECLARE,
        "Declare an incident",
        "Declare",
        [
            text_input(
                "title",
                "What is wrong?",
                hint="One sentence, such as “Checkout is down”.",
                limit=TITLE_LIMIT,
                initial=given.get("title"),
            ),
            *_questions(asked, so),
            *paragraph("\n".join(_opinion(policy, so, chosen if by_hand and chosen != AS_ANSWERED else None))),
            select(
                "severity",
                "How bad is it?",
                entries,
                initial=chosen if by_hand else proposed,
                block=f"severity:{turn}" if turn else None,
            ),
            *_definitions(policy),
            text_input("service", "Which service?", optional=True, initial=given.get("service"), limit=100),
            text_input(
                "description",
                "What do you know so far?",
                optional=True,
                multiline=True,
                initial=given.get("description"),
            ),
            *details.inputs(policy, Form.DECLARE, given),
            checkboxes(
                "options",
                "Anything special?",
                (("private", "Private: only those who are invited see it"), ("drill", "A drill: nothing is broken")),
                initial=given.get("options") or (),
            ),
        ],
        offered=(offered or "") if by_hand else proposed,
        turn=str(turn) if turn else None,
    )


def _asked(policy: Policy, given: Mapping[str, Any]) -> list[Condition]:
    """The policy's questions, and what somebody said already though nobody would ask."""
    so = _so(given)
    return [rule for rule in policy.conditions if rule.ask or rule.name in so][: TICKS * _MOST_TENS]


def _so(given: Mapping[str, Any]) -> tuple[str, ...]:
    """What was ticked."""
    found = (value for name, value in given.items() if name.partition(":")[0] == _SO)
    return tuple(dict.fromkeys(name for names in found for name in names or ()))


def _questions(asked: Sequence[Condition], so: Sequence[str]) -> Iterator[Block]:
    for start in range(0, len(asked), TICKS):
        part = asked[start : start + TICKS]
        yield checkboxes(
            f"{_SO}:{start // TICKS + 1}" if start else _SO,
            _LABEL_ON if start else _LABEL,
            ((rule.name, rule.ask or rule.title) for rule in part),
            initial=[rule.name for rule in part if rule.name in so],
            live=True,
        )


def _opinion(policy: Policy, so: Sequence[str], by_hand: str | None) -> Iterator[str]:
    """What the answers suggest, why, and what to consider."""
    worst = suggested(policy, so)
    known = [rule for rule in policy.conditions if rule.name in so]
    if worst is not None:
        because = "; ".join(words(rule.title, 150) for rule in known if rule.suggests == worst.name)
        said = f"*Suggested: {words(f'{worst.name} {worst.title}'.strip(), 200)}*, because: {because}."
        differs = by_hand and by_hand != worst.name
        yield f"{said} You chose {words(by_hand or '')}, and that stays." if differs else said
    for rule in known:
        if rule.advice:
            yield f"• *{words(rule.title, 150)}:* {advice(rule.advice, 300)}"


def _definitions(policy: Policy) -> list[Block]:
    """What each severity means, shorter where there are many."""
    defined = [s for s in policy.severities if s.definition]
    most = max(_DEFINITIONS // max(len(defined), 1), _LEAST)
    lines = (f"• *{words(s.name)}* {words(s.definition, most)}" for s in defined)
    return [*paragraphs(lines, _PARAGRAPHS)]
