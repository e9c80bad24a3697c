"""Whatever a payload of Slack's looks like, it is answered in time, logged in a line at most, and changes nothing.

Real payloads, as the sandbox signs and sends them, are spoilt: parts are missing, of another type, huge, or unknown.
"""

import asyncio
import copy
import io
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, seed, settings
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import text

from bot.sandbox.model import Json
from tests.chaos.junk import Path, Spoilt, spoilt
from tests.chaos.seed import SEED
from tests.chaos.story import Story
from tests.chaos.theatre import Theatre, theatre

#: What people did; what follows from it may come a little later.
_COUNTS = text("SELECT (SELECT count(*) FROM incidents), (SELECT count(*) FROM timeline WHERE actor_kind = 'person')")

#: By kind of payload: what has to be whole for it to do anything. Without it nothing may happen.
#: (A command comes as a form: whatever its text and its trigger are, they are texts.)
ESSENTIAL: Mapping[str, tuple[Path, ...]] = {
    "command": (("command",), ("user_id",)),
    "event": (
        ("type",), ("event_id",), ("event", "type"), ("event", "user"), ("event", "ts"), ("event", "channel"),
        ("event", "thread_ts"),
    ),
    "block_actions": (
        ("type",), ("trigger_id",), ("user", "id"), ("actions", 0, "action_id"), ("actions", 0, "value"),
    ),
    "view_submission": (
        ("type",), ("user", "id"), ("view", "id"), ("view", "hash"), ("view", "type"), ("view", "callback_id"),
        ("view", "private_metadata"), ("view", "state", "values", "text", "text"),
    ),
}  # fmt: skip


#: Where a payload's own id is, which tells it from the one before.
IDS: Mapping[str, Path] = {
    "command": ("trigger_id",),
    "event": ("event_id",),
    "block_actions": ("trigger_id",),
    "view_submission": ("view", "hash"),
}


@dataclass
class Backstage:
    """A bot, and a good payload of every kind."""

    made: Theatre
    session: aiohttp.ClientSession
    good: Mapping[str, Json]

    async def counts(self) -> tuple[int, ...]:
        """How much there is in the database."""
        async with self.made.door.database.transaction() as connection:
            return tuple((await connection.execute(_COUNTS)).one())

    async def send(self, kind: str, payload: Json) -> tuple[int, str, float]:
        """Sends a payload the way that this bot hears Slack; returns what `post` does."""
        if self.made.sandbox.courier.target is not None:
            return await self.post(kind, payload)
        delivery = await self.made.sandbox.courier.deliver(kind, payload)
        return delivery.status or 0, str(delivery.answer), delivery.seconds or 0.0

    async def post(self, kind: str, payload: Json) -> tuple[int, str, float]:
        """Sends a payload as Slack does; returns the status, the answer and the seconds that it took."""
        body, content_type = encoded(kind, payload)
        timestamp = str(int(time.time()))
        signer = SignatureVerifier(self.made.sandbox.signing_secret)
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signer.generate_signature(timestamp=timestamp, body=body) or "",
        }
        began, url = time.perf_counter(), f"{self.made.apps[0].url}/slack/events"
        async with self.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.text(), time.perf_counter() - began


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """The body and its content type."""
    if kind == "event":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "command" else {"payload": payload}
    words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}
    return urlencode(words, errors="surrogatepass").encode(), "application/x-www-form-urlencoded"


async def payloads(made: Theatre) -> dict[str, Json]:
    """A payload of every kind, as Slack sends it: each would do something."""
    sandbox = made.sandbox
    story = Story(sandbox, made.door, made.watch, 1)
    await story.declare()
    await made.watch.settled(story.ref)
    await story.talk()
    room = next(c for c in sandbox.workspace.channels.values() if c.name.startswith(story.ref.lower()))
    await sandbox.click("bob", room.name, room.pins[0].ts, "diag")
    await story.say("bob", "note The pool is at 98 %")
    await sandbox.command("bob", f"{story.ref} update")
    await sandbox.submit("bob", {"text": "We look at the pool"})
    await made.watch.all_settled()
    sent = {item.kind: item.payload for item in sandbox.requests}
    events = (item.payload for item in sandbox.requests if item.kind == "event")
    reply = next(e for e in events if e["event"].get("thread_ts") and not e["event"].get("bot_id"))
    note = next(r.payload for r in sandbox.requests if r.kind == "command" and "note" in r.payload["text"])
    return sent | {"event": reply, "command": note}


@contextmanager
def backstage(database: str, *, socket: bool) -> Iterator[tuple[asyncio.Runner, Backstage]]:
    """A bot on a loop that Hypothesis can stop and go on with."""
    with asyncio.Runner() as runner:
        ready, over = asyncio.Event(), asyncio.Event()
        found: list[Backstage] = []

        async def play() -> None:
            async with theatre(database, bots=not socket, sockets=socket) as made, aiohttp.ClientSession() as session:
                found.append(Backstage(made, session, await payloads(made)))
                ready.set()
                await over.wait()

        async def begin() -> asyncio.Task[None]:
            playing = asyncio.ensure_future(play())
            waiting = asyncio.ensure_future(ready.wait())
            await asyncio.wait({playing, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            return playing

        async def end() -> None:
            over.set()
            await playing

        playing = runner.run(begin())
        try:
            if found:
                yield runner, found[0]
        finally:
            runner.run(end())


@pytest.mark.parametrize("socket", [False, True], ids=["http", "socket"])
@pytest.mark.parametrize("kind", list(ESSENTIAL))
def test_a_spoilt_payload_changes_nothing_and_is_answered(
    database: str, caplog: pytest.LogCaptureFixture, kind: str, socket: bool
) -> None:
    caplog.set_level(logging.INFO)
    numbers = count()
    with backstage(database, socket=socket) as (runner, stage):

        @seed(SEED)
        @settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(spoilt(stage.good[kind]))
        def holds(example: Spoilt) -> None:
            before = runner.run(stage.counts())
            caplog.clear()
            payload = example.payload if example.touches(IDS[kind]) else named(example.payload, kind, next(numbers))
            status, answer, seconds = runner.run(stage.send(kind, payload))
            assert status in {200, 400, 413}, (status, answer)
            assert seconds < 3
            written = [record for record in caplog.records if record.name.startswith(("bot.slack", "slack_bolt"))]
            assert not [record.exc_text or record.msg for record in written if record.exc_info]
            assert len(written) <= 1
            assert written or status == 200 or socket, "what is refused is logged in a line"
            after = runner.run(stage.counts())
            if example.touches(*ESSENTIAL[kind]):
                assert after == before, "something happened"

        holds()
        status, answer, _ = runner.run(stage.send("command", named(stage.good["command"], "command", next(numbers))))
        assert status == 200, answer
        assert "Recorded" in answer, "it goes on as before"


def named(payload: Json, kind: str, number: int) -> Json:
    """The payload with an id of its own."""
    *within, last = IDS[kind]
    copied = copy.deepcopy(payload)
    place: Any = copied
    for step in within:
        place = place[step]
    place[last] = f"{number}.1.new"
    return copied
