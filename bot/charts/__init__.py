"""Draws charts as PNG, in a process of their own: what draws is large and slow, and who serves is neither.

Nothing that is imported here draws; `bot.charts.drawing` and `bot.charts.course` do, in the process that `png` and
`sheet_png` start.
"""

import asyncio
import atexit
import contextlib
import functools
import os
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from bot.charts import sheet as sheets
from bot.charts.order import Order, written
from bot.charts.sheet import Sheet
from bot.diagnostics.result import Chart

#: What tells the process that it gets a sheet.
SHEET = "sheet"
#: Seconds for one chart, from the start of its process to the end.
TIMEOUT_S = 20.0
#: Bytes of a picture, and of what went wrong.
MOST = 2 * 1024 * 1024
_MOST_SAID = 16 * 1024
_CHUNK = 64 * 1024
#: What the process gets of our environment: none of it is a secret.
_PASSED = ("PATH", "PYTHONPATH", "TMPDIR", "SYSTEMROOT")

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class ChartFailed(Exception):
    """There is no picture. Its message is a plain sentence without a full stop."""


async def png(
    chart: Chart, *, title: str, timeout_s: float = TIMEOUT_S, program: Sequence[str] = (sys.executable, "-m", __name__)
) -> bytes:
    """Draws a chart of 1200 x 500 pixels. One is drawn at a time; the others wait.

    Args:
        chart: what to draw; `mark` is labelled as the incident's declaration.
        title: what stands above it.
        timeout_s: seconds that drawing may take, without the waiting.
        program: what draws: it reads an order from its input and writes a PNG to its output.

    Returns:
        A PNG, the same one for the same chart and title.

    Raises:
        ChartFailed: there is nothing to draw, or it was not drawn in time.
    """
    if not any(value is not None for line in chart.lines for _, value in line.points):
        raise ChartFailed("The chart has no values to draw")
    return await _in_turn(program, written(Order(chart, title)), timeout_s)


async def sheet_png(
    sheet: Sheet,
    *,
    timeout_s: float = TIMEOUT_S,
    program: Sequence[str] = (sys.executable, "-m", __name__, SHEET),
) -> bytes:
    """Draws a sheet of shapes, two pixels for each of its units. Charts and sheets wait for each other.

    Args:
        sheet: what to draw, as `bot.postmortem.layout.layout` lays it out.
        timeout_s: seconds that drawing may take, without the waiting.
        program: what draws: it reads a sheet from its input and writes a PNG to its output.

    Returns:
        A PNG, the same one for the same sheet.

    Raises:
        ChartFailed: it was not drawn, or not in time.
    """
    return await _in_turn(program, sheets.written(sheet), timeout_s)


async def _in_turn(program: Sequence[str], order: bytes, timeout_s: float) -> bytes:
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(1))
    async with turn:
        try:
            async with asyncio.timeout(timeout_s):
                return await _drawn(program, order)
        except TimeoutError:
            raise ChartFailed(f"The chart was not drawn within {timeout_s:g} s") from None
        except OSError as error:
            raise ChartFailed(f"The chart could not be drawn: {error.strerror or error}") from None


async def _drawn(program: Sequence[str], order: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *program, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment(), limit=_CHUNK
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_tell(process, order))
            picture = group.create_task(_read(process.stdout, MOST))
            said = group.create_task(_read(process.stderr, _MOST_SAID))
        await process.wait()
    finally:
        await _ended(process)
    if len(picture.result()) > MOST:
        raise ChartFailed(f"The chart is larger than {MOST // 1024 // 1024} MiB")
    if process.returncode or not picture.result():
        why = said.result().decode(errors="replace").strip().rpartition("\n")[2][:200].rstrip(".")
        raise ChartFailed(f"The chart could not be drawn: {why or 'nobody said why'}")
    return picture.result()


async def _tell(process: Process, order: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(order)
    with contextlib.suppress(ConnectionError):  # it ended before it heard everything; its status says more
        await process.stdin.drain()
    process.stdin.close()


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """What is said, up to a little more than `most`; the rest is heard and forgotten, so that nobody waits."""
    assert stream is not None
    kept = bytearray()
    while chunk := await stream.read(_CHUNK):
        if len(kept) <= most:
            kept += chunk
    return bytes(kept)


async def _ended(process: Process) -> None:
    """Ends a process that still runs, and waits until it is gone, with what it had still to say."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.gather(_read(process.stdout, 0), _read(process.stderr, 0), process.wait())


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    # One thread: the others would only keep the machine from answering people.
    return passed | {
        "MPLCONFIGDIR": _folder(),
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


@functools.cache
def _folder() -> str:
    """Where matplotlib keeps what it knows of fonts, for as long as this process lives. Home may be read-only."""
    made = tempfile.mkdtemp(prefix="muster-charts-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
