"""What every alert is cut to, whoever sent it. Each cut leaves a note, which the sender is told with the 202.

A note names the alert as the answer to a bad payload does, `alerts[3]`, counting from 0.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar, cast

from bot.domain.alert import NAME, Alert, AlertStatus, LinkKind
from bot.domain.text import legible
from bot.web.webhooks.payload import BadPayload, far_ahead

_Item = TypeVar("_Item")

#: Alerts that are taken of one request.
MOST_ALERTS = 5_000
#: How many labels an alert keeps, and characters of their names and values.
MOST_LABELS, LABEL_NAME, LABEL_VALUE = 64, 64, 256
#: Characters.
TITLE, TEXT, LINK, FINGERPRINT, REFERENCE, WORD = 200, 4_000, 2_000, 128, 300, 100

#: Notes that are told; of the others, how many.
_MOST_NOTES = 20
#: Labels that rules ask for: where there are too many, these stay.
_KEPT = (NAME, "severity", "priority", "level", "service", "app", "application", "job", "team", "env", "environment",
         "cluster", "namespace", "instance", "host")  # fmt: skip
#: How an address begins: with a host, and nothing that makes it look like another's.
_ADDRESS = re.compile(
    r"https?://(?:\[[0-9a-f:.]{2,45}\]|[^\s/?#@\\\[\]:\"'`<>|]+)(?::\d{1,5})?(?:[/?#]|\Z)", re.IGNORECASE
)
#: What joins or colours the character before it: alone it is not seen.
_UNSEEN = "\u200d\ufe0f "
#: Of a text that is far too long so many times its limit is looked at: what is not legible in it takes room.
_LOOKED_AT = 4


class Notes:
    """What was left out of a request."""

    def __init__(self) -> None:
        """Nothing, so far."""
        self._said: list[str] = []
        self._more = 0

    def add(self, note: str) -> None:
        """Something was left out."""
        if len(self._said) < _MOST_NOTES:
            self._said.append(note)
        else:
            self._more += 1

    def told(self) -> list[str]:
        """All of it, in so many lines as somebody may read."""
        return [*self._said, f"and {self._more} more cuts"] if self._more else list(self._said)


def bounded(
    notes: Notes, where: str, *, now: datetime, source: str, fingerprint: str, firing: bool, title: str,
    labels: Mapping[str, object], starts_at: datetime | None, ends_at: datetime | None = None, severity: str = "",
    service: str = "", text: str = "", links: Iterable[tuple[LinkKind, str | None]] = (), reference: str = "",
) -> Alert:  # fmt: skip
    """An alert within all bounds.

    `notes` takes what had to be cut, and `where` is the alert's place in its request, such as `alerts[3]`, empty where
    it is the only one. At `now` it began where the source does not say when. The values of `labels` have to be text. Of
    `links`, what is empty is passed over, and the first of a kind counts. All others are as Alert has them.

    A source that does not say of an end since when it fired leaves out `starts_at`: then both are the same, and it is
    not taken for one more time that it fired.

    Raises:
        BadPayload: a label's value is no text.
    """
    if ends_at is not None and (firing or far_ahead(ends_at, now)):
        ends_at = None
    dated = starts_at is not None
    if starts_at is None:
        starts_at = ends_at or now
        ends_at = ends_at or (None if firing else now)
    elif far_ahead(starts_at, now):
        notes.add(f"{_alert(where)}: its start, {starts_at:%Y-%m-%d}, lies too far ahead; it is taken for now")
        starts_at = now
    kept = _labels(labels, where, notes)
    return Alert(
        source=source,
        fingerprint=_key(fingerprint),
        status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
        title=_line(title or kept.get(NAME, ""), TITLE, where, "title", notes) or "An alert without a title",
        labels=kept,
        starts_at=starts_at,
        ends_at=ends_at,
        severity=_line(severity.lower(), WORD, where, "severity", notes) if severity else "",
        service=_line(service, WORD, where, "service", notes) if service else "",
        text=_text(text, where, notes) if text else "",
        links=_links(links, where, notes),
        reference=_reference(reference, where, notes) if reference else "",
        dated=dated,
    )


def first_of(items: Sequence[_Item], notes: Notes) -> Iterator[tuple[int, _Item]]:
    """The entries of a list that are taken, with their numbers."""
    if len(items) > MOST_ALERTS:
        left = len(items) - MOST_ALERTS
        notes.add(f"{left} {'alert was' if left == 1 else 'alerts were'} left out: a request may hold {MOST_ALERTS}")
    return enumerate(islice(items, MOST_ALERTS))


def digest(parts: Iterable[str]) -> str:
    """A fingerprint of words, in their order, for what has none of its own: 32 hexadecimal digits."""
    made = hashlib.sha256()
    for part in parts:
        made.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return made.hexdigest()[:32]


def digest_of(labels: Mapping[str, object]) -> str:
    """A fingerprint of labels, whatever their order."""
    return digest(f"{name}\0{labels[name]}" for name in sorted(labels))


def _alert(where: str) -> str:
    return where or "the alert"


def _labels(given: Mapping[str, object], where: str, notes: Notes) -> dict[str, str]:
    if len(given) > MOST_LABELS:
        kept_names = [name for name in _KEPT if name in given]
        others = islice((name for name in given if name not in _KEPT), MOST_LABELS - len(kept_names))
        left = len(given) - MOST_LABELS
        notes.add(f"{_alert(where)}: {left} labels were left out; {MOST_LABELS} are kept")
        given = {name: given[name] for name in [*kept_names, *others]}
    kept: dict[str, str] = {}
    if _plain(given):
        kept.update(cast("Mapping[str, str]", given))
        return kept
    for name, value in given.items():
        if not isinstance(value, str):
            raise BadPayload(f"{where}{'.' if where else ''}labels.{_shown(name)}", "has to be text")
        if len(name) <= LABEL_NAME and len(value) <= LABEL_VALUE and name.isprintable() and value.isprintable():
            kept[name] = value
            continue
        short = _line(name, LABEL_NAME, where, "label's name", notes)
        if short:
            kept[short] = _line(value, LABEL_VALUE, where, f"label {_shown(short)}", notes)
    kept.pop("", None)
    return kept


def _plain(given: Mapping[str, object]) -> bool:
    """Whether all labels are as they may be, found out without looking at each."""
    if not given:
        return True
    values = given.values()
    try:
        text = "".join(values)  # type: ignore[arg-type]  # what else they are raises
    except TypeError:
        return False
    names = "".join(given)
    return (
        text.isprintable()
        and names.isprintable()
        and max(map(len, values)) <= LABEL_VALUE  # type: ignore[arg-type]  # they are text by now
        and max(map(len, given)) <= LABEL_NAME
        and "" not in given
    )


def _shown(name: str) -> str:
    return legible(name[:LABEL_NAME])


def _line(text: str, limit: int, where: str, what: str, notes: Notes) -> str:
    """One legible line, perhaps empty; what is too long ends in an ellipsis."""
    if len(text) <= limit and text.isprintable():
        return text.strip()
    # Between words stand spaces of many kinds, of which only the plain one is legible.
    line = " ".join(legible(" ".join(text[: limit * _LOOKED_AT].split())).split())
    if not line.strip(_UNSEEN):
        line = ""
    if len(line) <= limit and len(text) <= limit * _LOOKED_AT:
        return line
    notes.add(f"{_alert(where)}: its {what} was cut to {limit} characters")
    return f"{line[: limit - 1].rstrip()}…"


def _text(text: str, where: str, notes: Notes) -> str:
    if len(text) <= TEXT and text.isprintable():
        return text.strip()
    clean = legible(text[: TEXT * _LOOKED_AT])
    if len(clean) <= TEXT and len(text) <= TEXT * _LOOKED_AT:
        return clean
    notes.add(f"{_alert(where)}: its text was cut to {TEXT} characters")
    return f"{clean[: TEXT - 1].rstrip()}…"


def _key(fingerprint: str) -> str:
    """As given where it is short and legible; else its digest, so that two that differ stay two."""
    if len(fingerprint) <= FINGERPRINT and fingerprint.isprintable():
        return fingerprint
    return digest([fingerprint])


def is_link(address: str) -> bool:
    """Whether an address may be shown: http or https, of a bearable length, and as whose it looks."""
    return (
        len(address) <= LINK
        and address.isprintable()
        and " " not in address
        and "<" not in address
        and ">" not in address
        and "|" not in address
        and _ADDRESS.match(address) is not None
    )


def _links(given: Iterable[tuple[LinkKind, str | None]], where: str, notes: Notes) -> dict[LinkKind, str]:
    kept: dict[LinkKind, str] = {}
    for kind, address in given:
        if not address or kind in kept:
            continue
        if is_link(address):
            kept[kind] = address
        else:
            notes.add(
                f"{_alert(where)}: its {kind} link was left out; it has to be http or https with a host, without "
                f"spaces, <>| and a user, {LINK} characters at most"
            )
    return kept


def _reference(reference: str, where: str, notes: Notes) -> str:
    # Half an address would be another one.
    if len(reference) <= REFERENCE and reference.isprintable():
        return reference
    notes.add(f"{_alert(where)}: what the source calls it was left out; it may have {REFERENCE} characters")
    return ""
