"""Tick boxes on the page: those of a checklist, and those that change the form that they stand in."""

import pytest
from playwright.async_api import Browser, expect

from bot.domain import events as e
from tests.browser.screen import enter, form, go_to
from tests.scenario.forms import rules
from tests.scenario.stage import stage
from tests.support.browser import tab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_checklist_is_ticked_on_the_page_and_says_who_did(browser: Browser, database: str) -> None:
    async with stage(database, rules=rules) as bot, tab(browser, bot.sandbox.url) as page:
        room = await bot.declare()
        await go_to(page, room.name[:22])
        box = page.get_by_role("checkbox", name="Tell support")
        await box.check()
        await expect(page.locator(".choices").filter(has_text="Tell support")).to_contain_text("@Alice")
        await expect(box).to_be_checked()
        await bot.recorded(e.ItemTicked)
        await box.uncheck()
        await bot.recorded(e.ItemUnticked)
        await expect(box).not_to_be_checked()


async def test_a_form_that_changes_keeps_what_is_typed_and_where_one_is(browser: Browser, database: str) -> None:
    async with stage(database, rules=rules) as bot, tab(browser, bot.sandbox.url) as page:
        await enter(page, "/incident declare")
        asked = form(page)
        await asked.get_by_label("What is wrong?").fill("Checkout is down")
        await asked.get_by_label("What do you know so far?").fill("Since 14:05")
        box = asked.get_by_role("checkbox", name="Is everybody affected?")
        await box.check()
        await expect(asked).to_contain_text("Suggested: P1")
        await expect(asked.get_by_label("How bad is it?")).to_have_value("P1")
        await expect(asked.get_by_label("What is wrong?")).to_have_value("Checkout is down")
        await expect(asked.get_by_label("What do you know so far?")).to_have_value("Since 14:05")
        await expect(box).to_be_checked()
        await expect(box).to_be_focused()
        await asked.get_by_role("button", name="Declare").click()
        await expect(asked.get_by_role("heading", name="Declared")).to_be_visible()
        (declared,) = await bot.recorded(e.Declared)
        assert (declared.title, declared.severity, declared.description) == ("Checkout is down", "P1", "Since 14:05")


async def test_what_is_typed_while_a_form_changes_stays(browser: Browser, database: str) -> None:
    async with stage(database, rules=rules) as bot, tab(browser, bot.sandbox.url) as page:
        room = await bot.declare()
        await go_to(page, room.name[:22])
        await enter(page, "/incident escalate")
        asked = form(page)
        await expect(asked).to_contain_text("engineering-lead: @Carol")
        bot.sandbox.latency = 0.5
        await asked.get_by_label("Which step?").select_option("desk")
        await asked.get_by_label("Why?").fill("It spreads")
        await expect(asked).to_contain_text("on-call: @Dave")
        await expect(asked.get_by_label("Why?")).to_have_value("It spreads")
        await expect(asked.get_by_label("Why?")).to_be_focused()
        bot.sandbox.latency = 0.0
        await asked.get_by_role("button", name="Call them").click()
        (called,) = await bot.recorded(e.Escalated)
        assert (called.step, called.why) == ("desk", "It spreads")
