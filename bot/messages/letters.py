"""Texts for outside of Slack: a policy's `texts`, filled in with what is known of an incident.

They are templates of a policy, which is data: values, a few filters and `{% if %}`, and nothing that runs.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.domain.incident import Incident
from bot.domain.procedures import Detail, Letter
from bot.domain.rules import Policy, nearest
from bot.domain.text import TITLE_LIMIT
from bot.messages.cut import shorten
from bot.messages.filters import slack_text
from bot.messages.runs import literal, plain
from bot.policy.faults import quoted

#: Characters that a form's input takes; a subject is a line, and as long as an incident's title may be.
BODY_LIMIT: Final = 3_000
SUBJECT_LIMIT: Final = TITLE_LIMIT
#: So much of a subject is the title's. A longer one is cut there, and whole in the body.
_TITLE_IN_SUBJECT: Final = 80
#: Characters of one value that somebody wrote, and of one that a form asks for in a line; the rest is in the timeline.
VALUE_LIMIT: Final = 400
LINE_LIMIT: Final = 150

#: What a text may name, and what each is.
LETTER_VALUES: Final[Mapping[str, str]] = {
    "ref": "the incident's reference",
    "title": "its title",
    "severity": "its severity's name",
    "severity_title": "the severity's title",
    "status": "its status",
    "service": "the service that it is about",
    "started": "when it was declared, in the calendar's zone",
    "duration": "how long it has lasted, or did last",
    "commander": "who leads",
    "impact": "what its resolution says about the impact",
    "summary": "the resolution's summary",
    "cause": "the root cause",
    "update": "the last update",
    "next_update": "when the next update is due",
    "every": "how often updates come",
    "number": "how many updates there were, which is the last one's number",
    "now": "the time at which the text is filled in",
    "company": "the pack's name",
}
_FILTERS: Final = ("capitalize", "default", "lower", "title", "trim", "truncate", "upper")
_ALLOWED: Final = (
    nodes.And, nodes.Compare, nodes.CondExpr, nodes.Const, nodes.Filter, nodes.If, nodes.Keyword, nodes.Name,
    nodes.Not, nodes.Operand, nodes.Or, nodes.Output, nodes.Template, nodes.TemplateData,
)  # fmt: skip

#: What is to be filled in stands in brackets.
_BRACKETS: Final = re.compile(r"\[[^\[\]\n]{1,300}\]")

_log = logging.getLogger(__name__)


class Unknown(str):
    """A value that nobody has said yet: it reads as `[what to fill in]`, and `{% if %}` takes it for nothing."""

    __slots__ = ()

    def __bool__(self) -> bool:
        """False: there is nothing yet."""
        return False


def letter_values(
    incident: Incident, policy: Policy, now: datetime, *, called: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Each of `LETTER_VALUES` for an incident, and what the policy's further fields last said.

    `[what to fill in]` stands for what is not known.

    Args:
        incident: as it is.
        policy: its rules; times are in its calendar's zone.
        now: the time, in UTC.
        called: people's names by their Slack ids; without a name, who leads is left to be filled in.
    """
    severity = policy.find_severity(incident.severity)
    service = policy.service(incident.service) if incident.service else None
    zone = ZoneInfo(policy.calendar.zone)
    lead = incident.roles.get(policy.commander, "")
    found: dict[str, str | None] = {
        "ref": incident.ref,
        "title": incident.title,
        "severity": incident.severity,
        "severity_title": severity.title if severity else None,
        "status": incident.status,
        "service": (service.title or service.name) if service else incident.service,
        "started": _date(incident.declared_at.astimezone(zone)),
        "duration": spelled((incident.resolved_at or now) - incident.declared_at),
        "commander": (called or {}).get(lead),
        "impact": incident.impact,
        "summary": incident.summary,
        "cause": incident.root_cause,
        "update": incident.last_update,
        "next_update": _time(incident.next_update_at, now, zone),
        "every": spelled(severity.update_every) if severity and severity.update_every else None,
        "number": str(incident.updates or 1),
        "now": _time(now, now, zone),
        "company": policy.name,
    }
    known = {name: str(slack_text(text, most=VALUE_LIMIT)).strip() for name, text in found.items()}
    known["severity_title"] = known["severity_title"] or incident.severity
    said = {detail_value(detail): _detail(incident, detail) for detail in policy.details}
    return said | {name: text or _TO_FILL_IN[name] for name, text in known.items()}


def detail_value(detail: Detail) -> str:
    """By what name a text knows a further field of the policy's forms: `next-step` is `next_step`."""
    return "".join(ch if ch.isalnum() else "_" for ch in detail.name)


def _detail(incident: Incident, detail: Detail) -> str:
    most = VALUE_LIMIT if detail.long else LINE_LIMIT
    text = str(slack_text(incident.details.get(detail.title, ""), most=most)).strip()
    return text or _to_fill_in(detail)


def _to_fill_in(detail: Detail) -> Unknown:
    return Unknown(f"[{detail.title.lower()}]")


