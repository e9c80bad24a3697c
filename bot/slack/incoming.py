"""Requests over HTTP before Bolt sees them: 401 for what nobody signed, 400 for a body that is none.

Bolt verifies the signature. It also looks into the body and the headers as if they were whole, so that is seen to here.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.slack.manifest import EVENTS

#: Digits of a timestamp in seconds; a longer number does not fit the verifier's arithmetic.
_LONGEST_TIMESTAMP = 12
#: Seconds since 1970 that no clock will show; nor will it show infinity, or what is no number.
_FAR = 1e11
#: Slack's ids of people, channels and bots.
_ID = re.compile(r"[A-Z][A-Z0-9]{0,63}")
#: The `ts` of a message.
_TIME = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
#: What tells one request from another, and names of Slack's and ours: 255 characters at most.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: The same for what somebody acted on: a policy's names, in any language, are part of it.
_ACTION = re.compile(r"[\x21-\x7e\w]{1,255}")
_ANY = re.compile(r".*", re.DOTALL)
#: The kinds of events that somebody listens to.
_HEARD = frozenset(name.partition(".")[0] for name in EVENTS)


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
    """Whether a body has what every request of its kind has, in the form that Slack gives it.

    Kinds that nobody listens to are whole.
    """
    if not isinstance(body, dict) or not isinstance(body.get("event", {}), dict):
        return False
    if "command" in body:
        return _all(body, _ID, "user_id") and _all(body, _KEY, "trigger_id") and _may(body, _ID, "channel_id")
    match body.get("type"):
        case "event_callback":
            return _all(body, _KEY, "event_id") and _lists(body, "authorizations") and _event(body.get("event"))
        case "block_actions":
            actions = body.get("actions")
            return (
                _all(body, _KEY, "trigger_id")
                and _all(body.get("user"), _ID, "id")
                and _may(body.get("channel") or {}, _ID, "id")
                and isinstance(actions, list)
                and bool(actions)
                and _all(actions[0], _ACTION, "action_id")
                and _element(actions[0])
                and (body.get("view") is None or _acted_in(body["view"]))
            )
        case "message_action":
            return (
                _all(body, _KEY, "trigger_id", "callback_id")
                and _all(body.get("user"), _ID, "id")
                and _all(body.get("channel"), _ID, "id")
                and _message(body.get("message"))
                and _all(body["message"], _TIME, "ts")
            )
        case "view_submission":
            return _all(body.get("user"), _ID, "id") and _view(body.get("view"))
        case _:
            return True


def _event(event: Any) -> bool:
    """Whether what an event tells of is said in the form that Slack says it."""
    if not _all(event, _KEY, "type"):
        return False
    if event["type"] not in _HEARD:
        # Nobody listens; Bolt looks for these. Slack would count a refusal, and in the end tell us nothing any more.
        return all(_may(event, _ID, name) or _all(event[name], _ID, "id") for name in ("user", "channel"))
    if event["type"] == "user_change":
        user = event.get("user")
        return _all(user, _ID, "id") and isinstance(user.get("deleted", False), bool)
    said = [event, *(event.get(name) or {} for name in ("message", "previous_message", "item", "edited"))]
    return all(_message(part) for part in said)


def _message(part: Any) -> bool:
    """Whether what a message says, or what is said of it, has the form that Slack gives it."""
    return (
        isinstance(part, dict)
        and _may(part, _ID, "user", "channel", "bot_id")
        and _may(part, _TIME, "ts", "thread_ts", "deleted_ts")
        and _may(part, _KEY, "subtype", "reaction", "type")
        and _may(part, _ANY, "text")
    )


def _acted_in(view: Any) -> bool:
    """Whether it is a view in which somebody could have done something: one of our forms, or another's."""
    return _view(view) or (_may(view, _ANY, "callback_id") and not view.get("callback_id"))


def _view(view: Any) -> bool:
    """Whether a form is one that could have been filled in."""
    if not (_all(view, _KEY, "id", "hash", "type", "callback_id") and _may(view, _ANY, "private_metadata")):
        return False
    state = view.get("state")
    blocks = state.get("values") if isinstance(state, dict) else None
    if not isinstance(blocks, dict) or not blocks or not all(isinstance(block, dict) for block in blocks.values()):
        return False
    return all(_element(element) for block in blocks.values() for element in block.values())


def _element(element: Any) -> bool:
    """Whether what stands in a field has the form of its kind."""
    return (
        isinstance(element, dict)
        and _lists(element, "selected_options", "selected_users")
        and _may(element, _ANY, "value")
        and _may(element, _ID, "selected_user")
        and all(_fits(user, _ID) for user in element.get("selected_users") or ())
        and all(_all(option, _ANY, "value") for option in element.get("selected_options") or ())
        and (element.get("selected_option") is None or _all(element["selected_option"], _ANY, "value"))
    )


def _all(value: Any, form: re.Pattern[str], *names: str) -> bool:
    """Whether all of these are there, in that form."""
    return isinstance(value, dict) and all(name in value and _fits(value[name], form) for name in names)


def _may(value: Any, form: re.Pattern[str], *names: str) -> bool:
    """Whether those that are there have that form."""
    found = (value.get(name) for name in names) if isinstance(value, dict) else (value,)
    return all(one is None or _fits(one, form) for one in found)


def _fits(value: Any, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _lists(value: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(value.get(name) or [], list) for name in names)
