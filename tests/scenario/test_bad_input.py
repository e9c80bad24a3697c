"""What is not from Slack, not whole, or not understood."""

import io
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.domain import events as e
from tests.scenario.stage import Stage, shown

FORM = "application/x-www-form-urlencoded"


async def _post(
    bot: Stage,
    body: bytes,
    *,
    content_type: str = FORM,
    secret: str | None = None,
    timestamp: str | None = None,
    signature: str | None = None,
) -> aiohttp.ClientResponse:
    """Sends a request to the bot, signed unless told otherwise; returns its answer, read."""
    when = timestamp if timestamp is not None else str(int(time.time()))
    signer = SignatureVerifier(secret or bot.sandbox.signing_secret)
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": when,
        "X-Slack-Signature": signature or signer.generate_signature(timestamp=when, body=body) or "",
    }
    async with aiohttp.ClientSession() as session:
        response = await session.post(f"{bot.app.url}/slack/events", data=io.BytesIO(body), headers=headers)
        await response.read()
        return response


def _command(bot: Stage, **changes: str) -> bytes:
    form = {
        "command": "/incident",
        "text": "declare P1 Checkout is down",
        "user_id": bot.sandbox.people["alice"].id,
        "channel_id": bot.sandbox.channel("general").id,
        "team_id": "T1",
        "trigger_id": "1.2.3",
        "response_url": f"{bot.sandbox.url}response/nothing",
    }
    return urlencode(form | changes).encode()


async def test_a_signed_command_is_taken(bot: Stage) -> None:
    assert (await _post(bot, _command(bot))).status == 200
    assert await bot.count() == 1


async def test_a_bad_signature_is_refused(bot: Stage) -> None:
    assert (await _post(bot, _command(bot), secret="another")).status == 401
    assert (await _post(bot, _command(bot), signature="v0=nonsense")).status == 401
    assert (await _post(bot, _command(bot), signature="v0=é")).status == 401
    assert await bot.count() == 0


@pytest.mark.parametrize("age", [-330, 301, 86400])
async def test_an_old_or_future_timestamp_is_refused(bot: Stage, age: int) -> None:
    assert (await _post(bot, _command(bot), timestamp=str(int(time.time()) - age))).status == 401
    assert await bot.count() == 0


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", "1e9", "٣", "9" * 400])
async def test_a_timestamp_that_is_no_number_is_refused(bot: Stage, timestamp: str) -> None:
    assert (await _post(bot, _command(bot), timestamp=timestamp)).status == 401


async def test_without_any_signature_nothing_is_taken(bot: Stage) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{bot.app.url}/slack/events", data=_command(bot)) as response,
    ):
        assert response.status == 401


_NOT_WHOLE = [
    b"",
    b"{",
    b"[1]",
    b"null",
    b"payload=%7B",
    b"payload=3",
    b"command=%2Fincident&text=ack",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"type":"event_callback","event":null}',
    b'{"type":"event_callback","event":[]}',
    b'{"type":"event_callback","event":{"type":"message"}}',
    b'{"type":"event_callback","event":{"type":"message"},"event_id":"Ev1","authorizations":3}',
    b'{"type":"block_actions"}',
    b'{"type":"block_actions","trigger_id":"1","user":{"id":"U1"},"actions":[]}',
    b'{"type":"block_actions","trigger_id":"1","user":{"id":"U1"},"actions":[3]}',
    # Its trigger is what tells it from the next one.
    b'{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"ack","value":"INC-2026-01-31-001"}]}',
    b'{"type":"view_submission","view":{}}',
    b'{"type":"view_submission","user":{"id":"U1"},"view":{"callback_id":"update"}}',
    b'{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V","hash":"h","type":"modal","callback_id":"update"}}',
]


