"""What it means that an endpoint did not answer, or was not even asked."""

import ssl

import aiohttp

from bot.diagnostics import kind
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.http.session import Unanswered
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target


def means(error: Exception, _target: Target) -> Measurement | None:
    """What it means for any check but the first that there is no answer."""
    if not isinstance(error, Unanswered):
        return None
    return Measurement(
        verdict=Verdict.NO_DATA,
        explanation="Not run: there was no answer.",
        next_step="Mend that first, then run it again.",
    )


def unanswered(error: BaseException | None, target: Target) -> Measurement:
    """What it means for the first check."""
    if isinstance(error, ssl.CertificateError):
        return Measurement(
            verdict=Verdict.CRITICAL,
            explanation="Its certificate is not accepted, so nobody could trust its answer.",
            next_step="See the check of its certificate.",
            threshold="must answer",
        )
    if isinstance(error, aiohttp.ClientPayloadError):
        return Measurement(
            verdict=Verdict.CRITICAL,
            explanation="It broke off in the middle of its answer, or its body is damaged.",
            next_step="Look at its log: it may have crashed, or something in between cuts connections.",
            threshold="must answer",
        )
    plain = error if isinstance(error, Exception) else TimeoutError()
    return fetching.means(plain, target) or kind.refused(plain, target).first
