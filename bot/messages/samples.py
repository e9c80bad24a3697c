"""Sample values for every template, so that `muster check` and the tests can render all of them.

Each template is rendered with ordinary values, in a drill, in a private incident, with every text missing that may be
missing, and with the longest and most hostile text that may come.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import chain
from types import SimpleNamespace
from typing import Any, Final

from bot.diagnostics.result import Earlier, Report, Result, Rows, Verdict
from bot.domain import events as e
from bot.domain.clocks import deadlines
from bot.domain.incident import Incident, Watched
from bot.domain.rules import TargetRule
from bot.messages.outlook import more_of, outlook
from bot.messages.sample_actions import actions
from bot.messages.sample_alerts import answers as alert_answers
from bot.messages.sample_alerts import tallies
from bot.messages.sample_corrections import corrected
from bot.messages.sample_events import entry_of, events, other_events
from bot.messages.sample_incidents import NOW, REF, incidents, tally
from bot.messages.sample_items import item_answers
from bot.messages.sample_policy import POLICY
from bot.messages.sample_reviews import reviews
from bot.messages.sample_walks import steps, walks

__all__ = ["HOSTILE", "ORDINARY", "REF", "Sample", "hostile", "line_samples", "mail_samples", "samples"]

Sample = dict[str, Any]

ORDINARY: Final = "Payments time out for about a third of customers. We are failing over."
HOSTILE: Final = (
    "<!channel> <@U0EVIL> *bold* `code` [x](https://evil.example) <https://evil.example|x> & > \n\n# Heading\n```\n"
    "- **a:** b\n| a |\n|---|\n[Approve](button:approve) \u202e\x00 "
)
_BEHIND: Final = SimpleNamespace(rows=14, oldest=timedelta(minutes=3))


def samples(
    text: str = "Payments time out for about a third of customers. We are failing over.",
) -> dict[str, list[Sample]]:
    """Values for each template by name; `text` stands wherever somebody or something wrote words."""
    return {
        name: [
            _about(incident) | sample | more_of(incident, POLICY, sample.get("event"))
            for sample in own
            for incident in incidents(text)
        ]
        for name, own in _own(text).items()
    }


def hostile() -> dict[str, list[Sample]]:
    """The same with text that is long and means harm."""
    return samples(HOSTILE * 60)


def mail_samples(text: str = ORDINARY) -> dict[str, list[Sample]]:
    """Values for each e-mail by name: a policy's step, and a person's call that comes late."""
    by_policy = e.Escalated(
        level=1, why="unacknowledged after 5 min", names=("on-call",), people=(), severity="P1", step="first",
        due_at=NOW + timedelta(minutes=5), emails=("on-call",), webhooks=("pager",),
    )  # fmt: skip
    by_hand = e.Escalated(level=2, why=text, names=(), people=(), severity="P1", emails=("lead",))
    own: list[Sample] = [
        {"asked": ("on-call",), "link": None, "late": None, "event": by_policy, "entry": entry_of(5, by_policy)},
        {
            "asked": (),
            "link": "https://slack.com/app_redirect?channel=C0ROOM",
            "late": timedelta(minutes=12),
            "event": by_hand,
            "entry": entry_of(9, by_hand),
        },
    ]
    invited = [
        {"asked": asked, "link": None, "late": None, "event": event, "entry": entry_of(20, event)}
        for event in events(text)["review_scheduled"]
        for asked in ((), ("on-call", text[:60]))
    ]
    return {
        name: [_about(incident) | more for incident in incidents(text) for more in each]
        for name, each in (("escalation", own), ("review_scheduled", invited))
    }


def line_samples(text: str = "Checkout is down") -> dict[str, list[Sample]]:
    """Values for each line by name."""
    own: dict[str, Sample] = {
        "topic": {},
        "purpose": {},
        "bookmark": {},
        "review_comment": {"version": 2},
        "delayed": {"said": NOW, "told": NOW + timedelta(minutes=29)},
        "behind": {"behind": _BEHIND},
        "entry": {"entry": entry_of(3, events(text)["update"][0])},
    }
    return {name: [_about(incident) | more for incident in incidents(text)] for name, more in own.items()}


def _about(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident,
        "policy": POLICY,
        "severity": POLICY.find_severity(incident.severity),
        "commander": incident.roles.get(POLICY.commander),
        "links": {"page": f"https://muster.example/incidents/{REF}", "channel": "<#C0ROOM>"},
    } | outlook(incident, POLICY)


def _own(text: str) -> dict[str, list[Sample]]:
    """What each template has besides the incident: some have it in several ways."""
    told = events(text)
    entries = [entry_of(n, event) for n, event in enumerate([*chain(*told.values()), *other_events(text)], 1)]
    caught_up = (entry for entry in list(entries) if entry.event.subject)
    entries += [replace(entry, recorded_at=entry.at + timedelta(hours=1)) for entry in caught_up]
    own = {name: [_told(event) for event in found] for name, found in told.items()}
    for sample in chain(own["role_change"], own["role_instructions"]):
        sample["role"] = POLICY.roles[0]
    own["role_instructions"].append(own["role_instructions"][0] | {"entries": entries[:5]})
    own["diagnostic"] = _runs(text, own["diagnostic"])
    for sample in own["diagnostic_details"]:
        sample["report"] = _report(text)
    runbook = SimpleNamespace(
        name="db",
        title=text[:150],
        text=f"# Steps\n\n1. {text}\n\n   ```sql\n   SELECT 1\n   ```\n\n2. Wrapped\n   text\n",
        digest="0123456789abcdef",
    )
    for sample in own["runbook"]:
        sample["runbook"] = runbook
    usage = SimpleNamespace(
        name="declare", args="[SEV] [title…] [--private]", does="Opens it; `me` takes it.", group="Starting",
        example="declare P1 Checkout is down", aliases=("new", "open"),
    )  # fmt: skip
    target = TargetRule(name="db", kind="postgres", title=text[:80], aliases=("database",))
    command = {"command": "/incident"}
    hit = SimpleNamespace(runbook=runbook, reasons=("alert HighQueueDepth", f"mentions “{text[:60]}”"))
    alone: dict[str, Sample] = {
        "announcement": {},
        "checklist": {"tally": tally(text)},
        "show": {"behind": _BEHIND},
        "list": {"incidents": list(incidents(text)) * 5, "behind": {REF: _BEHIND}},
        "timeline": {"entries": entries * 2, "more": 12, "corrections": corrected(text)},
        "timeline_hidden": {"corrections": corrected(text), **command},
        "catchup": {"entries": entries[-8:], "more": 1, "corrections": corrected(text)},
        "help": {"commands": [usage] * 25, **command},
        "help_command": {"usage": usage, **command},
        "error": {
            "sentence": f"There is no severity “{text[:80]}”.",
            "hint": "Did you mean P1?",
            "usage": usage,
            **command,
        },
        "diag_list": {"scopes": ((target.name, target.title), ("all", text[:80])), **command},
        "action_list": {"actions": [sample["rule"] for sample in actions(text)[:2]], **command},
        "diagnosing": {"target": "db"},
        "diag_report": {"report": _report(text)},
        "runbook_text": {"runbook": runbook},
        "runbook_list": {"runbooks": [runbook] * 3, "suggested": [hit], **command},
    }
    answers = [found[0] | {"duplicate": False, "behind": _BEHIND} for found in own.values()]
    answers += [_told(event) | {"duplicate": False, "behind": None} for event in other_events(text)]
    answers.append(own["update"][0] | {"duplicate": True, "behind": None})
    several = {name: [sample] for name, sample in alone.items()} | {"action": actions(text)}
    walked = tuple(sample["run"] for sample in walks(text)[:2])
    several["summary"] = [{}, {"suggested": hit, "walked": ()}, {"suggested": None, "walked": walked}]
    several |= {"walk": walks(text), "step": steps(text, _report(text))}
    for name, of_reviews in reviews(text, list(incidents(text))[4]).items():
        told_already = [found[0] | one for found in [own.get(name, [{}])] for one in of_reviews]
        several[name] = [*own.get(name, []), *(one | command for one in told_already)]
    for name in ("summary", "show"):
        several[name] += [several[name][0] | {"incident": one} for one in tallies(list(incidents(text))[1], text)]
    several |= item_answers(text, tuple(incidents(text)))
    return own | several | _policy_answers(text) | alert_answers(text) | {"answer": answers}


def _runs(text: str, recorded: list[Sample]) -> list[Sample]:
    """A run at its beginning, on its way, and when it is over: watched, with offers, and without its evidence."""
    asked = _told(e.DiagnosticRequested(target="db", run="r1")) | {"report": None}
    watched = Watched(target="db", every=timedelta(minutes=5), looked_at=NOW)
    offers = [SimpleNamespace(title=text[:75], argument="end r1")] * 2
    waiting = tuple(text[:40] for _ in range(9))
    return [
        asked | {"far": None},
        asked | {"far": SimpleNamespace(done=3, total=15, waiting=waiting)},
        *(one | {"report": _report(text), "watched": watched, "offers": offers, "runbook": "db"} for one in recorded),
        *(one | {"report": _report(text), "watched": None, "offers": [], "runbook": None} for one in recorded),
        *(one | {"report": None} for one in recorded),
    ]


def _policy_answers(text: str) -> dict[str, list[Sample]]:
    """What people read about the policy, in an incident."""
    so = [(POLICY.conditions[0], "data-loss", NOW), (None, text[:40], NOW)]
    dues = {"page-first": NOW + timedelta(minutes=20), "customers": NOW + timedelta(hours=2)}
    steps = [("cto", NOW + timedelta(minutes=15), ("cto", "lead")), ("legal", NOW + timedelta(hours=6), ("legal",))]
    watched = list(incidents(text))[-1]
    return {
        "conditions": [{"set": so, "others": POLICY.conditions[1:]}, {"set": (), "others": POLICY.conditions}],
        "checklists": [
            {"shown": (tally(text),), "others": POLICY.checklists[1:]},
            {"shown": (), "others": POLICY.checklists},
        ],
        "texts": [
            {"fitting": POLICY.letters[:2], "others": POLICY.letters[2:], "dues": dues},
            {"fitting": (), "others": POLICY.letters, "dues": {}},
        ],
        "clocks": [{"clocks": deadlines(watched, POLICY), "steps": steps}, {"clocks": (), "steps": ()}],
        "policy": [{"severity_asked": None}, *({"severity_asked": severity} for severity in POLICY.severities)],
    }


def _told(event: e.Event) -> Sample:
    return {"event": event, "entry": entry_of(8, event), "kind": e.kind_of(type(event))}


def _report(text: str) -> Report:
    def result(title: str, verdict: Verdict, rows: Rows | None = None) -> Result:
        return Result(
            check=title, title=title, verdict=verdict, value=7, unit="sessions", threshold="warn at 1, critical at 5",
            ran="SELECT pid FROM pg_stat_activity", against="postgresql://db/app", took_ms=12.5, explanation=text,
            next_step=text, rows=rows, last=Earlier(verdict=Verdict.OK, value=0, at=NOW),
            healthy=Earlier(verdict=Verdict.OK, value=0.25, at=NOW),
        )  # fmt: skip

    rows = Rows.of(("pid", "query"), [(n, text) for n in range(30)])
    results = (
        result("Latency", Verdict.OK),
        result("Blocked", Verdict.CRITICAL, rows),
        result("Cache", Verdict.NO_DATA),
    )
    return Report(
        target="db", kind="postgres", against="postgresql://db/app", started_at=NOW, took_ms=84, results=results
    )
