"""Alerts in every state, for the templates' samples: what an incident hears of them, groups, and mutes."""

from dataclasses import replace
from datetime import time, timedelta
from types import SimpleNamespace
from typing import Any

from bot.domain import events as e
from bot.domain.alert import Alert, AlertStatus, Known, LinkKind
from bot.domain.alert_events import AlertLine
from bot.domain.alert_group import Group, GroupState, Running
from bot.domain.alert_rules import Maintenance, Matcher, Mute
from bot.domain.alert_tally import AlertTally
from bot.domain.incident import Incident
from bot.messages.sample_incidents import BEA, NOW, REF

#: A word of a monitor's has no more characters.
_WORD = 200
_LINKS = {
    LinkKind.GRAPH: "https://prometheus.example/graph?g0.expr=errors",
    LinkKind.SILENCE: "https://alertmanager.example/#/silences/new",
    LinkKind.RUNBOOK: "https://wiki.example/errors",
    LinkKind.SOURCE: "javascript:alert(1)",
}


def alert_events(text: str) -> dict[str, list[e.Event]]:
    """The events of each template about one, by the template's name."""
    opened = _joined(text, opened=True, total=42, firing=40, new=42, flapping=2, runbook="queue-backlog")
    more = _joined(text, total=47, firing=12, new=5, severity="P1")
    again: dict[str, Any] = {"new": 0, "lines": (), "names": (), "severity": "", "why": ""}
    return {
        "alerts_opened": [
            opened,
            replace(opened, total=1, firing=1, lines=opened.lines[:1], names=opened.names[:1], runbook="", flapping=0),
        ],
        "alerts_joined": [
            more,
            replace(more, **again, flapping=2),
            replace(more, **again, total=1, firing=1),
        ],
        "alerts_cleared": [
            e.AlertsCleared(total=42, since=NOW, ends_at=NOW + timedelta(minutes=30)),
            e.AlertsCleared(total=1, since=NOW),
        ],
    }


def counted() -> e.Event:
    """An event that is told only in a timeline."""
    return e.AlertsCounted(total=40, firing=12)


def tallies(incident: Incident, text: str) -> list[Incident]:
    """An incident some of whose alerts fire, and one where all are clear."""
    names = ("HighErrorRate", text[:_WORD], "SlowQueries", "PodCrashLooping", "QueueBacklog")
    firing = AlertTally(total=40, firing=12, opened=True, names=names, sources=("alertmanager",), first_at=NOW)
    return [
        replace(incident, alerts=firing),
        replace(incident, alerts=replace(firing, firing=0, quiet_since=NOW + timedelta(minutes=9))),
    ]


def groups(text: str) -> list[dict[str, Any]]:
    """Values for the card of a group, however it stands."""
    group = _group(text)
    clear = replace(group, firing=0)
    has = Running("checkout", 3, REF)
    settled: dict[str, Any] = {"settled_by": BEA, "settled_at": NOW, "settled_why": text}
    silent = settled | {"settled_why": f"muted until 2026-11-21 05:00 UTC: {text}"}
    taken = replace(group, state=GroupState.INCIDENT, running=has)
    dismissed = replace(group, state=GroupState.DISMISSED)
    room: dict[str, Any] = {"incident_title": text[:_WORD], "channel_id": "C0ROOM", **settled}
    return [
        _card(group, text),
        _card(replace(group, owner="on-call", alerts=1, firing=1), text, owners=(BEA, "S0ONCALL1")),
        _card(group, text, flapping=True, severity=None),
        _card(clear, text),
        _card(taken, text, **room),
        _card(replace(taken, ended=True, firing=0), text, **room),
        _card(replace(taken, running=Running("checkout", 3, REF, private=True)), text, private=True, **room),
        _card(dismissed, text, **settled),
        _card(dismissed, text, **settled | {"settled_by": "cli:ops@laptop", "settled_why": ""}),
        _card(dismissed, text, **silent),
        _card(dismissed, text, muted=mutes(text)[0], **silent),
        _card(replace(clear, state=GroupState.OVER), text),
    ]


def mutes(text: str) -> list[Mute]:
    """Mutes of one alert, of some with labels, and of many things at once."""
    of_all = Matcher(
        sources=("alertmanager", "grafana"), alerts=(text[:150], "Disk*"), severities=("critical",),
        services=("checkout",), labels={"env": ("prod", "staging"), text[:150]: (text[:150],)},
    )  # fmt: skip
    first = Mute(
        id=3, when=Matcher(alerts=("HighErrorRate",), services=("payments",), labels={"env": ("prod",)}),
        by=f"person:{BEA}", why=text, since=NOW, until=NOW + timedelta(hours=1),
    )  # fmt: skip
    return [first, replace(first, id=4, when=of_all, by="cli:ops@laptop", why="")]


