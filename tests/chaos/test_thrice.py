"""Whatever Slack brings three times, to three bots at once, happens once, and each of them answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.domain import events as e
from bot.domain.react import RECORDED as PIN
from bot.sandbox.courier import encode
from bot.sandbox.model import Channel, Json
from tests.chaos.audit import audit, record_of
from tests.chaos.story import Story
from tests.chaos.theatre import Theatre, theatre


@pytest.fixture
async def made(database: str) -> AsyncIterator[Theatre]:
    """Two bots that hear Slack over HTTP, and one that has a socket, to which Slack sends first."""
    async with theatre(database, bots=2, sockets=1) as built:
        yield built


@pytest.fixture
async def story(made: Theatre) -> Story:
    """A furnished incident."""
    story = Story(made.sandbox, made.door, made.watch, 1)
    await story.declare()
    await made.watch.settled(story.ref)
    return story


def room_of(made: Theatre, story: Story) -> Channel:
    channels = made.sandbox.workspace.channels.values()
    return next(channel for channel in channels if channel.name.startswith(story.ref.lower()))


async def thrice(made: Theatre, kind: str, payload: Json) -> list[str]:
    """Delivers a payload to every bot at once; returns what they answered."""

    async def by_http(url: str) -> str:
        body, content_type = encode(kind, payload)
        now = str(int(time.time()))
        signature = SignatureVerifier(made.sandbox.signing_secret).generate_signature(timestamp=now, body=body)
        headers = {"Content-Type": content_type, "X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature or ""}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}/slack/events", data=body, headers=headers) as answer,
        ):
            assert answer.status == 200
            return await answer.text()

    async def by_socket() -> str:
        delivery = await made.sandbox.courier.deliver(kind, payload)
        assert delivery.ok, delivery
        return str(delivery.answer)

    return list(await asyncio.gather(*(by_http(app.url) for app in made.apps[:2]), by_socket()))


def sent(made: Theatre, kind: str, like: Callable[[Json], bool] = lambda _: True) -> Json:
    """The latest payload of a kind, with ids that no bot has seen."""
    payload: Json = next(
        item.payload for item in reversed(made.sandbox.requests) if item.kind == kind and like(item.payload)
    )
    fresh = made.sandbox.workspace.new_id("")
    if kind == "view_submission":
        return payload | {"view": payload["view"] | {"hash": f"1.{fresh}"}}
    return payload | ({"event_id": f"Ev{fresh}"} if kind == "event" else {"trigger_id": f"1.2.{fresh}"})


async def count(made: Theatre, story: Story, kind: type[e.Event]) -> int:
    async with made.door.database.transaction() as connection:
        return len((await record_of(connection, story.ref)).events(kind))


async def test_a_declaration_opens_one_incident_and_all_answers_name_it(made: Theatre, story: Story) -> None:
    answers = await thrice(made, "command", sent(made, "command") | {"text": "declare P2 chaos-002 Mail is slow"})
    refs = {answer[(at := answer.index("INC-")) : at + len(story.ref)] for answer in answers}
    assert len(refs) == 1
    assert story.ref not in refs
    await made.watch.all_settled()
    await audit(made.door, made.sandbox, [story.ref, *refs])


async def test_a_command_is_done_once(made: Theatre, story: Story) -> None:
    answers = await thrice(made, "command", sent(made, "command") | {"text": f"{story.ref} note The pool is full"})
    assert all(":ok_hand:" in answer for answer in answers)
    assert sum("recorded already" in answer for answer in answers) == 2
    assert await count(made, story, e.NoteAdded) == 1


async def test_an_event_is_recorded_once(made: Theatre, story: Story) -> None:
    room, sandbox = room_of(made, story), made.sandbox
    alert = next(message.ts for message in room.messages if message.blocks)
    await sandbox.say("erin", room.name, "The pool is at 98 %", thread_ts=alert)
    reply = sent(made, "event", lambda p: p["event"].get("text") == "The pool is at 98 %")
    ts = sandbox.workspace.next_ts()
    await thrice(made, "event", reply | {"event": reply["event"] | {"ts": ts, "event_ts": ts, "text": "It is full"}})
    assert await count(made, story, e.MessageCaptured) == 2

    await sandbox.react("carol", room.name, await sandbox.say("erin", room.name, "We deployed"), PIN)
    reaction = sent(made, "event", lambda p: p["event"]["type"] == "reaction_added")
    await thrice(made, "event", reaction | {"event": reaction["event"] | {"user": sandbox.people["dave"].id}})
    assert await count(made, story, e.MessagePinned) == 2


async def test_a_button_is_pressed_once(made: Theatre, story: Story) -> None:
    room = room_of(made, story)
    await made.sandbox.click("bob", room.name, room.pins[0].ts, "diag")
    await thrice(made, "block_actions", sent(made, "block_actions"))
    await made.watch.all_settled()
    assert await count(made, story, e.DiagnosticRequested) == 2
    assert await count(made, story, e.DiagnosticRecorded) == 2


async def test_a_form_is_submitted_once(made: Theatre, story: Story) -> None:
    await made.sandbox.command("bob", f"{story.ref} update")
    await made.sandbox.submit("bob", {"text": "We look at the pool"})
    await thrice(made, "view_submission", sent(made, "view_submission"))
    assert await count(made, story, e.UpdatePosted) == 2
    await made.watch.all_settled()
    await audit(made.door, made.sandbox, [story.ref])
