"""A review written anew that keeps what people wrote: section by section, and within a section line by line."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot.postmortem.parts import Part, closed, split
from bot.postmortem.weaving import Clash, weave

_Key = tuple[str, int]
#: A section under another heading is the same one where so much of the shorter of both is the same.
_ALIKE: Final = 0.5
#: One merge of a merge gives the same again, but for texts that repeat a line in many places.
_ROUNDS: Final = 4


class Why(StrEnum):
    """What came together, for the sentence that shows it."""

    BOTH_CHANGED = "both changed"  # both changed the same lines: the generator's newer text stands, and people's below
    NOT_GENERATED = "not generated any more"  # the generator left out what people had written into
    LEFT_OUT = "left out by people"  # people removed the section; it stays so, though the generator has news for it


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that people decided and the generator sees otherwise.

    Attributes:
        section: the section's name in the result, or in the generator's text where it was left out.
        why: what came together.
        generated: the generator's text there now; empty for nothing.
        mine: people's words there, which the result has; empty for nothing.
    """

    section: str
    why: Why
    generated: str
    mine: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged document, and where people and the generator differed."""

    text: str
    kept: tuple[Kept, ...] = ()


def merge(base: str, mine: str, theirs: str) -> Merged:
    """Brings people's version of a document up to date.

    Every line that people added is in the result. What they removed stays away, unless the generator changed it since.
    A question that they replaced by an answer is not asked again. Nothing is known of what the lines say but whether
    they are a question, a table or code.

    Args:
        base: The generated text that people's version was made from.
        mine: People's version.
        theirs: The text as it is generated now.

    Returns:
        A text that ends its lines with line feeds, and is `theirs` or `mine` as it is where only one was changed.
    """
    if mine in (base, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(mine)
    old, ours, new = (text.replace("\r\n", "\n") for text in (base, mine, theirs))
    if ours in (old, new):
        return Merged(theirs)
    if new == old:
        return Merged(mine)
    merged = _merged(old, ours, new)
    text = merged.text
    people = _lines(ours) - _lines(old)
    for _ in range(_ROUNDS):
        again = text if text in (old, new) else _merged(old, text, new).text
        # A line of people's that reads as a generated one would be taken for that: it stays, though it stands twice.
        if again == text or (_lines(text) - _lines(again)) & people:
            return Merged(text, merged.kept)
        text = again
    return merged


def _lines(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.split("\n") if line.strip())


@dataclass(frozen=True, slots=True)
class _Three:
    """The sections of the three versions by what they are called in the first that has them, in each one's order."""

    base: Mapping[_Key, Part]
    mine: Mapping[_Key, Part]
    theirs: Mapping[_Key, Part]


def _merged(base: str, mine: str, theirs: str) -> Merged:
    three = _paired(_by_key(base), _by_key(mine), _by_key(theirs))
    kept: list[Kept] = []
    texts: list[str] = []
    for key in _order(three):
        text = _section(key, three, kept)
        if text is not None:
            texts.append(text)
    for key in three.base:
        _note_left_out(key, three, kept)
    # The preamble may be empty, and then nothing stands above the first section.
    whole = [text for text in texts if text.strip()]
    apart = "".join(f"{text.rstrip(chr(10))}\n\n" if not text.endswith("\n\n") else text for text in whole[:-1])
    return Merged(apart + "".join(f"{text.rstrip(chr(10))}\n" for text in whole[-1:]), tuple(kept))


def _by_key(markdown: str) -> dict[_Key, Part]:
    # The preamble's number is 0, so that a heading without words is not taken for it.
    # A fence that somebody left open is closed here, or it could take in what comes to stand below it.
    return {
        (part.title, part.number if part.level else 0): replace(part, text=closed(part.text))
        for part in split(markdown)
    }