@pytest.mark.parametrize("body", _NOT_WHOLE, ids=lambda body: repr(body)[:40])
async def test_a_body_that_is_not_whole_is_refused(bot: Stage, body: bytes) -> None:
    kind = "application/json" if body[:1] in {b"{", b"[", b"n"} else FORM
    response = await _post(bot, body, content_type=kind)
    assert response.status == (400 if body else 200)
    assert await bot.count() == 0


_LITTLE_KNOWN = [
    b'{"type":"event_callback","event":{"type":"reaction_added","item":[]},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"reaction_added","reaction":"pushpin","item":{}},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"message"},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"message","subtype":"message_changed","channel":"C"},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"message","subtype":"message_deleted","channel":"C"},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"message","subtype":"something_new"},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"something_new"},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"member_joined_channel"},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"channel_rename","channel":{"id":"C1","name":"x"}},"event_id":"E"}',
    b'{"type":"event_callback","event":{"type":"user_change","user":{"id":"U1","name":"bob"}},"event_id":"E"}',
    b'{"type":"something_new"}',
    b'{"type":"block_actions","trigger_id":"1","user":{"id":"U1"},"actions":[{"action_id":"nothing"}]}',
    b'{"type":"block_actions","trigger_id":"1","user":{"id":"U1"},"actions":[{"action_id":"ack"}]}',
]


@pytest.mark.parametrize("body", _LITTLE_KNOWN, ids=lambda body: repr(body)[:80])
async def test_what_says_too_little_or_is_not_known_is_let_go(bot: Stage, body: bytes) -> None:
    assert (await _post(bot, body, content_type="application/json")).status == 200
    assert await bot.count() == 0


async def test_bytes_that_are_no_text_are_refused(bot: Stage) -> None:
    assert (await _post(bot, b"\xff\xfe\x00", signature="v0=0")).status == 400


async def test_a_body_that_is_too_large_is_refused(bot: Stage) -> None:
    assert (await _post(bot, b"x" * (1024 * 1024 + 1))).status == 413


async def test_another_apps_command_is_let_go(bot: Stage) -> None:
    assert (await _post(bot, _command(bot, command="/other"))).status == 200
    assert await bot.count() == 0


async def test_slacks_check_of_the_address_is_answered(bot: Stage) -> None:
    challenge: dict[str, Any] = {"type": "url_verification", "challenge": "abc"}
    response = await _post(bot, json.dumps(challenge).encode(), content_type="application/json")
    assert (response.status, json.loads(await response.text())) == (200, {"challenge": "abc"})


async def test_text_that_means_harm_pings_nobody(bot: Stage) -> None:
    room = await bot.declare("P1 <!channel> *Checkout* is `down` @here")
    await bot.command("alice", "update <!channel> look at <https://evil.example|this>", room.name)
    await bot.hear(room, "look at")
    await bot.sandbox.quiet()
    posted = [m for c in bot.sandbox.workspace.channels.values() for m in c.messages if m.bot_id]
    assert not [m for m in posted if "<!channel" in f"{m.text}{m.blocks}" or "<!here" in f"{m.text}{m.blocks}"]


async def test_a_text_that_is_too_long_is_said(bot: Stage) -> None:
    room = await bot.declare()
    assert "8000 is the most" in shown(await bot.command("alice", f"note {'x' * 8001}", room.name))
    await bot.recorded(e.NoteAdded, 0)


async def test_control_characters_are_taken_out(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("alice", "note a\x00b\x1bc", room.name)
    (note,) = await bot.recorded(e.NoteAdded)
    assert note.text == "abc"


async def test_what_nobody_expected_is_answered_kindly_and_leaks_nothing(
    bot: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_typed: str) -> object:
        raise RuntimeError("postgresql://secret@db")

    monkeypatch.setattr(bot.core.catalogue, "find", broken)
    said = shown(await bot.command("alice", "runbook db"))
    assert "something went wrong on my side" in said
    assert "secret" not in said
    assert [record for record in caplog.records if record.exc_info]
