"""A real Chromium, and tabs in it that notice what goes wrong on a page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support.needs import needs

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Milliseconds that anything on a page may take.
PATIENCE_MS = 10_000


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without windows. Without Chromium the test is skipped by name."""
    program = needs("chromium")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def tab(browser: Browser, url: str = "about:blank", **options: Any) -> AsyncIterator[Page]:
    """A tab with cookies and storage of its own, which in the end must not have had any trouble.

    Args:
        browser: where it opens.
        url: the page; other addresses may be relative to it.
        options: what Playwright's `new_context` takes, such as `color_scheme`.

    Raises:
        AssertionError: a script failed or ran that should not, or the console has an error.
    """
    context = await browser.new_context(base_url=url, **options)
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = await context.new_page()
        troubles = watched(page)
        await page.goto(url)
        await page.mouse.move(1, 1)  # a person has arrived
        yield page
        assert troubles == []
    finally:
        await context.close()


def watched(page: Page) -> list[str]:
    """The errors of a page and its console, as they come."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"a script failed: {error}"))
    page.on("console", lambda said: troubles.append(f"{said.type}: {said.text}") if said.type == "error" else None)
    return troubles
