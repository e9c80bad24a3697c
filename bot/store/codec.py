"""Domain values to JSON and back. The domain knows no framework, so pydantic's adapters stand here."""

import hashlib
import json
from typing import Any

from pydantic import TypeAdapter

from bot.domain.events import KINDS, Event, Unknown, kind_of
from bot.domain.evolve import FOLD
from bot.domain.incident import Incident

_INCIDENT = TypeAdapter(Incident)
_EVENTS: dict[str, TypeAdapter[Any]] = {kind: TypeAdapter(event_type) for kind, event_type in KINDS.items()}


def incident_to_json(incident: Incident) -> dict[str, Any]:
    """The incident's state as the row keeps it, with the rules that it was folded by."""
    state: dict[str, Any] = _INCIDENT.dump_python(incident, mode="json") | {"fold": FOLD}
    state["participants"] = sorted(state["participants"])  # a set's order would differ from one fold to the next
    return state


def incident_from_json(state: dict[str, Any]) -> Incident:
    """The incident that a row keeps. What a newer version keeps besides is left out."""
    return _INCIDENT.validate_python(state)


def fold_of(state: dict[str, Any]) -> int:
    """Which rules a row was folded by; 0 for those of before they were counted."""
    return int(state.get("fold", 0))


def event_to_json(event: Event) -> tuple[str, dict[str, Any]]:
    """The event's stable kind and its payload. Raises KeyError for one that was only read, never recorded, here."""
    kind = kind_of(type(event))
    payload: dict[str, Any] = _EVENTS[kind].dump_python(event, mode="json")
    return kind, payload


def event_from_json(kind: str, payload: dict[str, Any]) -> Event:
    """The event of a kind and a payload: `Unknown` where only a newer version knows the kind."""
    if kind not in _EVENTS:
        return Unknown(kind=kind, payload=payload)
    event: Event = _EVENTS[kind].validate_python(payload)
    return event


def loaded(value: Any) -> Any:
    """A JSON value of a row that asyncpg read by itself, which leaves it as text."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def canonical(payload: Any) -> bytes:
    """The one way to write a JSON value down, for hashing: sorted keys, no spaces, UTF-8."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(payload: Any) -> bytes:
    """SHA-256 of a JSON value's canonical form, 32 bytes."""
    return hashlib.sha256(canonical(payload)).digest()
