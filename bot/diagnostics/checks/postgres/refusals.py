"""A server that cannot be asked is an answer too: which one, and what to do about it."""

import socket

import asyncpg

from bot.diagnostics import redact
from bot.diagnostics.kind import Refusal, not_set
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import NotSet, Target


def judge_refusal(error: BaseException, target: Target) -> Refusal:
    """Tells a dead server (critical) from a door that is closed to the diagnosis alone (an error of its own)."""
    said = redact.text(str(error), most=200).strip().rstrip(".")
    match error:
        case NotSet():
            return Refusal(not_set(error))
        case asyncpg.TooManyConnectionsError():
            full = _critical(
                f"It refuses new logins, all its connections are taken: {said}.",
                "End idle sessions or restart what leaks them. To look inside, log in as a superuser: "
                "some slots are reserved for that.",
            )
            return Refusal(full, {"connections": full})
        case asyncpg.CannotConnectNowError():
            return Refusal(
                _critical(f"It is there but not open: {said}.", "Wait for its recovery and watch the server's log.")
            )
        case asyncpg.InvalidAuthorizationSpecificationError():  # a wrong password is one too
            return Refusal(_error(f"It is there and refused the login: {said}.", _mend(target, "user and password")))
        case asyncpg.InvalidCatalogNameError():
            return Refusal(_error(f"It is there and has no such database: {said}.", _mend(target, "the database name")))
        case TimeoutError():
            return Refusal(
                _critical(
                    "It did not answer the login in time.",
                    "See whether the host is up and overloaded, and whether a firewall drops the packets.",
                )
            )
        case socket.gaierror():
            return Refusal(_critical(f"Its name is not known: {said}.", _mend(target, "the host name, then DNS")))
        case OSError():
            return Refusal(
                _critical(
                    f"No connection: {said}.", "See whether Postgres runs on that host and port: restart it if not."
                )
            )
        case ValueError() | asyncpg.InterfaceError():
            return Refusal(_error(f"Its address is not usable: {said}.", _mend(target, "the address")))
        case _:
            return Refusal(_error(f"The login failed: {said}.", _mend(target, "what the role may do")))


def _mend(target: Target, what: str) -> str:
    return f"Check {what} in {target.options.url_from}."


def _critical(explanation: str, next_step: str) -> Measurement:
    return Measurement(verdict=Verdict.CRITICAL, explanation=explanation, next_step=next_step, threshold="must answer")


def _error(explanation: str, next_step: str) -> Measurement:
    return Measurement(verdict=Verdict.ERROR, explanation=explanation, next_step=next_step, threshold="must answer")
