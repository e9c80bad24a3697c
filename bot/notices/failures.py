"""How a mail or a webhook can fail, decided in one place: try again, may have arrived, or refused for good."""

import ssl
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import aiosmtplib

from bot.application.ports import RATE_LIMITED, Refused, TryAgain, Unclear

Failure = TryAgain | Unclear | Refused

#: After a call that did not get through, or whose answer did not come back; the lanes double it each time.
SOON = timedelta(seconds=2)
#: After a 429 or 503 that does not say when to come back.
LATER = timedelta(seconds=10)
#: A `Retry-After` beyond this is looked at again sooner: somebody is waiting to be told.
LONGEST = timedelta(minutes=5)
_ANSWER = 120
_MAIL_SETTING = "Check MUSTER_SMTP_URL, ask `muster doctor`, and then have it sent again."


def of_smtp(error: Exception, *, handing_over: bool) -> Failure:
    """What a failed try to hand in a mail means.

    Args:
        error: what aiosmtplib, asyncio or ssl raised.
        handing_over: whether the text was on its way, so that the server may have the mail.
    """
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return of_smtp(error.recipients[0], handing_over=handing_over)
        case aiosmtplib.SMTPResponseException():
            return _smtp_answer(error)
        case _ if handing_over:
            return Unclear("the mail server's answer did not come", SOON)
        case ssl.SSLError() | aiosmtplib.SMTPConnectError(__cause__=ssl.SSLError()):
            return TryAgain("the mail server's certificate is not one to trust", SOON)
        case TimeoutError():
            return TryAgain("the mail server did not answer in time", SOON)
        case OSError():  # aiosmtplib's own lost connections among them
            return TryAgain("the mail server can't be reached", SOON)
        case _:
            # It can't encrypt, or knows no way to log in.
            return Refused(f"mail server: {one_line(str(error))}", _MAIL_SETTING)


def of_http(error: Exception) -> Failure:
    """What a webhook that gave no answer means."""
    match error:
        case aiohttp.ClientSSLError():
            return TryAgain("the webhook's certificate is not one to trust", SOON)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return TryAgain("the webhook can't be reached", SOON)
        case TimeoutError():
            return Unclear("the webhook did not answer in time", SOON)
        case _:
            return Unclear(f"the connection to the webhook broke ({type(error).__name__})", SOON)


def unanswered(error: Exception) -> TryAgain:
    """What a call means whose answer never came, where it does no harm to make it twice."""
    match error:
        case aiohttp.ClientSSLError():
            return TryAgain("its certificate is not one to trust", SOON)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return TryAgain("it can't be reached", SOON)
        case TimeoutError():
            return TryAgain("it did not answer in time", SOON)
        case _:
            return TryAgain(f"the connection broke ({type(error).__name__})", SOON)


def of_status(status: int, headers: Mapping[str, str], said: str, *, url_from: str, secret_from: str) -> Failure | None:
    """What a webhook's answer means; None where it took the call.

    Args:
        status: of the HTTP answer.
        headers: of the answer.
        said: the beginning of its body.
        url_from: the setting with the address, for the remedy.
        secret_from: the setting with the secret, for the remedy.
    """
    reason = one_line(f"http_{status} {said}")
    match status:
        case _ if 200 <= status < 300:
            return None
        case 429:
            return TryAgain(RATE_LIMITED, retry_after(headers.get("Retry-After", "")))
        case 503 if "Retry-After" in headers:
            return TryAgain(reason, retry_after(headers["Retry-After"]))
        case 408 | 425:
            return TryAgain(reason, SOON)
        case _ if status >= 500:
            return Unclear(reason, SOON)
        case 401 | 403:
            return Refused(reason, f"Let {secret_from} be the secret that the receiver checks signatures with.")
        case _ if 300 <= status < 400:
            return Refused(reason, f"Redirects are not followed: set {url_from} to where it leads.")
        case _:
            return Refused(reason, f"Check {url_from} and what the receiver says.")


def retry_after(value: str) -> timedelta:
    """The wait that a server asks for in seconds, within bounds."""
    try:
        seconds = float(value)
    except ValueError:
        return LATER
    return min(timedelta(seconds=seconds), LONGEST) if 0 <= seconds < 1e9 else LATER


def one_line(text: str) -> str:
    """Something that another program said, for a reason: short, printable, on one line."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text[: _ANSWER * 4]).split())
    return words if len(words) <= _ANSWER else words[: _ANSWER - 1] + "…"


def _smtp_answer(error: aiosmtplib.SMTPResponseException) -> Failure:
    reason = one_line(f"smtp_{error.code} {error.message}")
    if 400 <= error.code < 500:
        return TryAgain(reason, LATER)
    if error.code < 400:
        return Unclear(reason, SOON)  # neither yes nor no
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return Refused(reason, "The mail server does not accept the user or password in MUSTER_SMTP_URL.")
        case aiosmtplib.SMTPSenderRefused():
            return Refused(reason, "The mail server does not let MUSTER_MAIL_FROM send.")
        case aiosmtplib.SMTPRecipientRefused():
            return Refused(reason, "Check the address in the pack's `emails`.")
        case _:
            return Refused(reason, _MAIL_SETTING)