def maintenance() -> list[Maintenance]:
    """Maintenance that is under way: once, and every week."""
    return [
        Maintenance(name="Move of the database", begins=NOW, ends=NOW + timedelta(hours=2), why="Agreed with all."),
        Maintenance(
            name="Backups", when=Matcher(services=("checkout",)), days=(5,), at=time(3), lasts=timedelta(hours=2)
        ),
    ]


def answers(text: str) -> dict[str, list[dict[str, Any]]]:
    """Values for what people are answered about alerts, by the template's name."""
    cards, command = groups(text), {"command": "/incident"}
    found = [card["found"] for card in cards]
    return {
        "alert_group": cards,
        "alert_show": cards,
        "alert_list": [
            {"groups": found[4:6], **command},
            {"groups": (), **command},
            {"groups": found * 2, "incident": None, **command},
            {"groups": (), "incident": None, **command},
        ],
        "mute_list": [
            {"mutes": mutes(text) * 3, "maintenance": maintenance(), **command},
            {"mutes": (), "maintenance": (), **command},
        ],
        "muted": [{"mute": mute, **command} for mute in mutes(text)],
    }


def _joined(text: str, **more: Any) -> e.AlertsJoined:
    given: dict[str, Any] = {
        "group": 7, "opened": False, "lines": tuple(_line(text, number) for number in range(5)),
        "names": ("HighErrorRate", text[:_WORD], "SlowQueries"), "sources": ("alertmanager",), "first_at": NOW,
        "why": f"rule “payments”: {text[:150]}", "severity": "P2",
    }  # fmt: skip
    return e.AlertsJoined(**given | more)


def _line(text: str, number: int) -> AlertLine:
    links = {str(kind): url for kind, url in _LINKS.items()}
    return AlertLine(
        name="HighErrorRate" if number else text[:_WORD], title=text[:_WORD], source="alertmanager",
        starts_at=NOW - timedelta(minutes=number), labels=_labels(text, number), links=links, text=text[:500],
    )  # fmt: skip


def _labels(text: str, number: int) -> dict[str, str]:
    return {"alertname": "HighErrorRate", "env": "prod", "instance": f"web-{number}", "job": text[:_WORD]}


def _group(text: str) -> Group:
    return Group(
        id=7, key="service=payments", state=GroupState.SUGGESTED, title=text[:_WORD], severity="P2", rank=1,
        service="checkout", window=timedelta(minutes=30), source="alertmanager", first_seen=NOW,
        last_seen=NOW + timedelta(minutes=12), rule="payments", why=f"rule “payments”: {text[:150]}", alerts=40,
        firing=12, card=True,
    )  # fmt: skip


def _stored(text: str, number: int, *, firing: bool, flapping: bool) -> SimpleNamespace:
    """As `bot.store.alerts.Stored`."""
    status = AlertStatus.FIRING if firing else AlertStatus.RESOLVED
    ended = None if firing else NOW + timedelta(minutes=20)
    alert = Alert(
        source="alertmanager", fingerprint=f"f{number}", status=status, title=text[:_WORD], starts_at=NOW,
        labels=_labels(text, number), ends_at=ended, text=text[:500], links=_LINKS,
    )  # fmt: skip
    known = Known(
        status=status, starts_at=NOW, ends_at=ended, digest=b"", firings=number + 1, first_seen=NOW, last_seen=NOW,
        flapping=flapping,
    )  # fmt: skip
    return SimpleNamespace(alert=alert, known=known, reason="SUGGESTED", why=f"rule “{number}”: {text[:150]}")


def _card(
    group: Group, text: str, *, flapping: bool = False, muted: Mute | None = None, private: bool = False, **more: Any
) -> dict[str, Any]:
    settled = {"settled_by": None, "settled_at": None, "settled_why": "", "incident_title": "", "channel_id": None}
    found = {name: more.get(name, otherwise) for name, otherwise in settled.items()}
    several = range(min(group.alerts, 12))
    values = tuple(f"web-{number}" for number in several)
    return {
        "group": group,
        "found": SimpleNamespace(group=group, private=private, tell_at=None, **found),
        "alerts": [_stored(text, number, firing=group.firing > 0, flapping=flapping) for number in several],
        "shared": {"alertname": "HighErrorRate", "env": "prod", "job": text[:_WORD]},
        "differing": {"instance": values, text[:_WORD]: (text[:_WORD],) * 9} if group.alerts > 1 else {},
        "owners": more.get("owners", ("on-call",)),
        "muted": muted,
        "instead_of": "alerts" if muted else None,
        "command": "/incident",
    } | ({"severity": None} if "severity" in more else {})
