"""The TCP check against real ports."""

import contextlib
import socket
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from bot.diagnostics.result import Verdict
from tests.support.ports import Flood, babbles, nobody, resets, serving, silent
from tests.support.targets import a_target, asked


async def test_a_port_that_takes_connections_is_ok_with_its_evidence() -> None:
    async with serving(silent) as port:
        report = await asked(a_target("tcp", host="127.0.0.1", port=port))
    [result] = report.results
    assert result.verdict is Verdict.OK
    assert result.ran == f"TCP connect to 127.0.0.1:{port}"
    assert result.against == f"127.0.0.1:{port}"
    assert result.unit == "ms"
    assert result.threshold == "warn at 200 ms, critical at 2000 ms"
    assert result.explanation.startswith(f"127.0.0.1:{port} took a connection within ")


@pytest.mark.parametrize(
    ("name", "verdict"), [("latency_warn_ms", Verdict.WARN), ("latency_crit_ms", Verdict.CRITICAL)]
)
async def test_a_slow_connection_is_judged_by_its_limits(name: str, verdict: Verdict) -> None:
    async with serving(silent) as port:
        [result] = (await asked(a_target("tcp", host="127.0.0.1", port=port, thresholds={name: 0}))).results
    assert result.verdict is verdict
    assert result.next_step


async def test_a_port_where_nothing_listens_is_critical() -> None:
    [result] = (await asked(a_target("tcp", host="127.0.0.1", port=nobody()))).results
    assert result.verdict is Verdict.CRITICAL
    assert result.explanation.startswith("Nothing listens at 127.0.0.1:")
    assert "start it" in result.next_step


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port whose queue is full: whoever knocks is not heard."""
    with contextlib.ExitStack() as sockets:
        server = sockets.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            knocking = sockets.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(server.getsockname())
        yield server.getsockname()[1]


async def test_a_port_that_hears_nobody_is_critical_and_costs_no_more_than_the_time_out(deaf: int) -> None:
    [result] = (await asked(a_target("tcp", host="127.0.0.1", port=deaf, timeout=0.2))).results
    assert result.verdict is Verdict.CRITICAL
    assert result.explanation == f"127.0.0.1:{deaf} did not answer in time."
    assert "firewall" in result.next_step


async def test_a_port_that_babbles_took_the_connection() -> None:
    async with serving(babbles) as port:
        [result] = (await asked(a_target("tcp", host="127.0.0.1", port=port))).results
    assert result.verdict is Verdict.OK


async def test_a_name_that_is_not_known_is_critical() -> None:
    [result] = (await asked(a_target("tcp", host="nowhere.invalid", port=80))).results
    assert result.verdict is Verdict.CRITICAL
    assert "nowhere.invalid" in result.explanation


async def test_a_port_that_breaks_off_later_or_floods_still_took_the_connection() -> None:
    flood = Flood()
    async with serving(resets) as resetting, serving(flood) as flooding:
        for port in (resetting, flooding):
            [result] = (await asked(a_target("tcp", host="127.0.0.1", port=port))).results
            assert result.verdict is Verdict.OK
    assert flood.megabytes < 20


@pytest.mark.parametrize("host", ["https://example.com", "user:secret@example.com", "a b", "example.com:80", ""])
def test_a_host_with_anything_beside_its_name_is_refused_without_being_repeated(host: str) -> None:
    with pytest.raises(ValidationError, match="is not a host") as refused:
        a_target("tcp", host=host, port=80)
    assert "secret" not in str(refused.value)
