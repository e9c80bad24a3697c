"""A policy that uses every section, for tests to put one thing wrong in it."""

from pathlib import Path

import pytest

from bot.policy.faults import PolicyFault
from bot.policy.read import read_policy

FULL = """\
default_severity: P2
severities:
  - name: P1
    acknowledge_within: 5m
    resolve_within: 1h
    update_every: 15m
    review_within: next-business-day
    status_page: public
    status_page_within: 10m
    responders: [on-call]
  - name: P2
    acknowledge_within: 1h
    resolve_within: next-sprint
phases: [Assess, Respond, Review]
statuses:
  - {name: investigating, category: triage, phase: Assess}
  - {name: fixing, category: active, phase: Respond, requires: {fields: [root_cause]}}
  - {name: monitoring, category: monitoring, phase: Respond}
  - name: resolved
    category: resolved
    phase: Respond
    requires:
      fields: [summary]
      watched: 15m
      watched_if: {rollback: 30m}
      checklists: [rolling-back]
  - {name: closed, category: closed, phase: Review}
commander: commander
roles:
  - {name: commander, title: Commander, aliases: [lead]}
  - {name: scribe, title: Scribe, contacts: [on-call]}
  - {name: liaison, title: Liaison}
contacts:
  on-call: []
  manager: []
emails:
  manager: [manager@example.com]
on_call:
  rotations:
    - {contact: on-call, people: [U012AB3CD], starting: 2026-01-05}
  providers:
    - {contact: manager, url_from: MUSTER_ROSTER_URL, people: "$.on_call[*].email"}
directory:
  - {name: vendor, title: The vendor}
calendar:
  zone: Europe/London
  business_hours: {opens: "09:00", closes: "17:00"}
  holidays: [2026-12-25, 2026-12-28]
  meetings:
    - {name: standup, title: Standup, days: [mon, tue], at: "09:30"}
    - {name: next-sprint, title: Sprint planning, days: [wed], at: "10:00", every_weeks: 2}
webhooks:
  - {name: pager, url_from: MUSTER_PAGER_URL, secret_from: MUSTER_PAGER_SECRET}
escalation:
  - {name: at-once, trigger: declared, severities: [P1], notify: [on-call]}
  - {name: unseen, trigger: unacknowledged, notify: [on-call, service-owners], services: [checkout]}
  - {name: long, trigger: unresolved, notify: [commander]}
  - {name: baffled, trigger: unidentified, after: 30m, notify: [manager], email: [manager], webhooks: [pager]}
  - {name: lost-data, trigger: condition, conditions: [data-loss], notify: [service-owners]}
  - {name: bosses, trigger: request, aliases: [management], notify: [manager]}
manual_escalation: [on-call]
conditions:
  - {name: data-loss, title: Data is lost, aliases: [lost], suggests: P1}
  - {name: rollback, title: It was rolled back}
fields:
  - {name: room, title: War room, forms: [declare], choices: [Blue, Green]}
checklists:
  - {name: first, title: First steps, at: declared, items: [Look, {text: Call, role: scribe}]}
  - {name: rolling-back, title: Rolling back, at: condition, conditions: [rollback], items: [Watch]}
  - {name: verify, title: Verify, at: status, statuses: [monitoring], items: [Check]}
texts:
  - {name: page, title: Status page, audience: status-page, severities: [P1], body: "{{ title }}"}
  - {name: letter, title: A letter, audience: customers, statuses: [fixing], body: "{{ impact }}", every: 1h}
  - {name: news, title: News, audience: internal, conditions: [data-loss], body: "{{ update }}", with_updates: true}
follow_ups:
  - {name: proof, title: Has it held, after: standup, severities: [P1], notify: [manager], checklist: first}
review:
  attendees: [manager, commander]
  agenda: [{title: What happened, minutes: 10}]
  sections: [{title: Customers, prompt: "Who was told?", role: liaison}]
services:
  - {name: checkout, owners: [on-call], targets: [db]}
targets:
  - {name: db, kind: postgres, url_from: MUSTER_DIAG_DB_URL, allowed: {roles: [liaison]}, runbook: restore,
     runbooks: {locks: restore}}
first_looks:
  - {run: [db], severities: [P1]}
actions:
  - name: end-session
    kind: end_session
    aliases: [kill]
    does: Ends the session that the others wait for.
    target: db
    offered_on: [locks]
    approvals: {count: 2, roles: [commander], groups: [on-call], emergency: true}
    allowed: {groups: [manager]}
    verify: db locks
  - name: retry
    kind: command
    does: Tries what failed again.
    argv: [shopctl, retry, "--queue={queue}", "{most}"]
    params:
      - {name: queue, type: choice, choices: [mail, paper]}
      - {name: most, type: integer, min: 1, max: 50, default: 10, from: {check: locks, fact: pid}}
"""


def line_of(part: str, text: str = FULL) -> int:
    """The line of the first place where some text stands."""
    return text[: text.index(part)].count("\n") + 1


def faults_of(directory: Path, text: str) -> list[tuple[int, str]]:
    """What is wrong with a policy: lines and messages. There has to be something."""
    (directory / "policy.yaml").write_text(text)
    with pytest.raises(PolicyFault) as caught:
        read_policy(directory)
    return [(fault.line, fault.message) for fault in caught.value.faults]
