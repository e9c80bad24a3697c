"""The demo from its start to Ctrl-C."""

import asyncio
import logging
import re
import signal
import time
from pathlib import Path

from rich.markdown import Markdown

from bot.application.review_reading import read
from bot.cli.demo.director import Director
from bot.cli.demo.screen import Screen
from bot.cli.demo.stage import Failed, Stage, review_file, stage
from bot.cli.demo.story import LASTS, tell
from bot.cli.outcome import stop
from bot.cli.records import verified
from bot.cli.reviewing import as_page
from bot.cli.terminal import out, say
from bot.sandbox.model import Channel, File
from bot.store import reviews


async def play(*, once: bool, pack: str | None, port: int, directory: Path) -> None:
    """Tell the story, leave the review in a directory, and keep the sandbox open until Ctrl-C.

    Args:
        once: stop when the story is told.
        pack: the policy pack; None takes the one that is set.
        port: the sandbox page's; 0 takes a free one.
        directory: where the review and the log go.
    """
    began = time.perf_counter()
    log = _log_into(directory)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    failure: BaseException | None = None
    try:
        async with stage(pack=pack, port=port, lasts=LASTS) as running:
            say(f"A sandbox Slack is at {running.sandbox.url}", style="bold green")
            channel, file = await _perform(running, stopping)
            took = time.perf_counter() - began
            ref = _reference(file)
            put = await _leave(running, ref, directory)
            _show(put[0])
            for path in put:
                say(f"The review is in {path}", style="bold green")
            say(f"The incident is at {running.sandbox.url}?channel={channel.name}", style="bold green")
            await verified(running.app.core, ref)
            say(f"From start to review in {took:.1f} s, {len(running.sandbox.calls)} calls to Slack.")
            if not once:
                say("It stays open: type there as one of the people. Ctrl-C ends it.", style="bold green")
                await stopping.wait()
    except* Failed as failures:
        failure = _first(failures)
    if failure is not None:
        stop(str(failure), f"{log} has what the bot did.")


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first failure in a group, however deep."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _log_into(directory: Path) -> Path:
    """Keep the bot's log out of the conversation, in a file."""
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "muster.log"
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(filename=log, filemode="w", level=logging.INFO, format=form)
    return log


async def _perform(running: Stage, stopping: asyncio.Event) -> tuple[Channel, File]:
    """The story with the screen beside it. Raises Failed, also when it is broken off."""
    screen = Screen(running.sandbox)
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(screen.watch())
        telling = group.create_task(tell(Director(running, screen)))
        ended = group.create_task(stopping.wait())
        await asyncio.wait({telling, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not telling.done():
            raise Failed("Broken off.")
        watching.cancel()
        ended.cancel()
    screen.catch_up()
    return telling.result()


async def _leave(running: Stage, ref: str, directory: Path) -> tuple[Path, Path]:
    """Put the review into a directory as it is kept now: as Markdown, and as a page with its picture."""
    muster = running.app.core.muster
    found = await read(muster, ref=ref)
    async with muster.database.transaction() as connection:
        kept = await reviews.newest(connection, found.stored.id)
    assert kept is not None, "its file came into the channel"
    page = as_page(kept.markdown, found.entries[: kept.upto], muster.policy, now=muster.now(), names=running.names)
    paths = review_file(directory, f"{ref}-review.md"), review_file(directory, f"{ref}-review.html")
    for path, text in zip(paths, (kept.markdown, page), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _show(path: Path) -> None:
    """Show the beginning of the review."""
    out().rule("The review, its first part")
    first = path.read_text(encoding="utf-8").split("\n## The course of it")[0]
    out().print(Markdown(first), width=min(out().width, 100), soft_wrap=False)
    out().rule()


def _reference(file: File) -> str:
    """The incident that a review is about: its file is named after it."""
    found = re.match(r"INC-\d{4}-\d{2}-\d{2}-\d+", file.name)
    assert found is not None
    return found[0]
