"""Every form within Slack's limits, whatever a policy holds and an incident has come to."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain import commands as c
from bot.domain.incident import Tally
from bot.domain.procedures import Audience, Condition, Detail, Form, Letter, Requirement
from bot.domain.rules import Category, EscalationStep, Policy, Severity, Trigger
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox.kit.view import check_view
from bot.slack.intents import FillDeclaration
from bot.slack.views import declare, escalate, forms
from bot.slack.views.parts import View
from tests.support.views import ALICE, DEFAULT, HOSTILE, LINE, NOW, filled, incident, words

LETTER = Letter(
    name="sorry", title=LINE, audience=Audience.CUSTOMERS, channel="customers", subject="{{ title }}", body=""
)


def _huge() -> Policy:
    details = tuple(
        Detail(
            name=f"field-{n}", title=LINE, hint=LINE, long=n % 2 == 0, required=n % 3 == 0, forms=tuple(Form),
            choices=tuple(f"{k} {LINE}"[:150] for k in range(50)) if n % 5 == 0 else (),
        )
        for n in range(25)
    )  # fmt: skip
    return replace(
        DEFAULT,
        severities=tuple(
            Severity(name=f"SEV-{n}", rank=n, title=LINE, definition=HOSTILE * 60, update_every=timedelta(minutes=9))
            for n in range(100)
        ),
        default_severity="SEV-99",
        conditions=tuple(
            Condition(name=f"so-{n}", title=LINE, ask=LINE, suggests=f"SEV-{n}", advice=HOSTILE * 60) for n in range(40)
        ),
        details=details,
        escalation=tuple(
            EscalationStep(
                name=f"step-{n}", trigger=Trigger.REQUEST, why=LINE, notify=tuple(f"team-{k}" for k in range(60)),
                email=tuple(f"team-{k}" for k in range(60)), webhooks=tuple(f"hook-{k}" for k in range(60)),
            )
            for n in range(120)
        ),
        contacts={f"team-{n}": tuple(f"U0{k:08}" for k in range(50)) for n in range(60)},
        statuses=tuple(
            replace(s, requires=Requirement(fields=("root_cause",), watched=timedelta(hours=1)))
            if s.category is Category.RESOLVED
            else s
            for s in DEFAULT.statuses
        ),
    )  # fmt: skip


def _every_form(policy: Policy) -> Iterator[View]:
    lists = tuple(Tally(name=f"list-{n}", title=LINE, items=(LINE,) * 30) for n in range(20))
    about = incident(policy, checklists=lists, root_cause=HOSTILE * 200, impact=HOSTILE * 200, title=LINE)
    so = tuple(rule.name for rule in policy.conditions)
    first = forms.declaration(policy, FillDeclaration(service="x" * 200))
    yield first
    yield declare.redrawn(policy, filled(first, conditions=list(so[:10]), description="y" * 3000))
    yield forms.declaration(policy, FillDeclaration(severity=policy.severities[-1].name, conditions=so))
    yield forms.update(policy, about, NOW)
    yield forms.resolution(policy, about, NOW, HOSTILE * 200)
    asked = c.Escalate(by=ALICE, why=HOSTILE * 200, people=tuple(f"{k}0{n:08}" for k in "US" for n in range(120)))
    for command in (asked, replace(asked, people=())):
        view = forms.escalation(policy, about, command, NOW)
        yield view
        yield escalate.redrawn(policy, about, filled(view), ALICE, NOW)
    letter = replace(LETTER, to=LINE, subject="{{ title }}" * 20, body="".join(f"[{HOSTILE} {n}]" for n in range(99)))
    yield forms.text(policy, about, letter, NOW)
    yield forms.condition(policy, about)


def test_the_longest_and_most_hostile_policy_stays_within_slacks_limits() -> None:
    for view in _every_form(_huge()):
        check_view(view, "modal")
        assert len(json.dumps(view)) < 250_000
        assert "<!channel>" not in words(view)
        assert "<@U0EVIL>" not in words(view)


def test_every_pack_of_ours_stays_within_them_too() -> None:
    for pack in sorted(path.name for path in RUNBOOKS.iterdir() if path.is_dir()):
        policy = read_pack(pack, root=RUNBOOKS)
        for view in _every_form(policy):
            check_view(view, "modal")
        for letter in policy.letters:
            check_view(forms.text(policy, incident(policy), letter, NOW), "modal")
