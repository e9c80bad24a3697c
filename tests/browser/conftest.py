"""A browser for each worker; for each test a workspace and a tab in which somebody sits.

Playwright stays on the loop it began on, so everything here and every test in this folder share one.
"""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page
from slack_sdk.web.async_client import AsyncWebClient

from bot.core import wall_clock
from bot.sandbox import Sandbox
from tests.sandbox.fake_bot import FakeBot
from tests.scenario.stage import Stage, stage
from tests.support.browser import chromium, tab


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="session")
async def bot(browser: Browser, database: str) -> AsyncIterator[Stage]:
    """The whole bot."""
    async with stage(database) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, bot: Stage) -> AsyncIterator[Page]:
    """A tab on the whole bot's workspace."""
    async with tab(browser, bot.sandbox.url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(browser: Browser) -> AsyncIterator[Sandbox]:
    """A workspace without the bot."""
    made = Sandbox(now=wall_clock, ack_timeout=1, retry_delays=())
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def app(sandbox: Sandbox) -> AsyncIterator[FakeBot]:
    """An app in that workspace, which answers what it is told to."""
    made = FakeBot(sandbox.signing_secret)
    sandbox.deliver_to(await made.start())
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def client(sandbox: Sandbox) -> AsyncWebClient:
    """What that app posts with."""
    return AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)


@pytest_asyncio.fixture(loop_scope="session")
async def plain_page(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Page]:
    """A tab on the workspace without the bot."""
    async with tab(browser, sandbox.url) as opened:
        yield opened
