"""Who posts: somebody with a secret of MUSTER_WEBHOOK_TOKENS, as a bearer token or in the source's own signature.

The key of a source's signature is the secret of a pair whose name is the source's, or begins with it and a hyphen:
`sentry`, `pagerduty-eu`, `grafana-ops`. Every secret is compared, in constant time, whether or not one fitted before.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

#: How old a signature with a time may be, in seconds.
_LONGEST = 300

SENTRY, PAGERDUTY, GRAFANA = "Sentry-Hook-Signature", "X-PagerDuty-Signature", "X-Grafana-Alerting-Signature"
#: The header that a source signs with.
_SIGNED_BY = {"sentry": SENTRY, "pagerduty": PAGERDUTY, "grafana": GRAFANA}
#: Where Grafana puts the time that it signed at; people choose the name, and these are the ones in its documentation.
GRAFANA_TIMES = ("X-Grafana-Alerting-Signature-Timestamp", "X-Grafana-Alerting-Timestamp")


class Unknown(Exception):
    """Nobody known sent this. The text says how to prove who one is."""


class Gate:
    """Knows the senders by their secrets."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """Take secrets by the names of their pairs."""
        # Spaces around them were never meant, and an empty one would fit whoever sends none.
        told = {name.strip(): secret.strip() for name, secret in tokens.items()}
        self._secrets = {name: secret.encode() for name, secret in told.items() if secret}
        self._digests = {name: hashlib.sha256(secret).digest() for name, secret in self._secrets.items()}

    def bearer(self, source: str, headers: Mapping[str, str]) -> str | None:
        """The sender's name by its bearer token; None where a signature may still prove it.

        Raises:
            Unknown: the token is none of ours, or there is neither a token nor a signature.
        """
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            # Of equal length, so that the time says nothing about the secrets' lengths either.
            given = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
            return self._one(source, [name for name, made in self._digests.items() if hmac.compare_digest(made, given)])
        if not self._keys(source) or _SIGNED_BY.get(source, "") not in headers:
            raise self._unknown(source)
        return None

    def signature(self, source: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The sender's name by its signature of a body. Raises Unknown."""
        said = headers.get(_SIGNED_BY[source], "")
        signed, given = body, [said]
        if source == "pagerduty":
            given = [part.strip().removeprefix("v1=") for part in said.split(",") if part.strip().startswith("v1=")]
        elif source == "grafana" and (at := next((headers[name] for name in GRAFANA_TIMES if name in headers), None)):
            if not _is_recent(at, now):
                raise self._unknown(source)
            signed = at.encode("utf-8", "surrogateescape") + b":" + body
        fitting = [name for name, key in self._keys(source).items() if _fits(key, signed, given)]
        return self._one(source, fitting)

    def _keys(self, source: str) -> dict[str, bytes]:
        return {
            name: secret
            for name, secret in self._secrets.items()
            if source in _SIGNED_BY and (name.lower() == source or name.lower().startswith(f"{source}-"))
        }

    def _one(self, source: str, fitting: list[str]) -> str:
        if not fitting:
            raise self._unknown(source)
        return fitting[0]

    def _unknown(self, source: str) -> Unknown:
        if not self._secrets:
            return Unknown(
                "No webhook is expected: set MUSTER_WEBHOOK_TOKENS to name:secret pairs, and send a secret as "
                "Authorization: Bearer SECRET."
            )
        said = "Send a secret of MUSTER_WEBHOOK_TOKENS as Authorization: Bearer SECRET"
        if header := _SIGNED_BY.get(source):
            said += f", or sign with the secret of the pair {source} or {source}-… ({header})"
            if source == "grafana":
                said += f"; a signature with a time holds for {_LONGEST // 60} minutes"
        return Unknown(f"{said}.")


def _fits(key: bytes, signed: bytes, given: Iterable[str]) -> bool:
    wanted = hmac.new(key, signed, hashlib.sha256).hexdigest().encode()
    # A list, not a generator: all are compared.
    return any([hmac.compare_digest(wanted, one.strip().lower().encode("utf-8", "replace")) for one in given])  # noqa: C419


def _is_recent(at: str, now: datetime) -> bool:
    """Whether a time in seconds since 1970 is within the bounds, on either side: clocks differ."""
    return at.isascii() and at.isdigit() and len(at) < 12 and abs(now.timestamp() - int(at)) <= _LONGEST
