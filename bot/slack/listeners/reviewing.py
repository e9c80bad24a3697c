"""The review: what is typed about it, the buttons of its card and messages, and its forms."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.application import review_editing
from bot.application.present import about
from bot.application.review_editing import Edited
from bot.application.review_questions import names, sheet
from bot.domain import commands as c
from bot.domain.errors import NoReview, UnknownAnswer
from bot.domain.naming import nearest, spoken
from bot.domain.reviewing import HELPED
from bot.messages import Message
from bot.slack import answers
from bot.slack.intents import FillMeeting, ReadReview, WriteReview
from bot.slack.reviewing import NoSuchSection
from bot.slack.room import Request
from bot.slack.views import reviewing as views
from bot.slack.views.opening import open_about, open_once_read
from bot.slack.views.parts import View, metadata, values
from bot.slack.wording import readable
from bot.store import reviews
from bot.store.incidents import Stored
from bot.store.reviews import Review

Answered = Message | None

#: The versions that an answer shows, and the characters of a difference.
_VERSIONS, _DIFFERENCE = 15, 2500
#: What the forms are called that do the same in one line.
_COMMAND = "review"


@dataclass(frozen=True, slots=True)
class _Read:
    """An incident and a version of its review."""

    stored: Stored
    review: Review


async def typed(
    request: Request, asked: WriteReview | FillMeeting | ReadReview, ref: str | None, channel: str | None
) -> Answered:
    """Open the form that was asked for, or answer what was asked. Raises DomainError or DatabaseUnavailable."""
    match asked:
        case WriteReview(section=section):
            await _open(request, ref, channel, section)
            return None
        case FillMeeting():
            stored = await request.incident(ref, channel)
            return await meet(request, stored.incident.ref, "")
        case ReadReview(versions=None):
            return await _history(request, await request.incident(ref, channel))
        case ReadReview(versions=(older, newer)):
            return await _difference(request, await request.incident(ref, channel), older, newer)
    raise AssertionError(asked)


async def write(request: Request, ref: str, _argument: str) -> Answered:
    """Ask what is open, and where else somebody wants to write."""
    await _open(request, ref, None, "")
    return None


async def approve(request: Request, ref: str, argument: str) -> Answered:
    """Agree with the version that the card showed."""
    command = c.ApproveReview(by=request.by, version=views.number(argument) or None)
    return await answers.recorded(request, await request.carry_out(command, ref=ref))


async def publish(request: Request, ref: str, _argument: str) -> Answered:
    """Ask for the summary that goes with it."""
    policy = request.room.muster.policy
    await open_about(request, ref, lambda found: views.publishing(_there(found).incident, policy), _COMMAND)
    return None


async def meet(request: Request, ref: str, _argument: str) -> Answered:
    """Ask when people meet."""
    policy = request.room.muster.policy
    await open_about(request, ref, lambda found: views.meeting(found.incident, policy), _COMMAND)
    return None


async def history(request: Request, ref: str, _argument: str) -> Answered:
    """Show the versions."""
    return await _history(request, await request.incident(ref))


async def helped(request: Request, ref: str, argument: str) -> Answered:
    """Ask why what was done has helped, or has not. Raises UnknownAnswer for what no button of ours says."""
    if argument not in HELPED:
        raise UnknownAnswer(typed=argument[:20], known=list(HELPED))
    await open_about(request, ref, lambda found: views.helped(found.incident.ref, argument), _COMMAND)
    return None


async def submitted(request: Request) -> dict[str, Any] | str:
    """Do what a form about the review says.

    Raises:
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    view = request.body["view"]
    given, ref = values(view), metadata(view).get("ref", "")
    if view["callback_id"] in (views.PICK, views.WRITE):
        return await _written(request, view, given, ref)
    await request.carry_out(views.command_of(view, given, request.by), ref=ref)
    return ""


async def _open(request: Request, ref: str | None, channel: str | None, section: str) -> None:
    """Open the form to choose a section, or that of the section which was typed."""

    async def find(asked: Request) -> _Read:
        return await _newest(asked, await asked.incident(ref, channel))

    def make(found: _Read) -> View:
        incident = found.stored.incident
        return _form(found.review, incident.ref, section) if section else views.picking(found.review, incident.ref)

    await open_once_read(request, find, make, _COMMAND)


