"""Sentences of forms: text of the policy's and of people's as Slack's mrkdwn, times, and who is meant."""

from collections.abc import Iterable
from datetime import datetime

from bot.messages.cut import cut
from bot.messages.filters import clock, mention, slack_text
from bot.messages.runs import mrkdwn


def words(text: str, limit: int = 3000) -> str:
    """Text that somebody wrote: it can ping nobody and format nothing."""
    return cut(slack_text(text).runs, limit, note="…")


def advice(text: str, limit: int = 600) -> str:
    """Text of the policy's, in which `words like these` are code."""
    return cut(slack_text(text, code=True).runs, limit, note="…")


def at(moment: datetime) -> str:
    """A time of day in the reader's own zone."""
    return mrkdwn(clock(moment).runs)


def people(ids: Iterable[str]) -> str:
    """People and groups by their ids, as mentions; in a form nobody is notified by that."""
    return ", ".join(mrkdwn(mention(one).runs) for one in ids)
