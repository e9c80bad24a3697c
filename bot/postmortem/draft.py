"""The post-incident review as Markdown. The same timeline gives the same text, whenever it is written."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from bot.domain.incident import Incident
from bot.domain.procedures import DocumentPart
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.postmortem import document, variables
from bot.postmortem.alerts import alerted
from bot.postmortem.besides import besides
from bot.postmortem.learning import learning
from bot.postmortem.lines import Lines, environment
from bot.postmortem.metrics import measure
from bot.postmortem.process import asked, process
from bot.postmortem.record import read
from bot.postmortem.text import Md, People, with_code

_MANY_BLANK: Final = re.compile(r"\n{3,}")
_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Draft:
    """A written review: its text, the SHA-256 of the text in hexadecimal, and the last entry that it tells of."""

    markdown: str
    digest: str
    upto: int


def draft(
    incident: Incident,
    entries: Iterable[Entry],
    policy: Policy,
    *,
    now: datetime,
    reports: Mapping[int, Mapping[str, Any]] = _NONE,
    names: Mapping[str, str] = _NONE,
    links: Mapping[int, str] = _NONE,
    extra: Mapping[str, Any] = _NONE,
    head: str | None = None,
) -> Draft:
    """Write the review of an incident.

    Args:
        incident: As the timeline leaves it.
        entries: The whole timeline, from the declaration on.
        policy: The rules that it is held to; the pack of this name may bring its own templates.
        now: The time in UTC. It shows only in the review of an incident that is not over.
        reports: What diagnostics found in full (`Report.to_dict`), by the id of the evidence.
        names: Display names by Slack id; an id without one is shown itself.
        links: Where the message of an entry is in Slack, by the entry's number; only plain `https` addresses are
            linked.
        extra: What the timeline does not have and sections are computed from, by the names in `besides`.
        head: The hash of the timeline's last entry, in hexadecimal.

    Raises:
        ValueError: the timeline does not begin with a declaration, or the pack's document is faulty.
        jinja2.TemplateError: a pack's template is faulty.
    """
    record = read(entries)
    people = People(names)
    helpers = variables.helpers(policy, people)
    lines = Lines(policy.name, helpers)
    metrics = measure(record, policy, now=now)
    leading = variables.leading(record, policy, people)
    context = (
        helpers
        | variables.told(record, people)
        | variables.computed(record, metrics, policy, lines, reports)
        | alerted(record)
        | {"course": variables.course(record, policy, now)}
        | variables.tabled(record, people, lines, role=helpers["role"], reports=reports, links=links)
        | {"incident": incident, "record": record, "metrics": metrics, "now": now, "head": head, "lines": lines}
        | leading
        | learning(record, people, lines, leading["asked"])
        | process(incident, record, policy, people, lines, now=now)
    )
    context |= besides(
        record,
        policy,
        people,
        lines,
        incident=incident,
        metrics=metrics,
        asked=leading["asked"],
        now=now,
        reports=reports,
        extra=extra,
    )

    def ask(part: DocumentPart) -> Md:
        who = asked(part.role, incident, policy, people) if part.role else leading["asked"]
        return lines.ask(who, with_code(people.words(part.ask)))

    templates = environment(policy.name)
    context["title"] = policy.review.title or document.TITLE
    context["sections"] = document.written(document.parts(policy.review), templates, context, ask)
    markdown = templates.get_template("review.md.j2").render(context)
    # A long timeline's text is megabytes: nothing that is not needed any more keeps a copy of it.
    del context
    markdown = _MANY_BLANK.sub("\n\n", markdown)
    markdown = f"{markdown.strip()}\n"
    return Draft(markdown, hashlib.sha256(markdown.encode()).hexdigest(), record.upto)
