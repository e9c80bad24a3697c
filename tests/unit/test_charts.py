"""What stands beside a chart, and what is told to the process that draws it."""

import json
import math
import sys
from dataclasses import asdict
from subprocess import run
from typing import Any

import pytest

from bot.charts.axes import apart, heights, number, short, span, times, values
from bot.charts.order import MOST, NoOrder, Order, read, written
from bot.diagnostics.result import MAX_LINES, MAX_POINTS, Chart, Line

#: 21 November 2026, 14:55 UTC.
AT = 1_795_272_900.0
HOUR, DAY = 3600, 86_400
CHART = Chart(lines=(Line(label="p1", points=((AT, 1.0), (AT + 60, None), (AT + 120, 3.5))),), unit="%", warn=2.0)


def test_who_asks_for_a_picture_does_not_load_what_draws() -> None:
    code = (
        "import sys, bot.charts; sys.exit(any(name.split('.')[0] in ('matplotlib', 'numpy') for name in sys.modules))"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("start", "end", "texts"),
    [
        (AT - HOUR, AT, ["14:00", "14:15", "14:30", "14:45"]),
        (AT - 60, AT, ["14:54:00", "14:54:15", "14:54:30", "14:54:45", "14:55:00"]),
        (AT - DAY, AT, ["18:00\n20 Nov", "00:00\n21 Nov", "06:00", "12:00"]),
        (AT - 7 * DAY, AT, ["15 Nov", "17 Nov", "19 Nov", "21 Nov"]),
        (AT, AT, ["14:55:00"]),
    ],
)
def test_times_are_round_and_in_utc(start: float, end: float, texts: list[str]) -> None:
    assert [text for _, text in times(start, end)] == texts


@pytest.mark.parametrize("length", [1, 59, 61, 300, 7200, DAY, 3 * DAY, 31 * DAY, 366 * DAY])
def test_times_are_few_and_within(length: int) -> None:
    found = [at for at, _ in times(AT, AT + length)]
    assert 1 <= len(found) <= 7
    assert AT <= found[0] <= found[-1] <= AT + length


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "21 Nov 2026, UTC"),
        (7, "14–21 Nov 2026, UTC"),  # noqa: RUF001 (between days stands a dash)
        (30, "22 Oct – 21 Nov 2026, UTC"),  # noqa: RUF001
        (366, "20 Nov 2025 – 21 Nov 2026, UTC"),  # noqa: RUF001
    ],
)
def test_the_days_of_a_chart_are_said(days: int, said: str) -> None:
    assert span(AT - days * DAY, AT) == said


@pytest.mark.parametrize(
    ("shown", "limits", "expected"),
    [
        ([0.2, 7.3], [1, 5], (0, 7.3)),
        ([0.1, 0.3], [1, 5], (0, 1)),  # at 5 the lines would lie on the ground
        ([0, 0], [], (0, 1)),
        ([0, 0], [1, 5], (0, 5)),
        ([7, 7], [], (0, 7)),
        ([-7, -7], [], (-7, 0)),
        ([99.2, 99.9], [99.5, 100.5], (99.2, 100.5)),
        ([-3, 5], [], (-3, 5)),
        ([-9, -1], [], (-9, 0)),
        ([-10, -9], [], (-10, -9)),
        ([1e9, 1e9 + 1e-3], [], (1e9, 1.1e9)),
    ],
)
def test_the_heights_suit_the_lines_and_the_limits_nearby(
    shown: list[float], limits: list[float], expected: tuple[float, float]
) -> None:
    assert heights(shown, limits) == expected


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 7.3, ["0", "2", "4", "6"]),
        (0, 1, ["0", "0.25", "0.5", "0.75", "1"]),
        (99.2, 99.97, ["99.2", "99.4", "99.6", "99.8"]),
        (1e9, 1e9 + 2040, ["1G", "1.000001G", "1.000002G"]),
        (-1e100, 1e100, ["-1e+100", "-5e+99", "0", "5e+99", "1e+100"]),
    ],
)
def test_values_beside_a_chart_are_round_and_told_apart(low: float, high: float, texts: list[str]) -> None:
    found, digits = values(low, high)
    assert [number(value, digits) for value in found] == texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7.3712, "7.37"),
        (0.00012345, "0.000123"),
        (4000, "4000"),
        (12_345, "12.3k"),
        (999_999, "1000k"),
        (1.56e12, "1.56T"),
        (-2.5e6, "-2.5M"),
        (1e100, "1e+100"),
    ],
)
def test_a_number_is_short(value: float, text: str) -> None:
    assert number(value) == text


def test_a_long_name_keeps_both_its_ends() -> None:
    assert short("checkout-7d9f8c6b5-x2k9p", 11) == "check…x2k9p"
    assert short("A long title, and on", 14, middle=False) == "A long title,…"
    assert short("short", 5) == "short"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([50], [50]),
        ([10, 90, 50], [10, 90, 50]),
        ([50, 50, 50], [40, 50, 60]),
        ([2, 0, 1], [20, 0, 10]),
        ([100, 99], [100, 90]),
        ([19, 21, 36], [15, 25, 36]),
        ([50] * 21, [5.0 * place for place in range(21)]),
    ],
)
def test_names_stand_apart_and_as_near_as_possible(wanted: list[float], expected: list[float]) -> None:
    assert apart(wanted, 10, 0, 100) == pytest.approx(expected)


def test_an_order_is_read_as_it_was_written() -> None:
    order = Order(CHART, "Errors")
    assert read(written(order)) == order


def test_what_cannot_be_drawn_is_taken_out_of_an_order() -> None:
    points = ((AT + 60, math.inf), (AT, math.nan), (AT - 60, 1e300), (AT + 120, 1e-300), (AT + 180, -1e300))
    chart = Chart(lines=(Line(label="a\nb\x00\ud800", points=points),), critical=math.inf)
    (line,) = (told := read(written(Order(chart, "x"))).chart).lines
    assert line.points == ((AT - 60, 1e100), (AT, None), (AT + 60, None), (AT + 120, 0), (AT + 180, -1e100))
    assert (line.label, told.critical) == ("a b\ufffd\ufffd", None)


def test_an_order_is_bounded() -> None:
    many = Line(label="x" * 10_000, points=tuple((AT + number, 1.0) for number in range(MAX_POINTS + 9)))
    told = read(written(Order(Chart(lines=(many,) * (MAX_LINES + 2)), "y" * 10_000)))
    assert [len(line.points) for line in told.chart.lines] == [MAX_POINTS] * MAX_LINES
    assert max(len(told.title), len(told.chart.lines[0].label)) <= 300


def told(**changed: Any) -> bytes:
    return json.dumps({"chart": asdict(CHART) | changed, "title": "x"}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b"{}",
        b'{"chart": {"lines": []}}',
        b'{"chart": {"lines": []}, "title": 7}',
        told(lines=7),
        told(lines=[{"label": 7, "points": []}]),
        told(lines=[{"label": "a", "points": [[1]]}]),
        told(lines=[{"label": "a", "points": [["now", 1]]}]),
        told(lines=[{"label": "a", "points": [[1e300, 1]]}]),
        told(lines=[{"label": "a", "points": [[-1, 1]]}]),
        told(lines=[{"label": "a", "points": [[1, {}]]}]),
        told(warn="high"),
        b" " * (MOST + 1),
    ],
)
def test_garbage_is_no_order(data: bytes) -> None:
    with pytest.raises(NoOrder):
        read(data)
