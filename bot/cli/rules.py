"""The work of `muster policy show`: a pack's rules as tables, section by section."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.cli.monitoring import monitoring
from bot.cli.packs import policy_of
from bot.cli.practice import practice
from bot.cli.sections import Part, clock, only, several, span, words
from bot.cli.terminal import say, table
from bot.core import wall_clock
from bot.domain.action_rules import ActionRule, Approvals
from bot.domain.procedures import Requirement
from bot.domain.requirements import FIELDS
from bot.domain.rules import EscalationStep, Policy, Severity, Since, StatusPage, TargetRule, Trigger, Via
from bot.policy.actions import ActionSection
from bot.policy.targets import TargetSection

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


async def show(pack: str | None) -> None:
    """Print a pack's rules; what it has none of is left out. Raises PolicyFault or SettingsFault."""
    policy = policy_of(pack)
    say(f"Pack {policy.name}", style="bold")
    for part in (*_parts(policy, wall_clock()), *monitoring(policy), *practice(policy)):
        _print(part)


def _print(part: Part) -> None:
    rows = [row for row in part.rows if any(row)]
    if not rows:
        return
    # A column that no row has anything in says nothing.
    used = [at for at in range(len(part.columns)) if any(row[at] for row in rows)]
    say("")
    say(part.title, style="bold")
    table([part.columns[at] for at in used], [[row[at] for at in used] for row in rows])


def _parts(policy: Policy, now: datetime) -> Iterator[Part]:
    default = policy.default_severity
    yield Part("Severities", ("name", "title", "also", "means", "for example"), (
        (s.name, s.title + (" (the default)" if s.name == default else ""), words(s.aliases), s.definition.strip(),
         "; ".join(s.examples))
        for s in policy.severities
    ))  # fmt: skip
    yield Part(
        "Clocks",
        ("severity", "detect", "acknowledge", "mitigate", "resolve", "update every", "review", "status page"),
        ((s.name, *_clocks(s)) for s in policy.severities),
    )
    yield Part("Who hears of it", ("severity", "who comes", "announced in"), (
        (s.name, words(s.responders), words([*(["the announce channel"] if s.announced else []),
                                             *(f"#{channel}" for channel in s.announce)]))
        for s in policy.severities
    ))  # fmt: skip
    yield Part("Statuses", ("name", "means", "phase", "also", "before it is entered", "cause known"), (
        (s.name, s.category.value, s.phase or "", words(s.aliases), "; ".join(_required(s.requires)),
         "yes" if s.cause_known else "")
        for s in policy.statuses
    ))  # fmt: skip
    yield from _people(policy, now)
    yield from _escalation(policy)
    yield from _things(policy)


def _clocks(severity: Severity) -> tuple[str, ...]:
    page = "" if severity.status_page is StatusPage.NONE else severity.status_page.value
    within = f" within {span(severity.status_page_within)}" if severity.status_page_within else ""
    return (
        span(severity.detect_within),
        clock(severity.acknowledge_within),
        span(severity.mitigate_within),
        clock(severity.resolve_within),
        span(severity.update_every),
        clock(severity.review_within),
        f"{page}{within}",
    )


def _required(wanted: Requirement) -> Iterator[str]:
    if wanted.fields:
        yield f"filled in: {words(FIELDS[name].removeprefix('the ') for name in wanted.fields)}"
    if wanted.watched:
        yield f"watched for {span(wanted.watched)}"
    yield from (f"watched for {span(length)} if {name}" for name, length in wanted.watched_if.items())
    if wanted.checklists:
        yield f"done: {words(wanted.checklists)}"


def _people(policy: Policy, now: datetime) -> Iterator[Part]:
    lead = policy.commander
    yield Part("Roles", ("name", "title", "also", "until it is taken", "leads"), (
        (r.name, r.title, words(r.aliases), _behind(r.contacts, policy, now), "yes" if r.name == lead else "")
        for r in policy.roles
    ))  # fmt: skip
    yield Part("Contacts", ("name", "Slack ids", "on call", "e-mail"), (
        (name, words(ids) or ("" if _turns(name, policy, now) else "nobody yet"), _turns(name, policy, now),
         words(policy.emails.get(name, ())))
        for name, ids in policy.contacts.items()
    ))  # fmt: skip
    yield Part("Directory", ("name", "who", "about", "how"), (
        (d.name, d.title, d.about, d.reach.strip()) for d in policy.directory
    ))  # fmt: skip


def _behind(names: Iterable[str], policy: Policy, now: datetime) -> str:
    """Contacts, with who that is at this moment."""
    return words(f"{name} ({words(policy.people([name], {}, at=now)) or 'nobody yet'})" for name in names)


def _turns(contact: str, policy: Policy, now: datetime) -> str:
    """How it is known whose turn it is, and whose it is now."""
    for rule in policy.rotations:
        if rule.contact == contact:
            local = now.astimezone(ZoneInfo(policy.calendar.zone)).replace(tzinfo=None)
            weeks = "a week" if rule.weeks == 1 else f"{rule.weeks} weeks"
            begins = f"{rule.starting:%a %d %b %Y} {rule.at:%H:%M}"
            return f"{words(rule.people)}, {weeks} each from {begins}; now {rule.on_call(local)}"
    return words(f"asked of {rule.url_from}" for rule in policy.providers if rule.contact == contact)


