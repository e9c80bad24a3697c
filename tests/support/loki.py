"""What answers as a Grafana Loki does, as far as it is asked here; strict, for there is no package of the real one.

It follows Loki's documentation of its HTTP API: which parameters a question has and in which form, what an answer looks
like, and what is said, with which status, to a question that is wrong.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from multidict import MultiMapping

NS = 1_000_000_000
_MOST_POINTS, _MOST_ENTRIES = 11_000, 5000
_LABEL = r'([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"'
_SELECTOR = rf"\{{\s*{_LABEL}(?:\s*,\s*{_LABEL})*\s*\}}"
_LINES = rf'(?P<selector>{_SELECTOR})(?:\s*(?P<how>\|=|\|~|!=|!~)\s*(?P<text>"(?:[^"\\]|\\.)*"))?'
_LOG = re.compile(_LINES)
_METRIC = re.compile(rf"sum\(count_over_time\({_LINES}\s*\[(?P<range>\d+[smh])\]\)\)")
_EMPTY = (
    "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible "
    'value. For instance, app=~".*" does not meet this requirement, but app=~".+" will'
)
_PARAMETERS = {"query", "limit", "start", "end", "since", "step", "interval", "direction"}
_UNITS = {"s": 1, "m": 60, "h": 3600}

Labels = Mapping[str, str]
#: Labels, and lines with the nanoseconds since 1970 of each.
Streams = list[tuple[Labels, list[tuple[int, str]]]]


class Refused(Exception):
    """A question is wrong: Loki says so in plain text."""

    def __init__(self, said: str, status: int = 400) -> None:
        super().__init__(said)
        self.status = status


@dataclass
class Loki:
    """What it has, and how it answers.

    Attributes:
        streams: what it has.
        tenant: whose they are; with one, every question must name it.
        authorization: the header that the proxy before it wants.
        not_ready: what `/ready` says instead of that it is.
        metadata: whether lines have structured metadata.
        asked: paths, with what they were asked for.
    """

    streams: Streams = field(default_factory=list)
    tenant: str | None = None
    authorization: str | None = None
    not_ready: str = ""
    metadata: bool = False
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def put(self, labels: Labels, lines: Sequence[tuple[float, str]]) -> None:
        """Adds a stream; its times in seconds since 1970."""
        self.streams.append((labels, sorted((round(at * NS), line) for at, line in lines)))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answers one request."""
        self.asked.append((request.path, dict(request.query)))
        if self.authorization is not None and request.headers.get("Authorization") != self.authorization:
            return web.Response(status=401, text="401 Authorization Required")
        try:
            return self._answer(request)
        except Refused as refused:
            return web.Response(status=refused.status, text=f"{refused}\n")

    def _answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/logs")
        if path == "/ready":
            if self.not_ready:
                raise Refused(self.not_ready, 503)
            return web.Response(text="ready\n")
        if request.method != "GET" or not path.startswith("/loki/api/v1/"):
            raise Refused("404 page not found", 404)
        if self.tenant is not None and request.headers.get("X-Scope-OrgID") is None:
            raise Refused("no org id", 401)
        streams = self.streams if request.headers.get("X-Scope-OrgID") == self.tenant else []
        match path.removeprefix("/loki/api/v1/"):
            case "query_range":
                return web.json_response({"status": "success", "data": self._range(streams, request.query)})
            case "series":
                return web.json_response({"status": "success", "data": _series(streams, request.query)})
            case "labels":
                return web.json_response(
                    {"status": "success", "data": sorted({n for each, _ in streams for n in each})}
                )
            case _:
                raise Refused("404 page not found", 404)

    def _range(self, streams: Streams, query: MultiMapping[str]) -> dict[str, Any]:
        assert set(query) <= _PARAMETERS, query
        start, end = _bounds(query)
        limit = _limit(query)
        forward = _forward(query)
        step = _step(query, start, end)
        if metric := _METRIC.fullmatch(query["query"]):
            return _matrix(_matching(streams, metric), start, end, step, _seconds(metric["range"]) * NS)
        if not (log := _LOG.fullmatch(query["query"])):
            raise Refused("parse error at line 1, col 1: syntax error: unexpected IDENTIFIER")
        if limit > _MOST_ENTRIES:
            raise Refused(
                f"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {_MOST_ENTRIES})"
            )
        return self._streams(_matching(streams, log), start, end, limit=limit, forward=forward)

    def _streams(self, streams: Streams, start: int, end: int, *, limit: int, forward: bool) -> dict[str, Any]:
        every = [
            (at, line, index) for index, (_, lines) in enumerate(streams) for at, line in lines if start <= at < end
        ]
        every.sort(key=lambda each: each[0], reverse=not forward)
        found: dict[int, list[list[Any]]] = {}
        for at, line, index in every[:limit]:
            more = [{"trace_id": "0242ac120002"}] if self.metadata else []
            found.setdefault(index, []).append([str(at), line, *more])
        result = [{"stream": dict(streams[index][0]), "values": values} for index, values in found.items()]
        return {"resultType": "streams", "result": result, "stats": {"summary": {"totalLinesProcessed": len(every)}}}


