"""Charts are drawn by the process that really draws them, and by some that do not."""

import asyncio
import struct
import sys
from pathlib import Path
from subprocess import run

import pytest

from bot.charts import MOST, ChartFailed, png
from bot.charts.order import Order, written
from bot.diagnostics.result import Chart, Line

AT = 1_795_272_900.0
NAMES = ("checkout-service-7d9f8c6b5-x2k9p", "支払い 😀", "متجر", "$x^2_{", "\ud800", "", "a\nb", "Größe")


def line(label: str, *values: float | None) -> Line:
    return Line(label=label, points=tuple((AT + 60 * index, value) for index, value in enumerate(values)))


ONE = Chart(lines=(line("errors", 0.2, 0.2, None, 5, None, 7.3, 7.3),), unit="%", warn=1, critical=5, mark=AT + 200)
MANY = Chart(lines=tuple(line(name, place, place + 1.5) for place, name in enumerate(NAMES)), unit="$", mark=AT + 1)


def size(picture: bytes) -> tuple[int, int]:
    """The width and the height that a PNG says it has."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture[12:16] == b"IHDR"
    assert picture.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def program(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_a_chart_is_a_png_and_the_same_one_every_time() -> None:
    first, second = await asyncio.gather(png(ONE, title="Errors"), png(ONE, title="Errors"))
    assert size(first) == (1200, 500)
    assert first == second
    assert b"tIME" not in first
    assert b"tEXt" not in first


def test_the_process_says_nothing_where_home_cannot_be_written(tmp_path: Path) -> None:
    ran = run(
        [sys.executable, "-m", "bot.charts"],
        input=written(Order(MANY, "支払い")),
        capture_output=True,
        env={"HOME": "/nowhere", "MPLCONFIGDIR": str(tmp_path)},
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert size(ran.stdout) == (1200, 500)


@pytest.mark.parametrize("told", [b"", b"garbage", b'{"chart": 7}'])
def test_garbage_has_an_exit_status_and_a_sentence(told: bytes) -> None:
    ran = run([sys.executable, "-m", "bot.charts"], input=told, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr == b"What was to be drawn is no chart.\n"


@pytest.mark.parametrize("chart", [Chart(lines=()), Chart(lines=(line("a", None, None),))])
async def test_a_chart_without_values_is_not_drawn(chart: Chart) -> None:
    with pytest.raises(ChartFailed, match=r"^The chart has no values to draw$"):
        await png(chart, title="x", program=["/nowhere/program"])


async def test_garbage_is_refused_with_the_sentence_that_was_said() -> None:
    chart = Chart(lines=(Line(label="a", points=((-1.0, 1.0),)),))
    with pytest.raises(ChartFailed, match=r"^The chart could not be drawn: What was to be drawn is no chart$"):
        await png(chart, title="x")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit('It broke.')", "could not be drawn: It broke$"),
        ("import sys; sys.stdin.close(); sys.exit(3)", "could not be drawn: nobody said why$"),
        ("pass", "could not be drawn: nobody said why$"),
        ("import os; os.kill(os.getpid(), 9)", "could not be drawn: nobody said why$"),
        (f"import sys; sys.stdout.write('x' * {MOST + 1})", "is larger than 2 MiB$"),
        ("import sys; sys.stderr.write('x' * 1_000_000); sys.exit(1)", "could not be drawn: x{200}$"),
    ],
)
async def test_a_process_that_fails_is_a_plain_sentence(code: str, says: str) -> None:
    with pytest.raises(ChartFailed, match=says):
        await png(ONE, title="x", program=program(code))


async def test_a_program_that_is_not_there_is_a_plain_sentence() -> None:
    with pytest.raises(ChartFailed, match="could not be drawn: No such file or directory"):
        await png(ONE, title="x", program=["/nowhere/program"])


@pytest.mark.parametrize(
    "code", ["import signal; signal.pause()", "import sys\nwhile True: sys.stdout.write('x' * 100_000)"]
)
async def test_a_process_that_does_not_end_is_ended(code: str) -> None:
    with pytest.raises(ChartFailed, match=r"^The chart was not drawn within 0\.2 s$"):
        await png(ONE, title="x", timeout_s=0.2, program=program(code))


async def test_a_process_whose_picture_nobody_awaits_any_more_is_ended() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()
        writer.close()
        ended.set()

    async with await asyncio.start_server(watch, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()
        code = f"import signal, socket; there = socket.create_connection({address!r}); signal.pause()"
        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(png(ONE, title="x", program=program(code)))
            await begun.wait()
            drawing.cancel()
        await ended.wait()
    assert drawing.cancelled()


async def test_one_chart_is_drawn_at_a_time(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    code = f"import os, sys; os.mkdir({str(alone)!r}); sys.stdin.read(); os.rmdir({str(alone)!r}); sys.exit('done')"
    drawn = [png(ONE, title="x", program=program(code)) for _ in range(4)]
    for outcome in await asyncio.gather(*drawn, return_exceptions=True):
        assert str(outcome).endswith("done")


async def test_the_process_gets_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_SLACK_BOT_TOKEN", "xoxb-hunter2")
    code = "import os, sys; sys.exit(' '.join(sorted(name for name in os.environ if name.startswith('M'))))"
    with pytest.raises(ChartFailed, match=r"could not be drawn: MPLBACKEND MPLCONFIGDIR$"):
        await png(ONE, title="x", program=program(code))
