from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.durations import LONGEST, format_duration, parse_duration


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("366d", LONGEST),
    ],
)
def test_a_duration_is_a_number_and_a_unit(written: str, meant: timedelta) -> None:
    assert parse_duration(written) == meant


@pytest.mark.parametrize("written", ["", "15", "m", "15 m", "1h30m", "-5m", "1.5h", "15min", "15M", "\u0661m", "5m\n"])
def test_anything_else_is_answered_with_how_to_write_it(written: str) -> None:
    with pytest.raises(ValueError, match="90s, 15m, 4h or 2d"):
        parse_duration(written)


@pytest.mark.parametrize("written", ["0m", "367d", "99999999h"])
def test_a_clock_that_could_never_ring_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"never runs|longer than 366 days"):
        parse_duration(written)


@given(st.integers(min_value=1, max_value=366 * 86_400))
def test_what_is_written_reads_back_the_same(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.text())
def test_any_text_is_a_duration_or_refused_with_a_sentence(text: str) -> None:
    found: timedelta | None
    try:
        found = parse_duration(text)
    except ValueError as error:
        found = timedelta(seconds=1) if str(error) else None
    assert found
    assert found <= LONGEST
