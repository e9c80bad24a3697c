"""Canvases: what Slack takes and refuses, and what people do with them."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox, SlackError
from bot.sandbox import canvas as rules
from tests.sandbox.test_strictness import refusal


def document(markdown: str) -> dict[str, str]:
    return {"type": "markdown", "markdown": markdown}


def change(operation: str, markdown: str | None = None, **more: Any) -> list[dict[str, Any]]:
    return [{"operation": operation, **({} if markdown is None else {"document_content": document(markdown)}), **more}]


async def made(client: AsyncWebClient, sandbox: Sandbox, markdown: str = "", title: str = "Review") -> str:
    answer = await client.conversations_canvases_create(
        channel_id=sandbox.channel("general").id, document_content=document(markdown), title=title
    )
    return str(answer["canvas_id"])


async def test_a_channel_has_one_canvas_of_its_own(client: AsyncWebClient, sandbox: Sandbox) -> None:
    canvas = await made(client, sandbox, "# Status")
    general = sandbox.channel("general").id
    assert await refusal(made(client, sandbox)) == "channel_canvas_already_exists"
    told = (await client.conversations_info(channel=general))["channel"]
    assert told["properties"]["canvas"]["file_id"] == canvas
    tab = (await client.canvases_create(channel_id=general, title="Another"))["canvas_id"]
    listed = (await client.files_list(channel=general, types="canvas"))["files"]
    assert [file["id"] for file in listed] == [canvas, tab]


async def test_only_where_the_bot_is_can_it_make_one(client: AsyncWebClient, sandbox: Sandbox) -> None:
    async def make(channel: str) -> bool:
        return bool(
            (await client.conversations_canvases_create(channel_id=channel, document_content=document("")))["ok"]
        )

    assert await refusal(make(sandbox.channel("payments").id)) == "not_in_channel"
    assert await refusal(make(sandbox.channel("leads").id)) == "channel_not_found"
    theirs = await sandbox.write_canvas("alice", "leads", "Ours")
    assert (
        await refusal(client.canvases_edit(canvas_id=theirs.id, changes=change("replace", "x"))) == "canvas_not_found"
    )


@pytest.mark.parametrize(
    ("markdown", "why"),
    [
        ("# a\n\n#### b", "line 3: Unsupported heading depth (4)"),
        ("> - a", "line 1: Unsupported block type (List) within block quote"),
        ("- a\n\n  > b", "line 3: Unsupported block type (BlockQuote) within list item"),
        ("- a\n  1. b", "line 2: Unsupported block type (List) within a list of another kind"),
        ("| a |\n|---|\n" + "| b |\n" * 300, "line 1: Unsupported table size (more than 300 cells)"),
    ],
)
async def test_what_canvases_do_not_have_is_refused_with_its_line(
    client: AsyncWebClient, sandbox: Sandbox, markdown: str, why: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await made(client, sandbox, markdown)
    assert (caught.value.response["error"], caught.value.response["detail"]) == (
        "canvas_creation_failed",
        f"'content' error: {why}",
    )
    canvas = await made(client, sandbox, "As it was")
    edit = client.canvases_edit(canvas_id=canvas, changes=change("replace", markdown))
    assert await refusal(edit) == "canvas_editing_failed"
    assert sandbox.workspace.canvases[canvas].markdown == "As it was"


@pytest.mark.parametrize(
    "content",
    [{"type": "blocks", "markdown": "x"}, {"type": "markdown"}, []],
    ids=["type", "nothing", "list"],
)
async def test_content_is_markdown_of_a_mebibyte_at_most(
    client: AsyncWebClient, sandbox: Sandbox, content: Any
) -> None:
    general = sandbox.channel("general").id
    call = client.conversations_canvases_create(channel_id=general, document_content=content)
    assert await refusal(call) == "invalid_arguments"


def test_content_is_a_mebibyte_at_most() -> None:
    assert len(rules.content(document("x" * rules.CONTENT), "canvas_creation_failed")) == 1_048_576
    with pytest.raises(SlackError, match="invalid_arguments"):
        rules.content(document("x" * (rules.CONTENT + 1)), "canvas_creation_failed")


@pytest.mark.parametrize(
    "changes",
    [
        [],
        change("insert_at_end", "a") + change("insert_at_end", "b"),
        change("append", "a"),
        change("replace"),
        change("insert_after", "a"),
        change("delete"),
        change("rename", "a"),
    ],
    ids=["none", "two", "unknown", "no content", "no section", "delete all", "no title"],
)
async def test_an_edit_is_one_whole_change(client: AsyncWebClient, sandbox: Sandbox, changes: Any) -> None:
    canvas = await made(client, sandbox)
    assert await refusal(client.canvases_edit(canvas_id=canvas, changes=changes)) == "invalid_arguments"


async def test_a_section_is_found_and_changed_alone(client: AsyncWebClient, sandbox: Sandbox) -> None:
    canvas = await made(client, sandbox, "# Review\n\n## Cause\n\nUnknown\n\n## Impact\n\nUnknown, too")

    async def ids(**criteria: Any) -> list[str]:
        found = await client.canvases_sections_lookup(canvas_id=canvas, criteria=criteria)
        return [section["id"] for section in found["sections"]]

    _, cause, impact = await ids(section_types=["any_header"])
    assert await ids(section_types=["h2"], contains_text="Impact") == [impact]
    first, second = await ids(contains_text="Unknown")
    await client.canvases_edit(canvas_id=canvas, changes=change("replace", "A full disk", section_id=first))
    await client.canvases_edit(canvas_id=canvas, changes=change("insert_before", "In short:", section_id=second))
    await client.canvases_edit(canvas_id=canvas, changes=change("delete", section_id=cause))
    await client.canvases_edit(canvas_id=canvas, changes=change("rename", title_content=document("The review")))
    kept = sandbox.workspace.canvases[canvas]
    assert kept.markdown == "# Review\n\nA full disk\n\n## Impact\n\nIn short:\n\nUnknown, too"
    assert kept.title == "The review"
    again = client.canvases_edit(canvas_id=canvas, changes=change("replace", "x", section_id=first))
    assert await refusal(again) == "canvas_editing_failed"
    assert await refusal(ids()) == "invalid_arguments"
    assert await refusal(ids(section_types=["h4"])) == "invalid_arguments"


async def test_a_canvas_that_was_deleted_is_gone_and_its_channel_may_have_another(
    client: AsyncWebClient, sandbox: Sandbox
) -> None:
    canvas = await made(client, sandbox, "words")
    await sandbox.delete_canvas("bob", canvas)
    assert await refusal(client.canvases_edit(canvas_id=canvas, changes=change("replace", "x"))) == "canvas_not_found"
    lookup = client.canvases_sections_lookup(canvas_id=canvas, criteria={"contains_text": "words"})
    assert await refusal(lookup) == "canvas_deleted"
    assert await refusal(client.files_info(file=canvas)) == "file_deleted"
    assert await made(client, sandbox) != canvas


async def test_a_canvas_is_read_on_the_page_by_its_permalink(client: AsyncWebClient, sandbox: Sandbox) -> None:
    bob = sandbox.people["bob"].id
    canvas = await made(client, sandbox, f"## Cause\n\n<script>alert(1)</script> ![](@{bob})", "<b>Review</b>")
    told = (await client.files_info(file=canvas))["file"]
    assert (told["title"], told["user"]) == ("<b>Review</b>", sandbox.people["muster"].id)
    async with aiohttp.ClientSession() as session, session.get(told["permalink"]) as answer:
        page = await answer.text()
    assert "<h2>Cause</h2>" in page
    assert "@Bob Lindqvist" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;Review" in page
    assert '<details class="pins canvas" open>' in page
