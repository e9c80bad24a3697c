"""Requests over HTTP before Bolt sees them: 401 for what nobody signed, 400 for a body that is none.

Bolt verifies the signature. It also looks into the body and the headers as if they were whole, so that is seen to here.
"""

from collections.abc import Mapping
from typing import Any

#: Digits of a timestamp in seconds; a longer number does not fit the verifier's arithmetic.
_LONGEST_TIMESTAMP = 12
#: Seconds since 1970 that no clock will show; nor will it show infinity, or what is no number.
_FAR = 1e11


def could_be_signed(headers: Mapping[str, str]) -> bool:
    """Whether there is a timestamp and a signature for Bolt to verify."""
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    return timestamp.isdecimal() and len(timestamp) <= _LONGEST_TIMESTAMP and signature.isascii()


def happened_at(body: Mapping[str, Any]) -> float | None:
    """When what an event tells of happened, in seconds since 1970, as exactly as Slack says; None where it does not."""
    event = body.get("event")
    exact = event.get("event_ts") if isinstance(event, dict) else None
    for time in (exact, body.get("event_time")):
        try:
            seconds = float(time)  # type: ignore[arg-type] # whatever it is, it is tried
        except (TypeError, ValueError, OverflowError):
            continue
        if 0 < seconds < _FAR:
            return seconds
    return None


def whole(body: object) -> bool:
    """Whether a body has what every request of its kind has. Kinds that nobody listens to are whole."""
    if not isinstance(body, dict) or not isinstance(body.get("event", {}), dict):
        return False
    if "command" in body:
        return _texts(body, "user_id", "trigger_id")
    match body.get("type"):
        case "event_callback":
            return _texts(body, "event_id") and _texts(body.get("event"), "type") and _lists(body, "authorizations")
        case "block_actions":
            actions = body.get("actions")
            return (
                _texts(body, "trigger_id")
                and _texts(body.get("user"), "id")
                and isinstance(actions, list)
                and bool(actions)
                and _texts(actions[0], "action_id")
            )
        case "view_submission":
            view = body.get("view")
            filled = view.get("state") if isinstance(view, dict) else None
            return (
                _texts(body.get("user"), "id")
                and _texts(view, "id", "hash", "type", "callback_id")
                and isinstance(filled, dict)
                and isinstance(filled.get("values"), dict)
            )
        case _:
            return True


def _texts(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _lists(value: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(value.get(name, []), list) for name in names)
