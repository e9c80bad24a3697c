"""Outgoing webhooks: JSON, signed, and safe to receive twice."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from urllib.parse import urlsplit

import aiohttp

from bot.application.ports import Notice, Refused
from bot.domain.rules import WebhookRule
from bot.notices.failures import of_http, of_status
from bot.notices.web import TIMEOUT_S, ValueOf, Web, host_of, is_web_address

#: How much of an answer is read: it is looked at only to say why a call was refused.
_MOST_BYTES = 2048
#: A secret shorter than this can be guessed.
SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook with its address and its secret."""

    rule: WebhookRule
    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def host(self) -> str:
        """Where it is, without what may be a secret in its path."""
        return host_of(self.url)

    @property
    def encrypted(self) -> bool:
        """Whether what is said travels encrypted."""
        return urlsplit(self.url).scheme == "https"


def endpoint(rule: WebhookRule, value_of: ValueOf) -> Endpoint:
    """A webhook of the policy with what its settings say. Raises Refused where they are missing or wrong."""
    url, secret = value_of(rule.url_from), value_of(rule.secret_from)
    for name, value in ((rule.url_from, url), (rule.secret_from, secret)):
        if not value:
            raise Refused(f"{name} is not set", f"Set {name} and start Muster again.")
    assert url is not None
    assert secret is not None
    if not is_web_address(url):
        raise Refused(f"{rule.url_from} is not a web address", f"Let {rule.url_from} begin with https:// or http://.")
    if len(secret) < SHORTEST_SECRET:
        remedy = f"Let {rule.secret_from} have at least {SHORTEST_SECRET} characters."
        raise Refused(f"{rule.secret_from} is too short", remedy)
    return Endpoint(rule, url, secret)


def signature(secret: str, body: bytes, at: datetime) -> str:
    """The `Muster-Signature` header: `t=UNIX,v1=HEX`, an HMAC-SHA256 over the time, a dot and the body."""
    moment = int(at.timestamp())
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={made.hexdigest()}"


class Webhooks:
    """Calls the policy's webhooks."""

    def __init__(
        self,
        rules: Iterable[WebhookRule],
        value_of: ValueOf,
        now: Callable[[], datetime],
        patience: float = TIMEOUT_S,
    ) -> None:
        """Nothing is called yet.

        Args:
            rules: the policy's webhooks.
            value_of: reads the settings that they name.
            now: the clock, which signatures are stamped by.
            patience: seconds for one call.
        """
        self.take(rules)
        self._value_of = value_of
        self._now = now
        self._web = Web(patience)

    async def call(self, notice: Notice) -> None:
        """Call a webhook. Raises TryAgain, Unclear or Refused."""
        rule = self._rules.get(notice.webhook)
        if rule is None:
            raise Refused(f"no webhook {notice.webhook}", "The pack has dropped it: add it again, or drop this.")
        target = endpoint(rule, self._value_of)
        body = json.dumps(notice.body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Muster/{version('muster')}",
            "Muster-Delivery": notice.id,
            "Muster-Signature": signature(target.secret, body, self._now()),
        }
        try:
            async with self._web.client().post(
                target.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                said = (await response.content.read(_MOST_BYTES)).decode(errors="replace")
        except aiohttp.ClientSSLError as error:  # a ValueError, too
            raise of_http(error) from None
        except ValueError:  # of its parts; the error shows them
            raise Refused(f"{rule.url_from} is not a web address", f"Check {rule.url_from}.") from None
        except (aiohttp.ClientError, OSError) as error:
            raise of_http(error) from error
        failure = of_status(
            response.status, response.headers, said, url_from=rule.url_from, secret_from=rule.secret_from
        )
        if failure is not None:
            raise failure

    def take(self, rules: Iterable[WebhookRule]) -> None:
        """Call these webhooks from now on."""
        self._rules = {rule.name: rule for rule in rules}

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()
