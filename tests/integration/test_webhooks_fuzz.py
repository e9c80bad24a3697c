"""Every webhook over HTTP, with what its monitor sends changed at random: never a 5xx, and what is taken is bounded."""

import asyncio
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.application.ingest_alerts import Told
from bot.domain.alert import Alert
from bot.domain.judging import Reason
from bot.web.server import Server
from bot.web.webhooks.routes import webhook_routes
from tests.unit.test_webhook_bounds import within_bounds
from tests.unit.test_webhook_generic import UPTIME
from tests.unit.test_webhook_payloads import NOW, PAYLOADS

HEADERS = {"Authorization": "Bearer alpha-secret"}
FILES = sorted(PAYLOADS.glob("*/*.json"))
ADDRESSES = ("alertmanager", "grafana", "sentry", "pagerduty", "datadog", "generic", "generic?source=uptime")

#: What stands where something else is expected.
ODD: st.SearchStrategy[Any] = st.sampled_from(
    (
        None, True, False, 0, -1, 1.5, 10**30, -(10**300), "", "x", "\0", "\u202e<!channel>|", "x" * 5_000, "9" * 400,
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "javascript:alert(1)", "https://x/" + "y" * 3_000, "http://[",
        [], {}, [[]], [{}], [None], {"": ""}, {"a": {"b": []}}, {"\0": "\0"}, {"x" * 99: "y" * 999},
    )
)  # fmt: skip
HOW = st.sampled_from(("drop", "retype", "nest", "duplicate", "lengthen", "rename"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MANY = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Door:
    """The webhooks on a port, with the loop that serves them while a test posts."""

    runner: asyncio.Runner
    port: int = 0
    session: aiohttp.ClientSession | None = None
    taken: list[Alert] = field(default_factory=list)

    async def take(self, alerts: Sequence[Alert], _sender: str) -> Sequence[Told]:
        self.taken.extend(alerts)
        return [Told(reason=Reason.NEW, alerts=len(alerts), title=alerts[0].title)]

    async def courtesy(self) -> None:
        """Nobody waits."""

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status that is answered, once all that holds of every answer was found to hold."""
        self.taken.clear()
        status, told = self.runner.run(self._post(address, body, headers))
        if status == 202:
            assert sum(one["alerts"] for one in told) == len(self.taken)
            assert all(map(within_bounds, self.taken))
        else:
            assert told["error"]
            assert not self.taken
        return status

    async def _post(self, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        assert self.session
        url = f"http://127.0.0.1:{self.port}/webhooks/{address}"
        async with self.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.json()

    async def open(self) -> Server:
        routes = webhook_routes(
            tokens={"prom": "alpha-secret", "sentry": "beta-secret"},
            take=self.take,
            sources=lambda: [UPTIME],
            now=lambda: NOW,
            courtesy=self.courtesy,
            count=lambda _source, _status: None,
        )
        server = Server(routes)
        await server.start("127.0.0.1", 0)
        self.port, self.session = server.port, aiohttp.ClientSession()
        return server

    async def close(self, server: Server) -> None:
        assert self.session
        await self.session.close()
        await server.stop()


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with asyncio.Runner() as runner:
        made = Door(runner)
        server = runner.run(made.open())
        yield made
        runner.run(made.close(server))


@lru_cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key there."""
    keys: Sequence[Any] = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from places(node[key])


def change(document: Any, place: int, how: str, odd: Any) -> None:
    found = list(places(document))
    if not found:
        return
    holder, key = found[place % len(found)]
    value = holder[key]
    match how:
        case "drop":
            del holder[key]
        case "nest":
            holder[key] = {str(key): [value]}
        case "duplicate" if isinstance(holder, list):
            holder.extend([value] * 3)
        case "lengthen" if isinstance(value, str):
            holder[key] = value * (300 if len(value) < 1_000 else 2)
        case "lengthen" if isinstance(value, dict):
            value.update({f"more{number}": "x" for number in range(100)})
        case "rename" if isinstance(holder, dict):
            holder[str(odd)] = holder.pop(key)
        case _:
            holder[key] = odd


@MANY
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 10_000), HOW, ODD), min_size=1, max_size=4),
)
def test_what_a_monitor_sends_may_be_changed_in_any_way(
    door: Door, path: Path, changes: list[tuple[int, str, Any]]
) -> None:
    document = json.loads(text_of(path))
    for one in changes:
        change(document, *deepcopy(one))
    address = "generic?source=uptime" if path.stem == "uptime" else path.parent.name
    headers = HEADERS | {"Sentry-Hook-Resource": path.stem.partition("_alert")[0] + "_alert" * ("_alert" in path.stem)}
    assert door.post(address, json.dumps(document).encode(), headers) in (202, 422)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_not_known_in_a_payload_breaks_nothing(door: Door, path: Path) -> None:
    document = json.loads(text_of(path))
    holders = [holder[key] for holder, key in places(document) if isinstance(holder[key], dict)]
    for holder in [document, *holders]:
        holder["added_next_year"] = "x"
    address = "generic?source=uptime" if path.stem == "uptime" else path.parent.name
    assert door.post(address, json.dumps(document).encode(), HEADERS) == 202


@MANY
@given(st.sampled_from(ADDRESSES), JSON)
def test_any_json_may_be_sent(door: Door, address: str, document: Any) -> None:
    assert door.post(address, json.dumps(document).encode(), HEADERS) in (202, 422)


@MANY
@given(st.sampled_from(ADDRESSES), st.binary(max_size=200))
def test_any_bytes_may_be_sent(door: Door, address: str, body: bytes) -> None:
    assert door.post(address, body, HEADERS) in (202, 422)


@settings(MANY, max_examples=60)
@given(
    st.sampled_from(ADDRESSES),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80),
    st.sampled_from(("Authorization", "Sentry-Hook-Signature", "X-PagerDuty-Signature")),
)
def test_whatever_else_is_sent_to_prove_who_one_is_is_refused(door: Door, address: str, said: str, header: str) -> None:
    assert door.post(address, b"{}", {header: said}) == 401
    assert door.post(address, b"{}", {header: f"Bearer {said}"}) == 401
