"""The manifest asks for what the bot uses, in the form that Slack takes."""

import pytest

from bot.slack.manifest import EVENTS, SHORTCUTS, manifest


@pytest.mark.parametrize("socket", [True, False], ids=["socket", "http"])
def test_the_home_tab_and_the_menu_entry_are_switched_on(*, socket: bool) -> None:
    made = manifest("/incident", "https://bot.example", socket=socket)
    assert made["features"]["app_home"]["home_tab_enabled"] is True
    assert [(entry["type"], entry["callback_id"]) for entry in made["features"]["shortcuts"]] == [("message", "task")]
    assert {"app_home_opened", "user_change"} <= set(made["settings"]["event_subscriptions"]["bot_events"])
    assert "canvases:write" in made["oauth_config"]["scopes"]["bot"]


def test_the_entries_of_the_menu_are_as_short_as_slack_wants_them() -> None:
    entries = manifest("/incident", None, socket=True)["features"]["shortcuts"]
    assert all(len(entry["name"]) <= 24 and len(entry["description"]) <= 150 for entry in entries)
    assert len(SHORTCUTS) <= 10
    assert list(EVENTS) == sorted(set(EVENTS))
