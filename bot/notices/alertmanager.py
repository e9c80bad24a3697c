"""Silencing an Alertmanager while somebody works on it, by its API v2, and ending those silences again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.application.ports import Answer, Concerned, Happened, Refused
from bot.domain.alert import NAME
from bot.notices.failures import one_line
from bot.notices.telling import Line, Said

#: So many silences are made or looked for at most.
MOST_SILENCES = 20
#: A list of silences has also those that ended in the last days.
MOST_LISTED = 1024 * 1024
CREATOR = "Muster"
#: An Alertmanager may keep an end to the millisecond only.
_ABOUT = timedelta(seconds=1)
#: What an Alertmanager itself calls an alert; anything else was made up for one that had no such thing.
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
#: How a label ends that was too long to be kept.
_CUT = "…"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Silence:
    """One of ours, as an Alertmanager has it."""

    id: str
    labels: Labels
    starts: str
    ends: datetime


def marker(incident: str) -> str:
    """How a silence's comment begins, so that it is known again."""
    return f"[{one_line(incident)}]"


def comment(answer: Answer) -> str:
    """What people read of a silence."""
    done = answer.what.value.capitalize() + (f" by {one_line(answer.by)}" if answer.by else "")
    title = f"{one_line(answer.title)}. " if answer.title else ""
    link = f" {answer.link}" if answer.link else ""
    return f"{marker(answer.incident)} {title}{done}.{link}"


def shared(alerts: Sequence[Concerned]) -> list[Labels]:
    """For each name of the alerts, what all alerts of that name have in common, the name among it.

    An alert without that label is left out: what it has besides may be no more than a severity.
    """
    found: dict[str, dict[str, str]] = {}
    for alert in alerts:
        labels = _given(alert)
        if name := labels.get(NAME):
            before = found.setdefault(name, labels)
            found[name] = dict(before.items() & labels.items())
    return [dict(sorted(labels.items())) for labels in found.values()]


async def tell(line: Line, answer: Answer, now: datetime) -> str:
    """Silence it, or end what was silenced; returns what came of it in words. Raises TryAgain or Refused."""
    sets = shared(answer.alerts)
    few, left = sets[:MOST_SILENCES], len(sets) - MOST_SILENCES
    more = f", {left} more names of alerts left as they are" if left > 0 else ""
    if answer.what is Happened.RESOLVED:
        return f"{_counted(await _end(line, answer, few))} ended{more}"
    ends = answer.at + line.rule.silence
    if not few or ends <= max(now, answer.at):
        return "nothing to silence"
    for labels in few:
        await _silence(line, answer, labels, ends)
    return f"{_counted(len(few))} until {ends:%Y-%m-%d %H:%M} UTC{more}"


async def firing(line: Line, alerts: Sequence[Concerned]) -> list[Concerned]:
    """Which of these alerts it has, silenced or not, and those that it can't be asked for. Raises TryAgain or Refused.

    Only by asking is it known that an alert cleared while it was silenced: an Alertmanager tells nobody.
    """
    names = [labels[NAME] for labels in shared(alerts)[:MOST_SILENCES]]
    known: set[str] = set()
    for name in names:
        for each in await _list(line, "alerts", name):
            match each:
                case {"fingerprint": str(fingerprint)}:
                    known.add(fingerprint)
                case _:
                    raise Refused("its answer is no list of alerts", _remedy(line))
    return [
        one
        for one in alerts
        if one.fingerprint in known or _given(one).get(NAME) not in names or not _FINGERPRINT.fullmatch(one.fingerprint)
    ]


async def _silence(line: Line, answer: Answer, labels: Labels, ends: datetime) -> None:
    """Silence what has these labels until then, by the silence that is there already if one is."""
    same = [one for one in await _ours(line, answer, labels[NAME]) if one.labels == labels]
    if any(one.ends >= ends - _ABOUT for one in same):
        return
    silence = {
        "matchers": [{"name": n, "value": v, "isRegex": False, "isEqual": True} for n, v in labels.items()],
        "startsAt": answer.at.isoformat(),
        "endsAt": ends.isoformat(),
        "createdBy": CREATOR,
        "comment": comment(answer),
    }
    if same:  # it is made longer
        silence |= {"id": same[0].id, "startsAt": same[0].starts}
    _check(line, await line.send("POST", "/api/v2/silences", silence))


async def _end(line: Line, answer: Answer, sets: Sequence[Labels]) -> int:
    """End what was silenced for this incident; returns how many silences were."""
    ended = 0
    for labels in sets:
        for one in await _ours(line, answer, labels[NAME]):
            said = await line.send("DELETE", f"/api/v2/silence/{one.id}")
            # It is gone where somebody was quicker; some versions say so with 500.
            if said.status != 404 and not (said.status == 500 and "not found" in said.text):
                _check(line, said)
            ended += 1
    return ended


async def _ours(line: Line, answer: Answer, name: str) -> list[Silence]:
    """The silences that still hold, were made for this incident and are about alerts of a name."""
    listed = await _list(line, "silences", name)
    return [one for each in listed for one in _read(each, marker(answer.incident)) if one.labels.get(NAME) == name]


async def _list(line: Line, what: str, name: str) -> list[Any]:
    """The alerts or silences with a name of an alert."""
    value = name.encode(errors="replace").decode().translate(_ESCAPES)
    said = await line.send("GET", f"/api/v2/{what}", params=[("filter", f'{NAME}="{value}"')], most=MOST_LISTED)
    _check(line, said)
    listed = said.json()
    if not isinstance(listed, list):
        raise Refused(f"its answer is no list of {what}", _remedy(line))
    return listed


def _given(alert: Concerned) -> dict[str, str]:
    """Its labels as far as they can match: an empty one is as good as none, and of a long one the end is not known."""
    every = alert.labels.items()
    return {name: value for name, value in every if value and not name.endswith(_CUT) and not value.endswith(_CUT)}


def _read(each: Any, mark: str) -> Iterator[Silence]:
    """The silence, if it holds and is one of ours that begins so."""
    match each:
        case {
            "id": str(id_),
            "status": {"state": "active" | "pending"},
            "createdBy": str(creator),
            "comment": str(said),
            "matchers": [*matchers],
            "startsAt": str(starts),
            "endsAt": str(ends),
        } if creator == CREATOR and (said == mark or said.startswith(f"{mark} ")):
            pass
        case _:
            return
    labels: dict[str, str] = {}
    for matcher in matchers:
        match matcher:
            case {"name": str(name), "value": str(value), "isRegex": False, **rest} if (
                rest.get("isEqual", True) is True
            ):
                labels[name] = value
            case _:
                return  # somebody has changed it
    try:
        yield Silence(str(UUID(id_)), labels, starts, datetime.fromisoformat(ends))
    except (ValueError, TypeError):
        return


def _check(line: Line, said: Said) -> None:
    """Raise TryAgain or Refused where an answer is no consent."""
    if said.status == 404:
        raise Refused("http_404 there is no Alertmanager", _remedy(line))
    line.check(said)


def _remedy(line: Line) -> str:
    return f"Let {line.address_setting} be the Alertmanager's address as people open it, without /api/v2."


def _counted(number: int) -> str:
    return f"{number} silence{'' if number == 1 else 's'}"
