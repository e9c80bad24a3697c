"""Clocks that contradict each other, or can never ring: those of severities, of texts and of follow-ups."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import pairwise

from bot.domain.procedures import Audience
from bot.domain.rules import StatusPage
from bot.policy.durations import format_duration
from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile, SeverityRule
from bot.policy.sections import TextRule
from bot.policy.sense.finding import Finding, Place


def clocks(file: PolicyFile) -> Iterator[Finding]:
    """The clocks of severities and texts that cannot do what they are there for."""
    for index, severity in enumerate(file.severities):
        place: Place = ("severities", index)
        yield from _in_order(place, severity)
        yield from _status_page(place, severity, file.texts)
    for index, text in enumerate(file.texts):
        yield from _text(("texts", index), text, file)


def _in_order(place: Place, severity: SeverityRule) -> Iterator[Finding]:
    """A later act cannot have the earlier target, or one of the two clocks says nothing."""
    order = ("acknowledge_within", "mitigate_within", "resolve_within")
    given = [(key, value) for key in order if isinstance(value := getattr(severity, key), timedelta)]
    for (before, earlier), (after, later) in pairwise(given):
        if later < earlier:
            spans = f"`{after}` ({format_duration(later)}) ends before `{before}` ({format_duration(earlier)})"
            yield (*place, after), f"{spans}. Make it the same or longer."


def _status_page(place: Place, severity: SeverityRule, texts: Iterable[TextRule]) -> Iterator[Finding]:
    if severity.status_page_within is None:
        return
    at = (*place, "status_page_within")
    if severity.status_page is StatusPage.NONE:
        yield at, "It never rings: nothing is published. Add `status_page: public` (or internal), or drop it."
        return
    fitting = (text for text in texts if not text.severities or severity.name in text.severities)
    if all(text.audience is not Audience.STATUS_PAGE for text in fitting):
        message = f"Nothing answers it: add a text with `audience: status-page` for {severity.name}, or drop it."
        yield at, message


def _text(place: Place, text: TextRule, file: PolicyFile) -> Iterator[Finding]:
    """A text's clock runs while the incident does, in the severities and statuses that it is for."""
    timed = [key for key in ("within", "every", "with_updates") if getattr(text, key)]
    if text.with_updates and text.every:
        yield (*place, "every"), "It is due `with_updates` already. Keep one of the two."
    if text.with_updates and not any(
        severity.update_every for severity in file.severities if not text.severities or severity.name in text.severities
    ):
        message = "It is never due: none of its severities has `update_every`. Write `every`, or drop `with_updates`."
        yield (*place, "with_updates"), message
    over = [status.name for status in file.statuses if status.category.over]
    if timed and text.statuses and all(name in over for name in text.statuses):
        said = ", ".join(quoted(name) for name in text.statuses)
        message = f"It never rings: in {said} the incident is over. Drop it; a follow-up asks for things afterwards."
        yield (*place, timed[0]), message
