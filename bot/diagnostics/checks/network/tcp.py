"""A TCP port: whether it takes connections, and how fast."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.network.port import LATENCY, by_latency, joined, refused, where
from bot.diagnostics.kind import Kind
from bot.diagnostics.result import Measurement
from bot.diagnostics.target import Target
from bot.policy.targets.network import TcpTarget


@dataclass(frozen=True, slots=True)
class _Connected:
    took_ms: float
    ran: str
    peer: str


@asynccontextmanager
async def _connect(target: Target) -> AsyncIterator[_Connected]:
    started = time.perf_counter()
    _, writer = await asyncio.open_connection(target.options.host, target.options.port)
    took_ms = (time.perf_counter() - started) * 1000
    try:
        # A connection that was reset in the meantime has no other end any more.
        peer = writer.get_extra_info("peername")
        yield _Connected(took_ms, f"TCP connect to {where(target)}", joined(*peer[:2]) if peer else where(target))
    finally:
        writer.transport.abort()


async def _reachable(session: _Connected, thresholds: Thresholds) -> Measurement:
    return by_latency(session.took_ms, thresholds, did=f"{session.peer} took a connection", ran=session.ran)


def _checks(options: TcpTarget) -> Sequence[Asking[_Connected]]:
    ran = f"TCP connect to {joined(options.host, options.port)}"
    return (Asking(name="reachability", title="Reachable", ask=_reachable, ran=ran, defaults=LATENCY),)


TCP = Kind(
    name="tcp",
    options=TcpTarget,
    checks=_checks,
    connect=_connect,
    against=where,
    refused=refused,
    thresholds=frozenset(LATENCY),
)
