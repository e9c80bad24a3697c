"""What a diagnostic found: verdicts with the evidence behind them, as data that is kept and compared."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, Self

from bot.diagnostics import redact

#: A table is evidence to read, not a dump.
MAX_ROWS = 20

_PLAIN = 1e15

#: What results did not always have. It is left out where it is empty.
_LATER = ("target", "facts", "chart", "last", "healthy")

#: Lines of a chart, and points of each: a picture that one can read.
MAX_LINES = 8
MAX_POINTS = 240

Cell = str | int | float | None


class Verdict(StrEnum):
    """How a check came out. `NO_DATA` is not `OK`: nothing could be said."""

    OK = "OK"
    NO_DATA = "NO_DATA"
    WARN = "WARN"
    ERROR = "ERROR"  # the check itself failed; what it looks at may be well or not
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """0 for the best; a higher verdict outweighs a lower one."""
        return list(Verdict).index(self)

    @classmethod
    def worst(cls, verdicts: Iterable["Verdict"]) -> "Verdict":
        """The one that outweighs the others; `NO_DATA` when there is none."""
        return max(verdicts, key=lambda verdict: verdict.rank, default=cls.NO_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A bounded, redacted table. `left_out` counts what did not fit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0

    @classmethod
    def of(cls, columns: Iterable[str], rows: Iterable[Iterable[object]], *, most: int = MAX_ROWS) -> Self:
        """A table of at most `most` rows from values of any kind."""
        each = iter(rows)
        # Redacting costs more than all else here, and a check may find thousands: only what is shown is redacted.
        shown = tuple(tuple(_cell(value) for value in row) for row in islice(each, most))
        return cls(columns=tuple(columns), rows=shown, left_out=sum(1 for _ in each))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart: its name, and seconds since 1970 with a value, or None where there was none."""

    label: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """How values went over time, to be drawn. At most `MAX_LINES` lines of `MAX_POINTS` points.

    Attributes:
        unit: of the values.
        warn, critical: limits that are drawn beside them.
        mark: seconds since 1970 of a moment that is drawn as an upright line, for instance the incident's beginning.
        says: what the picture shows, in a sentence, for those who cannot see it.
    """

    lines: tuple[Line, ...]
    unit: str = ""
    warn: float | None = None
    critical: float | None = None
    mark: float | None = None
    says: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The chart that `dataclasses.asdict` and JSON made `data` of. Unknown keys are left out."""
        known = {name: data[name] for name in cls.__slots__ if name in data}
        lines = (
            Line(label=one["label"], points=tuple((at, value) for at, value in one["points"])) for one in known["lines"]
        )
        return cls(**known | {"lines": tuple(lines)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What the same check said at another time."""

    verdict: Verdict
    value: float | None
    at: datetime

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """What `Report.to_dict` made `data` of."""
        return cls(verdict=Verdict(data["verdict"]), value=data["value"], at=datetime.fromisoformat(data["at"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a check returns: a verdict, the measured value with its unit, and what it means.

    Attributes:
        ran: exactly what was run, where the check itself can't say it beforehand.
        facts: what an action takes up that mends it, by name: `{"pid": "4711"}`. Never a secret.
        chart: how the value went over time.
    """

    verdict: Verdict
    explanation: str
    next_step: str = ""
    value: float | None = None
    unit: str = ""
    threshold: str = "none"
    rows: Rows | None = None
    ran: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    chart: Chart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A measurement with its evidence.

    Attributes:
        threshold: a sentence part that people read ("warn at 80 %, critical at 95 %").
        ran: exactly what was run.
        against: the address without credentials.
        target: whose check it is, where the report is of several targets.
        facts, chart: as the measurement has them.
        last: what the run before said; healthy: what was recorded when all was well.
    """

    check: str
    title: str
    verdict: Verdict
    value: float | None
    unit: str
    threshold: str
    ran: str
    against: str
    took_ms: float
    explanation: str
    next_step: str
    rows: Rows | None = None
    target: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    chart: Chart | None = None
    last: Earlier | None = None
    healthy: Earlier | None = None

    @property
    def label(self) -> str:
        """What people read: the check's title, behind its target where the report is of several."""
        return f"{self.target}: {self.title}" if self.target else self.title

    @property
    def was(self) -> Earlier | None:
        """What it said the last time, where that was another number: `0`, when it is 7 now."""
        last = self.last
        return last if last is not None and None not in (last.value, self.value) and last.value != self.value else None

    @property
    def usual(self) -> Earlier | None:
        """What it said while all was well, where that was another number."""
        well = self.healthy
        return well if well is not None and None not in (well.value, self.value) and well.value != self.value else None

    def __post_init__(self) -> None:
        """Makes whole numbers floats: JSON and Postgres keep the difference, and the digest would show it."""
        if self.value is not None:
            object.__setattr__(self, "value", float(self.value))
        object.__setattr__(self, "took_ms", float(self.took_ms))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The result that `dataclasses.asdict` and JSON made `data` of. Unknown keys are left out."""
        known = {name: data[name] for name in cls.__slots__ if name in data}
        if (rows := known.get("rows")) is not None:
            known["rows"] = Rows(
                columns=tuple(rows["columns"]),
                rows=tuple(tuple(row) for row in rows["rows"]),
                left_out=rows["left_out"],
            )
        if known.get("chart") is not None:
            known["chart"] = Chart.from_dict(known["chart"])
        for name in ("last", "healthy"):
            if known.get(name) is not None:
                known[name] = Earlier.from_dict(known[name])
        return cls(**known | {"verdict": Verdict(known["verdict"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one run of a target's checks found, in the order in which they ran."""

    target: str
    kind: str
    against: str
    started_at: datetime
    took_ms: int
    results: tuple[Result, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all."""
        return Verdict.worst(result.verdict for result in self.results)

    @property
    def worst_first(self) -> tuple[Result, ...]:
        """The results as people should read them; equal ones keep their order."""
        return tuple(sorted(self.results, key=lambda result: -result.verdict.rank))

    @property
    def findings(self) -> tuple[str, ...]:
        """One sentence for each result that is not OK, worst first."""
        return tuple(
            f"{result.label}: {result.explanation}" for result in self.worst_first if result.verdict is not Verdict.OK
        )

    def to_dict(self) -> dict[str, Any]:
        """The report in JSON's types."""
        data = asdict(self) | {"started_at": self.started_at.isoformat(), "verdict": str(self.verdict)}
        for result in data["results"]:
            # Reports that were kept before there were these keep their digests.
            for name in _LATER:
                if not result[name]:
                    del result[name]
                elif name in ("last", "healthy"):
                    result[name]["at"] = result[name]["at"].isoformat()
        plain: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The report that `to_dict` made `data` of."""
        known = {name: data[name] for name in cls.__slots__}
        return cls(
            **known
            | {
                "started_at": datetime.fromisoformat(data["started_at"]),
                "results": tuple(Result.from_dict(result) for result in data["results"]),
            }
        )

    def digest(self) -> str:
        """SHA-256 of the report's canonical JSON: keys in order, no spaces. Equal reports have equal digests."""
        canonical = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def _cell(value: object) -> Cell:
    match value:
        case None | bool():
            return None if value is None else str(value).lower()
        case int():
            return value
        case float() | Decimal():
            number = float(value)
            # As text what JSON has no number for, or Postgres would write in another way.
            return round(number, 3) if abs(number) < _PLAIN else str(value)
        case timedelta():
            return round(value.total_seconds(), 3)
        case date():
            return value.isoformat()
        case _:
            return redact.text(str(value), most=300)
