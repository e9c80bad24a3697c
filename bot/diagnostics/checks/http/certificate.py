"""The certificate of an https endpoint: whether it is accepted, and for how long still."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.http.session import HttpSession, Unanswered
from bot.diagnostics.checks.network.certificate import DAYS, Peer, by_days, distrusted, looked_at, shaken
from bot.diagnostics.checks.network.port import begun
from bot.diagnostics.result import Measurement, Verdict

_HTTPS = 443


async def _certificate(session: HttpSession, thresholds: Thresholds) -> Measurement:
    now = begun(session.target)
    try:
        answer = await session.answer()
    except Unanswered as error:
        cause = error.__cause__
        if not isinstance(cause, aiohttp.ClientConnectorCertificateError):
            raise
        rejected = cause.certificate_error
        if not isinstance(rejected, ssl.SSLCertVerificationError):
            raise
        seen = await _refused(cause, session.until)
        return distrusted(rejected, seen, now=now, ran=session.ran, rename="correct the target's address")
    if not answer.certificate:
        said = "It is asked over plain http, so there is no certificate."
        return Measurement(verdict=Verdict.OK, explanation=said, ran=session.ran)
    return by_days(answer.certificate, thresholds, now=now, ran=session.ran)


async def _refused(error: aiohttp.ClientConnectorCertificateError, until: float) -> Mapping[str, Any]:
    """What stands in the certificate that was not accepted; nothing where there is no time to look."""

    async def shake(context: ssl.SSLContext) -> Peer:
        return await shaken(error.host, error.port or _HTTPS, error.host, context)

    try:
        async with asyncio.timeout_at(until):
            return await looked_at(shake)
    except TimeoutError:
        return {}


CERTIFICATE = Asking(name="certificate", title="Certificate", ask=_certificate, defaults=DAYS)
