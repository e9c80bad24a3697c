"""The post-incident review as Markdown. The same timeline gives the same text, whenever it is written."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from bot.domain.events import Resolved
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.postmortem import tables
from bot.postmortem.alerts import alerted
from bot.postmortem.learning import learning
from bot.postmortem.lines import Lines, environment
from bot.postmortem.metrics import Measure, Metrics, measure
from bot.postmortem.observe import Observation, to_improve, went_well
from bot.postmortem.process import process
from bot.postmortem.record import Record, read
from bot.postmortem.rows import ROW_LIMIT, days
from bot.postmortem.text import Md, People, cite, code, inline, quoted
from bot.postmortem.wording import clock, day, moment, span

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
        head: The hash of the timeline's last entry, in hexadecimal.

    Raises:
        ValueError: the timeline does not begin with a declaration.
        jinja2.TemplateError: a pack's template is faulty.
    """
    record = read(entries)
    people = People(names)
    helpers = _helpers(policy, people)
    lines = Lines(policy.name, helpers)
    metrics = measure(record, policy, now=now)
    asked = _asked(record, policy, people)
    text = (
        environment(policy.name)
        .get_template("review.md.j2")
        .render(
            helpers
            | _told(record, people)
            | _computed(record, metrics, policy, lines)
            | alerted(record)
            | _tables(record, people, lines, helpers["role"], reports)
            | {"incident": incident, "record": record, "metrics": metrics, "now": now, "head": head, "lines": lines}
            | asked
            | learning(record, people, lines, asked["asked"])
            | process(incident, record, policy, people, lines, now=now)
        )
    )
    markdown = _MANY_BLANK.sub("\n\n", text).strip() + "\n"
    return Draft(markdown, hashlib.sha256(markdown.encode()).hexdigest(), record.upto)


def _helpers(policy: Policy, people: People) -> dict[str, Any]:
    """What every template may use."""
    titles = {role.name: role.title for role in policy.roles}
    return {
        "actor": people.actor,
        "called": partial(tables.called, people=people),
        "cite": cite,
        "clock": clock,
        "code": code,
        "day": day,
        "moment": moment,
        "person": people.person,
        "role": lambda name: titles.get(name, name),
        "said": lambda text: inline(people.words(text), ROW_LIMIT),
        "span": span,
        "words": people.words,
    }


def _asked(record: Record, policy: Policy, people: People) -> dict[str, Any]:
    """Who leads, and how a question to them begins."""
    title = next((role.title for role in policy.roles if role.name == policy.commander), policy.commander)
    holders = record.holders.get(policy.commander)
    leads = {"user": holders[-1][0], "seq": holders[-1][1].seq} if holders else None
    who = people.person(holders[-1][0]) if holders else Md("nobody yet")
    return {"commander": leads, "commander_title": title, "asked": Md(f"the {inline(title.lower())} ({who})")}


def _told(record: Record, people: People) -> dict[str, Any]:
    """What people said when they resolved it. A later resolution adds to the summaries and replaces the others."""
    said: dict[str, list[dict[str, Any]]] = {"summaries": [], "impacts": [], "causes": [], "factors": []}
    for entry, event in record.each(Resolved):
        for name, text in zip(
            said, (event.summary, event.impact, event.root_cause, event.contributing_factors), strict=True
        ):
            if text.strip():
                quote = {"text": quoted(people.words(text)), "who": people.actor(entry.by), "seq": entry.seq}
                said[name] = [*said[name], quote] if name == "summaries" else [quote]
    return said


def _computed(record: Record, metrics: Metrics, policy: Policy, lines: Lines) -> dict[str, Any]:
    """The clocks and what can be seen from them."""
    return {
        "clocks": [_clock(clock_, lines) for clock_ in metrics.clocks],
        "good": [_observation(seen, lines) for seen in went_well(record, metrics, policy)],
        "bad": [_observation(seen, lines) for seen in to_improve(record, metrics, policy)],
    }


def _clock(measured: Measure, lines: Lines) -> dict[str, Any]:
    return {
        "name": getattr(lines, f"clock_{measured.clock}")(),
        "value": None if measured.value is None else span(measured.value),
        "target": None if measured.target is None else f"{span(measured.target)} ({measured.severity})",
        "verdict": getattr(lines, f"verdict_{measured.verdict}")(measured),
        "cites": cite(*measured.cites),
    }


def _observation(seen: Observation, lines: Lines) -> Md:
    return Md(f"{getattr(lines, seen.sentence)(**seen.facts)} ({cite(*seen.cites)})")


def _tables(
    record: Record,
    people: People,
    lines: Lines,
    role: Callable[[str], str],
    reports: Mapping[int, Mapping[str, Any]],
) -> dict[str, Any]:
    return {
        "days": days(record, lines, people),
        "roles": tables.roles(record, people, role),
        "parts": tables.parts(record, people, lines),
        "escalations": tables.escalations(record, people, lines),
        "runs": tables.runs(record, people),
        "findings": tables.findings(record, reports),
        "items": tables.items(record, people),
        "whole": cite(record.declared.seq, record.upto) if record.upto < 3 else Md(f"#1–#{record.upto}"),  # noqa: RUF001 (a range)
    }
