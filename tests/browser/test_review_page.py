"""The review's page in a real browser: on a screen, on a phone, in the dark, on paper."""

import pytest
from playwright.async_api import Browser, expect

from bot.postmortem.page import FOLD_FROM, to_html
from tests.browser.test_looks import NAMELESS, PALE, USABLE
from tests.support.browser import tab
from tests.support.example_review import write
from tests.support.policies import a_policy

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 900 90" width="900" height="90"></svg>'
NOISE = "".join(f"| #{n} | 23:58:{n} | Bob Okafor | Note: “look {n}” |\n" for n in range(40, 40 + FOLD_FROM // 2))
#: What makes the page wider than its window. What scrolls by itself does not.
WIDER = """() => [...document.querySelectorAll("main > *")].filter(
  (part) => part.getBoundingClientRect().right > innerWidth + 1).map((part) => part.outerHTML.slice(0, 80))"""


def review() -> str:
    """The example with a long and noisy timeline."""
    markdown = write(a_policy()).markdown
    before, marker, after = markdown.partition("\n\n### 12 February 2026")
    assert marker
    return to_html(f"{before}\n{NOISE}\n{marker}{after}\n\nLooked again at #45.", PICTURE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
async def test_every_word_can_be_read_at_every_width(browser: Browser, scheme: str, width: int) -> None:
    async with tab(browser, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        await page.set_content(review())
        assert await page.evaluate(PALE) == []
        assert await page.evaluate(WIDER) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate(NAMELESS, USABLE) == []


async def test_a_citation_opens_what_its_row_is_folded_in(browser: Browser) -> None:
    async with tab(browser) as page:
        await page.set_content(review())
        row = page.get_by_role("cell", name="Note: “look 45”")
        await expect(page.locator("#e28")).to_be_visible()
        await expect(row).to_be_hidden()
        await page.get_by_role("link", name="#45").click()
        await expect(row).to_be_in_viewport()


async def test_the_contents_stand_beside_the_review_or_open_above_it(browser: Browser) -> None:
    async with tab(browser, viewport={"width": 1200, "height": 900}) as page:
        await page.set_content(review())
        contents = page.get_by_role("navigation", name="Contents")
        await expect(contents.get_by_role("link", name="Root cause")).to_be_visible()
        await page.set_viewport_size({"width": 390, "height": 800})
        await expect(contents.get_by_role("link", name="Root cause")).to_be_hidden()
        await contents.get_by_text("Contents").click()
        await contents.get_by_role("link", name="Root cause").click()
        await expect(page.get_by_role("heading", name="Root cause")).to_be_in_viewport()


async def test_paper_shows_what_is_folded_and_each_page_fits(browser: Browser) -> None:
    async with tab(browser, viewport={"width": 690, "height": 900}, color_scheme="dark") as page:
        await page.set_content(review())
        await page.emulate_media(media="print", color_scheme="dark")
        await expect(page.get_by_role("cell", name="Note: “look 45”")).to_be_visible()
        assert await page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
        assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert await page.evaluate(PALE) == []
        assert await page.evaluate(WIDER) == []
        printed = await page.pdf(prefer_css_page_size=True)
        assert b"/MediaBox [0 0 594.95" in printed or b"/MediaBox [0 0 595" in printed  # A4
        assert 2 < printed.count(b"/Type /Page\n") < 12
