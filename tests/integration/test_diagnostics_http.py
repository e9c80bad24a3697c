"""The http kind against servers on this machine: well, ill, and hostile."""

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import Report, Result, Verdict
from tests.support.targets import a_target, asked, by_check
from tests.support.web import Handler, answering, saying

Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(raw: Raw) -> AsyncIterator[str]:
    """A TCP server that is no good web server."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await raw(reader, writer)
        except ConnectionError:
            return
        finally:
            writer.close()

    async with await asyncio.start_server(converse, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def diagnosed(url: str, settings: dict[str, str | None] | None = None, **section: Any) -> dict[str, Result]:
    report = await asked(a_target("http", settings, url=url, **{"tries": 1, **section}))
    return by_check(report)


async def test_a_healthy_endpoint_is_ok() -> None:
    rule = {"name": "errors", "title": "Error rate", "that": "$.errorRate < 0.01"}
    async with answering(saying(body={"errorRate": 0.002})) as url:
        report = await asked(a_target("http", url=f"{url}/health", tries=3, assertions=[rule]))
    found = by_check(report)
    assert report.verdict is Verdict.OK
    assert list(found) == ["status", "latency", "redirects", "errors"]
    assert found["status"].value == 200
    assert found["status"].ran == f"GET {url}/health"
    assert found["latency"].unit == "ms"
    assert found["latency"].rows is not None
    assert len(found["latency"].rows.rows) == 3
    assert (found["errors"].title, found["errors"].value) == ("Error rate", 0.002)
    assert report.against == f"{url}/health"


async def test_all_checks_share_one_request() -> None:
    requests: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        requests.append(request.path)
        return web.json_response({"a": 1})

    rules = [{"name": "a", "that": "$.a"}, {"name": "b", "that": "$.a == 1"}]
    async with answering(handler) as url:
        await diagnosed(url, assertions=rules)
        assert len(requests) == 1
        await diagnosed(url, assertions=rules, tries=3)
    assert len(requests) == 4


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(500, Verdict.CRITICAL), (404, Verdict.CRITICAL), (401, Verdict.ERROR), (204, Verdict.OK)],
)
async def test_a_status_that_is_not_wanted_is_named(status: int, verdict: Verdict) -> None:
    async with answering(saying(status)) as url:
        found = (await diagnosed(url))["status"]
    assert found.verdict is verdict
    assert str(status) in found.explanation
    assert bool(found.next_step) is (verdict is not Verdict.OK)


async def test_the_wanted_statuses_are_those_of_the_pack() -> None:
    async with answering(saying(401)) as url:
        assert (await diagnosed(url, status=[401]))["status"].verdict is Verdict.OK
        assert (await diagnosed(url, status=[200]))["status"].threshold == "must answer 200"


async def test_a_slow_endpoint_is_held_to_its_thresholds() -> None:
    async with answering(saying()) as url:
        warned = await diagnosed(url, thresholds={"latency_warn_ms": 0})
        critical = await diagnosed(url, thresholds={"latency_crit_ms": 0})
    assert warned["latency"].verdict is Verdict.WARN
    assert critical["latency"].verdict is Verdict.CRITICAL


async def test_tries_without_an_answer_are_told() -> None:
    asked_before: list[bool] = []

    async def handler(_request: web.Request) -> web.Response:
        if asked_before:
            await asyncio.Event().wait()
        asked_before.append(True)
        return web.Response()

    async with answering(handler) as url:
        found = await diagnosed(url, tries=3, check_timeout=0.3)
    assert found["status"].verdict is Verdict.OK
    assert found["latency"].verdict is Verdict.WARN
    assert "2 of 3 tries" in found["latency"].explanation


def sends(**ways: str) -> Handler:
    """Redirects from a path to an address."""

    async def handler(request: web.Request) -> web.Response:
        to = ways.get(request.path.strip("/"))
        return web.Response(status=302, headers={"Location": to}) if to else web.Response(text=request.path)

    return handler


async def test_redirects_are_followed_on_the_same_host() -> None:
    async with answering(sends(a="/b", b="/c")) as url:
        found = await diagnosed(f"{url}/a", redirects=2)
        short = await diagnosed(f"{url}/a", redirects=1)
    assert found["status"].verdict is Verdict.OK
    assert (found["redirects"].verdict, found["redirects"].value) == (Verdict.OK, 2)
    assert f"{url}/c" in found["redirects"].explanation
    assert short["status"].verdict is Verdict.CRITICAL
    assert "at most 1" in short["redirects"].explanation


async def test_a_redirect_in_a_circle_ends() -> None:
    async with answering(sends(a="/b", b="/a")) as url:
        found = await diagnosed(f"{url}/a", redirects=10)
    assert found["redirects"].verdict is Verdict.WARN
    assert "circle" in found["redirects"].explanation


async def test_nobody_else_is_given_the_credentials() -> None:
    requests: list[web.Request] = []

    async def stranger(request: web.Request) -> web.Response:
        requests.append(request)
        return web.Response()

    async with answering(stranger) as elsewhere:
        by_name = elsewhere.replace("127.0.0.1", "localhost")
        async with answering(sends(a=elsewhere, b=by_name)) as url:
            port = await diagnosed(f"{url}/a", {"A_B": "hunter2"}, bearer_from="A_B", redirects=5)
            host = await diagnosed(f"{url}/b", {"A_B": "hunter2"}, bearer_from="A_B", redirects=5)
    assert not requests
    assert "another port" in port["redirects"].explanation
    assert "another host" in host["redirects"].explanation


async def test_a_redirect_that_is_wanted_is_ok() -> None:
    async with answering(sends(a="https://example.com/?token=hunter2")) as url:
        found = await diagnosed(f"{url}/a", status=[302])
    assert {result.verdict for result in found.values()} == {Verdict.OK}
    assert "hunter2" not in str(found)


async def test_credentials_are_sent_and_shown_nowhere() -> None:
    seen: list[dict[str, str]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        return web.Response(status=403)

    settings: dict[str, str | None] = {"A_T": "hunter2\n", "A_K": "sesame7"}
    async with answering(handler) as url:
        target = a_target(
            "http",
            settings,
            url=url,
            tries=1,
            bearer_from="A_T",
            headers_from={"X-Key": "A_K"},
            headers={"X-Plain": "yes"},
        )
        report = await asked(target)
    assert (seen[0]["Authorization"], seen[0]["X-Key"], seen[0]["X-Plain"]) == ("Bearer hunter2", "sesame7", "yes")
    assert "X-Key: ***" in report.results[0].ran
    assert "X-Plain: yes" in report.results[0].ran
    assert nothing_secret(report)


def nothing_secret(report: Report) -> bool:
    shown = str(report.to_dict())
    return "hunter2" not in shown and "sesame7" not in shown


async def test_the_login_of_an_address_is_sent_and_shown_nowhere() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response()

    async with answering(handler) as url:
        settings: dict[str, str | None] = {"A_U": url.replace("//", "//bob:hunter2@") + "/?key=sesame7"}
        report = await asked(a_target("http", settings, url_from="A_U", tries=1))
    assert seen == ["Basic Ym9iOmh1bnRlcjI="], report.results[0]
    assert report.results[-1].check == "certificate"
    assert report.verdict is Verdict.OK
    assert nothing_secret(report)


@pytest.mark.parametrize(
    ("behind", "path", "expected"),
    [
        ("", "/api/health", "/api/health"),
        ("/", "/api/health?deep=1", "/api/health?deep=1"),
        ("/shop/", "/api%2Fhealth", "/shop/api%2Fhealth"),
        ("/shop?key=sesame7", "/health", "/shop/health?key=sesame7"),
        ("?key=sesame7", "/health?deep=1", "/health?key=sesame7&deep=1"),
    ],
)
async def test_a_path_goes_behind_the_address_that_a_setting_holds(behind: str, path: str, expected: str) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(f"{request.raw_path} {request.headers.get('Authorization')}")
        return web.Response()

    async with answering(handler) as url:
        settings: dict[str, str | None] = {"A_U": url.replace("//", "//bob:hunter2@") + behind}
        report = await asked(a_target("http", settings, url_from="A_U", path=path, tries=1))
    assert seen == [f"{expected} Basic Ym9iOmh1bnRlcjI="]
    assert report.against == url + expected.replace("key=sesame7&", "").replace("?key=sesame7", "")
    assert report.results[0].ran.startswith(f"GET {report.against}")
    assert nothing_secret(report)


@pytest.mark.parametrize("path", [None, "/health"])
@pytest.mark.parametrize("value", [None, "", "not an address", "ftp://hunter2@host/", "http://[hunter2"])
async def test_a_setting_without_an_address_is_an_error(value: str | None, path: str | None) -> None:
    report = await asked(a_target("http", {"A_U": value}, url_from="A_U", path=path))
    assert report.results[0].verdict is Verdict.ERROR
    assert "A_U" in report.results[0].explanation
    assert nothing_secret(report)


async def test_a_credential_of_two_lines_is_not_sent() -> None:
    report = await asked(a_target("http", {"A_T": "hunter2\r\nX: y"}, url="http://127.0.0.1:9", bearer_from="A_T"))
    assert report.results[0].verdict is Verdict.ERROR
    assert nothing_secret(report)


READY: dict[str, Any] = {"name": "ready", "that": "$.ready == true", "verdict": "warn", "next_step": "Wake it."}


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"ready": True}, Verdict.OK),
        ({"ready": False}, Verdict.WARN),
        ({}, Verdict.WARN),
        ([], Verdict.WARN),
        (b"<html>", Verdict.WARN),
        (b"\xff\xfe{", Verdict.WARN),
        (b"[" * 100_000, Verdict.WARN),
        (b'{"ready": true, "n": ' + b"9" * 5000 + b"}", Verdict.WARN),
        (b'"' + b"x" * 2_000_000 + b'"', Verdict.ERROR),
    ],
)
async def test_an_assertion_is_held_to_the_json(body: Any, verdict: Verdict) -> None:
    async with answering(saying(body=body)) as url:
        found = (await diagnosed(url, assertions=[READY]))["ready"]
    assert found.verdict is verdict
    assert found.next_step == ("" if verdict is Verdict.OK else "Wake it.")
    assert found.ran == f"GET {url}\n$.ready == true"


async def test_an_ill_endpoint_may_still_say_what_is_ill() -> None:
    rules = [READY, {"name": "parts", "that": '$.parts[*].state == "up"'}]
    body = {"ready": True, "parts": [{"state": "up"}, {"state": "down"}, {"state": "lost"}]}
    async with answering(saying(503, body)) as url:
        found = await diagnosed(url, assertions=rules)
    async with answering(saying(503, b"oh no")) as url:
        silent = await diagnosed(url, assertions=rules)
    assert (found["status"].verdict, found["ready"].verdict) == (Verdict.CRITICAL, Verdict.OK)
    assert found["parts"].verdict is Verdict.CRITICAL
    assert found["parts"].rows is not None
    assert found["parts"].rows.rows == (('"down"',), ('"lost"',))
    assert silent["ready"].verdict is Verdict.NO_DATA


async def test_a_body_of_200_mb_is_not_read() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n")
        for _ in range(200):
            writer.write(b"x" * 1024 * 1024)
            await writer.drain()
            sent += 1

    async with talking(endless) as url:
        found = await diagnosed(url, assertions=[READY])
    assert found["status"].verdict is Verdict.OK
    assert found["ready"].verdict is Verdict.ERROR
    assert sent < 50


async def test_a_compressed_body_is_not_let_out_of_its_bounds() -> None:
    bomb = gzip.compress(b" " * 100_000_000, compresslevel=1)
    async with answering(saying(body=bomb, Content_Encoding="gzip")) as url:
        found = await diagnosed(url, assertions=[READY])
    async with answering(saying(body=gzip.compress(b'{"ready": true}'), Content_Encoding="gzip")) as url:
        small = await diagnosed(url, assertions=[READY])
    assert found["ready"].verdict is Verdict.ERROR
    assert small["ready"].verdict is Verdict.OK


async def hanging(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def babbling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH_9.7\r\n\r\n")
    await writer.drain()


async def breaking_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()


async def mislabelling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
    await writer.drain()


@pytest.mark.parametrize("raw", [hanging, resetting, babbling, breaking_off, mislabelling])
async def test_a_server_that_does_not_answer_well_is_critical(raw: Raw) -> None:
    async with talking(raw) as url:
        settings: dict[str, str | None] = {"A_U": url.replace("//", "//bob:hunter2@")}
        # A tenth of the time is there to say what came of it: on a busy machine that is no blink.
        patience = 1.5 if raw is hanging else 5
        target = a_target("http", settings, url_from="A_U", check_timeout=patience, assertions=[READY])
        report = await asked(target)
    assert report.results[0].verdict is Verdict.CRITICAL, report.results[0]
    assert report.results[0].next_step
    assert {result.verdict for result in report.results[1:]} == {Verdict.NO_DATA}
    assert nothing_secret(report)


async def test_a_port_where_nobody_listens_is_critical() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = await diagnosed(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert found["status"].verdict is Verdict.CRITICAL
    assert "refused" in found["status"].explanation


@pytest.mark.parametrize(
    "to", ["http://[", "//", "http://", "javascript:alert(1)", "http://a:x/", "%zz?ü", "http://a b/"]
)
async def test_a_redirect_to_nowhere_is_not_followed(to: str) -> None:
    async with answering(sends(a=to)) as url:
        found = await diagnosed(f"{url}/a", redirects=3)
    assert found["redirects"].verdict in (Verdict.OK, Verdict.WARN), found["redirects"]
    # What is no address of any kind leaves a redirect without an aim; a path of odd letters is still a path.
    assert found["status"].value == (200 if to == "%zz?ü" else 302)
