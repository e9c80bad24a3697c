"""What people see in a browser, and the JSON endpoints behind it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.screen import mrkdwn
from bot.sandbox.screen.mrkdwn import Reader
from bot.sandbox.screen.rich import rich_text
from tests.sandbox.fake_bot import FakeBot

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> & "quoted" <javascript:alert(3)|x> <!nonsense>'


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sandbox.url) as session:
        yield session


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def every_kind_of_block(text: str) -> list[dict[str, Any]]:
    cell = {"type": "raw_text", "text": text}
    words = {"type": "mrkdwn", "text": text}
    button = {"type": "button", "text": plain(text[:70]), "action_id": text[:200], "value": text}
    return [
        {"type": "header", "text": plain(text)},
        {"type": "section", "text": words, "fields": [words, plain(text)], "accessory": button},
        {"type": "context", "elements": [words, plain(text)]},
        {"type": "actions", "elements": [button, {"type": "users_select", "action_id": "who"}]},
        {"type": "markdown", "text": text},
        {"type": "table", "rows": [[cell, cell]]},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
        },
    ]


async def test_hostile_text_stays_text_everywhere(
    client: AsyncWebClient, sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    general = sandbox.channel("general").id
    await client.chat_postMessage(channel=general, text=HOSTILE)
    await client.chat_postMessage(channel=general, text="x", blocks=every_kind_of_block(HOSTILE), username=HOSTILE)
    await client.conversations_setTopic(channel=general, topic=HOSTILE)
    await client.bookmarks_add(channel_id=general, title=HOSTILE, link='https://x/"><script>', type="link")
    await sandbox.say("bob", "general", HOSTILE)
    page = await (await browser.get("/", params={"channel": "general", "as": "alice"})).text()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    assert "onerror=&#34;" in page or "onerror=&quot;" in page


async def test_blocks_are_drawn_and_buttons_carry_their_ids(
    client: AsyncWebClient, sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    await client.chat_postMessage(channel="general", text="x", blocks=every_kind_of_block("Checkout is *down*"))
    page = await (await browser.get("/", params={"channel": "general"})).text()
    assert "Checkout is <strong>down</strong>" in page
    assert "<em>down</em>" in page  # the markdown block means something else by one asterisk
    assert 'data-action="Checkout is *down*"' in page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "*bold* _slanted_ ~gone~ `code *x*`",
            "<strong>bold</strong> <em>slanted</em> <s>gone</s> <code>code *x*</code>",
        ),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("&gt; quoted\nafter", "<blockquote>quoted</blockquote><p>after</p>"),
        ("• one\n• two", "<ul><li>one</li><li>two</li></ul>"),
        ("```\nSELECT 1 &lt; 2\n```", "<pre>SELECT 1 &lt; 2</pre>"),
        ("a\nb", "<p>a<br>b</p>"),
        (":pushpin: :unheard_of:", "<p>📌 :unheard_of:</p>"),
        ("<https://example.com/a_b_c|*the* page>", ">*the* page</a>"),
        ("<#C1|general>", "#general"),
        ("<!here> <!subteam^S0ONCALL01>", "@here</span>"),
        ("<!date^1772616600^{date_num} {time}|then>", ">2026-03-04 09:30</time>"),
        ("<!date^1772616600^{date_short_pretty} at {time}|then>", ">today at 09:30</time>"),
        ("<!date^soon^{time}|then>", "<p>then</p>"),
    ],
)
def test_mrkdwn_becomes_html(sandbox_at_rest: Sandbox, text: str, html: str) -> None:
    reader = Reader(sandbox_at_rest.workspace, sandbox_at_rest.people["alice"])
    assert html in mrkdwn.mrkdwn(reader, text)


@pytest.fixture
def sandbox_at_rest(clock: Any) -> Sandbox:
    return Sandbox(now=clock)


def test_rich_text_becomes_html(sandbox_at_rest: Sandbox) -> None:
    def text(words: str, **style: bool) -> dict[str, Any]:
        return {"type": "text", "text": words, "style": style}

    def section(*inside: dict[str, Any]) -> dict[str, Any]:
        return {"type": "rich_text_section", "elements": list(inside)}

    people, general = sandbox_at_rest.people, sandbox_at_rest.channel("general").id
    mentions: list[dict[str, Any]] = [
        {"type": "user", "user_id": people["bob"].id},
        {"type": "channel", "channel_id": general},
        {"type": "usergroup", "usergroup_id": "S0ONCALL01"},
        {"type": "broadcast", "range": "here"},
        {"type": "emoji", "name": "fire"},
        {"type": "link", "url": "https://example.com", "text": "docs"},
        {"type": "date", "timestamp": 1772616600, "format": "{time}", "fallback": "then"},
    ]
    parts: list[dict[str, Any]] = [
        section(text("a", bold=True), text("b", italic=True, strike=True), text("c<", code=True), *mentions),
        {"type": "rich_text_list", "style": "ordered", "offset": 2, "elements": [section(text("three"))]},
        {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [section(text("deep"))]},
        {"type": "rich_text_preformatted", "elements": [text("SELECT <1>")]},
        {"type": "rich_text_quote", "elements": [text("said")]},
    ]
    html = rich_text(Reader(sandbox_at_rest.workspace, people["alice"]), {"type": "rich_text", "elements": parts})
    for piece in (
        "<strong>a</strong><s><em>b</em></s><code>c&lt;</code>",
        "@Bob</span>",
        "#general</a>",
        "@oncall</span>",
        "@here</span>🔥",
        ">docs</a>",
        ">09:30</time>",
        '<ol class="indent-0" start="3"><li>three</li></ol>',
        '<ul class="indent-1"',
        "<pre>SELECT &lt;1&gt;</pre>",
        "<blockquote>said</blockquote>",
    ):
        assert piece in html


async def test_each_person_sees_their_own_page(
    client: AsyncWebClient, sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    await client.chat_postEphemeral(
        channel=sandbox.channel("general").id, user=sandbox.people["alice"].id, text="between us"
    )
    mine = await (await browser.get("/", params={"channel": "general", "as": "alice"})).text()
    theirs = await (await browser.get("/", params={"channel": "general", "as": "erin"})).text()
    assert "Only visible to you" in mine
    assert "between us" not in theirs
    assert ">leads<" in mine
    assert ">leads<" not in theirs


async def test_a_thread_a_pin_and_a_modal_are_shown(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot, browser: aiohttp.ClientSession
) -> None:
    general = sandbox.channel("general").id
    ts = await sandbox.say("bob", "general", "what happened?")
    await sandbox.say("alice", "general", "a deploy", thread_ts=ts)
    await client.pins_add(channel=general, timestamp=ts)
    await sandbox.command("alice")
    select = {"type": "users_select", "action_id": "who"}
    asked = {"type": "input", "block_id": "b", "label": plain("To whom?"), "element": select}
    view = {"type": "modal", "title": plain("Hand over"), "submit": plain("Go"), "blocks": [asked]}
    await client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=view)
    query = {"channel": general, "thread": ts, "as": "alice"}
    pieces = await (await browser.get("/sandbox/pieces", params=query)).json()
    assert "a deploy" in pieces["thread"]
    assert "a deploy" not in pieces["main"]
    assert "1 reply" in pieces["main"]
    assert "Pinned by Muster" in pieces["main"]
    assert "Hand over" in pieces["modal"]
    assert "To whom?" in pieces["modal"]


async def test_the_browser_is_told_of_changes(sandbox: Sandbox, browser: aiohttp.ClientSession) -> None:
    async with browser.get("/sandbox/changes") as stream:
        first = await stream.content.readline()
        await stream.content.readline()
        await sandbox.say("bob", "general", "news")
        second = await stream.content.readline()
    assert first.startswith(b"data: ")
    assert int(second.split()[1]) > int(first.split()[1])
    assert int(await (await browser.get("/sandbox/version")).text()) == sandbox.workspace.changes.version


async def test_an_upload_can_be_downloaded_but_never_runs(
    client: AsyncWebClient, sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    general = sandbox.channel("general").id
    content = "<script>alert(1)</script> # Review"
    await client.files_upload_v2(channel=general, content=content, filename="review.html", initial_comment="Here")
    message = sandbox.channel("general").messages[-1]
    assert message.text == "Here"
    answer = await browser.get(f"/files/{message.files[0].id}/review.html")
    assert await answer.text() == content
    assert answer.content_type == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_permalink_leads_to_its_message(
    client: AsyncWebClient, sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    general = sandbox.channel("general").id
    ts = await sandbox.say("bob", "general", "look here")
    link = (await client.chat_getPermalink(channel=general, message_ts=ts))["permalink"]
    answer = await browser.get(link, allow_redirects=False)
    assert answer.status == 302
    assert answer.headers["Location"] == f"/?channel={general}&at={ts}"


async def test_another_program_can_do_what_people_do(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot, browser: aiohttp.ClientSession
) -> None:
    async def act(gesture: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await (await browser.post(f"/sandbox/api/{gesture}", json=body)).json()
        return answer

    bot.will_answer("Recorded.")
    assert (await act("command", **{"as": "alice"}, text="ack"))["text"] == "Recorded."
    ts = (await act("say", **{"as": "bob"}, channel="general", text="hello"))["ts"]
    await act("react", **{"as": "bob"}, channel="general", ts=ts, emoji="pushpin")
    again = await act("react", **{"as": "bob"}, channel="general", ts=ts, emoji="pushpin")
    assert again == {"error": "already_reacted"}
    button = {"type": "button", "text": plain("Ack"), "action_id": "ack"}
    posted = await client.chat_postMessage(
        channel="general", text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    clicked = await act("click", **{"as": "bob"}, channel="general", ts=posted["ts"], action_id="ack")
    assert clicked["status"] == 200
    state = await (await browser.get("/sandbox/api/state", params={"as": "alice"})).json()
    [general] = [channel for channel in state["channels"] if channel["name"] == "general"]
    assert [message["text"] for message in general["messages"]] == ["hello", "x"]
    assert state["ephemerals"][0]["text"] == "Recorded."
    calls = await (await browser.get("/sandbox/api/calls")).json()
    assert [call["method"] for call in calls["calls"]] == ["chat.postMessage"]
    requests = await (await browser.get("/sandbox/api/requests")).json()
    assert requests["requests"][0]["kind"] == "command"
    assert (await act("settings", latency=0.25))["latency"] == 0.25
    assert "nobody" in (await act("say", **{"as": "zoe"}, channel="general", text="x"))["error"]


async def test_a_page_from_elsewhere_cannot_press_buttons(sandbox: Sandbox, browser: aiohttp.ClientSession) -> None:
    answer = await browser.post("/sandbox/api/say", data='{"as": "bob", "channel": "general", "text": "forged"}')
    assert answer.status == 415
    assert sandbox.channel("general").messages == []


async def test_the_home_tab_is_published_and_shown(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot, browser: aiohttp.ClientSession
) -> None:
    blocks = [{"type": "header", "text": plain("Open incidents: none")}]
    await client.views_publish(user_id=sandbox.people["alice"].id, view={"type": "home", "blocks": blocks})
    view = await sandbox.open_home("alice")
    assert view is not None
    assert bot.event("app_home_opened")["view"]["id"] == view.id
    page = await (await browser.get("/", params={"channel": "~muster", "as": "alice"})).text()
    assert "Open incidents: none" in page


async def test_it_runs_as_a_program_of_its_own() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--latency-ms", "1", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert program.stdout is not None
        url = (await program.stdout.readline()).decode().strip()
        client = AsyncWebClient("xoxb-sandbox", base_url=f"{url}api/")
        assert (await client.auth_test())["ok"]
    finally:
        program.terminate()
        assert await program.wait() == 0
