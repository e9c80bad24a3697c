"""Three versions of one section's text made one: what people wrote stays, and what the generator wrote is the newer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.postmortem.aligning import Op, changed, matches
from bot.postmortem.laying import Laid, lay
from bot.postmortem.units import Kind, Unit, keys, question, units

_ALIKE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Clash:
    """What both changed: what the generator says there now (empty: nothing any more), and people's words, kept."""

    generated: str
    mine: str


def weave(base: str, mine: str, theirs: str, *, top: bool = False) -> tuple[str, list[Clash]]:
    """One text of three, and where people and the generator had changed the same lines.

    Args:
        base: What the generator had written, and people began with.
        mine: People's text.
        theirs: What the generator writes now.
        top: Whether nothing, not even a heading, stands above.
    """
    old, ours = units(base), units(mine)
    new = _questions(old, ours, units(theirs))
    loom = _Loom(old, ours, new)
    laid = loom.woven()
    return lay(laid, top=top), loom.clashes


def _questions(base: list[Unit], mine: list[Unit], theirs: list[Unit]) -> list[Unit]:
    """The generator's units without the questions that people answered before they got other words.

    A question that people left stands for its older wording, so that the newer one takes its place.
    """
    here = {unit.key for unit in mine}
    asked, known = {unit.key for unit in theirs}, {unit.key for unit in base}
    waiting = [unit for unit in base if unit.kind is Kind.QUESTION and unit.key not in asked]
    result = []
    for unit in theirs:
        older = None
        if unit.kind is Kind.QUESTION and unit.key not in known and waiting:
            likely = max(waiting, key=lambda one: _alike(one, unit))
            older = likely if _alike(likely, unit) >= _ALIKE else None
        if older is None:
            result.append(unit)
            continue
        waiting.remove(older)
        if older.key in here:
            result.append(unit.asked_as(older))
        elif unit.key in here:
            result.append(unit)
    return result


def _alike(one: Unit, other: Unit) -> float:
    first, second = question(one.text), question(other.text)
    return len(first & second) / max(len(first | second), 1)


