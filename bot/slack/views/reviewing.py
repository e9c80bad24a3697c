"""The forms of a review: its open questions, one of its sections, publishing it, meeting about it, and if it helped."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.application.review_questions import Question, Sheet, names, questions
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.messages.filters import when
from bot.messages.runs import mrkdwn
from bot.slack.views.parts import (
    INPUT,
    OPTIONS,
    Block,
    View,
    metadata,
    modal,
    moment_input,
    notice_of,
    paragraph,
    people_select,
    select,
    text_input,
)
from bot.slack.views.says import words
from bot.store.reviews import Review

PICK, WRITE, PUBLISH, MEETING, HELPED = FORMS = (
    *("review_pick", "review_write", "review_publish", "review_meeting", "review_helped"),
)
#: The questions that a form has at once: more would be an afternoon's work again.
_FIRST = 3
#: Of one section, at most.
_OF_ONE = 8
_ANSWER, _WORDS = "answer-", "words"
#: Characters of a question above its field, of a section's name, and of a reason.
_ASKED, _NAME, _REASON = 1500, 140, 1000
#: Of a number in a form's metadata, and of a time in seconds, digits.
_DIGITS, _TIME = 9, 11
_LENGTHS = (15, 30, 45, 60, 90, 120)
_MOTTO = "We look for causes, not for somebody to blame."


class NoMomentChosen(DomainError):
    """Choose a day and a time."""


def first_questions(review: Review) -> list[Question]:
    """The questions that the first form asks at once."""
    return questions(review.markdown)[:_FIRST]


def picking(review: Review, ref: str) -> View:
    """Asks what is open first, and offers every section."""
    asks = first_questions(review)
    open_in = [question.section for question in questions(review.markdown)]
    offered = [(str(at), _offer(name, open_in.count(name))) for at, name in enumerate(names(review.markdown))]
    offered = offered[:OPTIONS]
    blocks: list[Block] = [*paragraph(_MOTTO)]
    blocks += [_question(question, at, question.section) for at, question in enumerate(asks)]
    if offered:
        label = "Or write in another section" if asks else "Which section?"
        blocks.append(select("section", label, offered, optional=bool(asks)))
    if not asks and not offered:
        return notice_of("The review", "It has no sections. Write in the file: `muster review " + ref + " --edit`.")
    return modal(PICK, "Write in the review", "Go on", blocks, ref=ref, version=str(review.version))


def writing(review: Review, sheet: Sheet, ref: str) -> View:
    """Asks for people's words in a section; what Muster wrote stays above them."""
    own = [line for line in sheet.above if line.strip()]
    told = f"*{words(sheet.name, _NAME)}*"
    if len(own) > len(sheet.asks):
        told += "\nWhat Muster wrote from the timeline stays; your words stand below it."
    blocks: list[Block] = [*paragraph(told)]
    blocks += [_question(question, at, "") for at, question in enumerate(sheet.asks[:_OF_ONE])]
    long = too_long(sheet)
    if long:
        blocks += paragraph(
            f"What people wrote here is too long for a form: `muster review {ref} --edit` opens all of it. "
            "What you write now is put below it."
        )
    label = "More words" if sheet.asks or long else "Your words"
    blocks.append(
        text_input(
            _WORDS, label, hint="In Markdown: - for a list, **bold**. Everybody's words stay when Muster writes again.",
            multiline=True, optional=True, initial=None if long else sheet.words or None,
        )
    )  # fmt: skip
    at = str(names(review.markdown).index(sheet.name))
    return modal(WRITE, "Write in the review", "Keep it", blocks, ref=ref, version=str(review.version), section=at)


def too_long(sheet: Sheet) -> bool:
    """Whether a section's words do not fit a form: then more can be added."""
    return len(sheet.words) > INPUT


