"""How a monitor is told something over HTTP: bounded in time and size, never led elsewhere, silent about secrets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.application.ports import RATE_LIMITED, Refused, TryAgain
from bot.domain.alert_rules import TellBack
from bot.notices.failures import LATER, SOON, one_line, retry_after, unanswered
from bot.notices.web import ValueOf, Web, is_web_address

#: Seconds for one call.
PATIENCE_S = 5.0
#: No more is read of an answer, unless it is a list.
MOST_BYTES = 64 * 1024
#: PagerDuty says in the second for how long it wants to be left alone.
_WAITS = ("Retry-After", "ratelimit-reset")


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered: `text` is the beginning of it for people, without our secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    text: str

    def json(self) -> Any:
        """The body as JSON; None where it is something else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Line:
    """A monitor that is told by one rule.

    Attributes:
        url: its address, perhaps with a user and a password.
        token: what lets us in; empty where there is none.
    """

    rule: TellBack
    web: Web
    url: str = field(repr=False)
    token: str = field(repr=False)

    @property
    def address_setting(self) -> str:
        """Where its address is set, for a remedy."""
        return self.rule.url_from or f"`url_from` of {self.rule.name}"

    @property
    def token_setting(self) -> str:
        """Where its token is set, for a remedy."""
        return self.rule.token_from or f"`token_from` of {self.rule.name}"

    async def send(
        self,
        method: str,
        path: str = "",
        body: object = None,
        *,
        params: Sequence[tuple[str, str]] = (),
        scheme: str = "Bearer ",
        headers: Mapping[str, str] | None = None,
        most: int = MOST_BYTES,
    ) -> Said:
        """Make one call. Raises TryAgain or Refused where no answer came that could be read; see also `check`.

        Args:
            method: of HTTP.
            path: what comes after the address.
            body: what is sent as JSON, if anything is.
            params: of the query.
            scheme: what stands before the token.
            headers: more of them.
            most: bytes of an answer.
        """
        sent = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a small answer may unpack into a large one
            "User-Agent": f"Muster/{version('muster')}",
            **(headers or {}),
        }
        if self.token:
            sent["Authorization"] = f"{scheme}{self.token}"
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body, separators=(",", ":")).encode()
        try:
            async with self.web.client().request(
                method, self._at(path), data=data, params=params, headers=sent, allow_redirects=False
            ) as response:
                read = b""
                async for chunk in response.content.iter_any():
                    read += chunk
                    if len(read) > most:
                        raise Refused(f"its answer is larger than {most // 1024} KiB", f"Check {self.address_setting}.")
        except aiohttp.ClientSSLError as error:  # a ValueError, too
            raise unanswered(error) from None
        except ValueError:  # of the address's or a header's parts; the error shows them
            raise Refused("the call cannot be sent", f"Check {self._settings()}.") from None
        except (aiohttp.ClientError, OSError) as error:
            raise unanswered(error) from None  # its text may have the address
        return Said(response.status, response.headers, read, self._legible(read))

    def check(self, said: Said) -> None:
        """Raise TryAgain or Refused where an answer is no consent."""
        reason = one_line(f"http_{said.status} {said.text}")
        match said.status:
            case _ if 200 <= said.status < 300:
                return
            case 429:
                raise TryAgain(RATE_LIMITED, retry_after(_wait(said)))
            case 408 | 425:
                raise TryAgain(reason, SOON)
            case _ if said.status >= 500:
                raise TryAgain(reason, retry_after(_wait(said)) if _wait(said) else LATER)
            case 401 | 403:
                raise Refused(reason, f"Let {self.token_setting} be a token that it takes and that may do this.")
            case _ if 300 <= said.status < 400:
                remedy = f"Redirects are not followed: set {self.address_setting} to where it leads."
                raise Refused(f"http_{said.status}", remedy)
            case _:
                raise Refused(reason, f"Check {self.address_setting} and what it says.")

    def _at(self, path: str) -> str:
        """A path below the address; the address itself as it is, for some servers mind a slash at its end."""
        return f"{self.url.rstrip('/')}{path}" if path else self.url

    def _settings(self) -> str:
        more = "`sender` in the pack" if self.rule.sender else ""
        return " and ".join(name for name in (self.rule.url_from, self.rule.token_from, more) if name)

    def _legible(self, body: bytes) -> str:
        """What is read may be what we sent: some servers show a request that they don't like."""
        text = body.decode(errors="replace")
        parts = urlsplit(self.url)
        for secret in (self.token, self.url, parts.password, parts.username, parts.query, parts.path.strip("/")):
            if secret:
                text = text.replace(secret, "…")
        return text


def line(rule: TellBack, value_of: ValueOf, web: Web, *, usual: str = "") -> Line:
    """A monitor as its settings have it. Raises Refused where one is missing or wrong.

    Args:
        rule: the pack's rule.
        value_of: reads the settings that it names.
        web: the connections.
        usual: the address where the rule names none.
    """
    url, token = (value_of(rule.url_from) if rule.url_from else usual), None
    if rule.token_from:
        token = value_of(rule.token_from)
        if not token:
            raise Refused(f"{rule.token_from} is not set", f"Set {rule.token_from} and start Muster again.")
        if not (token.isascii() and token.isprintable()):
            remedy = f"Set {rule.token_from} anew: letters, digits and signs on one line."
            raise Refused(f"{rule.token_from} is no token", remedy)
    if not url:
        where = rule.url_from or f"`url_from` of {rule.name}"
        raise Refused(f"{where} is not set", f"Set {where} and start Muster again.")
    if not is_web_address(url) or urlsplit(url).fragment:
        raise Refused(f"{rule.url_from} is not a web address", f"Let {rule.url_from} begin with https:// or http://.")
    return Line(rule, web, url, token or "")


def _wait(said: Said) -> str:
    return next((said.headers[name] for name in _WAITS if name in said.headers), "")