def _matrix(streams: Streams, start: int, end: int, step: int, over: int) -> dict[str, Any]:
    """Counts at every step; where there is nothing to count, there is no point."""
    times = sorted(at for _, lines in streams for at, _ in lines)
    counted = dict.fromkeys(range(start, end + 1, step), 0)
    for at in times:
        # A range holds what came after its beginning, and its end.
        first = start + max(0, -((start - at) // step)) * step
        for moment in range(first, min(end, at + over - 1) + 1, step):
            counted[moment] += 1
    values = [
        [moment / NS if moment % NS else moment // NS, str(number)] for moment, number in counted.items() if number
    ]
    return {"resultType": "matrix", "result": [{"metric": {}, "values": values}] if values else [], "stats": {}}


def _series(streams: Streams, query: MultiMapping[str]) -> list[Labels]:
    assert set(query) <= {"match[]", "start", "end", "since"}, query
    start, end = _bounds(query)
    if "match[]" not in query:
        raise Refused("0 matcher groups supplied")
    selector = re.fullmatch(rf"(?P<selector>{_SELECTOR})", query["match[]"])
    if not selector:
        raise Refused("only label matchers are supported")
    return [
        labels
        for labels, lines in _selected(streams, selector["selector"])
        if any(start <= at < end for at, _ in lines)
    ]


def _matching(streams: Streams, query: re.Match[str]) -> Streams:
    selected = _selected(streams, query["selector"])
    if query["how"] is None:
        return selected
    text = json.loads(query["text"])
    if query["how"] == "|=":
        return [(labels, [each for each in lines if text in each[1]]) for labels, lines in selected]
    assert query["how"] == "|~", query["how"]
    if possessive := re.search(r"(?<!\\)[*+?]\+", text):  # Python's engine takes it, Go's does not
        raise Refused(f"parse error : error parsing regexp: invalid nested repetition operator: `{possessive[0]}`")
    expression = re.compile(text)
    return [(labels, [each for each in lines if expression.search(each[1])]) for labels, lines in selected]


def _selected(streams: Streams, selector: str) -> Streams:
    matchers = re.findall(_LABEL, selector)
    if not any((how == "=" and value) or (how == "=~" and not re.fullmatch(value, "")) for _, how, value in matchers):
        raise Refused(_EMPTY)
    return [(labels, lines) for labels, lines in streams if all(_has(labels, *matcher) for matcher in matchers)]


def _has(labels: Labels, name: str, how: str, value: str) -> bool:
    mine = labels.get(name, "")
    equal = re.fullmatch(value, mine) is not None if "~" in how else mine == value
    return equal is not how.startswith("!")


def _bounds(query: MultiMapping[str]) -> tuple[int, int]:
    assert "start" in query, "Its default is an hour ago by the server's clock."
    assert "end" in query, "Its default is now by the server's clock."
    start, end = _time(query["start"], "start"), _time(query["end"], "end")
    if end < start:
        raise Refused("end timestamp must not be before or equal to start time")
    return start, end


def _time(written: str, name: str) -> int:
    """Nanoseconds since 1970, from those, from seconds with a fraction, or from a time of RFC 3339."""
    if re.fullmatch(r"\d+", written):
        assert len(written) > 10, f"{written} would be seconds in this place, and nanoseconds in another."
        return int(written)
    if re.fullmatch(r"\d+\.\d+", written):
        return round(float(written) * NS)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", written):
        return round(datetime.fromisoformat(written).timestamp() * NS)
    raise Refused(f"could not parse '{name}' parameter: strconv.ParseInt: parsing \"{written}\": invalid syntax")


def _limit(query: MultiMapping[str]) -> int:
    written = query.get("limit", "100")
    if not re.fullmatch(r"-?\d+", written):
        raise Refused(f'strconv.Atoi: parsing "{written}": invalid syntax')
    if int(written) <= 0:
        raise Refused("limit must be a positive value")
    return int(written)


def _forward(query: MultiMapping[str]) -> bool:
    written = query.get("direction", "backward")
    if written.upper() not in ("FORWARD", "BACKWARD"):
        raise Refused(f"invalid direction '{written}'")
    return written.upper() == "FORWARD"


def _step(query: MultiMapping[str], start: int, end: int) -> int:
    written = query.get("step")
    if written is None:
        return max((end - start) // NS // 250, 1) * NS
    step = _seconds(written) * NS
    if step <= 0:
        raise Refused("zero or negative query resolution step widths are not accepted. Try a positive integer")
    if (end - start) // step > _MOST_POINTS:
        raise Refused(
            "exceeded maximum resolution of 11,000 points per time series. "
            "Try increasing the value of the step parameter"
        )
    return step


def _seconds(written: str) -> int:
    found = re.fullmatch(r"(-?\d+)([smh]?)", written)
    if not found:
        raise Refused(f'cannot parse "{written}" to a valid duration')
    return int(found[1]) * _UNITS[found[2] or "s"]


@asynccontextmanager
async def serving(loki: Loki) -> AsyncIterator[str]:
    """Its address for as long as the block runs."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", loki.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
