"""What no single field shows: names that clash or are unknown, what nobody can come to, and clocks that never ring."""

from collections.abc import Iterator

from bot.policy.schema import PolicyFile
from bot.policy.sense.actions import ChecksOf, actions
from bot.policy.sense.alerts import alerts
from bot.policy.sense.calendars import calendar
from bot.policy.sense.clocks import clocks
from bot.policy.sense.finding import Finding, Place
from bot.policy.sense.outside import ThresholdsOf, outside
from bot.policy.sense.people import people
from bot.policy.sense.procedures import procedures
from bot.policy.sense.reviews import reviews
from bot.policy.sense.statuses import statuses
from bot.policy.sense.steps import steps
from bot.policy.sense.words import words

__all__ = ["ChecksOf", "Finding", "Place", "ThresholdsOf", "findings"]

_TOPICS = (words, statuses, people, calendar, clocks, steps, procedures, reviews, alerts)


def findings(
    file: PolicyFile, thresholds_of: ThresholdsOf | None = None, checks_of: ChecksOf | None = None
) -> Iterator[Finding]:
    """Every contradiction in a policy whose shape is right, each with its place.

    Args:
        file: the policy.
        thresholds_of: what the diagnostics know, so that targets are checked as well; None leaves them unchecked.
        checks_of: the same for the names of checks.
    """
    for topic in _TOPICS:
        yield from topic(file)
    yield from outside(file, thresholds_of)
    yield from actions(file, checks_of)