class _Loom:
    """Goes through the three versions side by side."""

    def __init__(self, base: Sequence[Unit], mine: Sequence[Unit], theirs: Sequence[Unit]) -> None:
        self.base, self.mine, self.theirs = base, mine, theirs
        self.by_people = changed(keys(base), keys(mine))
        self.by_generator = changed(keys(base), keys(theirs))
        self.clashes: list[Clash] = []
        placed = {self.mine[n].key for op in self.by_people for n in range(op.b1, op.b2)}
        removed = {*keys(base)} - {*keys(mine)}
        #: What the generator need not bring: people have put it somewhere already, or away.
        self.settled = placed | removed

    def woven(self) -> list[Laid]:
        """The units of the result, each with where it stands in each version."""
        result: list[Laid] = []
        at, shift_m, shift_t = 0, 0, 0
        ours, news = list(reversed(self.by_people)), list(reversed(self.by_generator))
        while ours or news:
            people, generator = _together(ours, news)
            start = min(op.a1 for op in (*people, *generator))
            result.extend(self._same(n, n + shift_m, n + shift_t) for n in range(at, start))
            result.extend(self._both(people, generator))
            at = max(op.a2 for op in (*people, *generator))
            shift_m = people[-1].b2 - people[-1].a2 if people else shift_m
            shift_t = generator[-1].b2 - generator[-1].a2 if generator else shift_t
        result.extend(self._same(n, n + shift_m, n + shift_t) for n in range(at, len(self.base)))
        return result

    def _same(self, b: int, m: int, t: int) -> Laid:
        base, mine, theirs = self.base[b], self.mine[m], self.theirs[t]
        text = mine.text if mine.text != base.text else theirs.text
        gap = mine.gap if mine.gap != base.gap else theirs.gap
        return Laid(text, mine.kind, theirs.head or mine.head, m, t, gap, mine.gap, theirs.gap)

    def _both(self, people: list[Op], generator: list[Op]) -> list[Laid]:
        """What comes of a place that one or both changed: the generator's lines, then people's."""
        ours = [(n, op) for op in people for n in range(op.b1, op.b2)]
        news = [(n, op) for op in generator for n in range(op.b1, op.b2)]
        common = self._common([n for n, _ in ours], [n for n, _ in news])
        contested = [n for one in people for two in generator for n in range(max(one.a1, two.a1), min(one.a2, two.a2))]
        both_m, both_t = {m for m, _ in common}, {t for _, t in common}
        news = [(n, op) for n, op in news if n in both_t or self.theirs[n].key not in self.settled]
        kept = [n for n, _ in ours if n not in both_m]
        if contested and kept:
            if any(self.base[n].kind is not Kind.QUESTION for n in contested):
                # Over people's words there is nothing left to ask.
                news = [(n, op) for n, op in news if n in both_t or self.theirs[n].kind is not Kind.QUESTION]
            said = [n for n, _ in news if n not in both_t]
            if said or any(self.base[n].kind is not Kind.QUESTION for n in contested):
                self.clashes.append(Clash(_text(self.theirs, said), _text(self.mine, kept)))
        result: list[Laid] = []
        for m, t in [*common, (-1, -1)]:
            ours, mine = _until(ours, m)
            news, theirs = _until(news, t)
            result.extend(self._mixed(mine, theirs))
            if m >= 0:
                result.append(self._shared(m, t))
        return result

    def _common(self, ours: list[int], news: list[int]) -> list[tuple[int, int]]:
        """What both came to write: pairs of places in people's and in the generator's version."""
        mine, theirs = [self.mine[n].key for n in ours], [self.theirs[n].key for n in news]
        # Where all of the generator's lines are there already, in order, none of them comes a second time.
        left = iter(enumerate(mine))
        found = [next((n for n, key in left if key == wanted), -1) for wanted in theirs]
        pairs = [(m, t) for t, m in enumerate(found)] if -1 not in found else matches(mine, theirs)
        return [(ours[m], news[t]) for m, t in pairs]

    def _mixed(self, ours: list[tuple[int, Op]], news: list[tuple[int, Op]]) -> list[Laid]:
        result: list[Laid] = []
        ours, news = ours[::-1], news[::-1]
        while ours or news:
            if not news or (ours and _before(ours[-1][1], news[-1][1])):
                m, _ = ours.pop()
                unit = self.mine[m]
                result.append(Laid(unit.text, unit.kind, unit.head, m, None, unit.gap, unit.gap, unit.gap))
            else:
                t, _ = news.pop()
                unit = self.theirs[t]
                result.append(Laid(unit.text, unit.kind, unit.head, None, t, unit.gap, unit.gap, unit.gap))
        return result

    def _shared(self, m: int, t: int) -> Laid:
        mine, theirs = self.mine[m], self.theirs[t]
        return Laid(mine.text, mine.kind, theirs.head or mine.head, m, t, mine.gap, mine.gap, theirs.gap)


def _together(ours: list[Op], news: list[Op]) -> tuple[list[Op], list[Op]]:
    """Takes the next change off, and with it all that touch it on the other side, directly or by another."""
    people: list[Op] = []
    generator: list[Op] = []
    first = ours if ours and (not news or ours[-1].a1 <= news[-1].a1) else news
    op = first.pop()
    (people if first is ours else generator).append(op)
    end = op.a2
    while True:
        if ours and ours[-1].a1 <= end:
            people.append(ours.pop())
            end = max(end, people[-1].a2)
        elif news and news[-1].a1 <= end:
            generator.append(news.pop())
            end = max(end, generator[-1].a2)
        else:
            return people, generator


def _before(mine: Op, theirs: Op) -> bool:
    """Whether people's lines stand above the generator's: they took an earlier place; in one place they come after."""
    one_place = (mine.a1, mine.a2) == (theirs.a1, theirs.a2)
    return mine.a2 <= theirs.a1 and not one_place


def _until(pairs: list[tuple[int, Op]], at: int) -> tuple[list[tuple[int, Op]], list[tuple[int, Op]]]:
    """What is left behind a place, and what is before it; all is before -1."""
    cut = next((n for n, (place, _) in enumerate(pairs) if place == at), len(pairs))
    return pairs[cut + 1 :], pairs[:cut]


def _text(several: Sequence[Unit], which: list[int]) -> str:
    return "\n".join(several[n].text for n in which)
