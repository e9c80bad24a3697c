"""Any other monitor: our own JSON, or its own, of which the pack says by JSONPath what stands where.

Our own is one alert, or several:

    {"title": "Disk is full", "status": "firing", "severity": "critical", "service": "checkout",
     "fingerprint": "disk-db1", "starts_at": "2026-03-14T03:00:00Z", "ends_at": null, "text": "…",
     "labels": {"host": "db1"}, "links": {"graph": "https://…"}, "reference": "4711"}

    {"alerts": [{"title": …}, …]}

Only `title` is needed. Without `status` it fires; without `fingerprint` its title, service and labels are one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated as Also
from typing import Any

import jsonpath
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import NameSelector
from pydantic import FailFast, Field, TypeAdapter

from bot.domain.alert import Alert, LinkKind
from bot.domain.alert_rules import GenericSource
from bot.web.webhooks.bounds import Notes, bounded, digest, digest_of, first_of
from bot.web.webhooks.payload import BadPayload, Payload, checked, decoded, time_of

SOURCE = "generic"


class Entry(Payload):
    """One alert of ours."""

    title: str = Field(min_length=1)
    status: str | None = None
    severity: str | None = None
    service: str | None = None
    fingerprint: str | None = None
    starts_at: Any = None
    ends_at: Any = None
    text: str | None = None
    labels: dict[str, Any] | None = None
    links: dict[str, Any] | None = None
    reference: str | None = None


class Several(Payload):
    """Several alerts of ours."""

    alerts: Also[list[Entry], FailFast()]


_ONE, _SEVERAL = TypeAdapter(Entry), TypeAdapter(Several)


def read(body: bytes, *, now: datetime, notes: Notes) -> Sequence[Alert]:
    """The alerts of a post in our own JSON. Raises BadPayload."""
    document = decoded(body)
    if not isinstance(document, dict) or document.get("alerts") is None:
        return [_ours(checked(_ONE, document, ""), "", now, notes)]
    several = first_of(checked(_SEVERAL, document, "").alerts, notes)
    return [_ours(entry, f"alerts[{number}]", now, notes) for number, entry in several]


def _ours(entry: Entry, where: str, now: datetime, notes: Notes) -> Alert:
    at = f"{where}." if where else ""
    status = (entry.status or "firing").strip().lower()
    if status not in ("firing", "resolved"):
        raise BadPayload(f"{at}status", "has to be firing or resolved")
    labels = _labels(entry.labels or {}, at)
    links = [(kind, _link(entry.links, kind, at)) for kind in LinkKind] if entry.links else []
    return bounded(
        notes, where, now=now, source=SOURCE, fingerprint=entry.fingerprint or _key(entry.title, entry.service, labels),
        firing=status == "firing", title=entry.title, labels=labels,
        starts_at=time_of(entry.starts_at, f"{at}starts_at"), ends_at=time_of(entry.ends_at, f"{at}ends_at"),
        severity=entry.severity or "", service=entry.service or "", text=entry.text or "", links=links,
        reference=entry.reference or "",
    )  # fmt: skip


def _key(title: str, service: str | None, labels: Mapping[str, object]) -> str:
    return digest((title, service or "", digest_of(labels)))


def _labels(given: Mapping[str, Any], at: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, value in given.items():
        if value is None:
            continue
        text = _word(value)
        if text is None:
            raise BadPayload(f"{at}labels.{name[:64]}", "has to be text or a number")
        labels[name] = text
    return labels


def _link(links: Mapping[str, Any], kind: LinkKind, at: str) -> str | None:
    address = links.get(kind)
    if address is not None and not isinstance(address, str):
        raise BadPayload(f"{at}links.{kind}", "has to be an address, such as https://grafana.example.com/d/1")
    return address


def _word(value: Any) -> str | None:
    """A value as text; None where it is a list or an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:  # more digits than Python cares to write
            return None
    return None


