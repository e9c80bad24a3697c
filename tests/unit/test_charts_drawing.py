"""What a chart shows, by the colours on the paper."""

import importlib
import io
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from bot.charts.order import Order, read, written
from bot.diagnostics.result import Chart, Line

AT = 1_795_272_900.0
CRITICAL, WARN, INK = "#c8102e", "#b26a00", "#1d1c1d"
LINES = ("#1264a3", "#0b7a5e", "#7b3fa0", "#2389c9", "#8a5a2b", "#c2418c", "#5c6b1f", "#4a5568")

#: For each colour of a chart, the columns of pixels in which it is.
Paper = dict[str, list[int]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Chart], Paper]:
    """Draws a chart as the process that draws does, and looks at it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
        draw = importlib.import_module("bot.charts.drawing").draw
        look: Any = importlib.import_module("matplotlib.image").imread

    def paper(chart: Chart) -> Paper:
        order = read(written(Order(chart, "支払い $\\frac{ " * 20)))
        pixels = (look(io.BytesIO(draw(order.chart, order.title)))[..., :3] * 255).round().astype(int)
        assert pixels.shape == (500, 1200, 3)
        whole = pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]
        return {
            colour: sorted({int(column) for column in (whole == int(colour[1:], 16)).nonzero()[1]})
            for colour in (*LINES, CRITICAL, WARN, INK)
        }

    return paper


def line(label: str, *values: float | None) -> Line:
    return Line(label=label, points=tuple((AT + 60 * index, value) for index, value in enumerate(values)))


def widest_gap(columns: list[int]) -> int:
    return max(after - before for before, after in pairwise(columns))


def test_limits_are_drawn_from_one_end_to_the_other(drawn: Callable[[Chart], Paper]) -> None:
    shown = drawn(Chart(lines=(line("a", 1, 3),), warn=2, critical=2.5))
    for colour in (WARN, CRITICAL):
        assert shown[colour][-1] - shown[colour][0] > 900
    plain = drawn(Chart(lines=(line("a", 1, 3),)))
    assert plain[WARN] == plain[CRITICAL] == []


def test_a_limit_that_is_far_away_is_only_named(drawn: Callable[[Chart], Paper]) -> None:
    shown = drawn(Chart(lines=(line("a", 1, 3),), critical=1000))
    assert 0 < shown[CRITICAL][-1] - shown[CRITICAL][0] < 300


def test_a_gap_is_a_gap(drawn: Callable[[Chart], Paper]) -> None:
    whole = drawn(Chart(lines=(line("a", *[5.0] * 21),)))
    parted = drawn(Chart(lines=(line("a", *[5.0] * 5, *[None] * 10, *[5.0] * 6),)))
    assert widest_gap(whole[LINES[0]]) < 60
    assert widest_gap(parted[LINES[0]]) > 450


def test_a_point_between_two_gaps_is_seen(drawn: Callable[[Chart], Paper]) -> None:
    shown = drawn(Chart(lines=(line("a", 5, 5, None, None, None, 5, None, None, None, 5, 5),)))
    assert 350 < widest_gap(shown[LINES[0]]) < 450


def test_eight_lines_with_long_names_have_a_colour_each(drawn: Callable[[Chart], Paper]) -> None:
    names = [f"checkout-service-7d9f8c6b5-{number}x2k9p" * 5 for number in range(8)]
    shown = drawn(Chart(lines=tuple(line(name, place, place + 1) for place, name in enumerate(names)), unit="req/s"))
    assert all(shown[colour] and shown[colour][-1] < 1190 for colour in LINES)


def test_the_declaration_is_an_upright_line_where_it_is_within(drawn: Callable[[Chart], Paper]) -> None:
    within, before = (drawn(Chart(lines=(line("a", 1, 1, 1),), mark=mark)) for mark in (AT + 60, AT - 60))
    assert set(within[INK]) - set(before[INK])


@pytest.mark.parametrize(
    "chart",
    [
        Chart(lines=()),
        Chart(lines=(line("", 0),)),
        Chart(lines=(line("zero", 0, 0, 0),), warn=1e9, critical=-1e9),
        Chart(lines=(line("far", 1e308, -1e308), line("near", 1e-308, None)), warn=1e308, critical=-1e308),
        Chart(lines=(line("a", None, 1e9, 1e9 + 1e-6), line("none", None, None)), mark=AT, unit="requests per second"),
        Chart(
            lines=(line("支払い 😀 متجر \ud800 $x^2_{", -1, -2), line("$", -1.5, -1.5)),
            unit="$",
            warn=-1,
            critical=-1.01,
        ),
    ],
    ids=["nothing", "one point", "zero", "huge", "nearly alike", "any script"],
)
def test_what_is_hard_to_draw_is_drawn(drawn: Callable[[Chart], Paper], chart: Chart) -> None:
    assert drawn(chart)
