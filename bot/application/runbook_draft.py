"""A runbook that is drafted from an incident's timeline: what was looked at and done, for whoever has it next. Pure.

It is a beginning: what people wrote is quoted, and what was run becomes blocks that run it again.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot.application.runbook_parts import Block, Chapter, Teller, action, block, check
from bot.domain import events as e
from bot.domain.action import VERIFY
from bot.domain.actor import Actor, ActorKind
from bot.domain.incident import Incident
from bot.domain.rules import Category, Policy
from bot.domain.runbook_run import Outcome
from bot.domain.timeline import Entry, as_it_happened
from bot.postmortem.record import Record, read
from bot.postmortem.text import clean
from bot.postmortem.walks import Said, Walk, walks
from bot.postmortem.wording import day, span
from bot.runbooks.chapters import chapter_kind
from bot.runbooks.structure import ChapterKind
from bot.runbooks.write import write_runbook

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
#: Symptoms are searched for: a few, and each as long as somebody would type.
_SYMPTOMS, _SYMPTOM = 6, 120
#: Findings of one diagnostic, and of anything else.
_FINDINGS, _MOST = 5, 40
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
#: An alert's name, as monitoring systems have it.
_ALERT: Final = re.compile(r"\b(?:[A-Z][a-z0-9]+){2,}\b")


def draft_runbook(
    incident: Incident, entries: Iterable[Entry], policy: Policy, *, names: Mapping[str, str] = _NONE
) -> str:
    """Draft a runbook from an incident that is over.

    Args:
        incident: as the timeline leaves it.
        entries: the whole timeline, from the declaration on.
        policy: the pack, which knows what can be run again.
        names: display names by Slack id.

    Returns:
        Markdown with front matter, as docs/runbooks.md has it, with at least one step.

    Raises:
        ValueError: the timeline does not begin with a declaration.
    """
    timeline = tuple(entries)
    record = read(timeline)
    return _Draft(incident, record, policy, Teller(names), as_it_happened(record.entries)).text()


def _looks(phase: str) -> bool:
    return chapter_kind(phase) is ChapterKind.INVESTIGATION


def _proves(phase: str) -> bool:
    return chapter_kind(phase) is ChapterKind.VERIFICATION


def _acts(phase: str) -> bool:
    return not _looks(phase) and not _proves(phase)


def _picks(walk: Walk, said: Said) -> bool:
    """Whether a step was nothing but the question, which cause it is."""
    return walk.opening.steps[said.event.step - 1].pick


class _Draft:
    """One draft in the making."""

    def __init__(self, incident: Incident, record: Record, policy: Policy, say: Teller, entries: list[Entry]) -> None:
        self.incident, self.record, self.policy, self.say, self.entries = incident, record, policy, say, entries
        self.walks = walks(record)
        self.done = {
            said.entry.seq: (walk, said)
            for walk in self.walks
            for said in walk.marks.values()
            if said.event.outcome == Outcome.DONE
        }
        self.in_steps = {(walk.opening.number, said.event.step) for walk, said in self.done.values()}

    def text(self) -> str:
        incident, known = self.incident, self.policy.find_severity(self.incident.severity)
        chapters = (
            self._about(),
            self._symptoms(),
            Chapter("Impact", *self.say.quote(incident.impact)),
            self._investigation(),
            self._causes(),
            self._resolution(),
            self._verification(),
            self._escalation(),
            self._prevention(),
        )
        return write_runbook(
            self.say.line(incident.title),
            [chapter.written for chapter in chapters if not chapter.empty],
            services=[self.say.line(incident.service)] if incident.service else [],
            alerts=list(self._alerts()),
            symptoms=list(self._words()),
            severity_hint=known.name if known else "",
        )

    def _alerts(self) -> Iterator[str]:
        """The alerts that the pack knows and the title has, and what a monitor called by such a name."""
        title = self.incident.title
        known = (alert for rule in self.policy.first_looks for alert in rule.alerts)
        found = [alert for alert in known if alert.casefold() in title.casefold()]
        if self.record.declared.by.kind is ActorKind.MONITOR:
            found += _ALERT.findall(title)
        yield from dict.fromkeys(found)

    def _words(self) -> list[str]:
        """What somebody who has the same would search for: the title, and the description's sentences."""
        said = (self.incident.title, *_SENTENCE.split(clean(self.record.opening.description)))
        phrases = dict.fromkeys(self.say.plain(phrase, _SYMPTOM).strip(" .;!?") for phrase in said)
        return [phrase for phrase in phrases if phrase][:_SYMPTOMS]

    def _about(self) -> Chapter:
        incident = self.incident
        return Chapter(
            "About",
            f"Drafted from {incident.ref} of {day(incident.declared_at)}. Take out what was so on that day only, say "
            "what is missing, and add an owner and the day of the review to the front matter.",
            *(["That incident is private: take out what only those who took part may know."] * incident.private),
        )

    def _symptoms(self) -> Chapter:
        who = self.say.actor(self.record.declared.by)
        reported = f"{who} reported: {self.say.line(self.incident.title)}"
        return Chapter("Symptoms", reported, *self.say.quote(self.record.opening.description))

    def _investigation(self) -> Chapter:
        chapter, looked = Chapter("Investigation"), set[str]()
        for entry in self.entries:
            match entry.event:
                case e.DiagnosticRecorded(target=target) as found if target not in looked and not self._told(found):
                    looked.add(target)
                    self._look(chapter, found)
                case e.NoteAdded(text=text) if not self._calm(entry):
                    chapter.remark(*self.say.quote(text, entry.by))
                case e.MessageCaptured(subject=str(subject), user=user) if self.record.pins.get(subject):
                    chapter.remark(*self.say.quote(self.record.messages[subject].text, Actor.person(user)))
                case e.StepMarked():
                    self._walked(chapter, entry, _looks)
                case _:
                    pass
        return chapter

    def _told(self, found: e.DiagnosticRecorded) -> bool:
        """Whether a step of a runbook that is told asked for it, or an action that looked at what came of it."""
        at = found.at_step
        return found.run.startswith(VERIFY) or (at is not None and (at.run, at.step) in self.in_steps)

    def _look(self, chapter: Chapter, found: e.DiagnosticRecorded) -> None:
        findings = [self.say.plain(one) for one in found.findings[:_FINDINGS]]
        came = f"It was {self.say.line(found.verdict)} then{':' if findings else '.'}"
        runs = check(found.target, self.policy)
        chapter.step(f"Look at {self.say.line(found.target)}", came, *findings, runs=runs)

    def _causes(self) -> Chapter:
        cause, factors = self.say.quote(self.incident.root_cause), self.say.quote(self.incident.contributing_factors)
        cause += [
            f"In the runbook “{self.say.line(walk.opening.title)}” it was “{self.say.line(said.event.picked)}”."
            for walk, said in self.done.values()
            if _picks(walk, said) and said.event.picked
        ]
        chapter = Chapter("Causes")
        if cause or factors:
            worse = ["What made it worse, last longer or harder to see:", *factors] if factors else []
            chapter.step("Is it the same cause?", *cause, *worse)
        return chapter

    def _resolution(self) -> Chapter:
        chapter = Chapter("Resolution", *self._in_vain())
        asked = {event.number: event for _, event in self.record.each(e.ActionRequested)}
        for entry in self.entries:
            match entry.event:
                case e.ActionFinished(verdict="done") as did:
                    request = asked.get(did.number)
                    at = request.at_step if request else None
                    if at is None or (at.run, at.step) not in self.in_steps:
                        runs = action(did.action, request.given if request else {}, self.policy)
                        chapter.step(self.say.line(did.title), runs=runs)
                case e.StatusChanged(note=note, category=Category.ACTIVE):
                    chapter.remark(*self.say.quote(note, entry.by))
                case e.StepMarked():
                    self._walked(chapter, entry, _acts)
                case _:
                    pass
        if not chapter.steps:
            chapter.step("Do what helped then")
        chapter.remark(*(f"How it was resolved: {said}" for said in self.say.quote(self.incident.summary)))
        return chapter

    def _in_vain(self) -> Iterator[str]:
        """What was tried and did not help: the next responder need not try it again."""
        tried = [
            ": ".join((self.say.line(said.event.item), *self.say.quote(said.event.why)))
            for walk in self.walks
            for said in walk.said
            if said.event.outcome == Outcome.FAILED
        ]
        tried += [
            f"{self.say.line(event.title)}: {self.say.plain(event.said)}"
            for _, event in self.record.each(e.ActionFinished)
            if event.verdict == "failed"
        ]
        if tried:
            yield "What did not help then:"
            yield from dict.fromkeys(tried[:_MOST])

    def _verification(self) -> Chapter:
        chapter = Chapter("Verification")
        for entry in self.entries:
            if isinstance(entry.event, e.StepMarked):
                self._walked(chapter, entry, _proves)
        well = [event.target for _, event in self.record.each(e.DiagnosticRecorded) if event.verdict == "OK"]
        if well and (runs := check(well[-1], self.policy)) is not None:
            chapter.step(f"Is {self.say.line(well[-1])} well again?", runs=runs)
        if not chapter.steps:
            chapter.step("Is it over?", "Say here what shows that it is.")
        for entry in self.entries:
            match entry.event:
                case e.StatusChanged(note=text, category=Category.MONITORING):
                    chapter.remark(*self.say.quote(text, entry.by))
                case e.NoteAdded(text=text) if self._calm(entry):
                    chapter.remark(*self.say.quote(text, entry.by))
                case _:
                    pass
        return chapter

    def _calm(self, entry: Entry) -> bool:
        """Whether it had been stopped by then."""
        return self.record.mitigated is not None and entry.seq > self.record.mitigated.seq

    def _escalation(self) -> Chapter:
        start = self.incident.declared_at
        called = [
            f"{', '.join(self._names(event)) or 'Nobody'}, {span(max(entry.at - start, timedelta()))} after the "
            f"declaration{f': {self.say.plain(event.why)}' if event.why else ''}"
            for entry, event in self.record.each(e.Escalated)
        ]
        return Chapter("Escalation", *(["Who was called then:", *called[:_MOST]] if called else []))

    def _names(self, event: e.Escalated) -> list[str]:
        """Whom to call: by the pack's names where it has some, as people change."""
        return [self.say.person(name) for name in event.names or event.people]

    def _prevention(self) -> Chapter:
        items = self.record.items.values()
        return Chapter(
            "Prevention",
            *(f"{self.say.plain(item.event.text)}{' (done)' if item.done else ''}" for item in items),
        )

    def _walked(self, chapter: Chapter, entry: Entry, of: Callable[[str], bool]) -> None:
        """A step of another runbook that helped, if it is of that kind; what else it ran stands in steps behind it."""
        walk, said = self.done.get(entry.seq, (None, None))
        if walk is None or said is None or not of(said.event.phase) or _picks(walk, said):
            return
        first, *others = list(self._blocks(walk, said)) or [None]
        picked = f" It was “{self.say.line(said.event.picked)}” then." if said.event.picked else ""
        source = f"Step {said.event.step} of the runbook “{self.say.line(walk.opening.title)}”.{picked}"
        title = self.say.line(said.event.item)
        chapter.step(title, source, *self.say.quote(said.event.why, entry.by), runs=first)
        for number, runs in enumerate(others, 2):
            chapter.step(f"{title} ({number})", runs=runs)

    def _blocks(self, walk: Walk, said: Said) -> Iterator[Block | None]:
        for run in walk.opening.steps[said.event.step - 1].runs:
            if (runs := block(run, self.policy)) is not None:
                yield runs
