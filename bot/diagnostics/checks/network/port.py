"""A host's port: where it is, why it was not reached, and how fast it answered."""

import socket
import ssl
from datetime import datetime

from bot.diagnostics.check import Thresholds
from bot.diagnostics.judging import by_limits
from bot.diagnostics.kind import Refusal, not_set, plainly
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import NotSet, Target

#: How slow an answer may be.
LATENCY: Thresholds = {"latency_warn_ms": 200, "latency_crit_ms": 2000}


def where(target: Target) -> str:
    """The host and the port: `mail.example.com:25`, `[::1]:25`."""
    return joined(target.options.host, target.options.port)


def joined(host: str, port: int) -> str:
    """A host and a port as people write them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def begun(target: Target) -> datetime:
    """When the run began.

    Raises:
        ValueError: the target was not asked by the runner.
    """
    if target.asked_at is None:
        raise ValueError("the run has no beginning")
    return target.asked_at


def by_latency(took_ms: float, thresholds: Thresholds, *, did: str, ran: str) -> Measurement:
    """Judges how long an answer took.

    Args:
        took_ms: Milliseconds.
        thresholds: Those of `LATENCY`.
        did: What happened, as the beginning of a sentence: `It took a connection`.
        ran: Exactly what was run.
    """
    warn, critical = thresholds["latency_warn_ms"], thresholds["latency_crit_ms"]
    advice = "See whether the host is overloaded, then look at the network to it."
    return by_limits(took_ms, "ms", f"{did} within {took_ms:.0f} ms.", advice, warn=warn, critical=critical, ran=ran)


def refused(error: Exception, target: Target) -> Refusal:
    """Why a port was not reached, or what stood behind it did not speak as it should."""
    if isinstance(error, NotSet):
        return Refusal(not_set(error))
    place, said = where(target), plainly(error)
    match error:
        case ssl.SSLError():
            explanation = f"{place} takes connections, and the TLS handshake failed: {said}."
            next_step = "See whether this port speaks TLS at once, and which versions of it the server allows."
        case TimeoutError():
            explanation = f"{place} did not answer in time."
            next_step = "See whether the host is up, and whether a firewall drops the packets on the way."
        case socket.gaierror():
            explanation = f"The name {target.options.host} is not known: {said}."
            next_step = "Check the target's host in the policy pack, then DNS."
        case ConnectionResetError() | EOFError():
            explanation = f"{place} took the connection and broke it off: {said}."
            next_step = "Look at the server's log, and at what stands before it: a proxy, a limit, a firewall."
        case ConnectionRefusedError():
            explanation = f"Nothing listens at {place}: {said}."
            next_step = "See whether the service runs on that host and port, and start it if not."
        case _:
            explanation = f"{place} was not reached: {said}."
            next_step = "See whether the host is up and whether this machine has a way to it."
    return Refusal(critical(explanation, next_step))


def critical(explanation: str, next_step: str, *, ran: str = "") -> Measurement:
    """The measurement of something that does not do what it is there for."""
    return Measurement(
        verdict=Verdict.CRITICAL, explanation=explanation, next_step=next_step, threshold="must answer", ran=ran
    )
