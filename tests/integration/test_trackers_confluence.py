"""A review becomes a page of Confluence and is kept up to date, by a strict stand-in for both of its APIs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.application.ports import Refused, TryAgain, Unclear
from bot.notices.trackers.confluence import Confluence, WikiPage
from bot.notices.trackers.systems import confluence, trackers
from tests.support.trackers.base import TOKEN, served
from tests.support.trackers.confluence import PARENT, SPACE, ConfluenceStandIn

MARKER = "muster:INC-2026-02-11-001:review"
PAGE = WikiPage(title='INC-2026-02-11-001 · Checkout & "pay" <down>', storage="<p>It&nbsp;was down.</p>", marker=MARKER)
pytestmark = pytest.mark.parametrize("cloud", [pytest.param(True, id="cloud"), pytest.param(False, id="data-center")])


@asynccontextmanager
async def reached(server: ConfluenceStandIn, **more: Any) -> AsyncIterator[Confluence]:
    async with served(server, **more) as (settings, connections):
        assert trackers(settings, connections) == {}
        made = confluence(settings, connections)
        assert made is not None
        yield made


async def test_a_page_is_created_once_and_then_brought_up_to_date(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server, muster_confluence_parent=PARENT) as wiki:
        first = await wiki.publish(PAGE)
        assert await wiki.publish(PAGE) == first
        assert len(server.changes()) == 1
        changed = replace(PAGE, storage="<p>It was up.</p>", known=first.key)
        assert await wiki.publish(changed) == first
        assert await wiki.publish(changed) == first
        again = replace(changed, storage="<p>It was.</p>", title="INC-2026-02-11-001 · Pay")
        assert await wiki.publish(again) == first
    [page] = server.pages.values()
    assert first.url == f"{server.url}/wiki/spaces/{SPACE}/pages/{first.key}"
    assert (page["title"], page["version"]["number"], page["parent"]) == ("INC-2026-02-11-001 · Pay", 3, PARENT)
    assert page["storage"].startswith(f"<p>It was.</p><p><code>{MARKER}</code> <code>")
    assert len(server.changes()) == 3


async def test_a_lost_answer_creates_no_second_page_and_writes_no_second_version(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud, lose=1)
    async with reached(server) as wiki:
        with pytest.raises(Unclear):
            await wiki.publish(PAGE)
        filed = await wiki.publish(PAGE)
        changed = replace(PAGE, storage="<p>Up.</p>", known=filed.key)
        server.lose = 1  # a PUT is made once more by aiohttp itself, and Confluence has that version already
        assert await wiki.publish(changed) == filed
        changed = replace(changed, storage="<p>Up again.</p>")
        server.lose = 2
        with pytest.raises(Unclear):
            await wiki.publish(changed)
        assert await wiki.publish(changed) == filed
    assert [one["version"]["number"] for one in server.pages.values()] == [3]


async def test_what_somebody_changed_in_confluence_is_not_written_over_unasked(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        filed = await wiki.publish(PAGE)
        server.edit(filed.key, server.pages[filed.key]["storage"] + "<p>And Bob says:</p>")
        changed = replace(PAGE, storage="<p>Up.</p>", known=filed.key)
        for page in (changed, PAGE):
            with pytest.raises(Refused, match="somebody has changed the page") as refused:
                await wiki.publish(page)
            assert "--import" in refused.value.remedy
        await wiki.publish(replace(changed, over_edits=True))
    assert "Bob" not in server.pages[filed.key]["storage"]


async def test_another_page_with_that_title_stays_as_it_is(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        await wiki.publish(replace(PAGE, marker=f"{MARKER}2"))
        with pytest.raises(Refused, match="there is another page with the title") as refused:
            await wiki.publish(PAGE)
    assert "Rename" in refused.value.remedy
    assert len(server.changes()) == 1


async def test_a_page_that_was_deleted_is_made_anew(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        first = await wiki.publish(PAGE)
        server.pages = {"2000": {**server.pages.pop(first.key), "id": "2000", "title": "else"}}
        assert (await wiki.publish(replace(PAGE, known=first.key))).key != first.key


async def test_who_saves_in_the_same_moment_is_looked_at_by_the_next_try(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        filed = await wiki.publish(PAGE)
        found = {**server.pages[filed.key], "version": {"number": 7, "message": "Muster 0"}}
        shown = server._shown(found)  # as it stood a moment ago
        server.instead.append(web.json_response(shown))
        with pytest.raises(TryAgain, match="in this moment"):
            await wiki.publish(replace(PAGE, storage="<p>Up.</p>", known=filed.key))
        await wiki.publish(replace(PAGE, storage="<p>Up.</p>", known=filed.key))
    assert server.pages[filed.key]["version"]["number"] == 2


@pytest.mark.parametrize(
    "storage",
    ["<p>open", "</page><page>", "<p>&made-up;</p>", "<p>&up;</p>", "<x:y/>", "a & b", "<!DOCTYPE a>", "<p a=1/>"],
)
async def test_what_is_not_well_formed_is_not_sent(cloud: bool, storage: str) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        with pytest.raises(Refused, match="not well-formed"):
            await wiki.publish(replace(PAGE, storage=storage))
        with pytest.raises(Refused, match="too long"):
            await wiki.publish(replace(PAGE, storage="<p/>" * 600_000))
        with pytest.raises(Refused, match="no id"):
            await wiki.publish(replace(PAGE, known="../1"))
    assert server.asked == []


async def test_a_title_is_one_line_within_its_limit(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        await wiki.publish(replace(PAGE, title="down\nagain " * 100))
    [page] = server.pages.values()
    assert page["title"].startswith("down again down")


async def test_the_doctor_can_ask_and_hears_what_is_wrong(cloud: bool) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        assert await wiki.try_out() == "the space Operations can be read"
    async with reached(server, muster_confluence_space="NONE") as wiki:
        with pytest.raises(Refused) as refused:
            await wiki.try_out()
        assert "MUSTER_CONFLUENCE_SPACE" in refused.value.remedy
    async with reached(server, muster_confluence_token="an0ther") as wiki:
        with pytest.raises(Refused, match="http_401") as refused:
            await wiki.publish(PAGE)
        assert "MUSTER_CONFLUENCE_TOKEN" in refused.value.remedy
        assert "an0ther" not in repr(vars(wiki))


@pytest.mark.parametrize(
    ("status", "failure"), [(403, Refused), (404, Refused), (429, TryAgain), (500, TryAgain), (302, Refused)]
)
async def test_what_it_says_instead_is_understood(cloud: bool, status: int, failure: type[Exception]) -> None:
    server = ConfluenceStandIn(cloud=cloud)
    async with reached(server) as wiki:
        server.instead.append(web.Response(status=status, text=f"no {TOKEN}"))
        with pytest.raises(failure) as raised:
            await wiki.publish(PAGE)
        server.instead.append(web.Response(text="<html>Log in</html>"))
        with pytest.raises(Refused, match="not the API of Confluence"):
            await wiki.publish(PAGE)
    assert TOKEN not in repr(raised.value)
    assert server.changes() == []
