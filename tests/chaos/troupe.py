"""Bots in processes of their own, beside a sandbox in this one."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox import Sandbox

READY_S = 30.0
#: How often another process is looked at.
_LOOK_S = 0.02


@dataclass
class Actor:
    """A running bot."""

    pid: int
    url: str
    log: Path

    @property
    def alive(self) -> bool:
        """Whether its process is still there."""
        return psutil.pid_exists(self.pid)

    def kill(self) -> None:
        """Ends it in the middle of whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def died(self) -> None:
        """Waits until its process is gone."""
        while self.alive:  # noqa: ASYNC110 (it is nobody's child here, and has no event to wait for)
            await asyncio.sleep(_LOOK_S)

    async def ready(self) -> bool:
        """Waits until it serves; False when it died before."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_S):
            while self.alive:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return True
                await asyncio.sleep(_LOOK_S)
        return False


class Troupe:
    """Starts bots."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process, self._folder = process, folder
        self._one_by_one = asyncio.Lock()
        self._numbers = itertools.count()
        self._actors: list[Actor] = []

    async def start(
        self, sandbox: Sandbox, database: str, *, marks: Path | None = None, kill: str | None = None
    ) -> Actor:
        """Starts a bot; it may not be ready yet.

        Args:
            sandbox: Slack.
            database: the URL of a migrated database.
            marks: a file for the boundaries that it crosses.
            kill: the boundary at which it dies.
        """
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            "SLACK_BOT_TOKEN": sandbox.bot_token,
            "SLACK_SIGNING_SECRET": sandbox.signing_secret,
            "SLACK_API_URL": sandbox.api_url,
            "DATABASE_URL": database,
            "MUSTER_PORT": str(port),
            "MUSTER_PACK": str(pack(self._folder, sandbox)),
        }
        log = self._folder / f"{next(self._numbers)}.log"
        order = {"environment": environment, "log": str(log), "marks": marks and str(marks), "kill": kill}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._one_by_one:
            self._process.stdin.write(f"{json.dumps(order)}\n".encode())
            pid = int(await self._process.stdout.readline())
        actor = Actor(pid, f"http://127.0.0.1:{port}", log)
        self._actors.append(actor)
        return actor

    def kill_all(self) -> None:
        """Ends everybody."""
        for actor in self._actors:
            actor.kill()


#: The clocks of a P2, as fast as a test wants them.
QUICK = {"after: 15m": "after: 4s", "repeat_every: 15m": "repeat_every: 3s"}


def pack(folder: Path, sandbox: Sandbox) -> Path:
    """The default pack with people to call and quick clocks, as a directory; made once."""
    made = folder / "pack"
    if not made.exists():
        shutil.copytree(RUNBOOKS / "default", made)
        people = {person.name: person.id for person in sandbox.people.values()}
        policy = made / "policy.yaml"
        text = policy.read_text()
        for name, ids in (
            ("on-call", [people["dave"], sandbox.workspace.groups[0].id]),
            ("engineering-lead", [people["carol"]]),
        ):
            assert f"  {name}: []" in text
            text = text.replace(f"  {name}: []", f"  {name}: [{', '.join(ids)}]")
        for slow, quick in QUICK.items():
            assert slow in text
            text = text.replace(slow, quick)
        policy.write_text(text)
    return made


def policy(folder: Path, sandbox: Sandbox) -> Policy:
    """That pack's rules."""
    return read_pack(str(pack(folder, sandbox)), root=RUNBOOKS)


@asynccontextmanager
async def troupe(folder: Path) -> AsyncIterator[Troupe]:
    """Whoever starts bots; at the end all of them are killed. Logs go to `folder`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MUSTER_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.victim",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    made = Troupe(process, folder)
    try:
        yield made
    finally:
        made.kill_all()
        process.kill()
        await process.wait()
