"""A certificate: whether clients trust it, for which names it is, and how many days it has left."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiosmtplib import SMTPException

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.trust import Unusable, trusted
from bot.diagnostics.judging import judged, limits
from bot.diagnostics.kind import plainly
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target

#: How few days it may have left.
DAYS: Thresholds = {"certificate_warn_days": 21, "certificate_crit_days": 7}
#: How many names are shown.
_NAMES = 10
#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which `ssl` has no name for.
_ANY_TIME = ssl.VerifyFlags(0x200000)

#: OpenSSL's codes of what is wrong, and what to do about it.
_ADVICE = {
    9: "Check the clocks of the server and of this machine, or wait until it is valid.",
    10: "Renew it now and have the server load it: every client refuses this one.",
    18: "Install a certificate of an authority that clients trust, or name its file in `ca_from`.",
    19: "Install a certificate of an authority that clients trust, or name that authority's file in `ca_from`.",
    20: "Have the server send the intermediate certificates too, or name its authority's file in `ca_from`.",
    21: "Have the server send the intermediate certificates too, or name its authority's file in `ca_from`.",
    62: "Get a certificate for this name, or {rename}.",
    64: "Get a certificate for this address, or {rename}.",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """What a handshake showed. `certificate` is what `ssl` makes of a certificate it trusts, else empty."""

    certificate: Mapping[str, Any]
    der: bytes
    version: str

    @classmethod
    def of(cls, speaking: ssl.SSLObject) -> "Peer":
        """The other end of a connection whose handshake is done."""
        return cls(
            speaking.getpeercert() or {}, speaking.getpeercert(binary_form=True) or b"", speaking.version() or ""
        )


#: Makes a new connection, shakes hands by a context, and hangs up.
Handshake = Callable[[ssl.SSLContext], Awaitable[Peer]]


def trusting_anyone() -> ssl.SSLContext:
    """A context that takes any certificate: nothing but looking is done over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def shaken(host: str, port: int, name: str, context: ssl.SSLContext) -> Peer:
    """Makes a new connection, shakes hands for a name, and hangs up.

    Raises:
        OSError: there was no connection, or no handshake.
    """
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    try:
        return Peer.of(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


async def examined(
    handshake: Handshake, target: Target, thresholds: Thresholds, *, now: datetime, ran: str
) -> Measurement:
    """Shakes hands as a careful client would, and judges the certificate; a refused one is looked at once more.

    Args:
        handshake: How the target is reached.
        target: Whose certificate it is; its options have `server_name` and `ca_from`.
        thresholds: Those of `DAYS`.
        now: By which the days are counted.
        ran: Exactly what was run.

    Raises:
        NotSet: the setting with the authorities has no value.
        OSError: there was no connection, or it did not get to a certificate.
    """
    try:
        context = await trusted(target)
    except Unusable as error:
        return Measurement(
            verdict=Verdict.ERROR,
            explanation=f"{error}.",
            next_step=f"Check the path in {target.options.ca_from}: a file of certificates in PEM.",
            ran=ran,
        )
    try:
        peer = await handshake(context)
    except ssl.SSLCertVerificationError as error:
        return distrusted(error, await looked_at(handshake), now=now, ran=ran)
    return by_days(peer.certificate, thresholds, now=now, ran=ran)


async def looked_at(handshake: Handshake) -> Mapping[str, Any]:
    """What stands in a certificate that was refused; nothing where it can't be read."""
    try:
        peer = await handshake(trusting_anyone())
        pinned = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        pinned.check_hostname = False
        pinned.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | _ANY_TIME
        pinned.load_verify_locations(cadata=peer.der)
        return (await handshake(pinned)).certificate
    except (OSError, SMTPException):
        return {}


def by_days(certificate: Mapping[str, Any], thresholds: Thresholds, *, now: datetime, ran: str) -> Measurement:
    """Judges a trusted certificate, as `SSLSocket.getpeercert` gives it, by the days it has left."""
    warn, critical = thresholds["certificate_warn_days"], thresholds["certificate_crit_days"]
    ends = _ends(certificate)
    days = (ends - now).total_seconds() / 86_400
    verdict = judged(days, warn, critical, below=True)
    return Measurement(
        verdict=verdict,
        value=round(days, 1),
        unit="days",
        threshold=limits(warn, critical, "days", below=True),
        explanation=f"Trusted, and valid for another {_days(days)}, until {ends:%Y-%m-%d %H:%M} UTC.",
        next_step="" if verdict is Verdict.OK else "Renew it, have the server load it, and see why that was not done.",
        rows=_rows(certificate),
        ran=ran,
    )


def distrusted(
    error: ssl.SSLCertVerificationError,
    certificate: Mapping[str, Any],
    *,
    now: datetime,
    ran: str,
    rename: str = "set `server_name` to the name that clients use",
) -> Measurement:
    """The measurement of a certificate that clients refuse.

    Args:
        error: Why they do.
        certificate: What stands in it; empty where it could not be read.
        now: By which the days are counted.
        ran: Exactly what was run.
        rename: What to do where it was asked for by the wrong name.
    """
    said = str(getattr(error, "verify_message", "") or plainly(error)).rstrip(".")
    days = (_ends(certificate) - now).total_seconds() / 86_400 if certificate else None
    advice = _ADVICE.get(getattr(error, "verify_code", 0), "Look at the certificates that the server sends.")
    return Measurement(
        verdict=Verdict.CRITICAL,
        value=None if days is None else round(days, 1),
        unit="" if days is None else "days",
        threshold="must be trusted, for this name, and in its time",
        explanation=f"Clients refuse its certificate: {said}.",
        next_step=advice.format(rename=rename),
        rows=_rows(certificate) if certificate else None,
        ran=ran,
    )


def _ends(certificate: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), tz=UTC)


def _days(days: float) -> str:
    return "day" if int(days) == 1 else f"{days:.0f} days"


def _rows(certificate: Mapping[str, Any]) -> Rows:
    names = [value for _, value in certificate.get("subjectAltName", ())]
    shown = ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
    issuer = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    return Rows.of(
        ("", "certificate"),
        (
            ("for", shown),
            ("issued by", issuer.get("commonName") or issuer.get("organizationName") or ""),
            ("from", certificate.get("notBefore", "")),
            ("until", certificate.get("notAfter", "")),
        ),
    )
