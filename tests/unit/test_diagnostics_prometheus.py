"""How a query over some time is judged, said and drawn."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.diagnostics.checks.prometheus import course
from bot.diagnostics.checks.prometheus.answering import Past
from bot.diagnostics.checks.prometheus.window import Window
from bot.diagnostics.result import MAX_LINES, MAX_POINTS, Measurement, Verdict
from bot.policy.targets.prometheus import MOST_POINTS, PrometheusTarget, QueryRule

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
END = NOW.timestamp()
NAN, INF = math.nan, math.inf


def rule(**more: Any) -> QueryRule:
    return QueryRule.model_validate(
        {"name": "errors", "title": "Errors", "query": "x", "over": "5m", "step": "1m", "unit": "%"} | more
    )


def past(*values: float | None, ends: float = END, step: int = 60, **labels: str) -> Past:
    """A series with a value at each of the last minutes; None where there is no point at all."""
    first = ends - (len(values) - 1) * step
    points = [(first + index * step, value) for index, value in enumerate(values) if value is not None]
    return Past(labels, points)


def judged(*series: Past, **more: Any) -> Measurement:
    asked = rule(**more)
    return course.judge(asked, series, "", Window.of(asked, NOW))


def drawn(measured: Measurement) -> list[list[float | None]]:
    assert measured.chart is not None
    return [[value for _, value in line.points] for line in measured.chart.lines]


def test_a_query_is_asked_for_as_many_points_as_a_chart_takes() -> None:
    assert MOST_POINTS == MAX_POINTS


@pytest.mark.parametrize(
    ("over", "step", "points"),
    [("1s", 1, 2), ("1m", 1, 61), ("4m", 2, 121), ("1h", 30, 121), ("1d", 600, 145), ("366d", 172_800, 184)],
)
def test_the_step_suits_the_time_and_people(over: str, step: int, points: int) -> None:
    window = Window.of(rule(over=over, step=None), NOW)
    assert (window.step, window.points, window.end) == (step, points, END)


def test_a_step_of_ones_own_is_kept_and_the_last_point_is_now() -> None:
    window = Window.of(rule(over="1h", step="7m"), NOW)
    assert (window.step, window.points, window.end - window.start) == (420, 9, 3360)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("1h", "an hour ago"),
        ("1d", "a day ago"),
        ("2d", "2 days ago"),
        ("90m", "90 minutes ago"),
        ("1m", "a minute ago"),
    ],
)
def test_times_are_said_as_people_say_them(over: str, said: str) -> None:
    assert Window.of(rule(over=over, step=None), NOW).ago() == said


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ((0.2, 0.2, 0.3, 1, 5, 7.3), "It was 0.2 % 5 minutes ago, and is 7.3 % now."),
        (
            (0.2, 9.876543, 1, 1, 1, 0.3),
            "It was 0.2 % 5 minutes ago, and is 0.3 % now; at its highest it was 9.877 % at 02:56 UTC.",
        ),
        ((3, 3, 3, 3, 3, 3), "It has been 3 % throughout the last 5 minutes."),
        ((None, None, 3, 3, 3, 3), "It has been 3 % since 02:57 UTC."),
        ((None, NAN, 2, 3, 12_345, 12_345.6), "It was 2 % at 02:57 UTC, and is 12,346 % now."),
    ],
)
def test_how_it_went_is_said_in_a_sentence(values: Sequence[float | None], says: str) -> None:
    assert judged(past(*values)).explanation == says


def test_the_worst_series_is_judged_and_named() -> None:
    found = judged(past(1, 1, pod="p1", job="api"), past(0, 7, pod="p2", job="api"), warn=2, critical=5)
    assert (found.verdict, found.value, found.threshold) == (Verdict.CRITICAL, 7, "warn at 2 %, critical at 5 %")
    assert found.explanation == ('The worst of 2 series (job="api", pod="p2") was 0 % at 02:59 UTC, and is 7 % now.')
    assert found.facts == {"job": "api", "pod": "p2"}
    assert found.rows is not None
    assert found.rows.columns == ("pod", "first", "lowest", "highest", "now")
    assert found.rows.rows == (("p2", 0, 0, 7, 7), ("p1", 1, 1, 1, 1))


def test_where_low_is_bad_the_lowest_series_is_the_worst() -> None:
    found = judged(past(9, 1, 3, pod="p1"), past(9, 9, 9, pod="p2"), below=True, warn=3, critical=2)
    assert (found.verdict, found.value) == (Verdict.WARN, 3)
    assert found.explanation.endswith("is 3 % now; at its lowest it was 1 % at 02:59 UTC.")


@pytest.mark.parametrize(
    ("of", "value", "says"),
    [
        ("last", 4, "It was 2 % 5 minutes ago, and is 4 % now; at its highest it was 10 % at 02:57 UTC."),
        ("max", 10, "It was 10 % at its highest, at 02:57 UTC, and is 4 % now."),
        ("min", 1, "It was 1 % at its lowest, at 02:58 UTC, and is 4 % now."),
        ("avg", 4, "It was 4 % on average over the last 5 minutes, and is 4 % now."),
        ("increase", 12, "It grew by 12 % over the last 5 minutes, and is 4 % now."),
    ],
)
def test_another_part_of_the_series_may_be_judged(of: str, value: float, says: str) -> None:
    found = judged(past(2, 3, 10, 1, NAN, 4), of=of)
    assert (found.value, found.explanation) == (value, says)


def test_the_limits_are_drawn_only_where_the_line_is_what_is_judged() -> None:
    for of, threshold, limit in (
        ("max", "warn at 2 %, for the highest value", 2),
        ("avg", "warn at 2 %, for the average", None),
    ):
        found = judged(past(1, 4), of=of, warn=2)
        assert found.chart is not None
        assert (found.threshold, found.chart.warn) == (threshold, limit)


def test_a_series_that_has_ended_does_not_count_as_it_is_now() -> None:
    found = judged(past(9, 9, ends=END - 180, pod="old"), past(1, 2, pod="new"), warn=5)
    assert (found.verdict, found.value) == (Verdict.OK, 2)
    assert found.explanation.endswith("is 2 % now. 1 of 2 have no value now.")
    assert found.rows is not None
    assert found.rows.rows[-1] == ("old", 9, 9, 9, None)


def test_a_series_that_has_ended_still_has_its_highest_value() -> None:
    found = judged(past(7, 9, ends=END - 180), of="max", warn=5)
    assert found.verdict is Verdict.WARN
    assert found.explanation == "It was 9 % at its highest, at 02:57 UTC, and has had no value since 02:57 UTC."


def test_series_that_have_all_ended_are_no_data_with_a_chart() -> None:
    found = judged(past(9, 9, ends=END - 240), past(9, ends=END - 180), warn=5)
    assert (found.verdict, found.value) == (Verdict.NO_DATA, None)
    assert found.explanation.startswith("None of 2 series has a value now, the last was at 02:57 UTC: there is nothing")
    assert found.chart is not None


@pytest.mark.parametrize(
    ("series", "says"),
    [
        ((), "No series matches the query over the last 5 minutes: there is nothing to judge."),
        ((past(NAN, NAN),), "Every series is NaN over the last 5 minutes: there is nothing to judge."),
        ((past(), past()), "Every series is NaN over the last 5 minutes: there is nothing to judge."),
    ],
)
def test_without_any_value_there_is_nothing_to_judge_or_draw(series: tuple[Past, ...], says: str) -> None:
    found = judged(*series, critical=0, below=True)
    assert (found.verdict, found.explanation, found.chart) == (Verdict.NO_DATA, says, None)


def test_an_endless_value_is_critical_and_a_gap_in_the_chart() -> None:
    found = judged(past(1, 2, INF), critical=5)
    assert (found.verdict, found.value) == (Verdict.CRITICAL, None)
    assert found.explanation == "It was 1 % at 02:58 UTC, and is inf % now."
    assert drawn(found) == [[None, None, None, 1, 2, None]]


def test_missing_points_and_those_without_a_number_are_gaps() -> None:
    assert drawn(judged(past(1, None, 3, NAN, -INF, 6))) == [[1, None, 3, None, None, 6]]


def test_a_server_that_moves_the_points_is_understood() -> None:
    moved = judged(past(1, 2, 3, ends=END - 29), past(4, None, ends=END - 29))
    assert drawn(moved) == [[None, None, None, None, 4, None], [None, None, None, 1, 2, 3]]
    later = judged(past(1, 2, ends=END + 31))
    assert drawn(later) == [[None, None, None, None, 1, 2]]


def test_points_outside_of_what_was_asked_are_left_out() -> None:
    assert drawn(judged(past(*range(500))))[0] == [494, 495, 496, 497, 498, 499]


def test_a_chart_has_the_worst_eight_and_says_so() -> None:
    found = judged(*(past(number, number, pod=f"p{number:02}") for number in range(20)), warn=5)
    assert found.chart is not None
    assert [line.label for line in found.chart.lines] == [f"p{number}" for number in range(19, 19 - MAX_LINES, -1)]
    assert found.chart.says == (
        'Errors from 02:55 to 03:00 UTC: the worst of 20 series (pod="p19") has been 19 % since 02:59 UTC; '
        "warn at 5 %. 8 of 20 series are drawn."
    )


def test_over_days_moments_have_their_day() -> None:
    found = judged(past(1, 9, 2, step=86_400), over="2d", step="1d")
    assert (
        found.explanation == "It was 1 % 2 days ago, and is 2 % now; at its highest it was 9 % on 28 Feb at 03:00 UTC."
    )
    assert found.chart is not None
    assert found.chart.says.startswith("Errors from 27 Feb 03:00 to 1 Mar 03:00 UTC: it was")


def test_lines_are_named_by_the_labels_that_set_them_apart() -> None:
    found = judged(past(3, a="1", b="1", c="x"), past(2, a="1", b="2", c="x"), past(1, a="2", c="x"))
    assert found.chart is not None
    assert [line.label for line in found.chart.lines] == ["a=1, b=1", "a=1, b=2", "a=2"]
    alone = judged(past(3, a="1")).chart
    assert alone is not None
    assert [line.label for line in alone.lines] == ["Errors"]


def test_a_secret_in_a_label_is_nowhere() -> None:
    token = "xoxb-1234567890-abcdefghij"
    found = judged(past(3, bot=token, pod="p1"), past(1, bot="b", pod="p2"), critical=1)
    assert token not in repr(found)
    assert found.facts == {"pod": "p1"}


@pytest.mark.parametrize(
    ("more", "key", "says"),
    [
        ({"step": "30s"}, "step", "add `over`, such as 1h"),
        ({"of": "max"}, "of", "a value such as `max` only over some time"),
        ({"over": "5m", "step": "10m"}, "step", "longer than `over`"),
        ({"over": "1h", "step": "15s"}, "step", "over 240 points: write 16s or more"),
    ],
)
def test_times_that_do_not_fit_together_are_refused(more: dict[str, str], key: str, says: str) -> None:
    section = {
        "kind": "prometheus",
        "name": "it",
        "url": "http://host",
        "queries": [{"name": "a", "query": "b"} | more],
    }
    ((where, message),) = PrometheusTarget.model_validate(section).wrong()
    assert where == ("queries", 0, key)
    assert says in message


def test_the_shortest_step_that_is_advised_is_taken() -> None:
    assert not list(rule(over="1h", step="16s").wrong())
    assert timedelta(seconds=16) * (MAX_POINTS - 1) >= timedelta(hours=1)
