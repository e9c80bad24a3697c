"""`muster serve` in a process of its own, whose log is read as it is written."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp

PATIENCE_S = 30.0


@dataclass
class Serving:
    """One process, and what it has logged so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def says(self, words: str, *, after: int = 0) -> str:
        """Waits for a line of the log with these words, not among the first `after`; returns it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.lines[after:]:
                    if words in line:
                        return line
                self.news.clear()
                assert not self.process.stderr or not self.process.stderr.at_eof(), "".join(self.lines)
                await self.news.wait()

    async def reload(self, words: str) -> list[str]:
        """Sends SIGHUP and waits until the log says something; returns what it said since."""
        before = len(self.lines)
        self.process.send_signal(signal.SIGHUP)
        await self.says(words, after=before)
        return self.lines[before:]

    async def get(self, path: str) -> tuple[int, str]:
        """What one of its pages says."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()

    async def listen(self) -> None:
        """Reads the log until the process ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode())
            self.news.set()
        self.news.set()


#: Becomes the first process of a terminal, and then what the further arguments say. Where the tests themselves run
#: under `nohup`, it would pass for one that was started so.
_ON_TERMINAL = (
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); os.setsid(); "
    "os.open(sys.argv[1], os.O_RDWR); os.execv(sys.argv[2], sys.argv[2:])"
)


@asynccontextmanager
async def serving(settings: Mapping[str, str], *, terminal: str | None = None) -> AsyncIterator[Serving]:
    """A process for as long as the block runs. It may not listen yet; when it does, `url` is where.

    Args:
        settings: its environment, besides what every process has.
        terminal: the file of a terminal that it belongs to.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MUSTER_"))}
    process = await asyncio.create_subprocess_exec(
        *([sys.executable, "-c", _ON_TERMINAL, terminal] if terminal else []),
        sys.executable, "-m", "bot", "serve", "--port", "0",
        env={**inherited, **settings}, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    made = Serving(process)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            await process.wait()
        await listening


async def ready(one: Serving) -> Serving:
    """The same, once it listens."""
    found = re.search(r"listens on (http://\S+)", await one.says("Muster listens on"))
    assert found is not None
    one.url = found[1]
    return one
