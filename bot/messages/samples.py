"""Sample values for every template, so that `muster check` and the tests can render all of them.

Each template is rendered with ordinary values, in a drill, in a private incident, with every text missing that may be
missing, and with the longest and most hostile text that may come.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

from bot.diagnostics.result import Report, Result, Rows, Verdict
from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.incident import ActionItem, Incident
from bot.domain.rules import Category, Policy, Role, Severity, Status, TargetRule
from bot.domain.timeline import Entry

Sample = dict[str, Any]

REF: Final = "INC-2026-11-21-001"
ORDINARY: Final = "Payments time out for about a third of customers. We are failing over."
HOSTILE: Final = (
    "<!channel> <@U0EVIL> *bold* `code` [x](https://evil.example) <https://evil.example|x> & > \n\n# Heading\n```\n"
    "- **a:** b\n| a |\n|---|\n[Approve](button:approve) \u202e\x00 "
)
_NOW: Final = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
_BEA, _ALI = "U0BEA", "U0ALI"
_BEHIND: Final = SimpleNamespace(rows=14, oldest=timedelta(minutes=3))


def samples(
    text: str = "Payments time out for about a third of customers. We are failing over.",
) -> dict[str, list[Sample]]:
    """Values for each template by name; `text` stands wherever somebody or something wrote words."""
    return {name: [_about(incident) | own for incident in _incidents(text)] for name, own in _own(text).items()}


def hostile() -> dict[str, list[Sample]]:
    """The same with text that is long and means harm."""
    return samples(HOSTILE * 60)


def mail_samples(text: str = ORDINARY) -> dict[str, list[Sample]]:
    """Values for each e-mail by name: a policy's step, and a person's call that comes late."""
    by_policy = e.Escalated(
        level=1, why="unacknowledged after 5 min", names=("on-call",), people=(), severity="P1", step="first",
        due_at=_NOW + timedelta(minutes=5), emails=("on-call",), webhooks=("pager",),
    )  # fmt: skip
    by_hand = e.Escalated(level=2, why=text, names=(), people=(), severity="P1", emails=("lead",))
    own: list[Sample] = [
        {"asked": ("on-call",), "link": None, "late": None, "event": by_policy, "entry": _entry(5, by_policy)},
        {
            "asked": (),
            "link": "https://slack.com/app_redirect?channel=C0ROOM",
            "late": timedelta(minutes=12),
            "event": by_hand,
            "entry": _entry(9, by_hand),
        },
    ]
    return {"escalation": [_about(incident) | more for incident in _incidents(text) for more in own]}


def line_samples(text: str = "Checkout is down") -> dict[str, list[Sample]]:
    """Values for each line by name."""
    own: dict[str, Sample] = {
        "topic": {},
        "purpose": {},
        "bookmark": {},
        "review_comment": {"version": 2},
        "delayed": {"said": _NOW, "told": _NOW + timedelta(minutes=29)},
        "behind": {"behind": _BEHIND},
        "entry": {"entry": _entry(3, _events(text)["update"])},
    }
    return {name: [_about(incident) | more for incident in _incidents(text)] for name, more in own.items()}


_POLICY: Final = Policy(
    name="sample",
    severities=(
        Severity(name="P1", rank=0, title="Critical", definition="Down for everyone.", emoji="red_circle"),
        Severity(name="P2", rank=1, title="High", emoji="large_orange_circle"),
    ),
    statuses=(Status(name="investigating", category=Category.TRIAGE),),
    roles=(
        Role(name="commander", title="Incident commander", instructions="## First\n\n- Read **everything**\n- Breathe"),
        Role(name="scribe", title="Scribe"),
    ),
    commander="commander",
    default_severity="P2",
)


def _incidents(text: str) -> Iterator[Incident]:
    """A fresh one, one under way, a drill, a private one, a resolved one and a closed one."""
    fresh = Incident(
        ref=REF,
        seq=1,
        title=text[:200],
        severity="P1",
        status="investigating",
        category=Category.TRIAGE,
        declared_by=Actor.person(_ALI),
        declared_at=_NOW,
    )
    busy = replace(
        fresh,
        service=text[:80],
        channel_id="C0ROOM",
        channel_name="inc-2026-11-21-001-checkout",
        acknowledged_at=_NOW + timedelta(minutes=4),
        acknowledged_by=Actor.person(_BEA),
        roles={"commander": _BEA, "scribe": _ALI},
        updates=2,
        last_update=text,
        last_update_at=_NOW + timedelta(minutes=9),
        next_update_at=_NOW + timedelta(minutes=24),
        escalations=1,
        action_items=tuple(ActionItem(number=n, text=text, owner=_BEA) for n in range(1, 4)),
        diagnostics=1,
        last_verdict="CRITICAL",
        troubles=1,
    )
    over = replace(
        busy, category=Category.RESOLVED, status="resolved", resolved_at=_NOW + timedelta(hours=1), summary=text
    )
    yield from (fresh, busy, replace(busy, drill=True), replace(busy, private=True), over)
    yield replace(over, category=Category.CLOSED, status="closed", closed_at=_NOW + timedelta(days=2), action_items=())
    # A pack may drop a severity that an old incident has.
    yield replace(busy, severity="SEV-OLD", declared_by=Actor.monitor("alertmanager"))


def _about(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident,
        "policy": _POLICY,
        "severity": _POLICY.find_severity(incident.severity),
        "commander": incident.roles.get(_POLICY.commander),
        "links": {"page": f"https://muster.example/incidents/{REF}", "channel": "<#C0ROOM>"},
    }


def _events(text: str) -> dict[str, e.Event]:
    later = _NOW + timedelta(minutes=30)
    return {
        "alert": e.Declared(
            ref=REF, title=text[:200], severity="P1", status="investigating", channel_name="inc", description=text,
            service=text[:80], next_update_at=later,
        ),
        "acknowledged": e.Acknowledged(severity="P1", role="commander"),
        "update": e.UpdatePosted(number=3, text=text, severity="P1", status="fixing", next_update_at=later),
        "status_change": e.StatusChanged(
            before="investigating", after="monitoring", category=Category.MONITORING, note=text
        ),
        "severity_change": e.SeverityChanged(before="P2", after="P1", why=text, next_update_at=later),
        "role_change": e.RoleAssigned(role="commander", user=_BEA, before=_ALI),
        "role_instructions": e.RoleAssigned(role="commander", user=_BEA, before=_ALI),
        "escalation": e.Escalated(
            level=2, why=text, names=("on-call", "lead"), people=(_BEA, "S0ONCALL1"), severity="P1", step="a", round=2,
            due_at=_NOW,
        ),
        "escalation_call": e.Escalated(
            level=1, why=text, names=("on-call",), people=(_BEA,), severity="P1", step="a", due_at=_NOW
        ),
        "escalation_notice": e.Escalated(level=1, why=text, names=(), people=(), severity="P1"),
        "update_overdue": e.UpdateOverdue(due_at=_NOW, next_update_at=later),
        "resolution": e.Resolved(
            before="fixing", status="resolved", summary=text, root_cause=text, contributing_factors=text, impact=text
        ),
        "reopened": e.Reopened(
            before="resolved", status="investigating", category=Category.TRIAGE, why=text, next_update_at=later
        ),
        "closed": e.Closed(before="resolved", status="closed", note=text),
        "action_item": e.ActionItemAdded(number=4, text=text, owner=_BEA, due=date(2026, 12, 1)),
        "diagnostic": e.DiagnosticRecorded(
            target="db", run="r1", evidence=7, digest="d", verdict="CRITICAL", findings=(text,), took_ms=84
        ),
        "runbook": e.RunbookOpened(name="db", title=text[:150], digest="0123456789abcdef"),
        "review_nudge": e.ReviewNudged(due_at=_NOW),
        "delivery_failed": e.DeliveryFailed(outbox=5, what="the channel's topic was not set", reason=text[:60]),
    }  # fmt: skip


def _other_events(text: str) -> Iterator[e.Event]:
    """Events that are told only in a timeline."""
    yield e.NoteAdded(text=text)
    yield e.MessageCaptured(channel="C0ROOM", ts="1.2", user=_ALI, text=text, via="pin")
    yield e.MessageEdited(channel="C0ROOM", ts="1.2", before=text, text=text)
    yield e.MessageDeleted(channel="C0ROOM", ts="1.2")
    yield e.ActionItemDone(number=1, text=text)
    yield e.DiagnosticRequested(target="db", run="r1")
    yield e.ReviewRequested()
    yield e.ReviewDrafted(version=1, digest="d", upto=20)
    yield e.DeliveryRetried(outbox=5, what="the incident's channel", behind=2)
    yield e.DeliveryDropped(outbox=6, what="the message “update”", why=text, behind=1)


def _own(text: str) -> dict[str, Sample]:
    """What each template has besides the incident."""
    events = _events(text)
    entries = [_entry(number, event) for number, event in enumerate([*events.values(), *_other_events(text)], 1)]
    caught_up = (entry for entry in list(entries) if entry.event.subject)
    entries += [replace(entry, recorded_at=entry.at + timedelta(hours=1)) for entry in caught_up]
    own: dict[str, Sample] = {
        name: {"event": event, "entry": _entry(8, event), "kind": e.kind_of(type(event))}
        for name, event in events.items()
    }
    for name in ("role_change", "role_instructions"):
        own[name]["role"] = _POLICY.roles[0]
    own["diagnostic"]["report"] = _report(text)
    runbook = SimpleNamespace(
        name="db",
        title=text[:150],
        text=f"# Steps\n\n1. {text}\n\n   ```sql\n   SELECT 1\n   ```\n\n2. Wrapped\n   text\n",
        digest="0123456789abcdef",
    )
    own["runbook"]["runbook"] = runbook
    usage = SimpleNamespace(
        name="declare", args="[SEV] [title…] [--private]", does="Opens it; `me` takes it.", group="Starting",
        example="declare P1 Checkout is down", aliases=("new", "open"),
    )  # fmt: skip
    target = TargetRule(
        name="db", kind="postgres", url_from="MUSTER_DIAG_DB_URL", title=text[:80], aliases=("database",)
    )
    items = tuple(ActionItem(number=n, text=text, owner=_BEA, due=date(2026, 12, 1), done=n == 2) for n in range(1, 4))
    command = {"command": "/incident"}
    return own | {
        "summary": {},
        "announcement": {},
        "show": {"behind": _BEHIND},
        "list": {"incidents": list(_incidents(text)) * 5, "behind": {REF: _BEHIND}},
        "timeline": {"entries": entries * 2, "more": 12},
        "catchup": {"entries": entries, "more": 1},
        "tasks": {"items": items},
        "help": {"commands": [usage] * 25, **command},
        "help_command": {"usage": usage, **command},
        "error": {
            "sentence": f"There is no severity “{text[:80]}”.",
            "hint": "Did you mean P1?",
            "usage": usage,
            **command,
        },
        "diag_list": {"targets": (target, target), **command},
        "diagnosing": {"target": "db"},
        "diag_report": {"report": _report(text)},
        "runbook_text": {"runbook": runbook},
        "runbook_list": {"runbooks": [runbook] * 3, "suggested": [runbook], **command},
        "answer": {**own["update"], "duplicate": False, "behind": _BEHIND},
    }


def _entry(seq: int, event: e.Event) -> Entry:
    by = MUSTER if isinstance(event, e.UpdateOverdue) else Actor.person(_BEA)
    at = _NOW + timedelta(minutes=seq)
    return Entry(seq=seq, at=at, recorded_at=at, by=by, event=event)


def _report(text: str) -> Report:
    def result(title: str, verdict: Verdict, rows: Rows | None = None) -> Result:
        return Result(
            check=title, title=title, verdict=verdict, value=7, unit="sessions", threshold="warn at 1, critical at 5",
            ran="SELECT pid FROM pg_stat_activity", against="postgresql://db/app", took_ms=12.5, explanation=text,
            next_step=text, rows=rows,
        )  # fmt: skip

    rows = Rows.of(("pid", "query"), [(n, text) for n in range(30)])
    results = (
        result("Latency", Verdict.OK),
        result("Blocked", Verdict.CRITICAL, rows),
        result("Cache", Verdict.NO_DATA),
    )
    return Report(
        target="db", kind="postgres", against="postgresql://db/app", started_at=_NOW, took_ms=84, results=results
    )
