"""Asking on-call providers over HTTP: bounded in time and size, never led elsewhere, and silent about secrets."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import aiohttp

from bot.application.ports import Refused, TryAgain
from bot.domain.procedures import ProviderRule
from bot.notices.failures import LATER, one_line, retry_after, unanswered
from bot.notices.web import TIMEOUT_S, ValueOf, Web, is_web_address
from bot.policy.addresses import is_address
from bot.policy.paths import values_at
from bot.policy.types import is_slack_id

#: An answer larger than this is not one about who is on call.
MOST_BYTES = 256 * 1024
#: More people than this are not on call for one thing: the path leads to something else.
MOST_PEOPLE = 50


def address_of(rule: ProviderRule, value_of: ValueOf) -> str:
    """Where a provider is asked, as its setting says. Raises Refused where it is missing or wrong."""
    url = value_of(rule.url_from)
    if not url:
        raise Refused(f"{rule.url_from} is not set", f"Set {rule.url_from} and send Muster SIGHUP, or start it again.")
    if not is_web_address(url):
        raise Refused(f"{rule.url_from} is not a web address", f"Let {rule.url_from} begin with https:// or http://.")
    if rule.token_from and not value_of(rule.token_from):
        remedy = f"Set {rule.token_from} and send Muster SIGHUP, or start it again."
        raise Refused(f"{rule.token_from} is not set", remedy)
    return url


def people_in(rule: ProviderRule, body: bytes) -> Sequence[str]:
    """The Slack ids and e-mail addresses in an answer, once each. Raises Refused where there are none."""
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("its answer is not JSON", f"Check {rule.url_from}: it may lead to a page for people.") from None
    remedy = f"Check `people` in the pack: {rule.people} has to lead to Slack ids or e-mail addresses."
    try:
        found = values_at(rule.people, answer)
    except ValueError as error:
        raise Refused(f"the path cannot be followed in its answer ({one_line(str(error))})", remedy) from None
    if not found:
        raise Refused("the path leads to nothing in its answer", remedy)
    # None stands where a provider has nobody for a place.
    people = {one.strip(): None for one in found if isinstance(one, str)}
    if len(people) > MOST_PEOPLE or not all(is_slack_id(one) or is_address(one) for one in people) or not people:
        raise Refused("the path leads to something else than Slack ids and e-mail addresses", remedy)
    return tuple(people)


class Providers:
    """Asks the policy's on-call providers."""

    def __init__(self, value_of: ValueOf, patience: float = TIMEOUT_S) -> None:
        """Nobody is asked yet.

        Args:
            value_of: reads the settings that the rules name.
            patience: seconds for one question.
        """
        self._value_of, self._web = value_of, Web(patience)

    async def ask(self, rule: ProviderRule) -> Sequence[str]:
        """Who is on call: Slack ids and e-mail addresses. Raises TryAgain or Refused; asking twice does no harm."""
        url = address_of(rule, self._value_of)
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a small answer may unpack into a large one
            "User-Agent": f"Muster/{version('muster')}",
        }
        if rule.token_from:
            headers[rule.header] = f"{rule.prefix}{self._value_of(rule.token_from)}"
        try:
            async with self._web.client().get(url, headers=headers, allow_redirects=False) as response:
                body = b""
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise Refused(f"its answer is larger than {MOST_BYTES // 1024} KiB", f"Check {rule.url_from}.")
        except aiohttp.ClientSSLError as error:  # a ValueError, too
            raise unanswered(error) from None
        except ValueError:  # of the address's or the header's parts; the error shows them
            names = " and ".join(name for name in (rule.url_from, rule.token_from) if name)
            raise Refused("the question cannot be sent", f"Check {names}.") from None
        except (aiohttp.ClientError, OSError) as error:
            raise unanswered(error) from None  # its text may have the address
        _check(rule, response.status, response.headers.get("Retry-After"))
        return people_in(rule, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()


def _check(rule: ProviderRule, status: int, wait: str | None) -> None:
    match status:
        case 200:
            return
        case 401 | 403:
            raise Refused(f"http_{status}", f"Let {rule.token_from or '`token_from`'} be a token that it takes.")
        case _ if 300 <= status < 400:
            raise Refused(f"http_{status}", f"Redirects are not followed: set {rule.url_from} to where it leads.")
        case _ if status == 429 or status >= 500:
            raise TryAgain(f"http_{status}", retry_after(wait) if wait else LATER)
        case _:
            raise Refused(f"http_{status}", f"Check {rule.url_from}.")
