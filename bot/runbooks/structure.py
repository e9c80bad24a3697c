"""What a runbook's text is made of: chapters, steps, the blocks that run and where steps lead. Lines are the file's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.runbook_run import Branch

#: What a `pick` step asks.
WHICH = "Which is it?"


class ChapterKind(StrEnum):
    """What a chapter is for, by its heading."""

    SYMPTOMS = "symptoms"
    MEANING = "meaning"
    IMPACT = "impact"
    INVESTIGATION = "investigation"
    CAUSES = "causes"
    MITIGATION = "mitigation"
    RESOLUTION = "resolution"
    VERIFICATION = "verification"
    ESCALATION = "escalation"
    PREVENTION = "prevention"
    ROLLBACK = "rollback"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block that says that it runs something.

    Attributes:
        language: the first word of its info string, in lower case: `check`, `action`, `sql`, `promql`.
        words: the other words without `=`, as they stand there.
        named: those with `=`: `{"target": "db", "name": "locks"}`.
        body: the text within, without the fences and without what indents it.
        line: where it begins.
    """

    language: str
    words: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `first` and `last` are its lines, both included; see `bot.domain.runbook_run.StepRule` for the rest.

    `phase` is the place of its chapter among those of the structure's `chapters` that are walked.
    """

    title: str
    phase: int
    first: int
    last: int
    says: str = ""
    blocks: tuple[Block, ...] = ()
    branches: tuple[Branch, ...] = ()
    then: int = 0
    takes: str = ""
    pick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter: from its heading's line to the last before the next chapter. What stands before all is one too.

    `about_last` is the last line of what is read before its first step (the heading included); all of it where it has
    no steps.
    """

    kind: ChapterKind
    title: str
    level: int
    first: int
    last: int
    about_last: int
    walked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """All of a runbook's text, in order: the chapters' lines leave none out and do not overlap."""

    chapters: tuple[Chapter, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def phases(self) -> tuple[str, ...]:
        """The titles of the chapters that are walked, which `Step.phase` counts."""
        return tuple(chapter.title for chapter in self.chapters if chapter.walked)

    def of(self, kind: ChapterKind) -> tuple[Chapter, ...]:
        """The chapters of a kind."""
        return tuple(chapter for chapter in self.chapters if chapter.kind is kind)
