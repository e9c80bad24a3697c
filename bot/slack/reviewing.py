"""Reading what is typed about a review: who writes in it, approves it, publishes it, and when people meet. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain import commands as c
from bot.domain.naming import nearest
from bot.slack import exporting
from bot.slack.dates import split_due, split_span
from bot.slack.intents import ArgumentMissing, FillMeeting, Intent, NotADate, ReadReview, UsageProblem, WriteReview
from bot.slack.said import Said, text_of
from bot.slack.wording import WORD, bare, first_word, person, readable

#: What people say, by what it means.
_MEANT = {
    "write": ("please", "write", "file", "draft", "again"),
    "edit": ("edit", "change", "fill", "section"),
    "approve": ("approve", "approved", "agree", "ok"),
    "publish": ("publish", "share", "release"),
    "meeting": ("meeting", "meet", "schedule", "invite"),
    "history": ("history", "versions", "version", "log"),
    "diff": ("diff", "compare", "difference"),
    "helped": ("helped", "help", "effective", "effectiveness"),
    "export": ("export",),
}
_WORDS = {word: meant for meant, words in _MEANT.items() for word in words}
_CLOCK = re.compile(
    r"(?<!\S)(?:at\s+)?(?:(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\s*(?P<half>[ap]\.?m\.?)?"
    r"|(?P<bare>\d{1,2})\s*(?P<bare_half>[ap]\.?m\.?)|(?P<noon>noon))(?![\w:-])(?!\.\d)",
    re.IGNORECASE,
)
_MINUTES = re.compile(r"(?<!\S)(?:for\s+)?(?P<count>\d{1,3})[.!]?$", re.IGNORECASE)
_JOINING = re.compile(r"^(?:on|at|by|the|with|and|,|\s)+|(?:\s|,)+(?:on|at|for|with|and)*$", re.IGNORECASE)
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2})")
_ZONE = re.compile(r"(?<!\S)(?:utc|z)(?!\S)", re.IGNORECASE)
_HALF_A_DAY = 12
_DIGITS = 6


class NoSuchReviewWord(UsageProblem):
    """I do not know what “{typed}” is in a review."""


class NoMeetingTime(UsageProblem):
    """A meeting needs a day and a time, such as `review meeting tomorrow 10:00`."""


class NoSuchSection(UsageProblem):
    """The review has no section “{typed}”."""


def review(said: Said) -> Intent:
    """`review [edit [SECTION] | approve | publish [summary…] | meeting [WHEN [MINUTES]] | history | diff A B | …]`.

    Raises:
        NoSuchReviewWord: the first word says something else.
        ArgumentMissing, NotADate, NoMeetingTime: what comes after it does not say enough.
    """
    word, rest = first_word(said.rest)
    typed = bare(word).casefold()
    if not typed:
        return c.RequestReview(by=said.by)
    if typed not in _WORDS:
        near = nearest(typed, list(_MEANT))
        raise NoSuchReviewWord(typed=readable(word, people=False)[:80], nearest=near, known=list(_MEANT)[1:])
    return _READ[_WORDS[typed]](said, rest)


def meeting(said: Said, rest: str) -> Intent:
    """`meeting [WHEN [MINUTES]] [@user…]`: a day and a time where the policy's office is."""
    people = tuple(dict.fromkeys(who for word in WORD.findall(rest) if (who := person(word))))
    text = " ".join(word for word in WORD.findall(readable(rest)) if not word.startswith(("<@", "<!")))
    if not text and not people:
        return FillMeeting()
    starts_at, minutes = moment(text, said.today, said.policy.calendar.zone)
    return c.ScheduleReview(by=said.by, starts_at=starts_at, minutes=minutes, people=people)


def moment(text: str, today: date, zone: str) -> tuple[datetime, int | None]:
    """A day, a time and a length, as `tomorrow 10:00 45 min`: the time in UTC, and the minutes where they are said.

    Args:
        text: as typed. Without a day it is today.
        today: the day where the policy's office is.
        zone: the office's time zone; `UTC` in the text says otherwise.

    Raises:
        NoMeetingTime: there is no time of day. NotADate: the rest is no day.
    """
    text = _ISO.sub(r"\1 \2", text)
    found = _CLOCK.search(text)
    at = _time(found) if found else None
    if found is None or at is None:
        raise NoMeetingTime
    before, after = text[: found.start()], text[found.end() :]
    universal = bool(_ZONE.search(before) or _ZONE.search(after))
    before, after = _ZONE.sub(" ", before), _ZONE.sub(" ", after)
    minutes: int | None = None
    if spanned := split_span(after):
        before_span, span, after_span = spanned
        minutes, after = round(span / timedelta(minutes=1)), f"{before_span.removesuffix('for')} {after_span}"
    elif counted := _MINUTES.search(after.strip()):
        minutes, after = int(counted["count"]), after.strip()[: counted.start()]
    words = _JOINING.sub("", f"{before.strip()} {after.strip()}".strip())
    day = today
    if words:
        left, due = split_due(f"by {words}", today)
        if due is None or left:
            raise NotADate(typed=words[:80])
        day = due
    try:
        return datetime.combine(day, at, UTC if universal else ZoneInfo(zone)).astimezone(UTC), minutes
    except OverflowError:  # the last day that there is, in a zone where it is the next one in UTC; or the first
        raise NotADate(typed=words[:80]) from None


def _time(found: re.Match[str]) -> time | None:
    if found["noon"]:
        return time(_HALF_A_DAY)
    hour, minute = int(found["hour"] or found["bare"]), int(found["minute"] or 0)
    half = (found["half"] or found["bare_half"] or "").casefold()
    if half and not 1 <= hour <= _HALF_A_DAY:
        return None
    if half:
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if half.startswith("p") else 0)
    try:
        return time(hour, minute)
    except ValueError:
        return None


def _write(said: Said, _rest: str) -> Intent:
    return c.RequestReview(by=said.by)


def _edit(_said: Said, rest: str) -> Intent:
    return WriteReview(text_of(rest))


def _approve(said: Said, _rest: str) -> Intent:
    return c.ApproveReview(by=said.by)


def _publish(said: Said, rest: str) -> Intent:
    return c.PublishReview(by=said.by, summary=text_of(rest))


def _history(_said: Said, _rest: str) -> Intent:
    return ReadReview()


def _diff(_said: Said, rest: str) -> Intent:
    words = [bare(word).casefold().lstrip("v#") for word in WORD.findall(rest)]
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= _DIGITS]
    if len(numbers) != 2:
        raise ArgumentMissing(what="which two versions, as in `review diff 1 3`")
    return ReadReview((min(numbers), max(numbers)))


def _helped(said: Said, rest: str) -> Intent:
    word, why = first_word(rest)
    if not bare(word):
        raise ArgumentMissing(what="whether it helped", known=["yes", "partly", "no"])
    return c.JudgeEffectiveness(by=said.by, helped=bare(word), why=text_of(why))


_READ: Mapping[str, Callable[[Said, str], Intent]] = {
    "write": _write,
    "edit": _edit,
    "approve": _approve,
    "publish": _publish,
    "meeting": meeting,
    "history": _history,
    "diff": _diff,
    "helped": _helped,
    "export": lambda _said, rest: exporting.review(rest),
}