def _section(key: _Key, three: _Three, kept: list[Kept]) -> str | None:
    """What becomes of one section, with its heading; None where it is left out."""
    nothing = Part("", "")
    in_base, in_mine, in_theirs = three.base.get(key), three.mine.get(key), three.theirs.get(key)
    old, ours, new = in_base or nothing, in_mine or nothing, in_theirs or nothing
    if in_mine is None:
        return None if in_theirs is None or in_base is not None else new.heading + new.text
    if in_theirs is None and in_base is None:
        return ours.heading + ours.text
    heading = ours.heading if ours.heading.strip() != old.heading.strip() or in_theirs is None else new.heading
    name = ours.name if heading == ours.heading else new.name
    body, clashes = _body(old.text, ours.text, new.text, top=not heading)
    if in_theirs is None:
        if not body.strip() and ours.heading.strip() == old.heading.strip():
            return None
        kept.append(Kept(name, Why.NOT_GENERATED, "", body.strip("\n")))
    else:
        for clash in clashes:
            why = Why.BOTH_CHANGED if clash.generated else Why.NOT_GENERATED
            kept.append(Kept(name, why, clash.generated, clash.mine))
    line = heading if heading.endswith("\n") or not heading else f"{heading}\n"
    return line + body


def _body(base: str, mine: str, theirs: str, *, top: bool) -> tuple[str, list[Clash]]:
    old, ours, new = base.strip("\n"), mine.strip("\n"), theirs.strip("\n")
    if ours in (old, new):
        return theirs, []
    if new == old:
        return mine, []
    return weave(base, mine, theirs, top=top)


def _note_left_out(key: _Key, three: _Three, kept: list[Kept]) -> None:
    if key in three.mine or key not in three.theirs:
        return
    new = three.theirs[key]
    if new.text.strip() != three.base[key].text.strip():
        kept.append(Kept(new.name, Why.LEFT_OUT, new.text.strip("\n"), ""))


def _paired(base: dict[_Key, Part], mine: dict[_Key, Part], theirs: dict[_Key, Part]) -> _Three:
    """The sections with those that got another heading called as they were before."""
    by_people = _renamed(base, mine, theirs, by_place=True)
    by_generator = _renamed(base, theirs, mine, by_place=False)
    return _Three(
        base,
        {by_people.get(key, key): part for key, part in mine.items()},
        {by_generator.get(key, key): part for key, part in theirs.items()},
    )


def _renamed(
    base: Mapping[_Key, Part], now: Mapping[_Key, Part], other: Mapping[_Key, Part], *, by_place: bool
) -> dict[_Key, _Key]:
    """The old name of each section that has another now: most of it is the same, or it stands between the same two."""
    gone = [key for key in base if key not in now and key in other]
    come = [key for key in now if key not in base and key not in other]
    around_base, around_now = _around(base), _around(now)
    found: dict[_Key, _Key] = {}
    for key in gone:
        same = [
            new
            for new in come
            if new not in found and (_alike(base[key], now[new]) or (by_place and around_base[key] == around_now[new]))
        ]
        if same:
            found[same[0]] = key
    return found


def _around(parts: Iterable[_Key]) -> dict[_Key, tuple[_Key | None, _Key | None]]:
    several = list(parts)
    return dict(zip(several, zip([None, *several], [*several[1:], None], strict=False), strict=True))


def _alike(one: Part, other: Part) -> bool:
    first, second = (({*part.text.split("\n")} - {""}) for part in (one, other))
    return bool(first and second) and len(first & second) >= _ALIKE * min(len(first), len(second))


def _order(three: _Three) -> list[_Key]:
    """The sections in their order: the generator's, or people's where they moved any."""
    shared = [key for key in three.mine if key in three.base]
    moved = shared != [key for key in three.base if key in three.mine]
    first, second = (three.mine, three.theirs) if moved else (three.theirs, three.mine)
    return _with(list(first), list(second))


def _with(keys: Sequence[_Key], more: Sequence[_Key]) -> list[_Key]:
    """Keys with those of `more` that are missing, each behind what it stands behind there."""
    known = set(keys)
    behind: dict[_Key | None, list[_Key]] = {}
    before: _Key | None = None
    for key in more:
        if key in known:
            before = key
        else:
            behind.setdefault(before, []).append(key)
    return [key for place in (None, *keys) for key in (*((place,) if place else ()), *behind.get(place, ()))]