def publishing(incident: Incident, policy: Policy) -> View:
    """Asks for the summary that goes with the review."""
    rule, review = policy.review, incident.review
    left = rule.approvals - len(review.approvers)
    if incident.private:
        told = "This incident is private: nobody outside of this channel hears of it."
    elif rule.publish_to:
        told = f"Told in {', '.join('#' + words(one, 80) for one in rule.publish_to)}, with the summary."
    else:
        told = "It is told in this channel, with the summary."
    if left > 0:
        told += f"\n:warning: It still needs {left} approval{'' if left == 1 else 's'}."
    blocks: list[Block] = [
        *paragraph(told),
        text_input(
            "summary", "What happened, and what do we change?", initial=(incident.summary or "")[:INPUT] or None,
            hint="A few sentences for people who were not there.", multiline=True, optional=True,
        ),
    ]  # fmt: skip
    return modal(PUBLISH, "Publish the review", "Publish", blocks, ref=incident.ref)


def meeting(incident: Incident, policy: Policy) -> View:
    """Asks when people meet about the review."""
    needed = sum(point.minutes for point in policy.review.agenda)
    lengths = sorted({*_LENGTHS, *([needed] if needed else [])})
    at = incident.review.meeting_at
    told = f"It is planned for {mrkdwn(when(at).runs)}; this moves it." if at else ""
    blocks: list[Block] = [
        *paragraph(told),
        moment_input("starts_at", "When?"),
        select(
            "minutes", "For how long?", ((str(one), f"{one} minutes") for one in lengths),
            initial=str(needed if needed in lengths else 45),
            hint="As long as the agenda needs." if needed else "",
        ),
        people_select("people", "Who comes besides?", hint="Those whom the policy names are asked anyway."),
    ]  # fmt: skip
    return modal(MEETING, "Meet about the review", "Ask them", blocks, ref=incident.ref)


def helped(ref: str, answer: str) -> View:
    """Asks why what was done has helped, or has not."""
    yes = answer == "yes"
    label = "What has helped most?" if yes else "What is missing?"
    why = text_input("why", label, multiline=True, optional=yes, limit=_REASON)
    return modal(HELPED, "Has it helped?", "Say so", [why], ref=ref, helped=answer)


def command_of(view: Mapping[str, Any], given: Mapping[str, Any], by: Actor) -> c.Command:
    """The command that one of these forms is, but for those that people write in. Raises NoMomentChosen."""
    match view["callback_id"]:
        case "review_publish":
            return c.PublishReview(by=by, summary=given.get("summary") or "")
        case "review_meeting":
            at = given.get("starts_at") or ""
            if not (at.isascii() and at.isdigit() and len(at) < _TIME):
                raise NoMomentChosen
            people = tuple(one for one in given.get("people") or ())
            minutes = number(given.get("minutes"))
            return c.ScheduleReview(
                by=by, starts_at=datetime.fromtimestamp(int(at), UTC), minutes=minutes or None, people=people
            )
        case _:
            return c.JudgeEffectiveness(by=by, helped=metadata(view).get("helped", ""), why=given.get("why") or "")


def answers_of(given: Mapping[str, Any]) -> dict[int, str]:
    """What was answered, by the question's place."""
    found = {name: text for name, text in given.items() if name.startswith(_ANSWER) and isinstance(text, str)}
    return {number(name.removeprefix(_ANSWER)): text for name, text in found.items() if text.strip()}


def words_of(given: Mapping[str, Any]) -> str:
    """What was written below."""
    found = given.get(_WORDS)
    return found if isinstance(found, str) else ""


def number(typed: object) -> int:
    """A number that a form or button of ours holds; 0 for what none of ours says."""
    said = str(typed or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _DIGITS else 0


def kept_apart(sections: Sequence[str]) -> View:
    """Says that others wrote in the same place: both stand there."""
    where = ", ".join(words(name, _NAME) for name in dict.fromkeys(sections))
    return notice_of(
        "Both are kept",
        f"Somebody wrote in the same place meanwhile: *{where}*. Nothing is lost: both texts stand there, one below "
        "the other. Please read them once more and make one of them.",
    )


def _question(question: Question, at: int, above: str) -> Block:
    """A field for an answer: with the section's name above it, or else the question itself."""
    asks = f"{question.what[:1].upper()}{question.what[1:]}"
    label, hint = (above, f"{asks} This is for {question.who}.") if above else (asks, f"For {question.who}.")
    return text_input(f"{_ANSWER}{at}", label[:_ASKED], hint=hint[:_ASKED], multiline=True, optional=True)


def _offer(name: str, still_open: int) -> str:
    return f"{name} · {still_open} open" if still_open else name
