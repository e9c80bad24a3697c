"""A Redis that cannot be asked is an answer too: which one, and what to do about it."""

import ssl

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    RedisError,
    ResponseError,
)

from bot.diagnostics.checks import trust
from bot.diagnostics.checks.network.certificate import distrusted
from bot.diagnostics.checks.network.port import begun
from bot.diagnostics.checks.redis.session import NoRedis, Unusable
from bot.diagnostics.kind import Refusal, not_set, plainly
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import NotSet, Target

_GRANT = "Let the diagnostic user run it: see docs/kinds.md, under redis."


def judge_refusal(error: Exception, target: Target) -> Refusal:
    """Tells a dead server (critical) from a door that is closed to the diagnosis alone (an error of its own)."""
    said, setting = plainly(error), target.options.url_from
    match error:
        case NotSet() | Unusable() | trust.Unusable():
            return _unusable(error, setting)
        case ssl.SSLError():
            return _unsafe(error, target)
        case NoRedis():
            return _error(f"What answers is no Redis: {said}.", f"Check the host and the port in {setting}.")
        case BusyLoadingError():
            return _critical(
                "It is there but still loads its data.", "Wait until it is done, and see in its log why it restarted."
            )
        case AuthenticationError() | AuthorizationError():
            return _error(f"It is there and refused the login: {said}.", f"Check user and password in {setting}.")
        case NoPermissionError():
            return _error(f"It is there, and this user may not ask it: {said}.", _GRANT)
        case ResponseError():
            return _error(f"It is there and refused the login: {said}.", f"Check the address in {setting}.")
        case RedisError() if "max number of clients" in said:
            full = _critical(
                f"It refuses new connections: {said}.",
                "Restart what leaks connections or lower the pools; raise maxclients if they are all needed.",
            )
            return Refusal(full.first, {"clients": full.first})
        case TimeoutError():
            return _critical(
                "It did not answer the login in time.",
                "See whether a slow command blocks it, whether the host is up, and whether a firewall drops packets.",
            )
        case _:
            return _critical(
                f"No connection: {said}.", "See whether Redis runs on that host and port: restart it if not."
            )


def _unusable(error: NotSet | Unusable | trust.Unusable, setting: str) -> Refusal:
    match error:
        case NotSet():
            return Refusal(not_set(error))
        case Unusable():
            return _error(
                f"{setting} holds no address of a Redis.",
                f"Write redis://, rediss:// (with TLS) or unix:// with the host or the path into {setting}.",
            )
        case _:
            return _error(f"{error}.", "Mend that setting where Muster runs, then run this again.")


def _unsafe(error: ssl.SSLError, target: Target) -> Refusal:
    setting = target.options.url_from
    if isinstance(error, ssl.SSLCertVerificationError):
        rename = f"correct the host in {setting}"
        return Refusal(distrusted(error, {}, now=begun(target), ran="", rename=rename))
    return _critical(
        f"It takes connections, and the TLS handshake failed: {plainly(error)}.",
        f"Write redis:// into {setting} if it speaks no TLS; "
        "where it asks for a certificate of ours, name that in the address (ssl_certfile, ssl_keyfile).",
    )


def judge_failure(error: Exception, _target: Target) -> Measurement | None:
    """What a refused command means."""
    if isinstance(error, NoPermissionError):
        return Measurement(verdict=Verdict.ERROR, explanation=f"The check failed: {plainly(error)}.", next_step=_GRANT)
    return None


def _critical(explanation: str, next_step: str) -> Refusal:
    return _first(Verdict.CRITICAL, explanation, next_step)


def _error(explanation: str, next_step: str) -> Refusal:
    return _first(Verdict.ERROR, explanation, next_step)


def _first(verdict: Verdict, explanation: str, next_step: str) -> Refusal:
    return Refusal(Measurement(verdict=verdict, explanation=explanation, next_step=next_step, threshold="must answer"))