_TO_FILL_IN: Final[Mapping[str, str]] = {name: Unknown(f"[{name}]") for name in LETTER_VALUES} | {
    "service": Unknown("[service]"),
    "commander": Unknown("[name of the incident commander]"),
    "impact": Unknown("[what people notice]"),
    "summary": Unknown("[what happened]"),
    "cause": Unknown("[cause, once it is known]"),
    "update": Unknown("[what is new]"),
    "next_update": Unknown("[time of the next update]"),
    "every": Unknown("[how often]"),
}


def render_letter(letter: Letter, values: Mapping[str, str]) -> tuple[str, str]:
    """A text's subject and body, filled in and within what a form takes.

    It never raises: a subject or body that has a fault is given as it stands in the policy, and logged.

    Args:
        letter: the text.
        values: those of `letter_values`.
    """
    subject, body = (_safely(letter, source, values) for source in (letter.subject, letter.body))
    return _within(" ".join(subject.split()), SUBJECT_LIMIT), _within(body, BODY_LIMIT)


def left_to_fill_in(letter: Letter, written: str, policy: Policy) -> str | None:
    """The first bracket in a text's subject or body that somebody has yet to fill in; None where there is none.

    Brackets in what is known, such as a title, or around it, as in `[{{ severity }}]`, are meant as they are.
    """
    asked: set[str] = {*_TO_FILL_IN.values(), *map(_to_fill_in, policy.details)}
    for source in (letter.subject, letter.body):
        try:
            said = [node.data for node in _ENVIRONMENT.parse(source).find_all(nodes.TemplateData)]
        except TemplateError:
            said = [source]  # which is how it is given then
        asked |= {bracket for part in said for bracket in _BRACKETS.findall(part)}
    return next((bracket for bracket in _BRACKETS.findall(written) if bracket in asked), None)


def letter_problems(letter: Letter, values: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    """What is wrong with a text: in `subject` or `body`, in which of its lines (from 1), and what to do about it."""
    brief = {**values, "title": values["title"][:_TITLE_IN_SUBJECT]}
    yield from (("subject", line, message) for line, message in _problems(letter.subject, brief, SUBJECT_LIMIT))
    yield from (("body", line, message) for line, message in _problems(letter.body, values, BODY_LIMIT))


def spelled(span: timedelta) -> str:
    """A length of time for people outside: `15 minutes`, `1 hour 20 minutes`, `2 days`; two units at most."""
    minutes = int(span.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    first = next(at for at, (number, _) in enumerate(parts) if number)
    shown = [(number, unit) for number, unit in parts[first : first + 2] if number]
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in shown)


def _problems(source: str, values: Mapping[str, str], limit: int) -> Iterator[tuple[int, str]]:
    try:
        tree = _ENVIRONMENT.parse(source)
        unknown = [(node.lineno, node.name) for node in tree.find_all(nodes.Name) if node.name not in values]
        if unknown:
            yield from ((line, f"There is no value {quoted(name)}. {_hint(name, values)}") for line, name in unknown)
            return
        text = _template(source).render(values)
    except TemplateSyntaxError as problem:
        yield problem.lineno, f"It cannot be rendered: {_ended(problem.message)}"
    except Exception as problem:  # noqa: BLE001 - a filter raises whatever it likes about what it was given
        yield 1, f"It cannot be rendered: {_ended(problem)}"
    else:
        if len(text) > limit:
            message = f"It has {len(text)} characters when all is filled in; {limit} is the most. Shorten it."
            yield 1, message


def _hint(name: str, values: Iterable[str]) -> str:
    close = nearest(name, values)
    return f"Did you mean {quoted(close)}?" if close else f"Known: {', '.join(values)}."


def _ended(problem: object) -> str:
    return f"{str(problem).rstrip('.')}."


def _safely(letter: Letter, source: str, values: Mapping[str, str]) -> str:
    try:
        return _template(source).render(values).strip()
    except (TemplateError, TypeError, ValueError) as problem:
        _log.warning("text %s can't be filled in, it is given as it is written: %s", letter.name, problem)
        return source.strip()


def _within(text: str, limit: int) -> str:
    return text if len(text) <= limit else plain(shorten(literal(text), limit))


def _date(local: datetime) -> str:
    return f"{local.day} {local:%B %Y, %H:%M %Z}"


def _time(at: datetime | None, now: datetime, zone: ZoneInfo) -> str | None:
    if at is None:
        return None
    local = at.astimezone(zone)
    return f"{local:%H:%M %Z}" if local.date() == now.astimezone(zone).date() else _date(local)


class _Environment(ImmutableSandboxedEnvironment):
    """Refuses everything that repeats, calls or reaches into something."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, _ALLOWED):
                message = "a text has values, filters and {% if %} only"
                raise TemplateSyntaxError(message, node.lineno, name, filename)
        return tree


def _environment() -> _Environment:
    env = _Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False)
    env.filters = {name: env.filters[name] for name in _FILTERS}
    env.globals.clear()
    env.tests.clear()
    return env


_ENVIRONMENT: Final = _environment()


@lru_cache(maxsize=256)
def _template(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)
