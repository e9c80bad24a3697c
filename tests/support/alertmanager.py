"""An Alertmanager of the tests' own: the real program, with a configuration and a folder of a test's choice."""

import asyncio
import contextlib
import json
import re
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.needs import needs

#: It takes alerts and tells nobody.
NOBODY: Mapping[str, Any] = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
_STARTS_IN_S = 30


@dataclass
class Alertmanager:
    """One that runs, and what it has logged so far.

    Attributes:
        url: its address, without a slash at the end.
    """

    url: str
    folder: Path
    session: aiohttp.ClientSession
    log: list[str] = field(default_factory=list)

    async def fire(self, *alerts: Mapping[str, str]) -> None:
        """Tells it that alerts with these labels fire, as a Prometheus does."""
        await self._put([{"labels": dict(labels)} for labels in alerts])

    async def clear(self, *alerts: Mapping[str, str]) -> None:
        """Tells it that they have stopped just now."""
        # It has a clock of its own, and takes what ends in its future for firing.
        ended = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        await self._put([{"labels": dict(labels), "endsAt": ended} for labels in alerts])

    async def _put(self, body: list[dict[str, Any]]) -> None:
        async with self.session.post(f"{self.url}/api/v2/alerts", json=body) as response:
            assert response.status == 200, await response.text()

    async def alerts(self) -> list[dict[str, Any]]:
        """The alerts that it has; what silences one is in `status.silencedBy`."""
        return await self._get("alerts")

    async def silences(self) -> list[dict[str, Any]]:
        """The silences that it has, those that ended among them."""
        return await self._get("silences")

    async def _get(self, what: str) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.url}/api/v2/{what}") as response:
            assert response.status == 200, await response.text()
            found: list[dict[str, Any]] = await response.json()
            return found


@asynccontextmanager
async def alertmanager(config: Mapping[str, Any] | str = NOBODY, *options: str) -> AsyncIterator[Alertmanager]:
    """Starts one at a free port; without the program the test is skipped by name.

    Args:
        config: its configuration, as YAML or as what YAML would say.
        options: more of the program's own.
    """
    program = needs("prometheus-alertmanager")
    with tempfile.TemporaryDirectory(prefix="muster-alertmanager-") as name:
        folder = Path(name)
        file = folder / "alertmanager.yml"
        file.write_text(config if isinstance(config, str) else json.dumps(config))
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={file}", f"--storage.path={folder / 'data'}",
            "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=", *options,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        log: list[str] = []
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        reading = asyncio.create_task(_read(process, log, ready))
        try:
            async with asyncio.timeout(_STARTS_IN_S):
                url = await ready
            async with aiohttp.ClientSession() as session:
                yield Alertmanager(url, folder, session, log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await reading


async def _read(process: asyncio.subprocess.Process, log: list[str], ready: asyncio.Future[str]) -> None:
    """Reads what it logs until it ends, and finds its address there."""
    assert process.stderr is not None
    async for line in process.stderr:
        log.append(line.decode(errors="replace"))
        found = re.search(r'"?Listening on"? address=(\S+)', log[-1])
        if found and not ready.done():
            ready.set_result(f"http://{found[1]}")
    if not ready.done():
        ready.set_exception(AssertionError(f"It ended before it listened: {''.join(log)}"))
