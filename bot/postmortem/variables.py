"""What the review's templates may use: how things are called, who is asked, what people said, and the tables."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from bot.domain.events import Resolved
from bot.domain.rules import Policy
from bot.postmortem import tables
from bot.postmortem.lines import Lines
from bot.postmortem.metrics import Measure, Metrics
from bot.postmortem.observe import Observation, to_improve, went_well
from bot.postmortem.picture import phases
from bot.postmortem.record import Record
from bot.postmortem.rows import days
from bot.postmortem.text import Md, People, cite, code, inline, quoted
from bot.postmortem.wording import clock, day, moment, span


def helpers(policy: Policy, people: People) -> dict[str, Any]:
    """What every template and every sentence may use."""
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
        "said": lambda text: inline(people.words(text), tables.ROW_LIMIT),
        "span": span,
        "words": people.words,
    }


def leading(record: Record, policy: Policy, people: People) -> dict[str, Any]:
    """Who leads, and how a question to them begins."""
    title = next((role.title for role in policy.roles if role.name == policy.commander), policy.commander)
    holders = record.holders.get(policy.commander)
    leads = {"user": holders[-1][0], "seq": holders[-1][1].seq} if holders else None
    who = people.person(holders[-1][0]) if holders else Md("nobody yet")
    return {"commander": leads, "commander_title": title, "asked": Md(f"the {inline(title.lower())} ({who})")}


def told(record: Record, people: People) -> dict[str, Any]:
    """What people said when they resolved it. A later resolution adds to the summaries and replaces the others."""
    said: dict[str, list[dict[str, Any]]] = {"summaries": [], "impacts": [], "causes": [], "factors": []}
    for entry, event in record.each(Resolved):
        for name, text in zip(
            said, (event.summary, event.impact, event.root_cause, event.contributing_factors), strict=True
        ):
            if quote := quoted(people.words(text)):
                one = {"text": quote, "who": people.actor(entry.by), "seq": entry.seq}
                said[name] = [*said[name], one] if name == "summaries" else [one]
    return said


def computed(
    record: Record, metrics: Metrics, policy: Policy, lines: Lines, reports: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    """The clocks and what can be seen from them."""
    return {
        "clocks": [_clock(measured, lines) for measured in metrics.clocks],
        "updates": {"count": len(metrics.updates), "cites": cite(*metrics.updates or (1,), most=tables.CITED)},
        "good": [_observation(seen, lines, record) for seen in went_well(record, metrics, policy)],
        "bad": [_observation(seen, lines, record) for seen in to_improve(record, metrics, policy, reports=reports)],
    }


def _clock(measured: Measure, lines: Lines) -> dict[str, Any]:
    return {
        "name": getattr(lines, f"clock_{measured.clock}")(),
        "value": None if measured.value is None else span(measured.value),
        "target": None if measured.target is None else f"{span(measured.target)} ({measured.severity})",
        "verdict": getattr(lines, f"verdict_{measured.verdict}")(measured),
        "cites": cite(*measured.cites),
    }


def _observation(seen: Observation, lines: Lines, record: Record) -> Md:
    cites = cite(*record.corrections.citing(*seen.cites), most=tables.CITED)
    return Md(f"{getattr(lines, seen.sentence)(**seen.facts)} ({cites})")


def course(record: Record, policy: Policy, now: datetime) -> list[dict[str, Any]]:
    """Status by status, as the picture shows them: until it was over, or until now."""
    end = max(record.resolved.at if record.resolved else now, record.declared.at)
    return [
        {
            "name": inline(phase.name),
            "since": moment(phase.since),
            "length": span(phase.until - phase.since),
            "cites": cite(*dict.fromkeys(phase.cites)),
        }
        for phase in phases(record, policy, end)
    ]


def tabled(
    record: Record,
    people: People,
    lines: Lines,
    *,
    role: Callable[[str], str],
    reports: Mapping[int, Mapping[str, Any]],
    links: Mapping[int, str],
) -> dict[str, Any]:
    """The timeline and the tables; `folded` is how many messages the timeline counts only."""
    found = days(record, lines, people, links)
    return {
        "days": found,
        "folded": sum(row.folded for each in found for row in each.rows),
        "linked": bool(links),
        "corrections": record.corrections,
        "roles": tables.roles(record, people, role),
        "parts": tables.parts(record, people, lines),
        "escalations": tables.escalations(record, people, lines),
        "runs": tables.runs(record, people),
        "findings": tables.findings(record, reports),
        "items": tables.items(record, people, lines),
        "whole": cite(*(entry.seq for entry in record.entries)),
    }
