"""Real files are read by a real reader: rotated, cut, locked, strange and endless ones are results too."""

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.diagnostics.result import Report, Result, Verdict
from tests.support.targets import NOW, a_target, asked, by_check

AT = NOW.timestamp()
TIMEOUTS = {"name": "timeouts", "match": "timeout", "warn": 10, "critical": 100, "next_step": "Restart it."}
MIB = 1 << 20


def stamp(ago_s: float) -> str:
    """ISO 8601 of so many seconds before now."""
    return datetime.fromtimestamp(AT - ago_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(path: Path, lines: Sequence[str | bytes], *, ago_s: float = 0) -> str:
    """A log file with these lines, last written so many seconds before now."""
    with path.open("ab") as file:
        file.writelines((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    os.utime(path, (AT - ago_s, AT - ago_s))
    return str(path)


def calm() -> list[str]:
    return [f"{stamp(60 * m + 20 * t + 5)} INFO calm timeout {m}" for m in range(15, 30) for t in range(3)]


def storm() -> list[str]:
    return [f"{stamp(60 * m + s + 5)} ERROR order {s} ran into a timeout" for m in range(15) for s in range(41)]


async def report_of(*paths: str, **section: Any) -> Report:
    return await asked(a_target("log_files", paths=paths, **{"patterns": [TIMEOUTS]} | section))


async def found(*paths: str, **section: Any) -> Result:
    report = await report_of(*paths, **section)
    assert report.results[0].verdict is Verdict.OK, report.results[0]
    return report.results[1]


async def test_a_pattern_is_counted_and_set_against_the_window_before(tmp_path: Path) -> None:
    report = await report_of(write(tmp_path / "app.log", calm() + storm()))
    readable, result = report.results
    assert (readable.verdict, readable.value) == (Verdict.OK, 1)
    assert readable.explanation == "1 file can be read, 0.0 MiB were; the newest line is 5.0 s old."
    assert (result.verdict, result.value, result.unit) == (Verdict.CRITICAL, 615, "lines")
    assert result.explanation == (
        "615 lines in the last 15m, the first at 02:45:15 UTC: 3 → 41 a minute against the 15m before."
    )
    assert (result.threshold, result.next_step) == ("warn at 10, critical at 100 lines in 15m", "Restart it.")
    assert result.rows is not None
    assert result.rows.columns == ("of 615", "message")
    assert result.rows.rows == ((615, "ERROR order ? ran into a timeout"),)
    assert result.chart is not None
    assert [value for _, value in result.chart.lines[0].points] == [3.0] * 15 + [41.0] * 15
    assert result.ran == (
        f"“timeout” in the last 8 MiB of {tmp_path}/app.log and {tmp_path}/app.log.1, of the last 30m"
    )


async def test_a_file_that_was_rotated_is_read_with_the_one_before(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", storm())
    write(tmp_path / "app.log.1", calm(), ago_s=905)
    assert "3 → 41 a minute" in (await found(path)).explanation


async def test_a_rate_before_that_stands_in_a_file_that_is_not_read_is_not_made_up(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", storm())
    write(tmp_path / "app.log.1", calm(), ago_s=905)
    assert "41 a minute, and what was read does not go back" in (await found(path, rotated=False)).explanation
    write(tmp_path / "app.log.2.gz", [b"not read"], ago_s=1700)
    assert "3 → 41 a minute" not in (await found(path)).explanation
    os.utime(tmp_path / "app.log.2.gz", (0, 0))
    assert "3 → 41 a minute" in (await found(path)).explanation


async def test_a_name_for_several_reads_each_file_once(tmp_path: Path) -> None:
    write(tmp_path / "a.log", calm())
    write(tmp_path / "b.log", storm())
    (tmp_path / "now.log").symlink_to(tmp_path / "b.log")
    (tmp_path / "folder.log").mkdir()
    report = await report_of(f"{tmp_path}/*.log", f"{tmp_path}/b.log")
    assert (report.results[0].verdict, report.results[0].value) == (Verdict.OK, 2)
    assert report.results[1].value == 615


async def test_of_very_many_files_the_ones_written_last_are_read(tmp_path: Path) -> None:
    for number in range(30):
        write(tmp_path / f"{number}.log", [f"{stamp(number)} timeout"], ago_s=number)
    report = await report_of(f"{tmp_path}/*.log")
    assert report.results[0].explanation.startswith("20 files can be read, 0.0 MiB were; 10 older ones were left out;")
    assert report.results[1].value == 20


async def test_a_file_that_was_last_written_long_ago_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", [f"{stamp(9000)} timeout"], ago_s=9000)
    report = await report_of(path)
    rows = report.results[0].rows
    assert rows is not None
    assert rows.rows[0][1] == 0
    assert report.results[0].explanation.endswith("the newest line is 2.5 h old.")
    assert report.results[1].explanation == "No line in the last 15m, nor any in the 15m before."


async def test_lines_without_a_time_belong_to_the_one_above(tmp_path: Path) -> None:
    lines = [
        "  at the.end(of something) timeout",
        f"{stamp(60)} ERROR it broke",
        "java.net.SocketTimeoutException: timeout after 30 s",
        "  at a.b.c(D.java:17) timeout",
        "",
        f"{stamp(5)} INFO well again",
    ]
    result = await found(write(tmp_path / "app.log", lines))
    assert result.value == 1
    assert result.rows is not None
    assert result.rows.rows == ((1, "java.net.SocketTimeoutException: timeout after ? s"),)


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("[2026-03-01 02:59:00,123] timeout", {}),
        ("2026-03-01T03:59:00+01:00 timeout", {}),
        ("2026-03-01 03:59:00 timeout", {"zone": "Europe/Paris"}),
        ("Mar  1 02:59:00 host app: timeout", {"time_pattern": r"^(\w+ +\d+ [\d:]+)", "time_format": "%b %d %H:%M:%S"}),
        (
            '1.2.3.4 - - [01/Mar/2026:02:59:00 +0000] "GET /timeout HTTP/1.1" 502 12',
            {"time_pattern": r"\[([^\]]+)\]", "time_format": "%d/%b/%Y:%H:%M:%S %z"},
        ),
        (f'{{"t":{AT - 60:.3f},"msg":"timeout"}}', {"time_pattern": r'"t":([\d.]+)', "time_format": "epoch"}),
        (f'{{"t":{AT - 60:.0f}000,"msg":"timeout"}}', {"time_pattern": r'"t":(\d+)', "time_format": "epoch_ms"}),
        ('{"time":"2026-03-01T02:59:00Z","msg":"timeout"}', {"time_pattern": '"time":"([^"]+)"'}),
    ],
)
async def test_times_are_read_as_the_pack_says(tmp_path: Path, line: str, section: dict[str, Any]) -> None:
    result = await found(write(tmp_path / "app.log", [line]), **section)
    assert result.value == 1
    assert result.facts == {"first_seen": "2026-03-01T02:59:00+00:00"}


async def test_times_in_another_zone_are_noticed(tmp_path: Path) -> None:
    report = await report_of(write(tmp_path / "app.log", ["2026-03-01 03:59:00 timeout"]))
    assert report.results[0].verdict is Verdict.WARN
    assert report.results[0].explanation.endswith("the newest line is from 59 min ahead.")
    assert "`zone`" in report.results[0].next_step


async def test_of_a_huge_file_the_end_is_read_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    with path.open("wb") as file:
        file.truncate(200 * MIB)
    padding = "x" * 1000
    lines = [f"{stamp(1200 - second / 2)} timeout {padding}" for second in range(2400)]
    report = await report_of(write(path, lines), read_mib=1)
    assert report.results[0].verdict is Verdict.OK
    rows = report.results[0].rows
    assert rows is not None
    assert rows.rows[0][1] == 1
    result = report.results[1]
    assert result.verdict is Verdict.CRITICAL
    assert result.explanation.startswith("At least ")
    assert "what was read begins at 02:51:" in result.explanation
    assert result.chart is not None
    assert result.chart.lines[0].points[0][1] is None


async def test_what_was_cut_off_is_no_good_news(tmp_path: Path) -> None:
    padding = "x" * 1000
    lines = [f"{stamp(1200 - second / 2)} well {padding}" for second in range(2400)]
    result = await found(write(tmp_path / "app.log", lines), read_mib=1)
    assert (result.verdict, result.value) == (Verdict.NO_DATA, 0)
    assert "read_mib" in result.next_step


async def test_a_rate_before_that_was_cut_off_is_not_made_up(tmp_path: Path) -> None:
    padding = "x" * 1000
    lines = [f"{stamp(1200 - second / 2)} timeout {padding}" for second in range(2400)]
    result = await found(write(tmp_path / "app.log", lines), read_mib=1, patterns=[TIMEOUTS | {"within": "5m"}])
    assert "→" not in result.explanation
    assert "120 a minute, and what was read does not go back further than the window" in result.explanation


async def test_a_line_without_end_is_one_line(tmp_path: Path) -> None:
    result = await found(write(tmp_path / "app.log", [f"{stamp(9)} timeout " + "x" * (3 * MIB)]))
    assert result.value == 1


async def test_what_lines_say_is_told_without_what_nobody_should_see(tmp_path: Path) -> None:
    said = f"{stamp(9)} timeout for bob@example.com with password=hunter2 and postgres://bob:hunter2@db/shop"
    report = await report_of(write(tmp_path / "app.log", [said]))
    assert report.results[1].rows is not None
    assert "hunter2" not in str(report.to_dict())
    assert "bob" not in str(report.to_dict())


@pytest.mark.parametrize("what", ["missing", "fifo", "folder", "below a file", "nothing", "bytes", "loop"])
async def test_what_is_no_log_is_a_failed_check_and_the_others_are_read(tmp_path: Path, what: str) -> None:
    odd = tmp_path / what
    says = {
        "missing": "No such file or directory",
        "fifo": "it is a pipe",
        "folder": "it is a directory",
        "below a file": "Not a directory",
        "nothing": "no file has such a name",
        "bytes": "no line says its time",
        "loop": "Too many levels of symbolic links",
    }[what]
    match what:
        case "fifo":
            os.mkfifo(odd)
        case "folder":
            odd.mkdir()
        case "below a file":
            odd = Path(write(tmp_path / "file", [])) / "in.log"
        case "nothing":
            odd = tmp_path / "nothing*.log"
        case "bytes":
            write(odd, [os.urandom(100_000), b"timeout"])
        case "loop":
            odd.symlink_to(odd)
    good = write(tmp_path / "good.log", storm())
    both = by_check(await report_of(str(odd), good))
    assert both["reachability"].verdict is Verdict.ERROR
    assert both["reachability"].explanation.startswith(f"{odd} was not read: {says}. 1 file can be read")
    assert both["timeouts"].value == 615
    alone = await report_of(str(odd))
    assert [result.verdict for result in alone.results] == [Verdict.ERROR, Verdict.NO_DATA]
    assert says in alone.results[0].explanation
    assert alone.results[0].next_step


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_read_is_a_failed_check(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", storm())
    os.chmod(path, 0)  # noqa: PTH101 - in a coroutine, pathlib's would be refused too
    report = await report_of(path)
    assert "Permission denied" in report.results[0].explanation


async def test_an_empty_file_is_well(tmp_path: Path) -> None:
    result = await found(write(tmp_path / "app.log", []))
    assert (result.verdict, result.value) == (Verdict.OK, 0)


async def test_an_expression_that_takes_for_ever_is_ended_and_the_others_are_answered(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", [f"{stamp(9)} timeout {'a' * 4000}!"])
    patterns = [{"name": "endless", "match": r"((a+))+$", "regex": True}, TIMEOUTS | {"warn": 1}]
    results = by_check(await report_of(path, patterns=patterns, check_timeout=1))
    assert results["endless"].verdict is Verdict.ERROR
    assert results["endless"].explanation == "The check failed: its pattern was not done within 0.6 s."
    assert results["timeouts"].verdict is Verdict.WARN


async def test_an_expression_is_matched_line_by_line(tmp_path: Path) -> None:
    lines = [f"{stamp(9)} ERROR one", "  two", f"{stamp(8)} ERROR three"]
    path = write(tmp_path / "app.log", lines)
    expressions = {"whole": r"^  two$", "across": r"ERROR.*two", "any": r"(?i)error (one|three)$"}
    patterns = [{"name": name, "match": match, "regex": True} for name, match in expressions.items()]
    results = by_check(await report_of(path, patterns=patterns))
    assert {name: results[name].value for name in expressions} == {"whole": 1, "across": 0, "any": 2}


async def test_a_file_that_cannot_be_read_in_time_is_a_failed_check(tmp_path: Path) -> None:
    report = await report_of(write(tmp_path / "app.log", storm()), timeout=0.001)
    assert [result.verdict for result in report.results] == [Verdict.ERROR, Verdict.NO_DATA]
    assert report.results[0].explanation == "They could not be read in time."


async def test_the_reader_ends_with_the_run(tmp_path: Path) -> None:
    before = psutil.Process().children()
    await report_of(write(tmp_path / "app.log", storm()))
    assert psutil.Process().children() == before


async def test_a_reader_that_ends_too_soon_is_a_failed_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    report = await report_of(write(tmp_path / "app.log", storm()))
    assert [result.verdict for result in report.results] == [Verdict.ERROR, Verdict.NO_DATA]
    assert report.results[0].explanation == "The check failed: the process that reads the files has ended."