#: How a path ends that means each of a list.
_EACH = "[*]"


def read_mapped(body: bytes, source: GenericSource, *, now: datetime, notes: Notes) -> Sequence[Alert]:
    """The alerts of a post in a monitor's own JSON, as the pack reads it. Raises BadPayload."""
    document = decoded(body)
    if not source.items:
        return [_mapped(document, source, "", now, notes)]
    found = list(_at(source.items, document, source))
    of_each = source.items.removesuffix(_EACH)
    # A list that has nothing in it is no fault: nothing is wrong just now.
    empty = of_each != source.items and any(one == [] for one in _at(of_each, document, source))
    if not found and not empty:
        raise BadPayload(source.items, f"is not there: the pack's source “{source.name}” looks for its alerts at it")
    items = [entry for one in found for entry in (one if isinstance(one, list) else [one])]
    return [_mapped(item, source, f"alerts[{number}]", now, notes) for number, item in first_of(items, notes)]


def _mapped(item: Any, source: GenericSource, where: str, now: datetime, notes: Notes) -> Alert:
    at = f"{where}." if where else ""
    field = {name: _first(path, item, source) for name, path in source.fields.items()}
    text = {name: "" if value is None else _word(value) or "" for name, value in field.items()}
    if not text.get("title"):
        looked = source.fields.get("title", "no path at all")
        message = f"is missing: the pack's source “{source.name}” looks for it at {looked}, where no text is"
        raise BadPayload(f"{at}title", message)
    found = {name: _first(path, item, source) for name, path in source.labels.items()}
    labels = {name: word for name, value in found.items() if (word := _words(value))}
    resolved = text.get("status", "").strip().casefold() in {word.casefold() for word in source.resolved}
    service = text.get("service", "")
    return bounded(
        notes, where, now=now, source=source.name,
        fingerprint=text.get("fingerprint") or _key(text["title"], service, labels),
        firing=not resolved, title=text["title"], labels=labels,
        starts_at=time_of(field.get("starts_at"), f"{at}starts_at"),
        ends_at=time_of(field.get("ends_at"), f"{at}ends_at"), severity=text.get("severity", ""),
        service=service, text=text.get("text", ""), links=[(kind, text.get(kind)) for kind in LinkKind],
        reference=text.get("reference", ""),
    )  # fmt: skip


def _words(value: Any) -> str:
    """A value as text, a list's with commas; empty where there is nothing to write."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_word, value)))
    return _word(value) or ""


def _first(path: str, item: Any, source: GenericSource) -> Any:
    """The first thing at a path that is not null."""
    return next((value for value in _at(path, item, source) if value is not None), None)


def _at(path: str, document: Any, source: GenericSource) -> Iterator[Any]:
    names, query = _compiled(path)
    if names is None:
        try:
            # One after another: mostly the first is enough, and `..` looks everywhere.
            for found in query.finditer(document):
                yield found.obj
        except (jsonpath.JSONPathError, RecursionError):
            message = f"cannot be followed by the pack's source “{source.name}”: the document is too deep for it"
            raise BadPayload(path, message) from None
        return
    for name in names:
        if not isinstance(document, dict) or name not in document:
            return
        document = document[name]
    yield document


@lru_cache(maxsize=256)
def _compiled(path: str) -> tuple[tuple[str, ...] | None, jsonpath.JSONPath]:
    """A path, and the names it consists of where it is plain, such as `$.monitor.name`: those are followed at once."""
    query = jsonpath.compile(path, strict=True)
    assert isinstance(query, jsonpath.JSONPath)  # RFC 9535 has no unions of paths
    names: list[str] = []
    for step in query.segments:
        one = step.selectors[0] if isinstance(step, JSONPathChildSegment) and len(step.selectors) == 1 else None
        if not isinstance(one, NameSelector):
            return None, query
        names.append(one.name)
    return tuple(names), query
