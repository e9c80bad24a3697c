"""A JSON document that a web server answers with: read once, for all that is looked up in it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import takewhile
from typing import Any

import jsonpath
from jsonpath.segments import JSONPathChildSegment, JSONPathSegment
from jsonpath.selectors import IndexSelector, NameSelector

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import OVERLOADED, Unwilling
from bot.diagnostics.checks.network.port import begun
from bot.diagnostics.judging import by_limits
from bot.diagnostics.kind import Refusal
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target

_LATENCY = {"latency_warn_ms": 1000.0, "latency_crit_ms": 5000.0}


class NotJson(Exception):
    """What was answered is no JSON."""


@dataclass(frozen=True, slots=True)
class Document:
    """What was answered.

    Attributes:
        data: the JSON.
        asked: what was asked, without credentials.
        took_ms: milliseconds that it took.
        asked_at: when the run began.
    """

    data: Any
    asked: str
    took_ms: float
    asked_at: datetime


@asynccontextmanager
async def read(target: Target) -> AsyncIterator[Document]:
    """The document of a target with `url` or `url_from`, and perhaps `bearer_from`.

    Raises:
        NotSet: a setting has no value.
        NoAddress: a setting does not hold an address.
        Unwilling: the server answered with another status than 200 to 299.
        TooLong: the document is over 1 MiB.
        NotJson: it is none.
        aiohttp.ClientError: there was no answer.
    """
    async with fetching.server(target) as server:
        answer = await server.get()
    if not 200 <= answer.status <= 299:
        raise Unwilling(answer.status)
    try:
        # Reading a megabyte takes a while.
        data = await asyncio.to_thread(json.loads, answer.body)
    except (ValueError, RecursionError):
        raise NotJson from None
    yield Document(data, f"GET {fetching.against(target)}", answer.took_ms, begun(target))


@lru_cache(maxsize=256)
def _compiled(path: str) -> jsonpath.JSONPath:
    # Kept, for the same path is followed in every entry of a list.
    compiled = jsonpath.compile(path, strict=True)
    assert isinstance(compiled, jsonpath.JSONPath)  # RFC 9535 has no unions of paths
    return compiled


def found(path: str, data: Any) -> list[tuple[str, Any]]:
    """Where a JSONPath leads in a document, and what stands there.

    Raises:
        ValueError: it cannot be followed in this document.
    """
    try:
        return [(match.path, match.obj) for match in _compiled(path).finditer(data)]
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise ValueError(str(error).partition("\n")[0].strip() or type(error).__name__) from None


def trunk(path: str) -> str:
    """The beginning of a JSONPath that leads to one place at most: `$.deliveries` of `$.deliveries[?@.failed]`.

    Where nothing is at the path, it tells an empty list from a document that has no such list.
    """
    return f"${''.join(str(step) for step in takewhile(_leads_to_one, _compiled(path).segments))}"


def _leads_to_one(step: JSONPathSegment) -> bool:
    return (
        isinstance(step, JSONPathChildSegment)
        and len(step.selectors) == 1
        and isinstance(step.selectors[0], NameSelector | IndexSelector)
    )


def refused(error: Exception, target: Target) -> Refusal:
    """What it means that there is no document."""
    if isinstance(error, NotJson):
        return Refusal(
            Measurement(
                verdict=Verdict.ERROR,
                explanation="What it answers is no JSON.",
                next_step="See by hand what answers there, and whether the address is the right one.",
                threshold="must answer",
            )
        )
    return fetching.refused(error, target)


async def _reachability(document: Document, thresholds: Thresholds) -> Measurement:
    warn, critical = thresholds["latency_warn_ms"], thresholds["latency_crit_ms"]
    said = f"It answered with JSON in {document.took_ms:.0f} ms."
    return by_limits(document.took_ms, "ms", said, OVERLOADED, warn=warn, critical=critical, ran=document.asked)


REACHABILITY = Asking(name="reachability", title="Reachable", ask=_reachability, ran="GET", defaults=_LATENCY)
