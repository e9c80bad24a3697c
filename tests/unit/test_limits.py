"""The table of Slack's limits: complete, and the same as the sandbox's."""

import re
from datetime import timedelta

import pytest

from bot.paths import RUNBOOKS
from bot.sandbox.api import limits as sandbox
from bot.slack.limits import LIMITS, POST, UPLOAD, bucket, tier

SLACK = RUNBOOKS.parent / "bot" / "slack"
_ROOMS = "apps|auth|bookmarks|bots|canvases|chat|conversations|files|pins|reactions|team|usergroups|users|views"
CALLED = sorted(
    {found for path in SLACK.rglob("*.py") for found in re.findall(rf'"((?:{_ROOMS})\.[a-zA-Z.]+)"', path.read_text())}
)


@pytest.mark.parametrize("method", CALLED)
def test_every_method_that_is_called_has_its_limit(method: str) -> None:
    assert method in LIMITS


@pytest.mark.parametrize("method", sorted(set(LIMITS) - {POST, UPLOAD}))
def test_slack_and_the_sandbox_agree_on_the_tiers(method: str) -> None:
    limit, kept = LIMITS[method], sandbox.TIER_OF[method]
    assert limit is None or kept is not None
    assert limit is None or limit == tier(sandbox.TIERS[kept or 0])


def test_a_channels_messages_come_no_faster_than_slack_takes_them() -> None:
    limit = LIMITS[POST]
    assert limit is not None
    assert limit.burst <= sandbox.POST_BURST
    assert limit.interval > timedelta(seconds=1)


def test_messages_are_counted_by_channel_and_everything_else_by_method() -> None:
    post, topic = bucket(POST, "C1"), bucket("conversations.setTopic", "C1")
    assert post is not None
    assert topic is not None
    assert (post.name, topic.name) == ("chat.postMessage|C1", "conversations.setTopic")
    assert bucket("views.open", None) is None


def test_a_method_that_nobody_thought_of_is_held_back_like_most() -> None:
    unknown = bucket("something.new", None)
    assert unknown is not None
    assert unknown.limit == tier(20)
