"""A mail server: its greeting, its TLS and its certificate. No mail is sent and nobody logs in."""

import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.network import port
from bot.diagnostics.checks.network.certificate import DAYS, Peer, examined, shaken, trusting_anyone
from bot.diagnostics.kind import Kind, Refusal, plainly
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.network import SmtpTarget

#: By what it introduces itself; a name of this machine would tell people outside about it.
_ITSELF = "muster-diag.invalid"
_LATENCY = {**port.LATENCY, "latency_warn_ms": 1000, "latency_crit_ms": 4000}


@dataclass(frozen=True, slots=True)
class _Greeted:
    """What a mail server offered, and how long its greeting and that offer took."""

    target: Target
    took_ms: float
    offers: tuple[str, ...]

    async def shake(self, context: ssl.SSLContext) -> Peer:
        """Begins TLS over a connection of its own."""
        options: SmtpTarget = self.target.options
        name = options.server_name or options.host
        if options.at_once:
            return await shaken(options.host, options.port, name, context)
        async with _greeted(options) as client:
            await client.starttls(tls_context=context, server_hostname=name)
            return Peer.of(client.get_transport_info("ssl_object"))


@asynccontextmanager
async def _greeted(options: SmtpTarget) -> AsyncIterator[aiosmtplib.SMTP]:
    client = aiosmtplib.SMTP(
        hostname=options.host,
        port=options.port,
        local_hostname=_ITSELF,
        start_tls=False,
        use_tls=options.at_once,
        # Whether to trust it is another check's question.
        tls_context=trusting_anyone() if options.at_once else None,
        timeout=None,  # the runner has the time-outs
    )
    try:
        await client.connect()
        await client.ehlo()
        yield client
    finally:
        client.close()


@asynccontextmanager
async def _connect(target: Target) -> AsyncIterator[_Greeted]:
    started = time.perf_counter()
    async with _greeted(target.options) as client:
        took_ms = (time.perf_counter() - started) * 1000
        yield _Greeted(target, took_ms, tuple(sorted(client.esmtp_extensions)))
        await client.quit()


async def _reachable(session: _Greeted, thresholds: Thresholds) -> Measurement:
    return port.by_latency(
        session.took_ms, thresholds, did="It greeted and answered EHLO", ran=_ehlo(session.target.options)
    )


async def _starttls(session: _Greeted, _thresholds: Thresholds) -> Measurement:
    offered = "starttls" in session.offers
    return Measurement(
        verdict=Verdict.OK if offered else Verdict.CRITICAL,
        threshold="must be offered",
        explanation="It offers STARTTLS." if offered else "It does not offer STARTTLS: mail would cross in clear.",
        next_step="" if offered else "Give the server a certificate and have it offer STARTTLS on this port.",
        rows=Rows.of(("offered",), ((name.upper(),) for name in session.offers)),
        ran=_ehlo(session.target.options),
    )


async def _certificate(session: _Greeted, thresholds: Thresholds) -> Measurement:
    target = session.target
    if not target.options.at_once and "starttls" not in session.offers:
        return Measurement(
            verdict=Verdict.NO_DATA,
            explanation="There is no certificate to see without STARTTLS.",
            next_step="Mend that first, then run it again.",
        )
    return await examined(session.shake, target, thresholds, now=port.begun(target), ran=_tls(target.options))


def _checks(options: SmtpTarget) -> Sequence[Asking[_Greeted]]:
    ehlo = _ehlo(options)
    checks = [Asking(name="reachability", title="Greeting", ask=_reachable, ran=ehlo, defaults=_LATENCY)]
    if options.upgrades:
        checks.append(Asking(name="starttls", title="STARTTLS", ask=_starttls, ran=ehlo))
    if options.upgrades or options.at_once:
        checks.append(
            Asking(name="certificate", title="Certificate", ask=_certificate, ran=_tls(options), defaults=DAYS)
        )
    return checks


def _ehlo(options: SmtpTarget) -> str:
    over = " over TLS, any certificate taken" if options.at_once else ""
    return f"SMTP to {port.joined(options.host, options.port)}{over}: EHLO {_ITSELF}"


def _tls(options: SmtpTarget) -> str:
    trusted = f"trusting the authorities of {options.ca_from or 'this machine'}"
    name = options.server_name or options.host
    if options.at_once:
        return f"TLS handshake with {port.joined(options.host, options.port)} for the name {name}, {trusted}"
    return f"{_ehlo(options)}, STARTTLS for the name {name}, {trusted}"


def _refused(error: Exception, target: Target) -> Refusal:
    """Tells a server that says no from one that says nothing."""
    # aiosmtplib wraps what the network said.
    cause = error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) else error
    match cause if isinstance(cause, Exception) else error:
        case aiosmtplib.SMTPResponseException(code=code) as answer if code > 0:
            return Refusal(
                port.critical(
                    f"{port.where(target)} answered {code}: {plainly(answer)}.",
                    "Look at the mail server's log; it may limit or block this machine.",
                )
            )
        case aiosmtplib.SMTPServerDisconnected():
            return port.refused(ConnectionResetError("the connection ended before the answer"), target)
        case aiosmtplib.SMTPResponseException() as answer:
            return Refusal(
                port.critical(
                    f"{port.where(target)} does not speak SMTP: {plainly(answer)}.",
                    "Check the target's port in the policy pack, and what listens there.",
                )
            )
        case reason:
            return port.refused(reason, target)


def _means(error: Exception, target: Target) -> Measurement | None:
    if isinstance(error, (OSError, aiosmtplib.SMTPException)):
        return _refused(error, target).first
    return None


SMTP = Kind(
    name="smtp",
    options=SmtpTarget,
    checks=_checks,
    connect=_connect,
    against=port.where,
    refused=_refused,
    means=_means,
    thresholds=frozenset({*_LATENCY, *DAYS}),
)
