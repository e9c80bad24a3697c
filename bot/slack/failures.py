"""How a call to Slack can fail, decided in one place: try again, look first, or refused for good."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.application.ports import RATE_LIMITED, WORKSPACE_LIMITED, Refused, TryAgain, Unclear

Failure = TryAgain | Unclear | Refused

#: After a call that did not get through, or whose answer did not come back.
SOON = timedelta(seconds=2)
#: After a 429 that does not say when to come back.
LATER = timedelta(seconds=10)
#: While the token is not accepted: somebody has to mend it, and nothing is lost until then.
WHEN_MENDED = timedelta(seconds=60)
#: A `Retry-After` beyond this is looked at again sooner.
LONGEST = timedelta(minutes=10)

_RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})

#: Slack failed somewhere between taking the call and answering it.
_UNCLEAR = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable", "server_error"})

_TOKEN = frozenset(
    {
        "access_denied",
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)

#: Slack says where in a document it found what a canvas can't show, in so many characters at most.
_DOCUMENT, _DETAIL = frozenset({"canvas_creation_failed", "canvas_editing_failed"}), 200

#: What a person can do about a refusal. Refusals that are not here say their reason alone.
_REMEDIES: Mapping[str, str] = {
    "block_mismatch": "A template of the pack makes blocks that Slack refuses: run `muster check`.",
    "canvas_disabled_user_team": "Canvases are switched off in this workspace; the review is in the file.",
    "canvas_tab_creation_failed": "Slack made no tab in the channel; the review is in the file.",
    "cant_invite": "Invite them by hand: their account may not enter this channel.",
    "channel_not_found": "Invite the bot to the channel, or check the channel's name in the settings.",
    "channel_is_limited_access": "Let the bot post in this channel, in the channel's posting permissions.",
    "file_uploads_disabled": "Allow file uploads in the workspace's settings.",
    "free_team_canvas_tab_already_exists": "This plan has one canvas a channel, and people wrote it: use the file.",
    "invalid_blocks": "A template of the pack makes blocks that Slack refuses: run `muster check`.",
    "invalid_name": "Check the channel name that the pack makes.",
    "is_archived": "Unarchive the channel, or go on in another one.",
    "message_not_found": "The message was deleted in Slack; the timeline still has it.",
    "msg_blocks_too_long": "Shorten the template; the whole text is in the timeline.",
    "msg_too_long": "Shorten the template; the whole text is in the timeline.",
    "name_taken": "Rename the channel that has this name.",
    "not_enabled": "Switch the Home tab on in the app's settings (muster manifest has it).",
    "not_in_channel": "Invite the bot to the channel.",
    "restricted_action": "Ask an admin of the workspace to let apps do this.",
    "restricted_action_read_only_channel": "Let the bot post in this channel, in the channel's posting permissions.",
    "team_not_found": "Check that the token belongs to this workspace.",
    "team_tier_cannot_create_channel_canvases": "This workspace's plan has no canvases; the review is in the file.",
    "thread_not_found": "The message that the thread hangs on was deleted; updates go on in the channel.",
    "too_many_pins": "Take some pins off in this channel.",
    "user_is_restricted": "Ask an admin of the workspace to let apps do this.",
    "user_not_found": "Check the Slack ids of the pack's contacts.",
}


def classify(error: Exception, *, repeatable: bool = False) -> Failure:
    """What a failed call means for whoever made it.

    Args:
        error: what slack_sdk or aiohttp raised.
        repeatable: whether doing it twice is as good as once, so that there is nothing to look for.
    """
    failure = _classify(error)
    if repeatable and isinstance(failure, Unclear):
        return TryAgain(failure.reason, failure.wait)
    return failure


def _classify(error: Exception) -> Failure:
    match error:
        case SlackApiError():
            return _answered(error)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            # No connection, so surely no effect. Proxies, TLS and names that don't resolve are in here too.
            return TryAgain("Slack can't be reached", SOON)
        case TimeoutError():
            return Unclear("Slack did not answer in time", SOON)
        case SlackRequestError():
            return Unclear("the upload did not get through", SOON)
        case _:
            return Unclear(f"the connection to Slack broke ({type(error).__name__})", SOON)


def _answered(error: SlackApiError) -> Failure:
    response = error.response
    # slack_sdk gives its own response, or aiohttp's where it could not read the body.
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    body: Mapping[str, Any] = data if isinstance(data, dict) else {}
    reason = str(body.get("error") or f"http_{status}")
    if status == 429 or reason in _RATE_LIMITED or reason == WORKSPACE_LIMITED:
        why = WORKSPACE_LIMITED if reason == WORKSPACE_LIMITED else RATE_LIMITED
        return TryAgain(why, _retry_after(getattr(response, "headers", {})))
    if reason in _UNCLEAR or status >= 500 or (status == 200 and not body):
        return Unclear(reason, SOON)
    if reason in _TOKEN:
        return TryAgain(reason, WHEN_MENDED)
    if reason == "missing_scope":
        needed = str(body.get("needed") or "that the call needs")
        return Refused(reason, f"Add the scope {needed} in the app's settings and reinstall it.")
    if reason in _DOCUMENT and (detail := str(body.get("detail") or "")):
        return Refused(reason, f"A canvas can't show all of it: {detail[:_DETAIL]}. The review is in the file.")
    return Refused(reason, _REMEDIES.get(reason, ""))


def _retry_after(headers: Mapping[str, Any]) -> timedelta:
    value = next((str(v) for name, v in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(value)
    except ValueError:
        return LATER
    if not 0 <= seconds < float("inf"):
        return LATER
    return min(timedelta(seconds=min(seconds, LONGEST.total_seconds())), LONGEST)
