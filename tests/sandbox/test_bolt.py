"""A Bolt app works against the sandbox without knowing it, over HTTP and over Socket Mode."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.sandbox.conftest import Clock


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def an_app(sandbox: Sandbox) -> AsyncApp:
    app = AsyncApp(
        client=AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url), signing_secret=sandbox.signing_secret
    )

    @app.command("/incident")
    async def command(
        ack: AsyncAck, respond: AsyncRespond, client: AsyncWebClient, body: dict[str, Any], say: Any
    ) -> None:
        if body["text"] == "declare":
            field = {"type": "plain_text_input", "action_id": "title"}
            block = {"type": "input", "block_id": "title", "label": plain("Title"), "element": field}
            view = {"type": "modal", "callback_id": "declare", "title": plain("Declare"), "submit": plain("Go")}
            await client.views_open(trigger_id=body["trigger_id"], view=view | {"blocks": [block]})
            await ack()
            return
        await ack("Recorded.")
        await respond("And later.")
        button = {"type": "button", "text": plain("Ack"), "action_id": "ack"}
        await say(text="Alert", blocks=[{"type": "actions", "elements": [button]}])

    @app.action("ack")
    async def pressed(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond("Acknowledged", replace_original=True)

    @app.view("declare")
    async def declared(ack: AsyncAck, view: dict[str, Any]) -> None:
        if len(view["state"]["values"]["title"]["title"]["value"]) < 5:
            await ack(response_action="errors", errors={"title": "Say a little more."})
        else:
            await ack()

    @app.event("message")
    async def message(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")

    return app


@pytest.fixture(params=["http", "socket"])
async def workspace(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(now=clock)
    await sandbox.start()
    app = an_app(sandbox)
    if request.param == "http":
        runner = web.AppRunner(app.server().web_app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sandbox.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        yield sandbox
        await sandbox.stop()
        await runner.cleanup()
    else:
        handler = AsyncSocketModeHandler(app, sandbox.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it bare
        await sandbox.wait_for(lambda it: len(it.courier.sockets))
        yield sandbox
        await handler.close_async()  # type: ignore[no-untyped-call]  # the same
        await sandbox.stop()


async def test_commands_buttons_and_answers_work(workspace: Sandbox) -> None:
    reply = await workspace.command("alice", "show")
    assert (reply.status, reply.text) == (200, "Recorded.")
    await workspace.quiet()
    assert {message.text for message in workspace.ephemerals("alice")} == {"Recorded.", "And later."}
    alert = workspace.channel("general").messages[-1]
    await workspace.click("bob", "general", alert.ts, "ack")
    await workspace.wait_for(lambda _: alert.text == "Acknowledged")


async def test_modals_work(workspace: Sandbox) -> None:
    await workspace.command("alice", "declare")
    refused = await workspace.submit("alice", {"title": "x"})
    assert refused.body["errors"] == {"title": "Say a little more."}
    await workspace.submit("alice", {"title": "Checkout is down"})
    assert workspace.view("alice") is None


async def test_events_work_and_the_bot_ignores_its_own(workspace: Sandbox) -> None:
    ts = await workspace.say("bob", "general", "hello")
    direct = await workspace.say("bob", "@muster", "and privately")
    await workspace.quiet()
    seen = workspace.channel("general").message(ts)
    assert seen is not None
    assert list(seen.reactions) == ["eyes"]
    assert workspace.requests[-1].payload["event"]["type"] == "reaction_added"
    assert direct in {item.payload["event"].get("ts") for item in workspace.requests}
