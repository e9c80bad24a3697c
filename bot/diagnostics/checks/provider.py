"""What a provider says of itself on its public status page: Statuspage's summary, or a feed."""

import asyncio
import re
from calendar import timegm
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO

import feedparser
from pydantic import BaseModel, ValidationError

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import Unwilling
from bot.diagnostics.judging import count
from bot.diagnostics.kind import Kind, Refusal
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.provider import ProviderTarget

_SUMMARY = "/api/v2/summary.json"
#: By how it calls itself as a whole, a component, or an incident's impact. What is unknown warns.
_VERDICTS = {
    "none": Verdict.OK,
    "operational": Verdict.OK,
    "major": Verdict.CRITICAL,
    "critical": Verdict.CRITICAL,
    "partial_outage": Verdict.CRITICAL,
    "major_outage": Verdict.CRITICAL,
}
#: How entries of feeds say that it is over. `Not yet resolved` does not.
_OVER = re.compile(
    r"<(?:strong|b)>\s*(?:resolved|completed)\s*</|\[(?:resolved|completed)\]|^\s*(?:resolved|completed)\b"
    r"|\b(?:is|was|been|now|fully) resolved\b|operating normally",
    re.IGNORECASE,
)
_NOT_OVER = re.compile(r"\b(?:not|n't|until|once|when)\s+(?:\w+\s+){0,4}resolved\b", re.IGNORECASE)
_ADVICE = (
    "Tell people that it is the provider's trouble, follow its status page, and use another way where there is one."
)


class _Named(BaseModel):
    name: str


class _Component(_Named):
    status: str
    group: bool = False


class _Incident(_Named):
    impact: str = "none"
    status: str = ""
    created_at: datetime | None = None
    components: tuple[_Named, ...] = ()


class _Overall(BaseModel):
    indicator: str
    description: str = ""


