"""What a failed call means."""

import socket
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.application.ports import Refused, TryAgain, Unclear
from bot.slack.failures import LONGEST, WHEN_MENDED, classify


def answer(
    error: str | None = None, status: int = 200, headers: dict[str, str] | None = None, **more: Any
) -> Exception:
    """What slack_sdk raises for an answer of Slack's."""
    data = {"ok": False, "error": error, **more} if error else {}
    response = SimpleNamespace(status_code=status, data=data, headers=headers or {})
    return api_error(response)


def api_error(response: object) -> Exception:
    return SlackApiError("the request failed", response)  # type: ignore[no-untyped-call] # slack_sdk ships it untyped


def no_connection() -> Exception:
    key: Any = SimpleNamespace(host="slack.test", port=443, is_ssl=True, ssl=True)
    return aiohttp.ClientConnectorDNSError(key, socket.gaierror(-2, "Name or service not known"))


def test_a_rate_limit_waits_as_long_as_slack_says() -> None:
    failure = classify(answer("ratelimited", 429, {"Retry-After": "30"}))
    assert isinstance(failure, TryAgain)
    assert failure.wait == timedelta(seconds=30)


@given(st.text(max_size=20))
def test_whatever_retry_after_says_the_wait_is_bounded(value: str) -> None:
    failure = classify(answer("ratelimited", 429, {"retry-after": value}))
    assert isinstance(failure, TryAgain)
    assert timedelta() <= failure.wait <= LONGEST


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e400", "999999999"])
def test_an_absurd_retry_after_is_not_believed(value: str) -> None:
    failure = classify(answer(None, 429, {"Retry-After": value}))
    assert isinstance(failure, TryAgain)
    assert timedelta() < failure.wait <= LONGEST


def test_a_call_that_never_connected_surely_did_nothing() -> None:
    for error in (no_connection(), aiohttp.ConnectionTimeoutError()):
        assert isinstance(classify(error), TryAgain)


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "reset"),
        aiohttp.ClientPayloadError(),
        answer("fatal_error"),
        answer("internal_error"),
        answer("request_timeout"),
        answer("service_unavailable"),
        answer(None, 500),
        answer(None, 503),
        answer(None, 200),
        SlackRequestError("Failed to upload a file"),
        RuntimeError("Session is closed"),
    ],
    ids=repr,
)
def test_an_answer_that_never_came_is_unclear_unless_the_call_may_be_repeated(error: Exception) -> None:
    assert isinstance(classify(error), Unclear)
    assert isinstance(classify(error, repeatable=True), TryAgain)


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive", "not_authed"])
def test_trouble_with_the_token_can_be_mended_so_nothing_is_given_up(error: str) -> None:
    failure = classify(answer(error))
    assert isinstance(failure, TryAgain)
    assert failure.wait == WHEN_MENDED


def test_a_missing_scope_is_named_with_what_to_do() -> None:
    failure = classify(answer("missing_scope", needed="pins:write", provided="chat:write"))
    assert isinstance(failure, Refused)
    assert failure.remedy == "Add the scope pins:write in the app's settings and reinstall it."


@pytest.mark.parametrize(
    "error",
    ["is_archived", "restricted_action", "not_in_channel", "channel_not_found", "msg_too_long", "invalid_blocks"],
)
def test_a_refusal_keeps_slacks_reason_and_says_what_a_person_can_do(error: str) -> None:
    failure = classify(answer(error))
    assert isinstance(failure, Refused)
    assert failure.reason == error
    assert failure.remedy


def test_an_unknown_refusal_is_a_refusal() -> None:
    failure = classify(answer("something_new"))
    assert isinstance(failure, Refused)
    assert failure.reason == "something_new"


def test_a_body_that_slack_sdk_could_not_read_is_unclear() -> None:
    raw = SimpleNamespace(status=502, headers={})
    assert isinstance(classify(api_error(raw)), Unclear)
