"""How lines of logs are counted, shaped, timed and judged, whatever they come from."""

import io
import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.diagnostics.checks.logs import reader
from bot.diagnostics.checks.logs.counting import Span, Tally
from bot.diagnostics.checks.logs.files import File, judge_files
from bot.diagnostics.checks.logs.judge import Seen, judge, rated
from bot.diagnostics.checks.logs.shape import shape, top
from bot.diagnostics.checks.logs.times import clock
from bot.diagnostics.result import MAX_POINTS, Verdict
from bot.policy.targets.logs import PatternRule

AT = datetime(2026, 3, 1, 3, tzinfo=UTC).timestamp()


def rule(**keys: Any) -> PatternRule:
    return PatternRule.model_validate({"name": "it", "match": "x"} | keys)


def seen(before: int, within: int, *, window: float = 900, **more: Any) -> Seen:
    tally = Tally(Span(AT, window))
    tally.add(AT - window, before)
    tally.add(AT, within)
    return Seen(span=tally.span, counts=tally.counts, first=tally.first, **more)


@given(some.floats(60, 86_400), some.floats(-100_000, 200))
def test_every_moment_of_both_windows_is_in_one_bin(window: float, ahead: float) -> None:
    span = Span(AT, window)
    assert 2 <= 2 * span.bins <= MAX_POINTS
    index = span.bin(AT + ahead)
    if index is None:
        assert AT + ahead <= span.before or ahead > 60
    else:
        assert 0 <= index < 2 * span.bins
        assert (index >= span.bins) is (AT + ahead > span.start) or abs(AT + ahead - span.start) < 1e-3


def test_a_moment_at_the_edge_belongs_to_the_window_that_ends_there() -> None:
    tally = Tally(Span(AT, 60))
    assert [tally.add(AT - at) for at in (120, 119.9, 60, 59.9, 0, -60, -60.1)] == [
        *(False, False, False),
        *(True, True, True),
        False,
    ]
    assert (tally.counts, tally.first) == ([2, 3], AT - 59.9)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("2026-03-01T02:59:12.123Z ERROR payment 4711 failed", "ERROR payment ? failed"),
        ("[2026-03-01 02:59:12,123] worker-17 can't, won't", "worker-? can't, won't"),
        ("GET took 1200ms, 12% of 3.5MiB at 10.0.0.1:5432", "GET took ?ms, ?% of ?MiB at ?"),
        ("no order ord_8f7a2c 'for a guest' \"today\"", "no order ord_? ? ?"),
        ("550e8400-e29b-41d4-a716-446655440000 deadbeefdeadbeefcafe 0xdeadbeef", "? ? ?"),
        ('{"level":"error","msg":"timeout of 30 s for bob@example.com","id":7}', "timeout of ? s for ***"),
        ('{"level":"error","code":7}', "{?:?,?:?}"),
        ("{broken 7", "{broken ?"),
        ('ts=2026-03-01T02:59:12Z level=error msg="cannot reach db 3" n=3', "cannot reach db ?"),
        ('1.2.3.4 - - [x] "GET /orders/17 HTTP/1.1" 502 12', '? - - [x] "GET /orders/? HTTP/?" 502 ?'),
        ("password=hunter2 sk_live_abcdefghijklmnop", "password=*** ***"),
        ("at 2026-03-01 02:59:12 it was late", "at ? it was late"),
        ("2026-03-01T02:59:12Z", "(empty)"),
        ("", "(empty)"),
    ],
)
def test_a_line_is_known_by_what_it_says_and_not_by_what_varies(line: str, says: str) -> None:
    assert shape(line) == says


@given(some.text(max_size=5000))
def test_any_line_has_a_short_shape(line: str) -> None:
    assert 0 < len(shape(line)) <= 200


def test_the_commonest_shapes_come_first_and_are_ten() -> None:
    lines = [f"{kind} failed after {number} s" for kind in "abcdefghijkl" for number in range(ord(kind) - 90)]
    found = top(lines)
    assert len(found) == 10
    assert found[0] == ("l failed after ? s", 18)


@pytest.mark.parametrize(
    ("written", "text", "seconds"),
    [
        ("iso", "2026-03-01T03:00:00Z", 0),
        ("iso", "2026-03-01 04:00:00 +0100", 0),
        ("iso", "2026-03-01 03:00", 0),
        ("iso", "2026-02-30 03:00:00", None),
        ("epoch", f"{AT + 1}", 1),
        ("epoch", "1e300", None),
        ("epoch", "nan", None),
        ("epoch_ms", f"{AT * 1000:.0f}", 0),
        ("%d/%b/%Y:%H:%M:%S %z", "01/Mar/2026:03:00:00 +0000", 0),
        ("%b %d %H:%M:%S", "Mar  1 03:00:00", 0),
        ("%b %d %H:%M:%S", "Mar  2 02:59:59", 86_399),
        ("%b %d %H:%M:%S", "Dec 31 23:59:59", -59 * 86_400 - 10_801),
        ("%b %d %H:%M:%S", "Feb 29 23:59:59", None),
        ("%b %d %H:%M:%S", "tomorrow", None),
    ],
)
def test_times_are_read(written: str, text: str, seconds: float | None) -> None:
    found = clock(pattern="^(.*)$", written=written, zone="UTC", now=AT).of(text)
    assert found == (None if seconds is None else pytest.approx(AT + seconds))


