"""Alerts in words: matchers, labels, and the names of things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import source_name
from bot.domain.alert_rules import Matcher
from bot.domain.judging import Reason, literal
from bot.messages.alert_words import asker, came_to, labelled, matched, valued
from bot.messages.sample_incidents import BEA


@pytest.mark.parametrize(
    ("matcher", "words"),
    [
        (Matcher(), "every alert"),
        (Matcher(alerts=("HighErrorRate",)), "HighErrorRate"),
        (
            Matcher(alerts=("HighErrorRate",), services=("payments",), labels={"env": ("prod",)}),
            "HighErrorRate of payments where env is prod",
        ),
        (Matcher(alerts=("A", "B", "C")), "A, B or C"),
        (Matcher(services=("payments", "checkout")), "everything of payments or checkout"),
        (Matcher(severities=("critical", "page")), "critical or page alerts"),
        (Matcher(alerts=("Disk*",), severities=("warning",)), "Disk* when warning"),
        (Matcher(sources=("pagerduty", "nagios")), "everything from PagerDuty or nagios"),
        (Matcher(labels={"b": ("1", "2"), "a": ("0",)}), "every alert where a is 0 and b is 1 or 2"),
        (Matcher(alerts=tuple("ABCDEFGH")), "A, B, C, D, E or 3 more"),
        (Matcher(alerts=(literal("Is it * up?"),)), "Is it * up?"),
    ],
)
def test_a_matcher_is_said_in_words(matcher: Matcher, words: str) -> None:
    assert matched(matcher) == words


@given(st.text(), st.lists(st.text(min_size=1), max_size=9), st.dictionaries(st.text(), st.just(("x" * 300,))))
def test_any_matcher_is_one_short_line(word: str, words: list[str], labels: dict[str, tuple[str, ...]]) -> None:
    said = matched(Matcher(alerts=(word,), services=tuple(words), labels=labels))
    assert "\n" not in said
    assert len(said) < 1_500


def test_labels_are_said_few_at_a_time_and_without_the_name() -> None:
    labels = {"alertname": "A", "b": "1", "c": "2", "empty": "", "d": "x" * 200, "e": "3"}
    assert str(labelled(labels, 2)) == "b=1 c=2 and 2 more"
    assert str(labelled(labels, 9, ("b", "c", "e"))) == f"d={'x' * 59}…"
    assert not labelled({"alertname": "A"})
    assert str(valued(("web-1", "web-2", "web-3"), 2)) == "web-1 web-2 and 1 more"


def test_monitors_people_and_reasons_are_called_by_their_names() -> None:
    assert [source_name(one) for one in ("alertmanager", "our-monitor")] == ["Alertmanager", "our-monitor"]
    assert [asker(one) for one in (f"person:{BEA}", BEA, "cli:ops@laptop", "odd:name")] == [
        BEA, BEA, "ops@laptop", "odd:name",
    ]  # fmt: skip
    assert all(came_to(reason) != reason.lower() for reason in Reason if reason not in {Reason.MUTED, Reason.SUGGESTED})
    assert came_to("SOMETHING_NEWER") == "something newer"
