"""Dates and lengths of time as people say them: `by 2026-02-14`, `by friday`, `in 3 days`; `10m`, `an hour`."""

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from bot.slack.intents import NotADate, NotASpan

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"day": 1, "week": 7}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_WEEKDAY = r"(?P<next>next\s+)?(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_IN = r"in\s+(?P<count>\d{1,3}|an?)\s+(?P<unit>day|week|month)s?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NAMED = (
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?P<month>{_MONTH})(?:\s+(?P<year>\d{{4}}))?"
    rf"|(?P<month_first>{_MONTH})\s+(?P<day_last>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year_last>\d{{4}}))?"
)
_AT_END = re.compile(
    rf"(?:^|\s+)(?:(?:by|due|before|until)\s+(?P<when>\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}[./]\d{{1,2}}(?:[./]\d*)?"
    rf"|today|tonight|tomorrow|{_WEEKDAY}|{_NAMED}|{_IN})"
    r"|in\s+(?P<bare>\d{1,3}|an?)\s+(?P<bare_unit>day|week|month)s?|(?P<alone>tomorrow))\s*[.!]?$",
    re.IGNORECASE,
)

_END_OF_TEXT = re.compile(r"(?:[\s,]|(?<!&gt)(?<!&lt)(?<!&amp);)+$")

#: Seconds, by how a unit begins.
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH = (
    r"(?:(?P<half{0}>half\s+an?\s+hour)|(?P<one{0}>an?|one)\s+(?P<whole{0}>minute|hour|day|week)"
    r"|(?P<number{0}>\d{{1,5}}(?:\.\d{{1,2}})?)(?:\s+more\s)?\s*"
    r"(?P<measure{0}>s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?))"
)
_END = r"(?![^\s,;:.!?)])[,;:.!?)]*"
_SPAN = re.compile(
    rf"(?<!\S){_LENGTH.format('')}(?:(?:\s+and)?\s*{_LENGTH.format('_more')})?{_END}",
    re.IGNORECASE,
)
_ONE_PART = re.compile(_LENGTH.format("") + _END, re.IGNORECASE)


def split_span(text: str) -> tuple[str, timedelta, str] | None:
    """What stands before the first length of time in a text, that, and what comes after it; None where there is none.

    `10m`, `10 min`, `1h30m`, `1 hour and 30 minutes`, `1.5 h`, `half an hour`, `a day`.
    """
    found = _SPAN.search(text)
    if found is None:
        return None
    if _unit(found, "_more") >= _unit(found, ""):
        # `2h an hour was lost`: only smaller units go on with a length of time, and the rest is said about it.
        found = _ONE_PART.match(text, found.start()) or found
    span = _length(found, "") + (_length(found, "_more") if found.re is _SPAN else timedelta())
    return text[: found.start()].strip(), span, text[found.end() :].strip()


def span(text: str) -> timedelta:
    """A length of time and nothing else. Raises NotASpan."""
    found = split_span(text)
    if found is None or found[0] or found[2] or not found[1]:
        raise NotASpan(typed=text)
    return found[1]


def split_due(text: str, today: date) -> tuple[str, date | None]:
    """The text without the date at its end, and that date.

    A weekday is the next one after today; with `next`, the one of the week that starts next Monday.

    Args:
        text: as typed.
        today: the day where the policy's office is.

    Raises:
        NotADate: it ends like a date, and is none, or could be two.
    """
    found = _AT_END.search(text)
    if found is None:
        return text, None
    return without_end(text[: found.start()]), _day(found, today)


def without_end(text: str) -> str:
    """A text without the spaces, commas and semicolons at its end; Slack's `&gt;` and its like stay whole."""
    return _END_OF_TEXT.sub("", text)


def _length(found: re.Match[str], which: str) -> timedelta:
    if found[f"half{which}"]:
        return timedelta(minutes=30)
    return timedelta(seconds=float(found[f"number{which}"] or 1) * _unit(found, which))


def _unit(found: re.Match[str], which: str) -> int:
    """Seconds of a part's unit; 0 where there is no such part."""
    unit = "m" if found[f"half{which}"] else found[f"measure{which}"] or found[f"whole{which}"]
    return _SECONDS[unit[0].casefold()] if unit else 0


def _day(found: re.Match[str], today: date) -> date:
    count, unit = found["count"] or found["bare"], found["unit"] or found["bare_unit"]
    if count:
        many = int(count) if count.isdigit() else 1
        if unit.casefold() == "month":
            return today + relativedelta(months=many)
        return today + timedelta(days=many * _UNITS[unit.casefold()])
    said = (found["when"] or found["alone"]).casefold()
    if said in ("today", "tonight"):
        return today
    if said == "tomorrow":
        return today + timedelta(days=1)
    if found["weekday"]:
        return _weekday(found["weekday"].casefold(), today, following=bool(found["next"]))
    if found["month"] or found["month_first"]:
        return _named(found, today)
    try:
        year, month, day = (int(part) for part in said.split("-"))
        return date(year, month, day)
    except ValueError:
        raise NotADate(typed=found["when"]) from None


def _named(found: re.Match[str], today: date) -> date:
    """A day of a month by its name: without a year the next one."""
    month = _MONTHS.index((found["month"] or found["month_first"]).casefold()[:3]) + 1
    day, year = int(found["day"] or found["day_last"]), found["year"] or found["year_last"]
    try:
        if year:
            return date(int(year), month, day)
        # The 29th of February may be years off.
        years = (today.year + more for more in range(9))
        return next(one for n in years if (one := _if_any(n, month, day)) and one >= today)
    except (ValueError, StopIteration):
        raise NotADate(typed=found["when"]) from None


def _if_any(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday(said: str, today: date, *, following: bool) -> date:
    wanted = next(number for number, name in enumerate(_DAYS) if name.startswith(said[:3]))
    if following:
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