def _form(review: Review, ref: str, typed_name: str) -> View:
    known = names(review.markdown)
    meant = next((name for name in known if spoken(name) == spoken(typed_name)), None)
    meant = meant or next((name for name in known if spoken(name).startswith(spoken(typed_name))), None)
    found = sheet(review.markdown, review.generated, meant) if meant else None
    if found is None:
        said = readable(typed_name, people=False)[:80]
        raise NoSuchSection(typed=said, nearest=nearest(typed_name, known), known=known)
    return views.writing(review, found, ref)


async def _written(request: Request, view: View, given: dict[str, Any], ref: str) -> dict[str, Any] | str:
    """Keep what was written; then open the section that was chosen besides, if one was."""
    kept = metadata(view)
    stored = await request.incident(ref)
    seen = views.number(kept.get("version"))
    base = await _version(request, stored, seen)
    if view["callback_id"] == views.WRITE:
        texts = _section(base, views.number(kept.get("section")), given)
    else:
        texts = _answers(base, views.answers_of(given))
    apart: list[str] = []
    edited: Edited | None = None
    for name, text in texts.items():
        edited = await review_editing.edit_section(
            request.room.muster, stored.incident.ref, name, text, seen=seen, by=request.by,
            key=f"{request.key}:{_fingerprint(name, text)}",
        )  # fmt: skip
        apart += [one.section for one in edited.kept]
    if given.get("section") and view["callback_id"] == views.PICK:
        newest = edited.review if edited else (await _newest(request, stored)).review
        # Sections keep their names; their places may have changed with a version that came meanwhile.
        chosen = names(base.markdown)[views.number(given["section"]) :][:1]
        return {"response_action": "update", "view": _form(newest, ref, chosen[0] if chosen else "")}
    if apart:
        return {"response_action": "update", "view": views.kept_apart(apart)}
    return ""


def _fingerprint(name: str, text: str) -> str:
    """Another one for other words: a form that is sent again after a fault may say something else."""
    return sha256(f"{name}\0{text}".encode()).hexdigest()[:16]


def _section(base: Review, place: int, given: dict[str, Any]) -> dict[str, str]:
    """The text of the section that a form is about, by its name."""
    name = (names(base.markdown)[place:] or [""])[0]
    found = sheet(base.markdown, base.generated, name)
    if found is None:
        raise NoSuchSection(typed=name)
    said = views.words_of(given)
    if views.too_long(found):
        said = f"{found.words}\n\n{said}"
    return {name: found.filled(views.answers_of(given), said)}


def _answers(base: Review, said: dict[int, str]) -> dict[str, str]:
    """The texts of the sections in which first questions were answered, by their names."""
    texts: dict[str, str] = {}
    first = views.first_questions(base)
    for name in dict.fromkeys(first[at].section for at in said if at < len(first)):
        found = sheet(base.markdown, base.generated, name)
        assert found is not None, "a question stands in a section"
        mine = [at for at, question in enumerate(first) if question.section == name]
        answered = {place: said[at] for place, at in enumerate(mine) if at in said}
        texts[name] = found.filled(answered, found.words)
    return texts


async def _history(request: Request, stored: Stored) -> Message:
    muster, incident = request.room.muster, stored.incident
    found = await review_editing.history(muster, incident.ref, by=request.by)
    newest = list(reversed(found))[:_VERSIONS]
    context = about(incident, muster.policy, {}) | {"versions": newest, "more": len(found) - len(newest)}
    return request.room.messages.render_safely("review_history", ref=incident.ref, **context)


async def _difference(request: Request, stored: Stored, older: int, newer: int) -> Message:
    muster, incident = request.room.muster, stored.incident
    found = await review_editing.difference(muster, incident.ref, older, newer, by=request.by)
    if len(found) > _DIFFERENCE:
        found = f"{found[:_DIFFERENCE].rpartition(chr(10))[0]}\n… more in the files of the two versions"
    context = about(incident, muster.policy, {}) | {"older": older, "newer": newer, "difference": found}
    return request.room.messages.render_safely("review_diff", ref=incident.ref, **context)


async def _newest(request: Request, stored: Stored) -> _Read:
    async with request.room.muster.database.transaction(request.left()) as connection:
        newest = await reviews.newest(connection, stored.id)
    if newest is None:
        raise NoReview(ref=stored.incident.ref)
    return _Read(stored, newest)


async def _version(request: Request, stored: Stored, number: int) -> Review:
    async with request.room.muster.database.transaction(request.left()) as connection:
        found = await reviews.version(connection, stored.id, number)
    return found or (await _newest(request, stored)).review


def _there(stored: Stored) -> Stored:
    if not stored.incident.review.version:
        raise NoReview(ref=stored.incident.ref)
    return stored
