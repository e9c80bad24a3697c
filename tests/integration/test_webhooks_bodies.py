"""Bodies posted over HTTP that are too long, packed, broken or too many at once: nothing falls over."""

import asyncio
import contextlib
import gzip
import hashlib
import hmac
import io
import json
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import hdrs

from bot.web import server
from bot.web.webhooks import routes
from bot.web.webhooks.room import Full, Room
from tests.integration.webhooks_door import LIMIT, TOKENS, Door, opened, post, raw
from tests.unit.test_webhook_payloads import payload


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(TOKENS) as made:
        yield made


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30)) as session:
        yield session


async def test_a_mebibyte_is_taken_and_a_byte_more_is_not(door: Door, web: aiohttp.ClientSession) -> None:
    body = json.dumps({"title": "T", "text": ""}).encode()
    whole = body.replace(b'""', b'"%s"' % (b"x" * (LIMIT - len(body))))
    assert (await post(web, f"{door.url}/generic", io.BytesIO(whole)))[0] == 202
    status, told, _ = await post(web, f"{door.url}/generic", io.BytesIO(whole + b" "))
    assert (status, told["error"]) == (413, "The body is over 1 MiB. Send fewer alerts at once.")


async def test_a_body_without_a_length_is_measured_as_it_comes(door: Door, web: aiohttp.ClientSession) -> None:
    async def long() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 65_536

    assert (await post(web, f"{door.url}/generic", long()))[0] == 413


HEAD = b"POST /webhooks/generic HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alpha-secret\r\n"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"Content-Length: 99999999999\r\n\r\n", b"413"),
        (b"Content-Length: 13\r\n\r\n" + b'{"title":"T"}' + b"x" * 9_000, b"400"),
        (b"Content-Length: 4\r\n\r\n" + b'{"title":"T"}', b"400"),
        (b"Content-Length: -1\r\n\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n", b"400"),
    ],
)
async def test_a_length_that_is_not_true_does_no_harm(door: Door, rest: bytes, status: bytes) -> None:
    assert (await raw(door, HEAD + rest)).split()[1] == status


async def test_a_body_that_breaks_off_is_not_taken(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(HEAD + b"Content-Length: 14\r\n\r\n" + b'{"title":"T"}')
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert door.taken == []


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
async def test_a_packed_body_is_refused_however_small_it_is(
    door: Door, web: aiohttp.ClientSession, coding: str
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    request = HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode() + bomb
    assert (await raw(door, request)).split()[1] == b"415"


async def test_a_body_that_does_not_come_is_not_waited_for(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_PATIENCE", 0.01)
    assert (await raw(door, HEAD + b"Content-Length: 14\r\n\r\n{")).split()[1] == b"503"


@pytest.mark.parametrize("begun", [b"", HEAD])
async def test_a_connection_on_which_no_request_comes_is_closed(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(server, "_IDLE", 0.01)
    async with opened(TOKENS) as door:
        assert await raw(door, begun) == b""


@pytest.mark.parametrize(("lengths", "most"), [(True, 64), (False, 16)])
async def test_only_so_many_posts_and_bytes_are_handled_at_once(door: Door, lengths: bool, most: int) -> None:
    door.held = asyncio.Event()

    async def one(web: aiohttp.ClientSession) -> int:
        async def unmeasured() -> AsyncIterator[bytes]:
            yield payload("generic/one.json")

        body = payload("generic/one.json") if lengths else unmeasured()
        status, _, headers = await post(web, f"{door.url}/generic", body)
        if status == 503:
            assert headers[hdrs.RETRY_AFTER] == "5"
            assert door.held is not None
            door.held.set()
        return status

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as web:
        # The last one finds no room, and its answer lets the others go on.
        answers = await asyncio.gather(*(one(web) for _ in range(most + 1)))
        assert Counter(answers) == {202: most, 503: 1}
        assert await one(web) == 202


def test_who_has_not_proven_who_they_are_takes_half_of_the_room_at_most_and_the_first_of_them_goes() -> None:
    room, gone = Room(requests=4, size=100), list[int]()
    with room.taken_unproven(10, lambda: gone.append(1)), room.taken_unproven(40, lambda: gone.append(2)):
        with room.taken(25), room.taken(25), pytest.raises(Full), room.taken(0):
            pass
        with room.taken_unproven(0, lambda: gone.append(3)):
            assert gone == [1]
            with room.taken_unproven(20, lambda: gone.append(4)):
                assert gone == [1, 2]
    with room.taken(100), pytest.raises(Full), room.taken_unproven(1, gone.clear):
        pass
    with room.taken_unproven(50, gone.clear):
        pass
    with pytest.raises(Full), room.taken_unproven(51, gone.clear):
        pass
    # What was taken was given back, once.
    with room.taken(100), pytest.raises(Full), room.taken(1):
        pass


async def test_who_begins_posts_and_does_not_prove_who_they_are_keeps_no_signed_post_out(
    door: Door, web: aiohttp.ClientSession
) -> None:
    begun = f"POST /webhooks/sentry HTTP/1.1\r\nHost: x\r\nSentry-Hook-Signature: x\r\nContent-Length: {LIMIT}\r\n\r\n"
    async with contextlib.AsyncExitStack() as held:
        readers = []
        for _ in range(9):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            held.callback(writer.close)
            writer.write(begun.encode())
            readers.append(reader)
        # They have half of 16 MiB: one of them made room for the last.
        lines = [asyncio.ensure_future(reader.readline()) for reader in readers]
        held.callback(lambda: [line.cancel() for line in lines])
        answered, _ = await asyncio.wait(lines, return_when=asyncio.FIRST_COMPLETED)
        assert [line.result().split()[1] for line in answered] == [b"503"]
        body = payload("sentry/event_alert.json")
        signed = {"Sentry-Hook-Signature": hmac.new(b"beta-secret", body, hashlib.sha256).hexdigest()}
        assert (await post(web, f"{door.url}/sentry", body, signed))[0] == 202
