"""What a review still asks people, and what of a section is theirs to write in a form. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.postmortem.parts import find, split

#: How a question to somebody is written; `templates/postmortem/lines.md.j2` does it.
_ASKS: Final = re.compile(r"_To be filled in by (?P<who>.*?): (?P<what>.*)_")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only people know.

    Attributes:
        section: the section that asks it, by its name.
        who: the role that is asked, with the name of whoever has it.
        what: the question.
        line: the line as it stands in the Markdown.
    """

    section: str
    who: str
    what: str
    line: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A section as somebody writes in it: Muster's own lines stay above, people's words are below.

    Attributes:
        name: the section's name.
        above: what is not changed in a form, with the questions in their places.
        asks: its questions that are open.
        words: what people have written, in Markdown.
    """

    name: str
    above: Sequence[str]
    asks: Sequence[Question]
    words: str

    def filled(self, answers: Mapping[int, str], words: str) -> str:
        """The section's text with answers (by their question's place in `asks`) instead of questions, and words."""
        lines: list[str] = []
        at = 0
        for line in self.above:
            if asked(line) is None:
                lines.append(line)
                continue
            answer = answers.get(at, "").strip()
            lines += [answer] if answer else [line]
            at += 1
        return "\n\n".join(part for part in ("\n".join(lines).strip(), words.strip()) if part) + "\n"


def questions(markdown: str) -> list[Question]:
    """The open questions of a review, in its order."""
    found = (asked(line, part.name) for part in split(markdown) for line in part.text.splitlines())
    return [question for question in found if question]


def names(markdown: str) -> list[str]:
    """The names of a review's sections, in order."""
    return [part.name for part in split(markdown) if part.level]


def sheet(markdown: str, generated: str, name: str) -> Sheet | None:
    """A section to write in; None where the review has none of that name.

    Args:
        markdown: a version of a review.
        generated: what Muster wrote of it by itself.
        name: the section.
    """
    part = find(split(markdown), name)
    if part is None:
        return None
    own = find(split(generated), name)
    ours = {line.strip() for line in own.text.splitlines()} - {""} if own else set()
    lines = part.text.strip("\n").splitlines()
    # A question may stand for words of people's by now, so it is not theirs either.
    last = max((at for at, line in enumerate(lines) if line.strip() in ours or asked(line)), default=-1)
    above = lines[: last + 1]
    asks = [question for line in above if (question := asked(line, part.name))]
    return Sheet(part.name, above, asks, "\n".join(lines[last + 1 :]).strip())


def asked(line: str, section: str = "") -> Question | None:
    """The question that a line is; None for any other line."""
    found = _ASKS.fullmatch(line.strip()) if "_To be filled in by " in line else None
    return Question(section, _plain(found["who"]), _plain(found["what"]), line) if found else None


def _plain(markdown: str) -> str:
    return _ESCAPED.sub(r"\1", markdown)
