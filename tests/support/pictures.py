"""The README's pictures, taken of the demo's story. `python -m tests.support.pictures` takes them anew."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, FloatRect, expect

from bot.cli.demo import story
from bot.cli.demo.director import Director
from bot.cli.demo.screen import Screen
from bot.cli.demo.stage import Stage, stage
from bot.cli.demo.terms import Terms, terms
from bot.cli.demo.trouble import trouble
from bot.cli.reviewing import as_page
from bot.diagnostics.runner import known_checks
from bot.postmortem.document import SECTIONS
from bot.runbooks.overview import overview
from bot.runbooks.preview import to_page
from bot.sandbox.model import Channel
from tests.support.browser import chromium, tab
from tests.support.example_review import tell, write
from tests.support.policies import a_policy
from tests.support.timelines import NAMES

DIRECTORY: Final = Path(__file__).resolve().parents[2] / "docs" / "img"
#: When the story begins: people are at work then. UTC.
_BEGINS: Final = time(10, 2)
#: Where the sections of a review's page begin, by their headings.
_TOPS: Final = """() => Object.fromEntries([...document.querySelectorAll("h2")].map(
  (heading) => [heading.textContent, heading.getBoundingClientRect().top]))"""
_COURSE: Final = SECTIONS["picture"]


async def main() -> None:
    """Play the demo's story, and take a picture at each moment that is worth one."""
    async with chromium() as browser, stage(pack=None, port=0, lasts=timedelta()) as running:
        running.clock.skip(_minutes_until_work(running.clock()))
        director = Director(running, Screen(running.sandbox))
        said = terms(running.app.core.muster.policy, running.app.core.catalogue)
        async with trouble(running.database_url) as fault:
            card = await story.warn(director, running.app.core.muster.policy)
            await running.sandbox.quiet()
            asked = await part(browser, running, card.channel, "They differ in")
            channel = await story.declare(director, said, card)
            await running.sandbox.quiet()
            opened = await part(browser, running, channel.id, "3 alerts opened this")
            await put_side_by_side(browser, (asked, opened))
            await story.take(director, channel)
            await story.look(director, channel, said)
            await story.tell_people(director, channel, said)
            await running.sandbox.quiet()
            await take_sandbox(browser, running, channel)
            await story.follow(director, channel, said)
            await running.sandbox.quiet()
            await take_runbook(browser, running, channel)
            await story.propose(director, channel, said)
            await running.sandbox.quiet()
            await take_action(browser, running, channel)
            await story.end(director, channel)
            await fault.end()
        await story.mend(director, channel, said)
        await story.calm(director, channel)
        await story.resolve(director, channel, said)
        await take_preview(browser, running, said)
        await take_review(browser)


async def part(browser: Browser, running: Stage, channel: str, words: str) -> bytes:
    """A conversation without what stands beside it, from the message on that has some words."""
    address = f"{running.sandbox.url}?channel={channel}&as=erin"
    async with tab(browser, address, viewport={"width": 976, "height": 640}) as page:
        message = page.locator("#main .message").filter(has_text=words).first
        await expect(message).to_be_visible()
        await message.evaluate("message => message.scrollIntoView()")
        await page.evaluate("document.activeElement.blur()")
        return await page.locator("#main").screenshot()


async def put_side_by_side(browser: Browser, parts: Sequence[bytes]) -> None:
    """The alerts' channel, where one message counts what fires, and what became of it."""
    shown = "".join(f'<img src="data:image/png;base64,{b64encode(one).decode()}">' for one in parts)
    async with tab(browser, viewport={"width": 2000, "height": 700}) as page:
        await page.set_content(f'<body style="margin:0;display:inline-flex;gap:12px;background:#16333a">{shown}')
        await page.locator("body").screenshot(path=DIRECTORY / "alerts.png")


