"""An HTTP endpoint as a target."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.targets.assertion import parse_assertion
from bot.policy.targets.base import AtAnAddress, Wrong
from bot.policy.types import Header, Line, Name, Path, Section, Setting, has_secret

#: The checks that every endpoint has; no assertion may be called as one of them.
OWN_CHECKS = ("status", "latency", "redirects", "certificate")

_SECRET_HEADER = re.compile(r"authori[sz]ation|cookie|token|secret|passw|api-?key|signature", re.IGNORECASE)


class Severe(StrEnum):
    """How bad it is when something is not as it should be."""

    WARN = "warn"
    CRITICAL = "critical"


class AssertionRule(Section):
    """Something that should be so in the JSON of an answer: `$.metrics.errorRate < 0.01`."""

    name: Name
    that: Line = Field(description='A JSONPath, and how what it finds compares: `$.status == "ok"`.')
    title: Line = ""
    verdict: Severe = Severe.CRITICAL
    next_step: Line = Field("", description="What to do where it is not so.")


class HttpTarget(AtAnAddress):
    """An HTTP endpoint: its status, how fast it answers, its certificate, and what its JSON says."""

    kind: Literal["http"]
    path: Path | None = Field(
        None, description="Behind the address in `url_from`, which many targets may share: /api/health."
    )
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: dict[Header, Line] = Field(default_factory=dict, description="Headers without any credentials.")
    headers_from: dict[Header, Setting] = Field(default_factory=dict, description="Settings that hold headers' values.")
    bearer_from: Setting | None = Field(None, description="The setting with the token of `Authorization: Bearer`.")
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")
    status: tuple[Annotated[int, Field(ge=100, le=599, strict=True)], ...] = Field(
        (), description="Statuses that are well. Empty: 200 to 299."
    )
    redirects: int = Field(0, ge=0, le=10, strict=True, description="How many redirects are followed on its own host.")
    tries: int = Field(3, ge=1, le=20, strict=True, description="How often it is asked, for the median and the worst.")
    assertions: tuple[AssertionRule, ...] = ()

    def wrong(self) -> Iterator[Wrong]:
        """Assertions that are none or share a name, headers that hold a credential or are set twice, a second path."""
        yield from super().wrong()
        if self.path is not None and self.url is not None:
            yield ("path",), "Write the whole address in `url`: a `path` goes behind the address in `url_from`."
        elif has_secret((self.path or "").partition("?")[2]):
            yield ("path",), "Holds a credential; name the setting that has it in `headers_from` or `bearer_from`."
        yield from wrong_headers(self.headers, self.headers_from, self.bearer_from)
        if self.assertions and self.method == "HEAD":
            yield ("method",), "A HEAD is answered without a body, so nothing can be said of it; write GET."
        taken = Counter(OWN_CHECKS)
        for index, rule in enumerate(self.assertions):
            try:
                parse_assertion(rule.that)
            except ValueError as error:
                yield ("assertions", index, "that"), f"“{rule.that}” {error}."
            taken[rule.name.casefold()] += 1
            if taken[rule.name.casefold()] > 1:
                yield (
                    ("assertions", index, "name"),
                    f"“{rule.name}” is what another check of this target is called; choose another name.",
                )


def wrong_headers(headers: Mapping[str, str], headers_from: Mapping[str, str], bearer: str | None) -> Iterator[Wrong]:
    """Headers that hold a credential, cannot be sent, or are set twice."""
    for name, value in headers.items():
        if _SECRET_HEADER.search(name):
            yield ("headers", name), "Holds a credential; name the setting that has it in `headers_from`."
        elif not (value.isascii() and value.isprintable()):
            yield ("headers", name), "A header's value is one line of plain letters, digits and signs."
    names = Counter(name.casefold() for name in (*headers, *headers_from))
    names["authorization"] += bearer is not None
    for key, named in (("headers", headers), ("headers_from", headers_from)):
        for name in named:
            if names[name.casefold()] > 1:
                yield (key, name), f"{name} is set twice; leave one of them out."
