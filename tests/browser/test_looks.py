"""That everybody can read and use the page: in the dark, in a narrow window, by name."""

import pytest
from playwright.async_api import Browser, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.browser.posts import fill, open_form
from tests.browser.screen import form
from tests.sandbox.fake_bot import FakeBot
from tests.support.browser import tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: Words whose contrast with what is behind them is below WCAG's AA: 4.5, or 3 where they are large.
PALE = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const over = (below, colour) => {
    canvas.fillStyle = `rgb(${below.join(" ")})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const behind = (element) => {
    const below = element.parentElement ? behind(element.parentElement) : [255, 255, 255];
    return over(below, getComputedStyle(element).backgroundColor);
  };
  const light = (colour) => {
    const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = colour.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const pale = [];
  for (const element of document.querySelectorAll("body *")) {
    const words = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("");
    if (!/[\\p{L}\\d]/u.test(words) || element.tagName === "OPTION" || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const pair = [light(ground), light(over(ground, style.color))].sort((a, b) => b - a);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const contrast = pair[0] / pair[1];
    const name = `${element.tagName}.${element.className} ${words.trim()}`;
    if (contrast < (large ? 3 : 4.5)) pale.push(`${name}: ${contrast.toFixed(2)}`);
  }
  return pale;
}"""

#: What stands outside the window, is covered, or can only be read by scrolling sideways. Tables may be wide.
SPILT = """() => [...document.querySelectorAll("body, body *")].filter((element) => {
  if (!element.checkVisibility() || element.closest(".table")) return false;
  const style = getComputedStyle(element);
  if (["auto", "scroll"].includes(style.overflowX)) return element.scrollWidth > element.clientWidth + 1;
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const covered = document.elementFromPoint((left + right) / 2, (top + bottom) / 2) !== element;
  if (element.matches(".composer *, .bar summary, .bar a") && covered && !document.querySelector(".veil")) return true;
  const clipped = element.parentElement?.closest(".topic, .name, .scroll, .lists, h1");
  return !clipped && (left < -1 || right > innerWidth + 1);
}).map((element) => `${element.tagName}.${element.className}`)"""

#: What can be used and has no name in words.
USABLE = "button, a[href], input, select, textarea, summary, [role=group]"
NAMELESS = """(usable) => [...document.querySelectorAll(usable)].filter((element) => {
  const labels = [...element.labels ?? []].map((each) => each.textContent).join("");
  const content = element.matches("select, textarea, [role=group]") ? "" : element.textContent;
  return !/[\\p{L}\\d]/u.test(element.getAttribute("aria-label") || labels || content);
}).map((element) => element.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_can_be_read(
    client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, browser: Browser, scheme: str
) -> None:
    first = await fill(client, sandbox, app)
    address = f"{sandbox.url}?channel=general&thread={first}&as=alice"
    async with tab(browser, address, color_scheme=scheme) as page:
        for _ in range(2):
            assert await page.evaluate(PALE) == []
            await open_form(client, sandbox, app)
            await form(page).wait_for()


@pytest.mark.parametrize("with_thread", [False, True])
async def test_everything_fits_a_window_of_800_pixels(
    client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, browser: Browser, with_thread: bool
) -> None:
    first = await fill(client, sandbox, app)
    thread = first if with_thread else ""
    address = f"{sandbox.url}?channel=general&thread={thread}&as=alice"
    async with tab(browser, address, viewport={"width": 800, "height": 600}) as page:
        for _ in range(2):
            assert await page.evaluate(SPILT) == []
            await open_form(client, sandbox, app)
            await form(page).wait_for()


async def test_everything_that_can_be_used_has_a_name(
    client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, plain_page: Page
) -> None:
    first = await fill(client, sandbox, app)
    await plain_page.goto(f"{sandbox.url}?channel=general&thread={first}&as=alice")
    await expect(plain_page).to_have_title("general · Harbour Lane sandbox")
    await expect(plain_page.locator("html")).to_have_attribute("lang", "en-GB")
    await expect(plain_page.get_by_role("main")).to_have_count(1)
    await open_form(client, sandbox, app)
    await form(plain_page).wait_for()
    assert await plain_page.evaluate(NAMELESS, USABLE) == []
