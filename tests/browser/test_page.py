"""The page by itself, with an app that only does as it is told."""

import pytest
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.browser.posts import asking, open_form
from tests.browser.screen import composer, enter, form, go_to, message, sit
from tests.sandbox.fake_bot import FakeBot
from tests.sandbox.test_page import HOSTILE, every_kind_of_block

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_hostile_text_is_shown_and_nothing_of_it_runs(
    client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, plain_page: Page
) -> None:
    dialogs: list[str] = []
    plain_page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    general = sandbox.channel("general").id
    await client.chat_postMessage(channel=general, text="x", blocks=every_kind_of_block(HOSTILE), username=HOSTILE)
    posted = await client.chat_postMessage(channel=general, text=HOSTILE)
    await client.chat_postMessage(channel=general, text="x", blocks=asking(HOSTILE))
    await client.pins_add(channel=general, timestamp=posted["ts"])
    await client.conversations_setTopic(channel=general, topic=HOSTILE)
    await client.bookmarks_add(channel_id=general, title=HOSTILE, link='https://x/"><script>', type="link")
    await client.files_upload_v2(channel=general, content="x", filename='a"><script>alert(4)<.md', title=HOSTILE)
    await open_form(client, sandbox, app, HOSTILE)
    await expect(form(plain_page)).to_contain_text("onerror=")
    await form(plain_page).get_by_role("button", name="Cancel").click()
    await message(plain_page, "x").last.hover()
    await plain_page.get_by_role("button", name="Close").click()
    await expect(plain_page.locator("#confirm")).to_contain_text("<script>alert(1)</script>")
    await plain_page.get_by_role("button", name="Keep").click()
    await expect(plain_page.locator("script:not([src]), img[src=x], a[href^=javascript]")).to_have_count(0)
    assert dialogs == []


async def test_a_button_that_asks_first_does_nothing_until_it_is_told(
    client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, plain_page: Page
) -> None:
    await client.chat_postMessage(channel="general", text="x", blocks=asking("For good?"))
    dialog = plain_page.get_by_role("dialog", name="Close it?")
    for leave in ("Keep", None):
        await plain_page.get_by_role("button", name="Close").click()
        await expect(dialog).to_contain_text("For good?")
        await (dialog.get_by_role("button", name=leave).click() if leave else plain_page.keyboard.press("Escape"))
        await expect(dialog).not_to_be_visible()
    assert app.interactions == []

    await plain_page.get_by_role("button", name="Close").click()
    async with plain_page.expect_response("**/sandbox/api/click"):
        await dialog.get_by_role("button", name="Close").click()
    assert [item["actions"][0]["action_id"] for item in app.interactions] == ["close"]


async def test_a_form_is_left_with_escape_and_sent_with_the_keyboard(
    client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, plain_page: Page
) -> None:
    await composer(plain_page).focus()
    await open_form(client, sandbox, app)
    await expect(form(plain_page).get_by_label("A form")).to_be_focused()
    await plain_page.keyboard.press("Escape")
    await expect(form(plain_page)).to_have_count(0)
    await expect(composer(plain_page)).to_be_focused()

    await open_form(client, sandbox, app)
    await expect(form(plain_page).get_by_label("A form")).to_be_focused()
    await plain_page.keyboard.type("By hand")
    for _ in range(3):
        await plain_page.keyboard.press("Tab")
    await plain_page.keyboard.press("Space")
    await form(plain_page).get_by_label("Which").select_option(label="two")
    await form(plain_page).get_by_label("Who").select_option(label=["Bob Lindqvist · Payments engineer"])
    await form(plain_page).get_by_label("More").fill("Two\nlines")
    await form(plain_page).get_by_label("A form").press("Enter")
    await expect(form(plain_page)).to_have_count(0)
    values = app.interactions[-1]["view"]["state"]["values"]
    assert values["what"]["what"]["value"] == "By hand"
    assert values["more"]["more"]["value"] == "Two\nlines"
    assert values["which"]["which"]["selected_option"]["value"] == "two"
    assert [item["value"] for item in values["special"]["special"]["selected_options"]] == ["one"]
    assert values["who"]["who"]["selected_users"] == [sandbox.people["bob"].id]


async def test_a_half_filled_form_stays_while_the_channel_moves_on(
    client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, plain_page: Page
) -> None:
    await open_form(client, sandbox, app)
    await form(plain_page).get_by_label("A form").fill("Half of wh")
    await sandbox.say("bob", "general", "News meanwhile")
    await expect(message(plain_page, "News meanwhile")).to_be_visible()
    await expect(form(plain_page).get_by_label("A form")).to_have_value("Half of wh")
    await expect(form(plain_page).get_by_label("A form")).to_be_focused()


async def test_what_has_the_focus_keeps_it_when_the_channel_moves_on(
    client: AsyncWebClient, sandbox: Sandbox, plain_page: Page
) -> None:
    await client.chat_postMessage(channel="general", text="x", blocks=asking("For good?"))
    await plain_page.get_by_role("button", name="Close").focus()
    await sandbox.say("bob", "general", "News meanwhile")
    await expect(message(plain_page, "News meanwhile")).to_be_visible()
    await expect(plain_page.get_by_role("button", name="Close")).to_be_focused()


