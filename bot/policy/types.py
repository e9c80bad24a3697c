"""The plain values of `policy.yaml`: names, durations, times, addresses. Each says what to write instead."""

import re
from datetime import date, time, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from bot.domain.calendar import Appointment, Clock
from bot.domain.rules import spoken
from bot.policy.addresses import PATTERN as ADDRESS
from bot.policy.addresses import is_address
from bot.policy.durations import PATTERN, parse_duration

_NAME = r"[^\W_][\w.-]{0,39}"
#: Each has a digit somewhere: `SECURITY` is a contact's name, and `UNASSIGNED` what a provider says of nobody.
_ID = r"(?=[A-Z]*[0-9])[UWS][A-Z0-9]{6,20}"
_SETTING = r"[A-Z][A-Z0-9_]{1,80}"
_EMOJI = r"[a-z0-9_+'-]{1,80}"
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_LINK = r"https?://[^\s<>|]{3,500}"
_WHERE = r"https?://[^\s<>|]{1,500}"
_HEADER = r"[A-Za-z][A-Za-z0-9-]{0,60}"
_PREFIX = r"[ -~]{0,40}"
_CHANNEL = r"[^\WA-Z][\w-]{0,79}"
_SECRET = re.compile(r"token|secret|passw|api[_-]?key|auth|signature|^sig$|^key$", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("should be text; put it in quotes")  # noqa: TRY004 (pydantic collects ValueErrors)
    return value


def _duration(value: Any) -> timedelta:
    return parse_duration(str(value))


def _clock(value: Any) -> Clock:
    text = str(value)
    if text[:1].isdigit() or not re.fullmatch(_NAME, text):
        try:
            return parse_duration(text)
        except ValueError as error:
            raise ValueError(f"{error}; or name something in the calendar, such as next-business-day") from None
    return Appointment(text)


def _zone(value: Any) -> str:
    text = _text(value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone; write one such as UTC or Europe/London") from None
    return text


def _time(value: Any) -> time:
    # YAML reads 09:30 without quotes as a number to the base of sixty.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    found = re.fullmatch(_TIME, str(value))
    if not found:
        raise ValueError('is not a time of day; write "09:30"')
    return time(int(found[1]), int(found[2]))


def _date(value: Any) -> date:
    try:
        found = date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("is not a date; write it as 2026-12-25") from None
    # Counting weeks towards the ends of the calendar would leave it.
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(f"is too far away; write a date from {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def _weekday(value: Any) -> int:
    if not isinstance(value, str) or value.casefold()[:3] not in _DAYS:
        raise ValueError(f"is not a weekday; write one of {', '.join(_DAYS)}")
    return _DAYS.index(value.casefold()[:3])


def _link(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(_LINK, text):
        raise ValueError("is not an address; write one that begins with https:// or http://, without spaces")
    return text


def _where(value: Any) -> str:
    # The message does not repeat the value: it may hold a password.
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        usable = parts is not None and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        parts, usable = None, False
    if parts is None or not usable or parts.scheme not in ("http", "https") or not re.fullmatch(_WHERE, value):
        raise ValueError("is not an address; write one that begins with https:// or http://, without spaces")
    if "@" in parts.netloc or has_secret(parts.query):
        raise ValueError("holds a credential; put the address into a setting, and name that in `url_from`")
    return str(value)


def _path(value: Any) -> Any:
    if isinstance(value, str) and not value.startswith("/"):
        raise ValueError("is not a path; write one that begins with /")
    if isinstance(value, str) and not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("has what no path can hold; write letters, digits and signs without spaces")
    return value


def _channel(value: Any) -> str:
    text = _text(value).removeprefix("#")
    if not re.fullmatch(_CHANNEL, text):
        raise ValueError("is not a channel's name; write it in small letters, such as engineering")
    return text


def _name(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(_NAME, text) or not spoken(text):
        raise ValueError(
            "is not a name; write one word of letters, digits, “-”, “_” or “.”, 40 at most, "
            "and put what people also say in `aliases`"
        )
    return text


def _alias(value: Any) -> str:
    text = _text(value).strip()
    if not spoken(text) or len(text) > 60:
        raise ValueError("is not an alias; write a word or two with letters or digits, 60 characters at most")
    return text


def _slack_id(value: Any) -> str:
    text = _text(value)
    if not is_slack_id(text):
        raise ValueError(
            "is not a Slack id; write a member's (U012AB3CD: profile → ⋮ → Copy member ID) "
            "or a user group's (S012AB3CD)"
        )
    return text


def _setting(value: Any) -> str:
    # The message does not repeat the value: an address written here by mistake may hold a password.
    if not isinstance(value, str) or not re.fullmatch(_SETTING, value):
        raise ValueError(
            "names the setting that holds the address, such as MUSTER_DIAG_DB_URL, never the address itself"
        )
    return value


def _secret(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(_SETTING, value):
        raise ValueError(
            "names the setting that holds the secret, such as MUSTER_PAGER_SECRET, never the secret itself"
        )
    return value


def _address(value: Any) -> str:
    text = _text(value)
    if not is_address(text):
        raise ValueError("is not an e-mail address; write one such as on-call@example.com, without a name beside it")
    return text


def _emoji(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(_EMOJI, text):
        raise ValueError("is not an emoji's name; write it without colons, such as red_circle")
    return text


def _header(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(_HEADER, text):
        raise ValueError("is not a header's name; write one such as Authorization")
    return text


def _prefix(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(_PREFIX, text):
        raise ValueError('is nothing to stand before a token; write a word such as "Bearer " in quotes')
    return text


def is_slack_id(text: str) -> bool:
    """Whether it has the form of a Slack user's or user group's id."""
    return re.fullmatch(_ID, text) is not None


def has_secret(query: str) -> bool:
    """Whether what stands behind the `?` of an address says, by its names, that it holds a credential."""
    return any(_SECRET.search(name) for name, _ in parse_qsl(query))


def _runbook_url(value: Any) -> str:
    """An address with a place for a runbook's name in it: what it comes to has to be an address as any other."""
    written = _text(value)
    if "{name}" not in written:
        raise ValueError("has no place for the runbook's name: write {name} where it belongs")
    _link(written.replace("{name}", "a/runbook").replace("{line}", "1"))
    return written


def _string(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Name = Annotated[str, BeforeValidator(_name), _string(f"^{_NAME}$")]
Alias = Annotated[str, BeforeValidator(_alias), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 60})]
SlackId = Annotated[str, BeforeValidator(_slack_id), _string(f"^{_ID}$")]
Setting = Annotated[str, BeforeValidator(_setting), _string(f"^{_SETTING}$")]
Secret = Annotated[str, BeforeValidator(_secret), _string(f"^{_SETTING}$")]
Address = Annotated[str, BeforeValidator(_address), _string(ADDRESS)]
Emoji = Annotated[str, BeforeValidator(_emoji), _string(f"^{_EMOJI}$")]
Duration = Annotated[timedelta, BeforeValidator(_duration), _string(PATTERN)]
Text = Annotated[str, BeforeValidator(_text)]
Line = Annotated[str, BeforeValidator(_text), Field(max_length=150)]
Prose = Annotated[str, BeforeValidator(_text), Field(max_length=3000)]
Number = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


TimeOfDay = Annotated[time, BeforeValidator(_time), _string(f"^{_TIME}$")]
Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Weekday = Annotated[int, BeforeValidator(_weekday), WithJsonSchema({"enum": list(_DAYS)})]
Zone = Annotated[str, BeforeValidator(_zone), WithJsonSchema({"type": "string"})]
#: A duration, or the name of something in the calendar.
When = Annotated[Any, BeforeValidator(_clock), _string(f"({PATTERN})|(^{_NAME}$)")]
Url = Annotated[str, BeforeValidator(_link), _string(f"^{_LINK}$")]
RunbookUrl = Annotated[str, BeforeValidator(_runbook_url), _string(r"^https?://\S*\{name\}\S*$")]
Where = Annotated[str, BeforeValidator(_where), _string(f"^{_WHERE}$")]
#: What stands behind an address: `/api/health`, perhaps with a query.
Path = Annotated[Text, BeforeValidator(_path), Field(max_length=500), _string("^/")]
Header = Annotated[str, BeforeValidator(_header), _string(f"^{_HEADER}$")]
Prefix = Annotated[str, BeforeValidator(_prefix), _string(f"^{_PREFIX}$")]
Channel = Annotated[str, BeforeValidator(_channel), _string(f"^#?{_CHANNEL}$")]


class Section(BaseModel):
    """A part of the file. Unknown keys are refused, and nothing of a value is repeated by pydantic's own messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
