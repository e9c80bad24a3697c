"""Chapters: what a heading's words make it, and which lines belong to it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from bot.runbooks.outline import BOLD, Heading, Outline
from bot.runbooks.structure import ChapterKind
from bot.runbooks.words import QUALIFIERS, folded, unnumbered

#: Walked in the order of the file.
WALKED = frozenset(
    {
        ChapterKind.INVESTIGATION,
        ChapterKind.CAUSES,
        ChapterKind.MITIGATION,
        ChapterKind.RESOLUTION,
        ChapterKind.VERIFICATION,
        ChapterKind.ROLLBACK,
    }
)
#: Walked where a branch leads there.
ON_DEMAND = frozenset({ChapterKind.ESCALATION, ChapterKind.PREVENTION})

_SYNONYMS = {
    ChapterKind.SYMPTOMS: "symptoms, symptom, signs, what you see, what people see, alerts, when to use this runbook",
    ChapterKind.MEANING: "meaning, overview, summary, background, context, description, what it means, about",
    ChapterKind.IMPACT: "impact, user impact, business impact, who is affected",
    ChapterKind.INVESTIGATION: "investigation, diagnosis, diagnostics, diagnose, investigate, investigation steps, "
    "diagnostic steps, diagnosis flow, debugging, triage, troubleshooting, first steps, first look, immediate actions, "
    "checks, quick checks, decision tree, how to diagnose, how to diagnose it, how to investigate",
    ChapterKind.CAUSES: "causes, causes and fixes, root causes and fixes, root causes, causes and solutions, issues, "
    "which is it, errors and fixes, errors, issues and fixes",
    ChapterKind.MITIGATION: "mitigation, mitigate, immediate mitigation, quick fix, quick fixes, immediate fixes, "
    "workaround, workarounds, stop the bleeding, containment",
    ChapterKind.RESOLUTION: "resolution, fix, fixes, solution, solutions, remediation, resolve, resolution steps, "
    "repair, recovery, recovery steps, procedure, steps, how to, how to fix, how to fix it, how to resolve it",
    ChapterKind.VERIFICATION: "verification, verify, validation, confirm, how to verify, verification steps, "
    "resolution verification, post checks, is it over, verify the fix, verify the resolution",
    ChapterKind.ESCALATION: "escalation, escalate, escalation path, escalation procedure, escalation procedures, "
    "when to escalate, who to call, who to contact, contacts",
    ChapterKind.PREVENTION: "prevention, prevent, long term fixes, follow up, follow ups, prevention measures, "
    "lessons, afterwards, in the long run",
    ChapterKind.ROLLBACK: "rollback, roll back, rollback procedure, back out, undo",
}
#: German and French, without what stands above letters.
_ABROAD = {
    ChapterKind.SYMPTOMS: "symptome, anzeichen, symptomes, signes",
    ChapterKind.MEANING: "bedeutung, ubersicht, uberblick, zusammenfassung, hintergrund, beschreibung, signification, "
    "resume, contexte",
    ChapterKind.IMPACT: "auswirkung, auswirkungen, impacts",
    ChapterKind.INVESTIGATION: "untersuchung, diagnose, analyse, ursachenforschung, fehlersuche, diagnostic",
    ChapterKind.CAUSES: "ursachen, ursachen und losungen, causes possibles, causes et solutions",
    ChapterKind.MITIGATION: "sofortmassnahmen, mesures immediates, contournement",
    ChapterKind.RESOLUTION: "losung, losungen, behebung, massnahmen, vorgehen, wiederherstellung, correction, "
    "procedure de resolution",
    ChapterKind.VERIFICATION: "uberprufung, prufung, kontrolle, verifications",
    ChapterKind.ESCALATION: "eskalation, ansprechpartner, kontakte, escalade",
    ChapterKind.PREVENTION: "vorbeugung, pravention, vermeidung",
    ChapterKind.ROLLBACK: "zuruckrollen, retour arriere",
}
_KINDS: Mapping[str, ChapterKind] = {
    name: kind
    for names_of in (_ABROAD, _SYNONYMS)
    for kind, names in names_of.items()
    for name in names.replace(", ", ",").split(",")
}
_AFTER = frozenset(
    """
    actions assessment checklist guide instructions plan procedure procedures process section steps
    """.split()  # noqa: SIM905 (words read better as words)
)
_BRACKETS = re.compile(r"\([^()]*\)\s*$")
_WORDS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=2_048)  # of 500 runbooks nearly all headings are the same
def chapter_kind(heading: str) -> ChapterKind:
    """What a heading, without markup, makes its chapter."""
    said = folded(unnumbered(heading)[:200])
    said = (_BRACKETS.sub("", said) or said).replace("&", " and ").replace("/", " and ")
    words = _WORDS.findall(said)
    while words:
        if kind := _KINDS.get(" ".join(words)) or _KINDS.get(" ".join(words[:-1]) if words[-1] in _AFTER else ""):
            return kind
        if words[0] not in QUALIFIERS:
            break
        words = words[1:]
    return ChapterKind.OTHER


def openings(outline: Outline) -> Iterator[tuple[Heading, ChapterKind]]:
    """The headings that open a chapter, in order, and what they make it."""
    title = _title(outline.headings)
    level, known, read = 0, False, False
    steps_at = 0
    for heading in outline.headings:
        if level and known and heading.level > level:
            continue
        kind = ChapterKind.OTHER if heading is title or heading.step else chapter_kind(heading.text)
        if kind is ChapterKind.OTHER:
            # Of a text whose headings are all lines of bold, one that is only read must not take all that follows.
            beside = level == BOLD and read
            if (heading.level == BOLD and not beside) or (
                heading.step and level and (heading.level > level or heading.level == steps_at)
            ):
                continue
            steps_at = heading.level if heading.step else 0
        else:
            steps_at = 0
        level, known = heading.level, kind is not ChapterKind.OTHER
        read = kind not in WALKED
        yield heading, kind


def _title(headings: Sequence[Heading]) -> Heading | None:
    """The heading that is the file's title and names no chapter: the only one of the first level, above all others.

    Where no heading below it names a chapter, it may: `# Investigation` alone is one.
    """
    first = headings[0] if headings else None
    if first is None or first.level != 1 or any(heading.level == 1 for heading in headings[1:]):
        return None
    return first if any(chapter_kind(heading.text) is not ChapterKind.OTHER for heading in headings[1:]) else None
