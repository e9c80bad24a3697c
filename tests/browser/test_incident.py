"""An incident as people in a browser live through it."""

import pytest
from playwright.async_api import Browser, Page, expect

from bot.domain import events as e
from tests.browser.screen import alert, composer, enter, form, go_to, message, sit, thread
from tests.scenario.stage import Stage
from tests.support.browser import tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)> "><b>bold</b>'


async def declare(page: Page) -> None:
    """Declare an incident by hand, and go to its channel."""
    await enter(page, "/incident declare P1 Checkout is down")
    await go_to(page, "checkout-is-down")
    await expect(page.get_by_text("Pinned by Muster")).to_be_visible()


async def test_a_typed_declaration_is_answered_and_its_channel_appears(bot: Stage, page: Page) -> None:
    await sit(page, "Bob Lindqvist")
    await enter(page, "/incident declare P1 Checkout is down")
    await expect(message(page, "is declared as P1")).to_contain_text("Only visible to you")
    await expect(composer(page)).to_have_value("")

    await go_to(page, "checkout-is-down")
    await expect(page.get_by_label("You are")).to_have_value("bob")
    await expect(page.locator(".bar .topic")).to_contain_text("P1")
    await expect(page.locator(".bookmarks a")).not_to_have_count(0)
    await page.get_by_label("Pinned messages").click()
    await expect(page.locator(".pinned")).to_contain_text("Checkout is down")


async def test_a_pressed_button_is_answered_without_a_reload(bot: Stage, page: Page) -> None:
    await declare(page)
    await page.evaluate("window.untouched = true")
    await alert(page).get_by_role("button", name="Acknowledge").click()
    await expect(message(page, "Acknowledged by")).to_contain_text("@Alice")
    assert await page.evaluate("window.untouched")
    assert (await bot.incident()).acknowledged_at


async def test_the_resolve_form_says_what_is_missing_and_then_resolves(bot: Stage, page: Page) -> None:
    await declare(page)
    await page.locator(".is-pinned").get_by_role("button", name="Resolve").click()
    asked = form(page)
    await expect(asked.get_by_role("heading", name="Resolve the incident")).to_be_visible()
    summary = asked.get_by_label("How was it resolved?")
    await expect(summary).to_be_focused()

    await asked.get_by_label("What caused it?").fill("A report locked the orders")
    await asked.get_by_role("button", name="Resolve").click()
    await expect(asked.locator(".problem")).to_be_visible()
    await expect(summary).to_be_focused()
    await expect(asked.get_by_label("What caused it?")).to_have_value("A report locked the orders")
    assert (await bot.incident()).resolved_at is None

    await summary.fill("The report was ended")
    await asked.get_by_role("button", name="Resolve").click()
    await expect(asked).not_to_be_visible()
    await expect(message(page, "Resolved after")).to_contain_text("A report locked the orders")
    (resolved,) = await bot.recorded(e.Resolved)
    assert resolved.summary == "The report was ended"


async def test_a_reply_in_the_thread_and_a_pushpin_go_into_the_timeline(bot: Stage, page: Page) -> None:
    await declare(page)
    await alert(page).hover()
    await alert(page).get_by_role("link", name="Reply in a thread").click()
    await page.get_by_role("textbox", name="Reply").fill("Only cards, not vouchers")
    await page.get_by_role("textbox", name="Reply").press("Enter")
    await expect(thread(page)).to_contain_text("Only cards, not vouchers")

    await enter(page, "It began at 09:10")
    clue = message(page, "It began at 09:10")
    await clue.hover()
    await clue.get_by_label("React with :pushpin:").click()
    await expect(clue.locator(".reaction")).to_contain_text("2")
    await expect(clue.locator(".reaction")).to_have_attribute("title", "Alice, Muster · :pushpin:")
    captured = await bot.recorded(e.MessageCaptured, count=2)
    assert [item.text for item in captured] == ["Only cards, not vouchers", "It began at 09:10"]


async def test_what_one_does_another_sees_at_once(bot: Stage, page: Page, browser: Browser) -> None:
    await declare(page)
    async with tab(browser, page.url.replace("as=alice", "as=bob")) as other:
        await other.evaluate("window.untouched = true")
        await expect(other.get_by_label("You are")).to_have_value("bob")
        await enter(page, "/incident update We found the fault")
        await expect(message(other, "We found the fault")).to_contain_text("Update 1")
        await expect(message(page, "Recorded as")).to_be_visible()
        await expect(message(other, "Recorded as")).to_have_count(0)
        assert await other.evaluate("window.untouched")


async def test_a_hostile_incident_is_only_text(bot: Stage, page: Page) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await enter(page, f"/incident declare P2 {HOSTILE}")
    await go_to(page, "inc-")
    await expect(page.locator(".is-pinned")).to_contain_text(HOSTILE)
    await expect(page.locator(".bar .topic")).to_contain_text(HOSTILE)
    await enter(page, f"/incident update {HOSTILE}")
    await expect(message(page, "Update 1")).to_contain_text(HOSTILE)
    await enter(page, HOSTILE)
    await expect(message(page, HOSTILE).locator("b")).to_have_text("Alice Okafor")
    await expect(page.locator("#main img, #main script")).to_have_count(0)
    assert dialogs == []