async def take_sandbox(browser: Browser, running: Stage, channel: Channel) -> None:
    """The incident's channel from its diagnosis on, with the thread beside it, as Erin sees it."""
    alert = next(message for message in channel.messages if channel.replies(message.ts))
    address = f"{running.sandbox.url}?channel={channel.id}&thread={alert.ts}&as=erin"
    async with tab(browser, address, viewport={"width": 1440, "height": 900}) as page:
        diagnosis = page.locator("#main .message").filter(has_text="Blocked sessions").first
        await diagnosis.evaluate("message => message.scrollIntoView()")
        await page.evaluate("document.activeElement.blur()")
        await page.screenshot(path=DIRECTORY / "sandbox.png")


async def take_action(browser: Browser, running: Stage, channel: Channel) -> None:
    """The action that waits for its approval: what it would do, and to whom."""
    card = next(message for message in channel.messages if message.text.startswith(":compass:"))
    address = f"{running.sandbox.url}?channel={channel.id}&thread={card.ts}&as=erin"
    async with tab(browser, address, viewport={"width": 1440, "height": 900}) as page:
        action = page.locator("#thread .message").filter(has_text="not run yet").last
        await action.evaluate("message => message.scrollIntoView()")
        await page.evaluate("document.activeElement.blur()")
        await page.screenshot(path=DIRECTORY / "action.png")


async def take_runbook(browser: Browser, running: Stage, channel: Channel) -> None:
    """The run of the runbook: its card, and the steps in its thread."""
    card = next(message for message in channel.messages if message.text.startswith(":compass:"))
    address = f"{running.sandbox.url}?channel={channel.id}&thread={card.ts}&as=erin"
    async with tab(browser, address, viewport={"width": 1440, "height": 900}) as page:
        step = page.locator("#thread .message").filter(has_text="Is anybody blocked?").last
        await step.evaluate("message => message.scrollIntoView()")
        await page.evaluate("document.activeElement.blur()")
        await page.screenshot(path=DIRECTORY / "runbook.png")


async def take_preview(browser: Browser, running: Stage, said: Terms) -> None:
    """The same runbook as a page."""
    assert said.runbook is not None
    page_of = overview(said.runbook, running.app.core.muster.policy, checks_of=known_checks)
    async with tab(browser, viewport={"width": 1000, "height": 900}) as page:
        await page.set_content(to_page(page_of))
        await page.screenshot(path=DIRECTORY / "preview.png")


async def take_review(browser: Browser) -> None:
    """The example's beginning, its metrics and its picture, one below the other: the whole page is a long one."""
    policy = a_policy()
    told, _ = tell(policy)
    shown = []
    async with tab(browser, viewport={"width": 1000, "height": 900}) as page:
        await page.set_content(as_page(write(policy).markdown, told.entries, told.policy, now=told.now, names=NAMES))
        tops: dict[str, float] = await page.evaluate(_TOPS)
        after = dict(pairwise([*tops, ""]))
        for begins, top in (("At a glance", 0.0), *((name, tops[name] - 12) for name in ("Metrics", _COURSE))):
            height = tops[after[begins]] - 12 - top
            part_of = FloatRect(x=0, y=top, width=1000, height=height)
            shown.append(await page.screenshot(full_page=True, clip=part_of))
    parts = "".join(f'<img src="data:image/png;base64,{b64encode(one).decode()}">' for one in shown)
    async with tab(browser, viewport={"width": 1000, "height": 100}) as page:
        await page.set_content(f'<body style="margin:0;display:grid;gap:6px;background:#16333a">{parts}')
        await page.locator("body").screenshot(path=DIRECTORY / "review.png")


def _minutes_until_work(now: datetime) -> float:
    """How far away the next working day's morning is."""
    day = now.date() + timedelta(days=1)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    return (datetime.combine(day, _BEGINS, UTC) - now) / timedelta(minutes=1)


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        os.environ["MUSTER_DATA_DIR"] = directory  # a database in which no earlier story was told
        asyncio.run(main())
