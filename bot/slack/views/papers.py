"""The forms of what a policy has people write and find out: its texts, and its conditions."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.domain.procedures import Audience, Letter
from bot.domain.rules import Policy
from bot.domain.text import TITLE_LIMIT
from bot.messages.letters import left_to_fill_in, letter_values, render_letter
from bot.slack.views.parts import OPTIONS, View, metadata, modal, notice_of, paragraph, select, text_input
from bot.slack.views.says import at, words

TEXT, CONDITION = "text", "condition"
_FOR: Mapping[Audience, str] = {
    Audience.INTERNAL: "people inside",
    Audience.STAKEHOLDERS: "stakeholders",
    Audience.CUSTOMERS: "customers",
    Audience.STATUS_PAGE: "the status page",
}
#: How many of them are named above the text.
_NAMED = 6
_REASON = 1000


class LeftToFillIn(DomainError):
    """“{left}” is still to be filled in. Write what it asks for, or take it out."""


def text(
    policy: Policy, incident: Incident, letter: Letter, now: datetime, called: Mapping[str, str] | None = None
) -> View:
    """Asks for one of the policy's texts, filled in as far as it is known.

    Args:
        policy: the rules.
        incident: what it is about.
        letter: the text.
        now: the time, in UTC.
        called: people's names by their Slack ids.
    """
    subject, body = render_letter(letter, letter_values(incident, policy, now, called=called))
    return modal(
        TEXT,
        "Write a text",
        "Record and show",
        [
            *paragraph("\n".join(_about(policy, incident, letter, f"{subject}\n{body}"))),
            *(
                [text_input("subject", "Subject", initial=subject, optional=True, limit=TITLE_LIMIT)]
                if letter.subject
                else []
            ),
            text_input("body", "Text", hint="Fill in what stands in [brackets].", multiline=True, initial=body),
        ],
        ref=incident.ref,
        text=letter.name,
    )


def condition(policy: Policy, incident: Incident) -> View:
    """Asks what turned out to be so."""
    left = [(rule.name, rule.title or rule.name) for rule in policy.conditions if rule.name not in incident.conditions]
    if not left:
        said = "All that the policy has a name for is so already." if policy.conditions else "The policy names nothing."
        return notice_of("What turned out", said)
    return modal(
        CONDITION,
        "What turned out?",
        "It is so",
        [
            select("condition", "What is so?", left[:OPTIONS], hint="What follows from it, the policy says."),
            text_input("why", "How do you know?", optional=True, multiline=True, limit=_REASON),
        ],
        ref=incident.ref,
    )


def read_text(given: Mapping[str, Any], by: Actor, view: Mapping[str, Any]) -> c.RecordText:
    """The text that a form is, which may have something left to be filled in."""
    return c.RecordText(
        by=by,
        text=metadata(view).get("text", ""),
        subject=given.get("subject") or "",
        body=given.get("body") or "",
    )


def filled_in(command: c.RecordText, letter: Letter, policy: Policy) -> c.RecordText:
    """The same text, in which nothing that the policy's asks for is left to be filled in. Raises LeftToFillIn."""
    for field, written in (("subject", command.subject), ("body", command.body)):
        if left := left_to_fill_in(letter, written, policy):
            raise LeftToFillIn(what=field, left=left)
    return command


def read_condition(given: Mapping[str, Any], by: Actor) -> c.SetCondition:
    """What turned out to be so."""
    return c.SetCondition(by=by, condition=given.get("condition") or "", why=given.get("why") or "")


def _about(policy: Policy, incident: Incident, letter: Letter, written: str) -> Iterator[str]:
    yield f"*{words(letter.title or letter.name, 150)}*, for {_FOR[letter.audience]}"
    if letter.to:
        yield f"*To:* {words(letter.to, 150)}"
    if sent := incident.texts.get(letter.name):
        yield f"It went out before, at {at(sent)}."
    shown = "It is kept in the timeline and shown in the incident's channel"
    elsewhere = letter.channel if letter.channel and not incident.private else None
    copied = "to be copied: you bring it to them"
    yield f"{shown} and in #{words(elsewhere)}, {copied}." if elsewhere else f"{shown}, {copied}."
    left: list[str] = []
    while len(left) <= _NAMED and (one := left_to_fill_in(letter, written, policy)):
        left.append(one)
        written = written.replace(one, "")
    if left:
        more = " and more" if len(left) > _NAMED else ""
        yield f"*Still to be filled in:* {', '.join(words(one, 100) for one in left[:_NAMED])}{more}"
