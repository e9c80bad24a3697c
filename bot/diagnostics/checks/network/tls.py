"""A port that speaks TLS: its handshake, and its certificate."""

import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.network.certificate import DAYS, Peer, examined, shaken, trusting_anyone
from bot.diagnostics.checks.network.port import LATENCY, begun, by_latency, joined, refused, where
from bot.diagnostics.kind import Kind
from bot.diagnostics.result import Measurement
from bot.diagnostics.target import Target
from bot.policy.targets.network import TlsTarget


@dataclass(frozen=True, slots=True)
class _Shaken:
    """The first handshake, which asks for nothing but an answer."""

    target: Target
    took_ms: float
    version: str

    async def shake(self, context: ssl.SSLContext) -> Peer:
        """Shakes hands once more."""
        return await _shake(self.target.options, context)


async def _shake(options: TlsTarget, context: ssl.SSLContext) -> Peer:
    return await shaken(options.host, options.port, options.server_name or options.host, context)


@asynccontextmanager
async def _connect(target: Target) -> AsyncIterator[_Shaken]:
    started = time.perf_counter()
    peer = await _shake(target.options, trusting_anyone())
    yield _Shaken(target, (time.perf_counter() - started) * 1000, peer.version)


async def _reachable(session: _Shaken, thresholds: Thresholds) -> Measurement:
    did = f"It shook hands by {session.version}"
    return by_latency(session.took_ms, thresholds, did=did, ran=_ran(session.target.options, "any certificate taken"))


async def _certificate(session: _Shaken, thresholds: Thresholds) -> Measurement:
    target = session.target
    return await examined(session.shake, target, thresholds, now=begun(target), ran=_verified(target.options))


def _checks(options: TlsTarget) -> Sequence[Asking[_Shaken]]:
    shaken = _ran(options, "any certificate taken")
    return (
        Asking(name="reachability", title="TLS handshake", ask=_reachable, ran=shaken, defaults=LATENCY),
        Asking(name="certificate", title="Certificate", ask=_certificate, ran=_verified(options), defaults=DAYS),
    )


def _verified(options: TlsTarget) -> str:
    return _ran(options, f"trusting the authorities of {options.ca_from or 'this machine'}")


def _ran(options: TlsTarget, how: str) -> str:
    place = joined(options.host, options.port)
    return f"TLS handshake with {place} for the name {options.server_name or options.host}, {how}"


TLS = Kind(
    name="tls",
    options=TlsTarget,
    checks=_checks,
    connect=_connect,
    against=where,
    refused=refused,
    means=lambda error, target: refused(error, target).first if isinstance(error, OSError) else None,
    thresholds=frozenset({*LATENCY, *DAYS}),
)
