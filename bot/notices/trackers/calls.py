"""How a tracker is called over HTTP: bounded in time and size, never led elsewhere, and silent about secrets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from bot.application.ports import RATE_LIMITED, Refused, TryAgain, Unclear
from bot.messages.runs import safe_url
from bot.notices.failures import LATER, LONGEST, SOON, one_line, retry_after, unanswered
from bot.notices.telling import Said
from bot.notices.web import Web

#: No more is read of an answer, unless it is a list.
MOST_BYTES: Final = 1024 * 1024
#: After a call that may have acted: until then every tracker's index has what was filed.
SETTLED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Service:
    """A tracker with what lets us in.

    Attributes:
        name: as people call it.
        url: where its API begins, without a slash at the end.
        headers: sent with each call; the token is in them.
        secrets: what must never be shown.
        url_setting: where `url` is set.
        token_setting: where the token is set.
        place_setting: where the repository, project or space is set.
        rights: what the token has to allow, in words.
    """

    name: str
    web: Web
    url: str
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    url_setting: str
    token_setting: str
    place_setting: str
    rights: str

    async def ask(self, path: str, params: Sequence[tuple[str, str]] = (), *, most: int = MOST_BYTES) -> Any:
        """What is answered to a GET, as JSON. Raises TryAgain or Refused."""
        said = await self.call("GET", path, params=params, most=most)
        self.check(said)
        return self.json(said)

    async def act(self, method: str, path: str, body: object) -> Any:
        """Change something; returns the answer as JSON, or None where there is none. See `call` and `check`."""
        said = await self.call(method, path, body)
        self.check(said, acted=True)
        return self.json(said, acted=True) if said.body else None

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Sequence[tuple[str, str]] = (),
        most: int = MOST_BYTES,
    ) -> Said:
        """Make one call, whatever is answered.

        Raises TryAgain where it surely did nothing; Unclear where it may have changed something, and its answer did not
        come; Refused where it can't be sent or the answer is no answer.

        Args:
            method: of HTTP.
            path: what comes after the address, percent-encoded.
            body: what is sent as JSON, if anything is.
            params: of the query.
            most: bytes of an answer.
        """
        sent = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a small answer may unpack into a large one
            "User-Agent": f"Muster/{version('muster')}",
            **self.headers,
        }
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body, separators=(",", ":")).encode()
        query = f"?{urlencode(params)}" if params else ""
        acts = method != "GET"
        try:
            address = URL(f"{self.url}{path}{query}", encoded=True)
            async with self.web.client().request(
                method, address, data=data, headers=sent, allow_redirects=False
            ) as response:
                read = await self._read(response, most, acts=acts)
        except aiohttp.ClientSSLError as error:  # a ValueError, too
            raise self._unanswered(error) from None
        except ValueError:  # of the address's or a header's parts; the error shows them
            names = f"{self.url_setting} and {self.token_setting}"
            raise Refused(f"the call to {self.name} cannot be sent", f"Check {names}.") from None
        except (aiohttp.ClientError, OSError) as error:  # its text may have the address
            never_sent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
            if acts and not never_sent:
                raise Unclear(f"{self.name}: {unanswered(error).reason}", SETTLED) from None
            raise self._unanswered(error) from None
        return Said(response.status, response.headers, read, self._legible(read))

    def check(self, said: Said, *, acted: bool = False) -> None:
        """Raise TryAgain, Unclear or Refused where an answer is no consent. `acted`: it was to change something."""
        reason = one_line(f"http_{said.status} {self.name}: {said.text}")
        match said.status:
            case _ if 200 <= said.status < 300:
                return
            case 429:
                raise TryAgain(RATE_LIMITED, _wait(said))
            case 403 if said.headers.get("x-ratelimit-remaining") == "0" or "Retry-After" in said.headers:
                raise TryAgain(RATE_LIMITED, _wait(said))  # as GitHub says it
            case 408 | 425:
                raise TryAgain(reason, SOON)
            case 503 if "Retry-After" in said.headers:
                raise TryAgain(reason, _wait(said))
            case _ if said.status >= 500 and acted:
                raise Unclear(reason, SETTLED)
            case _ if said.status >= 500:
                raise TryAgain(reason, LATER)
            case _:
                # What a redirect says is where it leads, which may be a secret.
                said_of = f"http_{said.status} {self.name}" if 300 <= said.status < 400 else reason
                raise Refused(said_of, self._remedy(said.status))

    def json(self, said: Said, *, acted: bool = False) -> Any:
        """The answer as JSON. Raises Refused where it is something else, or Unclear where it `acted` perhaps."""
        made = said.json()
        if made is None:
            if acted:
                raise Unclear(f"{self.name} said nothing that can be read", SETTLED)
            raise self.senseless()
        return made

    def senseless(self) -> Refused:
        """What is raised where an answer is not what its API answers."""
        return Refused(
            f"what answers is not the API of {self.name}",
            f"Check {self.url_setting}: it may lead to a page for people.",
        )

    def lost(self) -> Unclear:
        """What is raised where something was changed, and the answer does not say what."""
        return Unclear(f"{self.name} did not say where it is", SETTLED)

    def address(self, value: Any) -> str:
        """An address from an answer; empty where it is none that a browser should open."""
        found = safe_url(value) if isinstance(value, str) else None
        return found if found and found.startswith(("https://", "http://")) else ""

    def _remedy(self, status: int) -> str:
        match status:
            case 401:
                return f"{self.name} does not know the token, or it has expired: set {self.token_setting} anew."
            case 403:
                return f"Let {self.token_setting} be a token that may {self.rights} (docs/exports.md)."
            case 404:
                also = f"and that the token in {self.token_setting} may see it"
                return f"Check {self.place_setting} and {self.url_setting}, {also}; if it is gone there, drop this."
            case 410:
                return f"It is gone, or issues are switched off in {self.place_setting}: switch them on there."
            case _ if 300 <= status < 400:
                return f"Redirects are not followed: set {self.url_setting} and {self.place_setting} to where it leads."
            case _:
                return f"Look at what {self.name} says, and at {self.place_setting} (docs/exports.md)."

    async def _read(self, response: aiohttp.ClientResponse, most: int, *, acts: bool) -> bytes:
        read = bytearray()
        async for chunk in response.content.iter_any():
            read += chunk
            if len(read) > most:
                if acts:
                    raise Unclear(f"the answer of {self.name} is larger than {most // 1024} KiB", SETTLED)
                remedy = f"Check {self.url_setting} and {self.place_setting}."
                raise Refused(f"the answer of {self.name} is larger than {most // 1024} KiB", remedy)
        return bytes(read)

    def _unanswered(self, error: Exception) -> TryAgain:
        failure = unanswered(error)
        return TryAgain(f"{self.name}: {failure.reason}", failure.wait)

    def _legible(self, body: bytes) -> str:
        """What is read may be what we sent: some servers show a request that they don't like."""
        text = body[:4096].decode(errors="replace")
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text


def _wait(said: Said) -> timedelta:
    if "Retry-After" in said.headers:
        return retry_after(said.headers["Retry-After"])
    # GitHub says when, by a clock that is not ours: look again after the longest wait.
    return LONGEST if said.headers.get("x-ratelimit-remaining") == "0" else LATER
