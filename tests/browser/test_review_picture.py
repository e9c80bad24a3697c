"""The picture of an incident's course in a real browser: in the light, in the dark, on paper."""

import re
from collections.abc import Sequence

import pytest
from playwright.async_api import Browser, expect

from bot.domain.timeline import Entry
from bot.postmortem.drawing import to_svg
from bot.postmortem.picture import picture
from tests.support.browser import tab
from tests.support.courses import HOSTILE, START, Course, declared, everything, far_too_much
from tests.support.policies import a_policy

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: Words that lie on others or outside the picture, as the browser really sets them.
SPILT = """() => {
  const texts = [...document.querySelectorAll(".course text")].map((text) => [text.textContent, text.getBBox()]);
  const on = (a, b) => a.x < b.x + b.width - 1 && b.x < a.x + a.width - 1
    && Math.abs(a.y + a.height / 2 - b.y - b.height / 2) < Math.max(a.height, b.height) * 0.7;
  const spilt = texts.filter(([, box]) => box.x < 0 || box.x + box.width > 900).map(([words]) => words);
  texts.forEach(([words, box], place) => texts.slice(place + 1).forEach(([others, other]) => {
    if (on(box, other)) spilt.push(`${words} / ${others}`);
  }));
  return spilt;
}"""
#: The colours of the paper, of words, and of a phase.
COLOURS = """() => [".paper", ".ink", ".phase-triage"].map(
  (name) => getComputedStyle(document.querySelector(`.course ${name}`)).fill)"""


def page_of(entries: Sequence[Entry]) -> str:
    shown = picture(entries, a_policy(), now=START)
    assert shown is not None
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}"><body>{to_svg(shown, linked={1, 5})}'


@pytest.mark.parametrize(
    "entries",
    [everything(), far_too_much(3_000), Course().at(0, declared(HOSTILE)).entries],
    ids=["everything", "too much", "hostile"],
)
async def test_no_word_lies_on_another_or_outside(browser: Browser, entries: Sequence[Entry]) -> None:
    async with tab(browser, viewport={"width": 940, "height": 700}) as page:
        await page.set_content(page_of(entries))
        assert await page.evaluate(SPILT) == []
        await expect(page.get_by_role("img")).to_have_accessible_name(re.compile("^The course of INC-2026-02-11-001 "))
        await expect(page.get_by_role("img")).to_have_accessible_description(re.compile("from 11 February 2026, 23:01"))


async def test_it_is_dark_in_the_dark_and_light_on_paper(browser: Browser) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        async with tab(browser, color_scheme=scheme) as page:
            await page.set_content(page_of(everything()))
            seen[scheme] = await page.evaluate(COLOURS)
            await page.emulate_media(media="print")
            seen[f"{scheme} on paper"] = await page.evaluate(COLOURS)
    assert seen["light"] == seen["light on paper"] == seen["dark on paper"]
    assert seen["light"][0] == "rgb(255, 255, 255)"
    assert not set(seen["light"]) & set(seen["dark"])


async def test_a_mark_leads_to_its_row(browser: Browser) -> None:
    async with tab(browser) as page:
        await page.set_content(page_of(everything()))
        assert await page.locator(".course a").first.get_attribute("href") == "#e1"