@pytest.mark.parametrize("line", ["no time", "  at a.b(C.java:7)", "2026-03-01", "x 2026-03-01T03:00:00Z"])
def test_a_line_that_does_not_begin_with_a_time_has_none(line: str) -> None:
    assert clock(pattern="", written="iso", zone="UTC", now=AT).of(line) is None


@pytest.mark.parametrize(
    ("within", "limits", "verdict"),
    [
        (9, {"warn": 10, "critical": 20}, Verdict.OK),
        (10, {"warn": 10, "critical": 20}, Verdict.WARN),
        (20, {"warn": 10, "critical": 20}, Verdict.CRITICAL),
        (20, {"critical": 20}, Verdict.CRITICAL),
        (10_000, {}, Verdict.OK),
        (0, {"warn": 0}, Verdict.WARN),
    ],
)
def test_it_is_judged_by_the_lines_of_the_window(within: int, limits: dict[str, int], verdict: Verdict) -> None:
    judged = judge(rule(**limits), seen(500, within))
    assert (judged.verdict, judged.value) == (verdict, within)
    assert (judged.next_step == "") is (verdict is Verdict.OK)


def test_without_advice_of_the_pack_there_is_some() -> None:
    assert (
        judge(rule(warn=1), seen(0, 5)).next_step
        == "Read what the lines say, and look for what changed at 03:00:00 UTC."
    )
    assert judge(rule(warn=1, next_step="Call Bob."), seen(0, 5)).next_step == "Call Bob."


def test_the_first_line_of_yesterday_has_its_day() -> None:
    said = judge(rule(within="1d"), seen(0, 5, window=86_400, known_from=None)).explanation
    assert "the first at 03:00:00 UTC" in said
    early = Seen(span=Span(AT, 86_400), counts=seen(0, 5, window=86_400).counts, first=AT - 80_000)
    assert "the first at 2026-02-28 04:46:40 UTC" in judge(rule(within="1d"), early).explanation


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0"), (1, "0.07"), (3, "0.2"), (45, "3"), (50, "3.3"), (615, "41"), (15_000, "1000")]
)
def test_a_rate_is_said_as_people_would(number: int, said: str) -> None:
    assert rated(number, rule()) == said


def test_what_is_missing_is_neither_counted_nor_drawn() -> None:
    part = judge(rule(), seen(3, 5, known_from=AT - 1200))
    assert part.explanation.endswith("0.3 a minute, and what was read does not go back further than the window.")
    less = judge(rule(warn=9), seen(3, 5, known_from=AT - 60))
    assert less.explanation == "At least 5 lines in the last 15m: what was read begins at 02:59:00 UTC only."
    assert less.verdict is Verdict.NO_DATA
    assert judge(rule(warn=5), seen(3, 5, known_from=AT - 60)).verdict is Verdict.WARN
    assert less.chart is not None
    assert [value for _, value in less.chart.lines[0].points] == [None] * 29 + [5.0]


def test_a_long_window_has_bins_of_several_minutes_with_their_rate() -> None:
    chart = judge(rule(within="1d", title="Timeouts", warn=1440), seen(0, 120, window=86_400)).chart
    assert chart is not None
    (line,) = chart.lines
    assert (line.label, len(line.points), line.points[-1][1]) == ("Timeouts", 240, 10.0)
    assert (chart.warn, chart.critical) == (1.0, None)


def test_files_are_judged_by_whether_they_can_be_read() -> None:
    good = File(path="/a", size=9, read=9, problem="", newest=AT - 9, known_from=None)
    odd = File(path="/b", size=0, read=0, problem="it is a pipe", newest=None, known_from=None)
    assert judge_files([good], AT).verdict is Verdict.OK
    assert judge_files([good, odd], AT).verdict is Verdict.ERROR
    assert judge_files([good], AT - 3600).verdict is Verdict.WARN
    assert judge_files([odd], AT).explanation == "/b was not read: it is a pipe. 0 files can be read, 0.0 MiB were."


@pytest.fixture
def alarm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
def test_the_reader_answers_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "app.log"
    path.write_text("2026-03-01T02:59:00Z timeout of 3 s\n" + "2026-03-01T02:59:01Z " + "a" * 4000 + "!\n")
    os.utime(path, (AT, AT))
    clocked = {"pattern": "", "written": "iso", "zone": "UTC", "now": AT}
    look = {"at": AT, "within_s": 900.0, "seconds": 60}
    requests = [
        {"paths": [str(path)], "rotated": True, "most": 1 << 20, "since": AT - 1800, "clock": clocked},
        look | {"match": "timeout", "regex": False},
        look | {"match": "((a+))+$", "regex": True, "seconds": 0.1},
        look | {"match": "^2026.*timeout", "regex": True},
    ]
    said = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(json.dumps(request) + "\n" for request in requests)))
    monkeypatch.setattr("sys.stdout", said)
    monkeypatch.setattr("os.nice", lambda _by: 0)
    reader.main()
    files, text, endless, expression = map(json.loads, said.getvalue().splitlines())
    assert (files["left_out"], files["files"][0]["known_from"], files["files"][0]["problem"]) == (0, None, "")
    assert (sum(text["counts"]), text["first"], text["top"]) == (1, AT - 60, [["timeout of ? s", 1]])
    assert endless == {"slow": True}
    assert expression["counts"] == text["counts"]