async def test_a_click_is_not_lost_when_the_list_changes_under_it(sandbox: Sandbox, plain_page: Page) -> None:
    await plain_page.get_by_role("link", name="random").hover()
    await plain_page.mouse.down()
    async with plain_page.expect_response("**/sandbox/pieces*"):
        await sandbox.say("bob", "random", "News meanwhile")
    await plain_page.evaluate("new Promise(requestAnimationFrame)")
    await plain_page.mouse.up()
    await expect(message(plain_page, "News meanwhile")).to_be_visible()
    await expect(plain_page.get_by_role("heading", level=1)).to_contain_text("random")


async def test_what_came_while_a_button_was_down_is_shown_afterwards(sandbox: Sandbox, plain_page: Page) -> None:
    await plain_page.get_by_role("heading", level=1).hover()
    await plain_page.mouse.down()
    async with plain_page.expect_response("**/sandbox/pieces*"):
        await sandbox.say("bob", "general", "News meanwhile")
    await plain_page.mouse.up()
    await expect(message(plain_page, "News meanwhile")).to_be_visible()


async def test_enter_sends_and_shift_enter_begins_a_new_line(sandbox: Sandbox, plain_page: Page) -> None:
    await composer(plain_page).fill("One")
    await composer(plain_page).press("Shift+Enter")
    await plain_page.keyboard.type("two")
    await plain_page.keyboard.press("Enter")
    await expect(message(plain_page, "One")).to_contain_text("two")
    assert [item.text for item in sandbox.channel("general").messages] == ["One\ntwo"]


async def test_a_message_is_edited_and_deleted_by_its_author_only(sandbox: Sandbox, plain_page: Page) -> None:
    await sandbox.say("bob", "general", "Not mine")
    await enter(plain_page, "Chekout is down")
    mine = message(plain_page, "down")
    answers = iter(["Checkout is down", ""])
    plain_page.on("dialog", lambda dialog: dialog.accept(next(answers)))
    await mine.hover()
    await mine.get_by_label("Edit").click()
    await expect(mine).to_contain_text("Checkout is down (edited)")
    await expect(message(plain_page, "Not mine").get_by_label("Edit")).to_have_count(0)
    await mine.hover()
    await mine.get_by_label("Delete").click()
    await expect(mine).to_have_count(0)


async def test_a_link_to_a_message_shows_and_marks_it(
    client: AsyncWebClient, sandbox: Sandbox, plain_page: Page
) -> None:
    general = sandbox.channel("general").id
    wanted = await sandbox.say("bob", "general", "Look here")
    for number in range(60):
        await sandbox.say("bob", "general", f"Line {number}")
    link = (await client.chat_getPermalink(channel=general, message_ts=wanted))["permalink"]
    await sandbox.say("bob", "random", f"Read {link}")
    await sit(plain_page, "Carol Mendes")
    await go_to(plain_page, "random")
    await message(plain_page, "Read").get_by_role("link", name=link).evaluate("link => link.target = ''")
    await message(plain_page, "Read").get_by_role("link", name=link).click()
    await expect(message(plain_page, "Look here")).to_be_in_viewport()
    await expect(message(plain_page, "Look here")).to_have_class("message aimed")
    await expect(plain_page.get_by_label("You are")).to_have_value("carol")
    await sandbox.say("bob", "general", "Live")
    await expect(message(plain_page, "Live")).to_be_attached()
    await expect(message(plain_page, "Look here")).to_have_class("message aimed")
    await expect(message(plain_page, "Look here")).to_be_in_viewport()


async def test_opening_a_thread_keeps_the_place_and_the_draft(sandbox: Sandbox, plain_page: Page) -> None:
    first = await sandbox.say("bob", "general", "What happened?")
    for number in range(60):
        await sandbox.say("bob", "general", f"Line {number}")
    await sandbox.say("carol", "general", "A deploy", thread_ts=first)
    await composer(plain_page).fill("I begin to")
    await message(plain_page, "What happened?").get_by_role("link", name="1 reply").click()
    await expect(plain_page.locator("#thread")).to_contain_text("A deploy")
    await expect(message(plain_page, "What happened?")).to_be_in_viewport()
    await expect(composer(plain_page)).to_have_value("I begin to")


async def test_who_one_is_stays_the_same_in_another_channel(sandbox: Sandbox, plain_page: Page) -> None:
    await sandbox.say("bob", "general", "See #random")
    await sit(plain_page, "Dave Tanaka")
    await message(plain_page, "See").get_by_role("link", name="#random").click()
    await expect(plain_page.get_by_role("heading", level=1)).to_contain_text("random")
    await expect(plain_page.get_by_label("You are")).to_have_value("dave")


async def test_what_cannot_be_done_is_said(sandbox: Sandbox, app: FakeBot, plain_page: Page) -> None:
    app.will_answer(500)
    await enter(plain_page, "/incident list")
    await expect(message(plain_page, "failed with the error")).to_contain_text("Only visible to you")