class Summary(BaseModel):
    """What /api/v2/summary.json has. Its incidents are the open ones."""

    status: _Overall
    components: tuple[_Component, ...] = ()
    incidents: tuple[_Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed; some have no time."""

    title: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class _Page:
    """What was read: a summary, or a feed's entries."""

    read: Summary | Sequence[Entry]
    took_ms: float
    now: datetime | None


class NotAPage(Exception):
    """What was read is no status page of the format."""


@asynccontextmanager
async def _page(target: Target) -> AsyncIterator[_Page]:
    options: ProviderTarget = target.options
    async with fetching.server(target) as server:
        answer = await server.get(_SUMMARY if options.format == "statuspage" else "")
    if answer.status != HTTPStatus.OK:
        raise Unwilling(answer.status)
    if options.format == "rss":
        # Reading a megabyte of XML takes a while.
        yield _Page(await asyncio.to_thread(entries, answer.body), answer.took_ms, target.asked_at)
        return
    try:
        summary = Summary.model_validate_json(answer.body)
    except ValidationError:
        raise NotAPage("it is no summary of Statuspage") from None
    yield _Page(summary, answer.took_ms, target.asked_at)


def entries(body: bytes) -> list[Entry]:
    """The entries of an RSS or Atom feed.

    Raises:
        NotAPage: it is neither.
    """
    # As a stream: what looks like an address or a path would be opened otherwise.
    feed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        raise NotAPage("it is no RSS and no Atom")
    found = []
    for entry in feed.entries:
        # Its own `get` would take one for the other, and warn of that.
        at = dict.get(entry, "updated_parsed") or dict.get(entry, "published_parsed")
        text = entry.get("summary") or " ".join(part.get("value", "") for part in entry.get("content", ()))
        found.append(Entry(entry.get("title", ""), text, datetime.fromtimestamp(timegm(at), UTC) if at else None))
    return found


async def _reachability(page: _Page, _thresholds: Thresholds) -> Measurement:
    return Measurement(
        verdict=Verdict.OK,
        explanation=f"Its status page was read in {page.took_ms:.0f} ms.",
        value=round(page.took_ms, 1),
        unit="ms",
        threshold="must answer",
    )


def judge_indicator(summary: Summary) -> Measurement:
    """By what it says of itself as a whole."""
    indicator, said = summary.status.indicator, summary.status.description.strip().rstrip(".")
    return _measured(_verdict(indicator), f"It says of itself: {said or indicator} ({indicator}).", "none is well")


def judge_components(summary: Summary, wanted: Sequence[str]) -> Measurement:
    """By the worst of the components that are used."""
    shown = [each for each in summary.components if not each.group and _is_wanted(each.name, wanted)]
    there = {each.name.casefold() for each in shown}
    missing = [name for name in wanted if name.casefold() not in there]
    if missing:
        return Measurement(
            verdict=Verdict.ERROR,
            explanation=f"Its status page has no component {', '.join(missing)}.",
            next_step="Write the components in the policy pack as the page has them.",
            rows=Rows.of(("component",), ([each.name] for each in summary.components if not each.group)),
        )
    if not shown:
        return Measurement(
            verdict=Verdict.NO_DATA, explanation="It shows no components.", next_step="Look at its status page."
        )
    shown.sort(key=lambda each: -_verdict(each.status).rank)
    bad = [each for each in shown if _verdict(each.status) is not Verdict.OK]
    said = f"{bad[0].name} is {bad[0].status.replace('_', ' ')}" if bad else "They are operational"
    of = f"{len(bad)} of {count(len(shown), 'component')} not operational: " if bad else ""
    measured = _measured(_verdict(shown[0].status), f"{of}{said}.", "operational is well")
    rows = Rows.of(("component", "status"), ((each.name, each.status) for each in shown))
    return replace(measured, value=len(bad), unit="components", rows=rows)


def judge_incidents(summary: Summary, wanted: Sequence[str]) -> Measurement:
    """By the worst of its open incidents that concern the components that are used."""
    shown = [
        each
        for each in summary.incidents
        if not each.components or any(_is_wanted(part.name, wanted) for part in each.components)
    ]
    verdicts = [max(Verdict.WARN, _verdict(each.impact), key=lambda verdict: verdict.rank) for each in shown]
    rows = ((each.name, each.status, each.impact, each.created_at) for each in shown)
    return _open(
        [each.name for each in shown], verdicts, Rows.of(("incident", "status", "impact", "since (UTC)"), rows)
    )


def judge_entries(read: Sequence[Entry], now: datetime | None, options: ProviderTarget) -> Measurement:
    """By the entries of the last hours that do not say that it is over. A feed does not say how bad it is."""
    recent = [each for each in read if not (now and each.at) or now - each.at <= options.within]
    shown = [each for each in recent if not _is_over(each)]
    rows = Rows.of(("entry", "at (UTC)"), ((each.title, each.at) for each in shown))
    return _open([each.title for each in shown], [Verdict.WARN] * len(shown), rows)


def _is_over(entry: Entry) -> bool:
    said = (entry.title, entry.text)
    return any(_OVER.search(text) for text in said) and not any(_NOT_OVER.search(text) for text in said)


def _open(names: Sequence[str], verdicts: Sequence[Verdict], rows: Rows) -> Measurement:
    verdict = max(verdicts, key=lambda each: each.rank, default=Verdict.OK)
    said = f"{count(len(names), 'incident')} open: {'; '.join(names[:3])}" if names else "No incident is open"
    measured = _measured(verdict, f"{said.rstrip('.')}.", "none is well")
    return replace(measured, value=len(names), unit="incidents", rows=rows if names else None)


def _measured(verdict: Verdict, explanation: str, threshold: str) -> Measurement:
    advice = "" if verdict is Verdict.OK else _ADVICE
    return Measurement(verdict=verdict, explanation=explanation, next_step=advice, threshold=threshold)


def _verdict(word: str) -> Verdict:
    return _VERDICTS.get(word, Verdict.WARN)


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or name.casefold() in {each.casefold() for each in wanted}


def _asking(name: str, title: str, ran: str, options: ProviderTarget) -> Check[_Page]:
    async def ask(page: _Page, _thresholds: Thresholds) -> Measurement:
        if not isinstance(page.read, Summary):
            return judge_entries(page.read, page.now, options)
        if name == "indicator":
            return judge_indicator(page.read)
        return (judge_components if name == "components" else judge_incidents)(page.read, options.components)

    return Asking(name=name, title=title, ask=ask, ran=ran)


def _checks(options: ProviderTarget) -> Sequence[Check[_Page]]:
    titles = {"indicator": "Overall", "components": "Components", "incidents": "Open incidents"}
    if options.components:  # the rest of it is not used
        del titles["indicator"]
    if options.format == "rss":
        titles = {"incidents": titles["incidents"]}
    ran = f"GET {_SUMMARY}" if options.format == "statuspage" else "GET"
    return (
        Asking(name="reachability", title="Status page", ask=_reachability, ran=ran),
        *(_asking(name, title, ran, options) for name, title in titles.items()),
    )


def _refused(error: Exception, target: Target) -> Refusal:
    """A status page that is not read says nothing of the provider: it may be well."""
    if isinstance(error, NotAPage):
        advice = "See whether the address and `format` are those of its status page."
        return Refusal(
            Measurement(verdict=Verdict.ERROR, explanation=f"What was read is of no use: {error}.", next_step=advice)
        )
    return Refusal(replace(fetching.refused(error, target).first, verdict=Verdict.ERROR))


PROVIDER = Kind(
    name="provider",
    options=ProviderTarget,
    checks=_checks,
    connect=_page,
    against=fetching.against,
    refused=_refused,
)
