"""What a person finds on the page."""

from playwright.async_api import Locator, Page


def composer(page: Page) -> Locator:
    """Where a message to the channel is typed."""
    return page.get_by_role("textbox", name="Message", exact=True)


def message(page: Page, words: str) -> Locator:
    """The newest message in the channel with these words."""
    return page.locator("#main article.message").filter(has_text=words).last


def alert(page: Page) -> Locator:
    """The message that an incident's channel begins with: the first one that can be acknowledged."""
    return page.locator("#main article.message").filter(has=page.get_by_role("button", name="Acknowledge")).first


def thread(page: Page) -> Locator:
    """The open thread."""
    return page.locator("#thread")


def form(page: Page) -> Locator:
    """The modal."""
    return page.get_by_role("dialog")


async def sit(page: Page, who: str) -> None:
    """Choose who one is."""
    await page.get_by_label("You are").select_option(label=who)
    await page.wait_for_url(f"**as={who.split(maxsplit=1)[0].lower()}*")


async def enter(page: Page, text: str) -> None:
    """Type into the channel and press Enter."""
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def go_to(page: Page, name: str) -> None:
    """Choose a channel in the list, once it is there, by the beginning of its name."""
    await page.get_by_role("navigation").get_by_role("link").filter(has_text=name).click()
    await page.get_by_role("heading", level=1).filter(has_text=name).wait_for()