def _escalation(policy: Policy) -> Iterator[Part]:
    timed = [step for step in policy.escalation if step.trigger is not Trigger.REQUEST]
    asked = [step for step in policy.escalation if step.trigger is Trigger.REQUEST]
    yield Part("Escalation", ("step", "severities", "only", "when", "after", "who is told", "again", "why"), (
        (s.name, words(s.severities) or "any", _only(s), s.trigger.value, _after(s), _told(s), _again(s), s.why)
        for s in timed
    ))  # fmt: skip
    yield Part("Escalation on request", ("step", "also", "severities", "only", "who is told", "why"), (
        (s.name, words(s.aliases), words(s.severities) or "any", _only(s), _told(s), s.why) for s in asked
    ))  # fmt: skip
    told = [*policy.manual_escalation, *(f"{name} by e-mail" for name in policy.manual_email)]
    told += [f"webhook {name}" for name in policy.manual_webhooks]
    yield Part("Escalation by hand", ("when it names", "who is told"), [("nobody", words(told))] if told else [])
    yield Part("Webhooks", ("name", "address from", "secret from"), (
        (w.name, w.url_from, w.secret_from) for w in policy.webhooks
    ))  # fmt: skip


def _only(step: EscalationStep) -> str:
    return only({"if": step.conditions, "services": step.services})


def _after(step: EscalationStep) -> str:
    counted = " after the acknowledgement" if step.since is Since.ACKNOWLEDGED else ""
    hours = ", in office hours" if step.business_hours else ""
    target = {Trigger.UNACKNOWLEDGED: "its acknowledge target", Trigger.UNRESOLVED: "its resolve target"}
    return f"{clock(step.after) or target.get(step.trigger, 'at once')}{counted}{hours}"


def _told(step: EscalationStep) -> str:
    ways = f" ({words(way.value for way in step.via)})" if set(step.via) != set(Via) else ""
    outside = [*(f"{name} by e-mail" for name in step.email), *(f"webhook {name}" for name in step.webhooks)]
    return words([words(step.notify) + ways, *outside])


def _again(step: EscalationStep) -> str:
    return f"every {span(step.repeat_every)}, {several(step.repeats)}" if step.repeat_every and step.repeats else ""


def _settings(thing: TargetRule | ActionRule) -> tuple[str, ...]:
    """The settings that a target or an action needs."""
    return tuple(thing.options.settings()) if isinstance(thing.options, TargetSection | ActionSection) else ()


def _approvals(wanted: Approvals) -> str:
    by = words((*wanted.roles, *wanted.groups))
    parts = [str(wanted.count), f"by {by}" if by else "", "or an emergency" if wanted.emergency else ""]
    return " ".join(part for part in parts if part)


def _things(policy: Policy) -> Iterator[Part]:
    yield Part("Services", ("name", "title", "also", "owners", "targets", "health", "dashboards"), (
        (s.name, s.title, words(s.aliases), words(s.owners), words(s.targets), " ".join(s.health),
         words(f"{link.title}: {link.url}" for link in s.dashboards))
        for s in policy.services
    ))  # fmt: skip
    yield Part("Targets", ("name", "title", "also", "kind", "settings", "within", "thresholds"), (
        (t.name, t.title, words(t.aliases), t.kind, words(_settings(t)), span(t.timeout), _thresholds(t.thresholds))
        for t in policy.targets
    ))  # fmt: skip
    yield Part("Actions", ("name", "title", "also", "kind", "target", "settings", "approvals", "may ask", "verify"), (
        (a.name, a.title or a.does, words(a.aliases), a.kind, a.target or "", words(_settings(a)),
         _approvals(a.approvals), words((*a.allowed.roles, *a.allowed.groups)), a.verify)
        for a in policy.actions
    ))  # fmt: skip
    office = policy.calendar
    hours = f"{words(_DAYS[day] for day in sorted(office.days))} {office.opens:%H:%M} to {office.closes:%H:%M}"
    holidays = words(str(day) for day in sorted(office.holidays))
    yield Part("Calendar", ("zone", "office", "holidays"), [(office.zone, hours, holidays)])
    yield Part("Meetings", ("name", "title", "when"), (
        (m.name, m.title, f"{words(_DAYS[day] for day in m.days)} {m.at:%H:%M}{_weeks(m.every_weeks, m.starting)}")
        for m in office.meetings.values()
    ))  # fmt: skip
    yield Part("Links", ("title", "address"), (
        *((link.title, link.url) for link in policy.links),
        *([("Runbooks", policy.runbooks_url)] if policy.runbooks_url else []),
    ))  # fmt: skip


def _weeks(every: int, starting: object) -> str:
    return f", every {every} weeks from {starting}" if every > 1 else ""


def _thresholds(thresholds: Mapping[str, float]) -> str:
    return words(f"{name} {value:g}" for name, value in thresholds.items())
