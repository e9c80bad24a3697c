"""The picture of an incident's course on a sheet 900 units wide: what stands where. One layout, however it is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.postmortem.lettering import fitted, width
from bot.postmortem.marks import Lane, LaneKind, Mark, Picture, Stretch, Tone
from bot.postmortem.picture import words
from bot.postmortem.placing import SIZE, Placed, Rows
from bot.postmortem.sheet import Shape, Sheet
from bot.postmortem.text import cite
from bot.postmortem.ticks import ticks
from bot.postmortem.wording import clock, day, span

WIDTH: Final = 900.0
_EDGE, _LEFT, _RIGHT = 16.0, 150.0, WIDTH - 18
_TITLE, _TEXT, _NAME = 15.0, 11.0, 11.5
_BAND, _STEP, _ROW, _PAD = 20.0, 3.0, 22.0, 4.0
_SIGN, _BAR = 4.6, 15.0
#: Rows that bars may take so that they do not cover each other, and rows for labels that find no place beside a mark.
_BARS: Final = {LaneKind.ALERTS: 2, LaneKind.RUNBOOKS: 4, LaneKind.ACTIONS: 3}
_SPARE: Final = {LaneKind.MOMENTS: 3}
#: Of these lanes the marks are no things that one would count.
_UNCOUNTED: Final = (LaneKind.MOMENTS, LaneKind.ALERTS)
_SIGNS: Final = {Tone.GOOD: "dot", Tone.PLAIN: "dot", Tone.WARN: "triangle", Tone.BAD: "diamond", Tone.DIM: "ring"}
_MEANS: Final = {
    Tone.GOOD: "well, done",
    Tone.WARN: "warning, escalation",
    Tone.BAD: "trouble",
    Tone.DIM: "nobody can say, or not run",
}
_CATEGORIES: Final = (
    ("triage", "triage"),
    ("active", "active"),
    ("monitoring", "monitoring"),
    ("resolved", "over"),
    ("closed", "over"),
)


def layout(shown: Picture) -> Sheet:
    """Everything at its place. The height follows from what there is to show, and is bounded."""
    page = _Page(shown)
    page.head()
    top = page.axis()
    page.bands()
    for lane in shown.lanes:
        page.lane(lane)
    behind = list(page.behind(top))
    page.legend()
    name = f"{shown.ref} {shown.title}"
    shapes = (*behind, *page.shapes)
    return Sheet(width=WIDTH, height=page.y + 12, title=f"The course of {name}", says=words(shown), shapes=shapes)


@dataclass(slots=True)
class _Page:
    """The sheet on its way. `y` is how far down it is filled, `dropped` how many marks found no place."""

    shown: Picture
    y: float = 0.0
    dropped: int = 0
    shapes: list[Shape] = field(default_factory=list)

    def head(self) -> None:
        """What it is about, and when that was."""
        shown = self.shown
        first, last = day(shown.start), day(shown.end)
        if first.partition(" ")[2] == last.partition(" ")[2]:
            first = first.partition(" ")[0]
        when = f"{last}, UTC" if shown.start.date() == shown.end.date() else f"{first} – {last}, UTC"  # noqa: RUF001 (between days stands a dash)
        room = WIDTH - 2 * _EDGE - width(when, _TEXT) - 20
        title = fitted(f"{shown.ref}  {shown.title}", _TITLE * 1.08, room)
        self._text(_EDGE, 28, title, "ink", size=_TITLE, bold=True)
        self._text(WIDTH - _EDGE, 28, when, "soft", anchor="end")
        lasted = span(max((shown.over or shown.end) - shown.declared, timedelta()))
        self._text(_EDGE, 46, f"over after {lasted}" if shown.over else f"still running, for {lasted} now", "soft")
        self.y = 54

    def axis(self) -> float:
        """The times; returns where the lines below them begin."""
        found = ticks(self.shown.start, self.shown.end, most=8)
        if any(today for _, time, today in found if time):
            self.y += 13
        self.y += 14
        for at, time, today in found:
            text = time or today
            half = width(text, _TEXT) / 2
            x = min(max(self._x(at), _LEFT + half - 10), _RIGHT - half + 4)
            self._text(x, self.y, text, "soft", anchor="middle")
            if time and today:
                self._text(x, self.y - 14, today, "soft", anchor="middle")
        self.y += 8
        return self.y

    def bands(self) -> None:
        """The phases, and below them the severities: the worse, the higher."""
        self._name("Status", "", self.y + _BAND / 2 + 4)
        for stretch in self.shown.phases:
            self._stretch(stretch, f"phase-{stretch.look}", self.y, _BAND, "ink")
        self.y += _BAND + 6
        self._name("Severity", "", self.y + _BAND / 2 + 4)
        for stretch in self.shown.severities:
            lower = min(int(stretch.look[4:]), 2) * _STEP
            self._stretch(stretch, stretch.look, self.y + lower, _BAND - lower, "on")
        self.y += _BAND + 8

    def _stretch(self, stretch: Stretch, look: str, top: float, height: float, letters: str) -> None:
        left, right = self._x(stretch.since), self._x(stretch.until)
        right = max(right - 1, left + 1.5)
        times = f" ({stretch.count:,} changes drawn together)" if stretch.count > 1 else ""
        hint = f"{stretch.name}, {self._between(stretch.since, stretch.until)}{times} ({cite(*stretch.cites)})"
        self._add("box", (left, top, right - left, height), look, hint=hint, cites=stretch.cites)
        if stretch.count == 1 and (text := fitted(stretch.name, SIZE, right - left - 8)):
            self._text(left + 5, top + height - max(4.5, (height - SIZE) / 2 + 1), text, letters, size=SIZE)

    def lane(self, lane: Lane) -> None:
        """A lane: its name and how many it has, then its marks. Below updates, the times without one."""
        bars, spare = _BARS.get(lane.kind, 1), _SPARE.get(lane.kind, 0)
        rows = Rows(left=_LEFT - 4, right=_RIGHT + 6, bars=bars, spare=spare)
        placed = rows.place([(mark, *self._extent(mark, lane.kind)) for mark in lane.marks])
        self.dropped += rows.dropped
        used = max(max(it.row, it.label_row if it.label else 0) for it in placed) + 1
        self.shapes.append(Shape(kind="line", at=(_EDGE, self.y, _RIGHT + 6, self.y), look="grid"))
        top = self.y + _PAD
        self._name(
            lane.name, f"{lane.total:,}" if lane.thinned or lane.kind not in _UNCOUNTED else "", top + _ROW / 2 + 4
        )
        if lane.kind is LaneKind.UPDATES:
            for silence in self.shown.silences:
                self._silence(silence, top)
        for it in placed:
            self._mark(it, lane.kind, top)
        self.y = top + used * _ROW + _PAD

    def _extent(self, mark: Mark, kind: LaneKind) -> tuple[float, float]:
        left = self._x(mark.at)
        if mark.until is None or kind is LaneKind.DIAGNOSTICS:
            return left - _SIGN - 0.5, left + _SIGN + 0.5
        return left, max(self._x(mark.until), left + 3)

    def _silence(self, silence: Stretch, top: float) -> None:
        left, right = self._x(silence.since), self._x(silence.until)
        hint = f"No update from {self._between(silence.since, silence.until)}: {silence.name} ({cite(*silence.cites)})"
        at = (left, top + 2, max(right - left, 1.5), _ROW - 4)
        self._add("box", at, "silence", hint=hint, cites=silence.cites)

    def _mark(self, it: Placed, kind: LaneKind, top: float) -> None:
        mark, middle, x = it.mark, top + it.row * _ROW + _ROW / 2, self._x(it.mark.at)
        hint = self._hint(mark)
        if mark.until and kind is LaneKind.DIAGNOSTICS:
            wide = max(self._x(mark.until) - x, 0.5)
            self._add("box", (x, middle - _BAR / 2, wide, _BAR), f"held-{mark.tone}")
        if mark.until and kind is not LaneKind.DIAGNOSTICS:
            at = (it.left, middle - _BAR / 2, it.right - it.left, _BAR)
            self._add("box", at, f"{'open' if mark.open else 'bar'}-{mark.tone}", hint=hint, cites=mark.cites)
        else:
            if it.label and it.label_row != it.row:
                self._add("line", (x, middle, x, top + it.label_row * _ROW + _ROW / 2 + 5), "leader")
            self._add(_SIGNS[mark.tone], (x, middle, _SIGN), f"mark-{mark.tone}", hint=hint, cites=mark.cites)
        if it.label:
            look = "ink" if it.label_row == it.row and it.left <= it.label_at < it.right else "label"
            self._text(it.label_at, top + it.label_row * _ROW + _ROW / 2 + 3.8, it.label, look, size=SIZE)

    def _hint(self, mark: Mark) -> str:
        when = clock(mark.at) if mark.until is None else self._between(mark.at, mark.until)
        many = f"{mark.count:,} drawn together" if mark.count > 1 else mark.label
        return f"{many or 'as before'}, {when} UTC ({cite(*mark.cites)})"

    def behind(self, top: float) -> Iterator[Shape]:
        """What lies behind all: the paper, the lines of the times, and those of the beginning and the end."""
        yield Shape(kind="box", at=(0, 0, WIDTH, self.y + 200), look="paper")
        for at, _, _ in ticks(self.shown.start, self.shown.end, most=8):
            yield Shape(kind="line", at=(self._x(at), top - 4, self._x(at), self.y), look="grid")
        for moment in (self.shown.declared, self.shown.over):
            if moment is not None:
                yield Shape(kind="line", at=(self._x(moment), top - 4, self._x(moment), self.y), look="rule")

    def legend(self) -> None:
        """What the signs mean, of those that are used, and what is not shown."""
        self.shapes.append(Shape(kind="line", at=(_EDGE, self.y, _RIGHT + 6, self.y), look="grid"))
        self.y += 20
        x = _EDGE
        for sign, look, text in self._signs():
            wide = 18 + width(text, SIZE) + 14
            if x + wide > WIDTH - _EDGE:
                x, self.y = _EDGE, self.y + 18
            if sign == "box":
                self._add("box", (x, self.y - 8.5, 12, 10), look)
            else:
                self._add(sign, (x + 6, self.y - 3.8, _SIGN), look)
            self._text(x + 18, self.y, text, "soft", size=SIZE)
            x += wide
        for note in self._notes():
            self.y += 18
            self._text(_EDGE, self.y, note, "soft", size=SIZE)

    def _signs(self) -> Iterator[tuple[str, str, str]]:
        looks = {phase.look for phase in self.shown.phases}
        named: set[str] = set()
        for look, name in _CATEGORIES:
            if look in looks and name not in named:
                named.add(name)
                yield "box", f"phase-{look}", name
        tones = {
            mark.tone
            for lane in self.shown.lanes
            for mark in lane.marks
            if mark.until is None or lane.kind is LaneKind.DIAGNOSTICS
        }
        for tone, text in _MEANS.items():
            if tone in tones:
                yield _SIGNS[tone], f"mark-{tone}", text
        if self.shown.silences:
            yield "box", "silence", "without an update for longer than promised"

    def _notes(self) -> Iterator[str]:
        yield "#12 is entry 12 of the timeline."
        if self.shown.thinned:
            changes = f" So are {self.shown.changes:,} changes of status and severity." if self.shown.changes else ""
            yield f"What cannot be told apart is drawn together: beside each lane stands how many it has.{changes}"
        if self.dropped:
            yield f"Not drawn, because too much went on at the same time: {self.dropped:,}."
        if (left := self.shown.left_out) is not None:
            last = (left.until or left.at) - (self.shown.over or self.shown.end)
            those = "1 mark is" if left.count == 1 else f"{left.count:,} marks are"
            after = "after it was over" if self.shown.over else "after this"
            yield f"{those} not drawn: the last came {span(last)} {after} ({cite(*left.cites)})."

    def _x(self, at: datetime) -> float:
        part = (at - self.shown.start) / (self.shown.end - self.shown.start)
        return round(_LEFT + max(0.0, min(part, 1.0)) * (_RIGHT - _LEFT), 2)

    def _between(self, since: datetime, until: datetime) -> str:
        return f"{clock(since)} to {clock(until)}, {span(max(until - since, timedelta()))}"

    def _name(self, name: str, count: str, y: float) -> None:
        room = _LEFT - _EDGE - 14 - (width(count, SIZE) + 8 if count else 0)
        self._text(_EDGE, y, fitted(name, _NAME, room), "ink", size=_NAME)
        if count:
            self._text(_LEFT - 14, y, count, "soft", size=SIZE, anchor="end")

    def _add(self, kind: str, at: Sequence[float], look: str, hint: str = "", cites: tuple[int, ...] = ()) -> None:
        places = tuple(round(place, 2) for place in at)
        self.shapes.append(Shape(kind=kind, at=places, look=look, hint=hint, cites=cites))

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        look: str,
        *,
        size: float = _TEXT,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        at = (round(x, 2), round(y, 2))
        self.shapes.append(Shape(kind="text", at=at, look=look, text=text, size=size, anchor=anchor, bold=bold))
