"""Failed deliveries of webhooks: how many there are, whom they were for, and what that means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from urllib.parse import urlsplit

from bot.diagnostics import redact
from bot.diagnostics.judging import count, judged, limits, seconds
from bot.diagnostics.result import MAX_ROWS, Measurement, Rows, Verdict
from bot.policy.targets.webhooks import WebhooksTarget

#: Characters of an endpoint, a status and an error that are shown.
_ENDPOINT, _STATUS, _ERROR = 120, 40, 160

_URL = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
#: A part of a path that may be the secret of an address: `hooks.example.com/services/T0/B1/xxxxxxxxxxxx`.
_OPAQUE = re.compile(r"(?<=/)(?:(?=[\w-]*\d)[\w-]{16,}|[A-Za-z]{20,})(?=/|$)")

_ADVICE = {
    "401": "The receiver refuses the login or the signature: see whether a secret was changed on one side only.",
    "404": "There is no such address at the receiver: ask them, then correct it or switch it off.",
    "429": "The receiver is asked too often: send slower, and the failed ones again later.",
    "4": "The receiver refuses what is sent: see what changed in it, and what the error says.",
    "5": "The receiver itself fails: tell those who run it, and send the failed ones again when it is well.",
}
_ADVICE |= {"403": _ADVICE["401"], "410": _ADVICE["404"]}
_OTHERWISE = (
    "See what the errors say: a name, the network, a certificate or a time-out; then send the failed ones again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A delivery that failed, as a table or a document has it: its words may hold secrets.

    Attributes:
        at: when that was; age_s: how many seconds ago.
        endpoint: whom it was for; of an address, without its login and its query.
    """

    at: datetime
    age_s: float
    endpoint: str
    status: str
    error: str

    @classmethod
    def of(cls, at: datetime, now: datetime, endpoint: object, status: object, error: object) -> "Failure":
        """One from values of any kind. A clock that is ahead makes nobody younger than now."""
        return cls(
            at=at,
            age_s=max(0.0, (now - at).total_seconds()),
            endpoint=_URL.sub(_bare, _one_line(endpoint, _ENDPOINT)),
            status=_one_line(status, _STATUS),
            error=_one_line(error, _ERROR),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read.

    Attributes:
        failures: those of the time that is looked at, the newest first.
        unread: how many have no time that can be read.
        more: whether there are more than were read.
        ran: exactly what was run.
    """

    failures: Sequence[Failure]
    unread: int = 0
    more: bool = False
    ran: str = ""


def judge(found: Found, options: WebhooksTarget) -> Measurement:
    """By how many there are."""
    number = len(found.failures)
    verdict = judged(number, options.warn, options.critical)
    if verdict is Verdict.OK and found.unread:
        verdict = Verdict.ERROR
    groups = _grouped(found.failures)
    unread = f" {count(found.unread, 'entry', 'entries')} had no time that can be read." if found.unread else ""
    return Measurement(
        verdict=verdict,
        value=number,
        unit="failed",
        threshold=limits(options.warn, options.critical, "failed"),
        explanation=_explained(found, groups, options) + unread,
        next_step="" if verdict is Verdict.OK else _next_step(verdict, groups, options),
        rows=_rows(groups) if groups else None,
        ran=found.ran,
    )


def _explained(found: Found, groups: Sequence[Sequence[Failure]], options: WebhooksTarget) -> str:
    within = seconds(options.within.total_seconds())
    if not found.failures:
        return f"No delivery failed in the last {within}."
    endpoints = len({group[0].endpoint for group in groups})
    number = (
        f"{len(found.failures)} or more deliveries"
        if found.more
        else count(len(found.failures), "delivery", "deliveries")
    )
    first = "the oldest of these" if found.more else "the first"  # only the newest were read
    return (
        f"{number} failed in the last {within}, to {count(endpoints, 'endpoint')}: "
        f"{first} {_ago(found.failures[-1])}, the newest {_ago(found.failures[0])}."
    )


def _ago(failure: Failure) -> str:
    return f"{seconds(failure.age_s)} ago (at {failure.at:%Y-%m-%d %H:%M:%S} UTC)"


def _grouped(failures: Sequence[Failure]) -> list[list[Failure]]:
    """By endpoint and status; those of which most failed first, and in each the newest first as before."""
    key = attrgetter("endpoint", "status")
    groups = [list(group) for _, group in groupby(sorted(failures, key=key), key=key)]
    return sorted(groups, key=len, reverse=True)


def _rows(groups: Sequence[Sequence[Failure]]) -> Rows:
    rows = [
        (
            _shown(newest.endpoint, _ENDPOINT),
            _shown(newest.status, _STATUS),
            len(group),
            f"{newest.at:%Y-%m-%d %H:%M:%S}",
            _shown(newest.error, _ERROR),
        )
        # Taking secrets out takes time: it is done for what is shown, and for nothing else.
        for group in groups[:MAX_ROWS]
        for newest in group[:1]
    ]
    table = Rows.of(("endpoint", "status", "failed", "newest", "its error"), rows)
    return replace(table, left_out=max(0, len(groups) - MAX_ROWS))


def _next_step(verdict: Verdict, groups: Sequence[Sequence[Failure]], options: WebhooksTarget) -> str:
    if verdict is Verdict.ERROR:
        return "Name in the policy pack where the time of a failure stands, and see what stands there now."
    status = groups[0][0].status
    return options.next_step or _ADVICE.get(status[:3]) or _ADVICE.get(status[:1], _OTHERWISE)


def _one_line(value: object, most: int) -> str:
    """What came from outside, on one line, and not much longer than it may be shown."""
    return " ".join(str("" if value is None else value)[: 4 * most].split())


def _shown(text: str, most: int) -> str:
    """Without secrets, and short."""
    return redact.text(_URL.sub(_harmless, text), most=most) or "(none)"


def _bare(address: re.Match[str]) -> str:
    """An address without its login and its query."""
    try:
        parts = urlsplit(address.group())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not a valid address)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _harmless(address: re.Match[str]) -> str:
    """The same without the parts of its path that may be a secret: a receiver's address often is one."""
    return _OPAQUE.sub(redact.HIDDEN, _bare(address))
