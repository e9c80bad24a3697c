"""Requests that an action sends, to a server in the test."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from tests.support.actions import an_action, as_rehearsed
from tests.support.ports import babbles, nobody, resets, serving, shown, silent
from tests.support.targets import a_target

WHAT = {"name": "what", "type": "text", "max_length": 60}
MANY = {"name": "many", "type": "integer", "max": 9}


@dataclass
class Heard:
    """What a server was asked, and what it answers."""

    url: str = ""
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: str = "done, token=hunter2hunter2"


@asynccontextmanager
async def a_server(**tls: Any) -> AsyncIterator[Heard]:
    heard = Heard()

    async def handle(request: web.Request) -> web.Response:
        heard.requests.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return web.Response(status=heard.status, text=heard.answer, headers=heard.headers)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, **tls)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    heard.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield heard
    finally:
        await runner.cleanup()


@pytest.fixture
async def server() -> AsyncIterator[Heard]:
    async with a_server() as heard:
        yield heard


def scaling(url: str, **section: Any) -> Action:
    kept: dict[str, Any] = {
        "path": "/services/{what}/scale?by={many}",
        "body": {"to": "{many}", "of": ["{what}", "fixed"], "dry": False},
        "params": [WHAT, MANY],
        "url": url,
    }
    return an_action("http", None, {"MUSTER_SHOP_TOKEN": "hunter2-token"}, **kept | section)


async def test_a_rehearsal_shows_the_request_and_sends_nothing_and_a_run_sends_just_that(server: Heard) -> None:
    action = scaling(server.url, bearer_from="MUSTER_SHOP_TOKEN", headers={"X-Team": "shop"})
    given = {"what": 'a/../b?c="d"', "many": "3"}
    rehearsal = await rehearse(action, given)
    assert rehearsal.ready, rehearsal
    assert server.requests == []
    path = "/services/a%2F..%2Fb%3Fc%3D%22d%22/scale?by=3"
    assert rehearsal.ran.splitlines() == [
        f"POST {server.url}{path}",
        "X-Team: shop",
        "Authorization: ***",
        "Content-Type: application/json",
        "",
        json.dumps({"to": 3, "of": ['a/../b?c="d"', "fixed"], "dry": False}),
    ]
    outcome = await perform(action, given, rehearsal.bound)
    assert outcome.verdict is Ending.DONE
    assert outcome.said == "It answered 200 OK."
    assert outcome.output == "done, token=***"
    [(method, asked, headers, body)] = server.requests
    assert (method, asked) == ("POST", path)
    assert json.loads(body) == {"to": 3, "of": ['a/../b?c="d"', "fixed"], "dry": False}
    assert headers["Authorization"] == "Bearer hunter2-token"
    assert len(headers["Idempotency-Key"]) >= 32
    assert "hunter2" not in str(rehearsal) + str(outcome)


async def test_the_key_of_a_run_is_the_one_that_it_was_given(server: Heard) -> None:
    action = scaling(server.url)
    keyed = Action(rule=action.rule, value_of=action.value_of, key="INC-7/3")
    given = {"what": "web", "many": 1}
    await perform(keyed, given, as_rehearsed(keyed, given))
    assert server.requests[0][2]["Idempotency-Key"] == "INC-7/3"


async def test_the_packs_own_rehearsal_is_asked_and_its_refusal_stops_the_run(server: Heard) -> None:
    action = scaling(server.url, rehearse={"method": "GET", "path": "/services/{what}"})
    well = await rehearse(action, {"what": "web", "many": 1})
    server.status = 404
    ill = await rehearse(action, {"what": "web", "many": 1})
    assert well.ready
    assert "answered 200 OK" in well.lines[1]
    assert not ill.ready
    assert "was answered 404 Not Found" in ill.why_not
    assert [request[:2] for request in server.requests] == [("GET", "/services/web")] * 2
    assert "Idempotency-Key" not in server.requests[0][2]


@pytest.mark.parametrize(
    ("status", "ending"), [(201, "done"), (400, "failed"), (500, "failed"), (502, "unknown"), (504, "unknown")]
)
async def test_the_status_says_how_it_came_out(server: Heard, status: int, ending: str) -> None:
    action, given = scaling(server.url), {"what": "web", "many": 1}
    server.status = status
    outcome = await perform(action, given, as_rehearsed(action, given))
    assert outcome.verdict == ending
    server.status = 202
    only = scaling(server.url, status=[202])
    assert (await perform(only, given, as_rehearsed(only, given))).verdict is Ending.DONE


async def test_a_redirect_takes_nothing_elsewhere(server: Heard) -> None:
    async with a_server() as other:
        server.status, server.headers = 307, {"Location": other.url}
        action, given = scaling(server.url), {"what": "web", "many": 1}
        outcome = await perform(action, given, as_rehearsed(action, given))
        assert outcome.verdict is Ending.FAILED
        assert "Redirects are not followed." in outcome.said
        assert other.requests == []


async def test_an_address_out_of_a_setting_is_shown_without_its_path(server: Heard) -> None:
    action = an_action(
        "http", None, {"MUSTER_HOOK": f"{server.url}/T0/hunter2"}, url_from="MUSTER_HOOK", body={"text": "x"}
    )
    rehearsal = await rehearse(action, {})
    outcome = await perform(action, {}, rehearsal.bound)
    assert outcome.verdict is Ending.DONE
    assert server.requests[0][1] == "/T0/hunter2"
    assert rehearsal.against == f"{server.url}/***"
    assert "hunter2" not in str(rehearsal) + str(outcome)


async def test_a_path_is_under_the_address_of_the_target(server: Heard, tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with a_server(ssl_context=shown(ca.issue_cert("127.0.0.1"))) as safe:
        target = a_target("http", {"CA": str(tmp_path / "ca.pem")}, url=f"{safe.url}/api", ca_from="CA")
        action = an_action("http", target, method="DELETE", path="/cache")
        outcome = await perform(action, {}, (await rehearse(action, {})).bound)
        assert outcome.verdict is Ending.DONE, outcome
        assert safe.requests[0][:2] == ("DELETE", "/api/cache")
        assert safe.requests[0][3] == b""


@pytest.mark.parametrize(
    ("behaviour", "ending"), [(silent, "unknown"), (resets, "unknown"), (babbles, "unknown"), (None, "refused")]
)
async def test_who_was_reached_and_did_not_answer_may_have_done_it(behaviour: Any, ending: str) -> None:
    async with serving(behaviour or silent) as port:
        url = f"http://127.0.0.1:{port if behaviour else nobody()}"
        action, given = scaling(url, timeout=0.3), {"what": "web", "many": 1}
        outcome = await perform(action, given, as_rehearsed(action, given))
    assert outcome.verdict == ending, outcome
    assert outcome.next_step


async def test_a_setting_that_is_missing_or_no_address_is_told(server: Heard) -> None:
    given = {"what": "web", "many": 1}
    for settings, why in (({}, "MUSTER_HOOK is not set."), ({"MUSTER_HOOK": "hunter2"}, "does not hold an address")):
        action = an_action("http", None, {**settings}, url_from="MUSTER_HOOK")
        rehearsal = await rehearse(action, {})
        outcome = await perform(action, {}, {"definition": "?"})
        assert why in rehearsal.why_not
        assert outcome.verdict is Ending.REFUSED
        assert "hunter2" not in str(rehearsal) + str(outcome)
    unset = scaling(server.url, bearer_from="MUSTER_NO_TOKEN")
    assert (await rehearse(unset, given)).why_not == "MUSTER_NO_TOKEN is not set."
    dots = await rehearse(scaling(server.url), {"what": "..", "many": 1})
    assert "would lead to another path" in dots.why_not
    assert server.requests == []
