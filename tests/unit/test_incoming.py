"""What comes from Slack is looked at before anybody relies on its form."""

from typing import Any

import pytest

from bot.slack.incoming import whole

SHORTCUT: dict[str, Any] = {
    "type": "message_action",
    "callback_id": "task",
    "trigger_id": "1.2.abc",
    "user": {"id": "U0BOB00002"},
    "channel": {"id": "C0GENERAL1", "name": "general"},
    "message": {"type": "message", "user": "U0ALICE001", "ts": "1712345678.000100", "text": "words"},
}
LEFT: dict[str, Any] = {"type": "user_change", "user": {"id": "U0BOB00002", "deleted": True}}


def told(event: dict[str, Any]) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": "Ev1", "event": event}


def test_a_shortcut_and_a_person_who_left_are_taken_as_slack_tells_them() -> None:
    assert whole(SHORTCUT)
    assert whole(SHORTCUT | {"message": SHORTCUT["message"] | {"user": None, "bot_id": "B0MUSTER01"}})
    assert whole(told(LEFT))
    assert whole(told({"type": "app_home_opened", "user": "U0BOB00002", "channel": "D1", "tab": "home"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"callback_id": None},
        {"trigger_id": ["1"]},
        {"user": "U0BOB00002"},
        {"channel": {"id": "general; drop"}},
        {"message": None},
        {"message": "words"},
        {"message": {"text": "words"}},
        {"message": SHORTCUT["message"] | {"ts": 1712345678.0001}},
        {"message": SHORTCUT["message"] | {"text": {"a": 1}}},
        {"message": SHORTCUT["message"] | {"thread_ts": "yesterday"}},
    ],
    ids=repr,
)
def test_a_shortcut_that_lacks_what_each_has_is_refused(wrong: dict[str, Any]) -> None:
    assert not whole(SHORTCUT | wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"user": "U0BOB00002"}, {"user": None}, {"user": {"id": 7}}, {"user": {"id": "U1", "deleted": "yes"}}],
    ids=repr,
)
def test_a_change_of_nobody_is_refused(wrong: dict[str, Any]) -> None:
    assert not whole(told(LEFT | wrong))
