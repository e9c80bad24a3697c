"""The forms as Slack gets them: within its limits whatever a policy holds, and read back as they were filled in."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import MissingText, NotYet, TooLong
from bot.domain.incident import Incident, Tally, Tick
from bot.domain.procedures import Audience, Condition, Detail, Form, Letter, Requirement
from bot.domain.rules import Category, EscalationStep, Policy, Severity, Trigger, WebhookRule
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox.forms import initial_values
from bot.sandbox.kit.view import check_view
from bot.slack.intents import FillDeclaration
from bot.slack.views import declare, escalate, forms
from bot.slack.views.papers import LeftToFillIn
from bot.slack.views.parts import View

NOW = datetime(2026, 1, 31, 14, 0, tzinfo=UTC)
ALICE = Actor.person("U0ALICE")
DEFAULT = read_pack("default", root=RUNBOOKS)
HOSTILE = "<!channel> *bold* `code` & <@U0EVIL> \u202e"
LINE = (HOSTILE * 5)[:150]


def incident(policy: Policy = DEFAULT, **more: Any) -> Incident:
    """An incident of the policy's first severity."""
    known = Incident(
        ref="INC-2026-01-31-001",
        seq=5,
        title="Checkout is down",
        severity=policy.severities[0].name,
        status=policy.first_status(Category.TRIAGE).name,
        category=Category.TRIAGE,
        declared_by=ALICE,
        declared_at=NOW,
    )
    return replace(known, **more)


def filled(view: View, **given: Any) -> dict[str, Any]:
    """The view as Slack sends it back, with some fields filled in."""
    checked = check_view(view, "modal")
    state = initial_values(checked["blocks"])
    for name, value in given.items():
        block = next(block for block, actions in state.items() if name in actions)
        element = state[block][name]
        match element["type"]:
            case "static_select":
                element["selected_option"] = {"value": value} if value else None
            case "checkboxes":
                element["selected_options"] = [{"value": one} for one in value]
            case "multi_users_select":
                element["selected_users"] = value
            case _:
                element["value"] = value
    return {**checked, "id": "V1", "hash": "1", "state": {"values": state}}


def words(view: Mapping[str, Any]) -> str:
    """What the paragraphs of a view say."""
    return "\n".join(block["text"]["text"] for block in view["blocks"] if block["type"] == "section")


def inputs(view: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of a view, by field."""
    return {block["element"]["action_id"]: block for block in view["blocks"] if block["type"] == "input"}


def chosen(view: Mapping[str, Any], name: str) -> str | None:
    """What a menu shows at first."""
    option = inputs(view)[name]["element"].get("initial_option")
    return option["value"] if option else None


ASKED = replace(
    DEFAULT,
    conditions=(
        Condition(name="all", title="Everybody is affected", ask="Is everybody affected?", suggests="P1"),
        Condition(
            name="deployed", title="Something was deployed", ask="A recent deployment?", advice="Consider `rollback`."
        ),
        Condition(name="slow", title="It is only slow", ask="Is it only slow?", suggests="P4"),
        Condition(name="leak", title="Data leaked", suggests="P1"),
    ),
)


def test_the_answers_suggest_a_severity_and_say_why() -> None:
    view = forms.declaration(ASKED, FillDeclaration())
    assert chosen(view, "severity") == declare.AS_ANSWERED
    after = declare.redrawn(ASKED, filled(view, title="Checkout is down", conditions=["all", "deployed"]))
    assert chosen(after, "severity") == "P1"
    assert "*Suggested: P1" in words(after)
    assert "Everybody is affected" in words(after)
    assert "*Something was deployed:* Consider `rollback`." in words(after)
    assert inputs(after)["title"]["element"]["initial_value"] == "Checkout is down"


def test_a_menu_that_is_set_anew_is_a_new_block_because_slack_keeps_what_an_old_one_has() -> None:
    view = forms.declaration(ASKED, FillDeclaration())
    seen = {inputs(view)["severity"]["block_id"]}
    for answers in (["slow"], ["slow", "all"], []):
        view = declare.redrawn(ASKED, filled(view, conditions=answers))
        seen.add(inputs(view)["severity"]["block_id"])
    assert len(seen) == 4
    assert chosen(view, "severity") == declare.AS_ANSWERED


def test_what_was_chosen_by_hand_stays() -> None:
    view = forms.declaration(ASKED, FillDeclaration())
    after = declare.redrawn(ASKED, filled(view, severity="P3", conditions=["all"]))
    assert inputs(after)["severity"]["block_id"] == inputs(view)["severity"]["block_id"]
    assert chosen(after, "severity") == "P3"
    assert "You chose P3, and that stays." in words(after)
    again = declare.redrawn(ASKED, filled(after, conditions=["slow"]))
    assert chosen(again, "severity") == "P3"


def test_a_severity_that_was_typed_counts_as_chosen_by_hand() -> None:
    view = forms.declaration(ASKED, FillDeclaration(severity="P2", conditions=("all",)))
    assert chosen(view, "severity") == "P2"
    assert chosen(declare.redrawn(ASKED, filled(view, conditions=["all"])), "severity") == "P2"


def test_conditions_that_were_typed_are_ticked_even_where_nobody_would_ask() -> None:
    view = forms.declaration(ASKED, FillDeclaration(conditions=("leak",)))
    command = forms.command_of(filled(view, title="Checkout is down"), ALICE, "run")
    assert isinstance(command, c.Declare)
    assert command.conditions == ("leak",)
    assert command.severity == "P1"


def test_who_leaves_it_to_the_answers_names_no_severity() -> None:
    view = forms.declaration(ASKED, FillDeclaration())
    command = forms.command_of(filled(view, title="Checkout is down", conditions=["all"]), ALICE, "run")
    assert isinstance(command, c.Declare)
    assert (command.severity, command.conditions) == (None, ("all",))


def test_without_questions_the_form_is_as_it_was() -> None:
    view = forms.declaration(replace(DEFAULT, conditions=()), FillDeclaration())
    assert chosen(view, "severity") == DEFAULT.default_severity
    assert "conditions" not in inputs(view)


DETAILS = (
    Detail(name="eta", title="ETA", forms=tuple(Form), required=True, hint="When it will be over"),
    Detail(name="source", title="Detected by", forms=tuple(Form), choices=("An alert", "A customer")),
    Detail(name="title", title="Story", forms=(Form.DECLARE,), long=True),
)


def test_further_fields_are_asked_for_and_come_back_by_their_names() -> None:
    policy = replace(DEFAULT, details=DETAILS)
    view = forms.declaration(policy, FillDeclaration())
    fields = inputs(view)
    assert not fields["detail:eta"]["optional"]
    assert fields["detail:source"]["element"]["type"] == "static_select"
    assert fields["detail:title"]["element"]["multiline"]
    typed = {"detail:eta": "Noon", "detail:source": "A customer", "title": "Checkout is down"}
    command = forms.command_of(filled(view, **typed), ALICE, "run")
    assert isinstance(command, c.Declare)
    assert command.details == {"eta": "Noon", "source": "A customer", "title": ""}
    assert command.title == "Checkout is down"


def test_a_further_field_that_lacks_words_is_the_one_that_is_complained_about() -> None:
    policy = replace(DEFAULT, details=DETAILS)
    assert forms.field_of(MissingText(what="“ETA”"), policy, "update") == "detail:eta"
    assert forms.field_of(TooLong(what="Story", length=9, limit=8), policy, "declare") == "detail:title"


def test_an_update_says_its_number_and_when_the_next_is_due() -> None:
    view = forms.update(DEFAULT, incident(updates=3), NOW)
    due = int((NOW + (DEFAULT.severities[0].update_every or timedelta())).timestamp())
    assert f"*Update 4.* The next one is then due at <!date^{due}^" in words(view)


def test_an_update_of_what_is_over_has_no_next_one() -> None:
    over = incident(status="resolved", category=Category.RESOLVED)
    assert words(forms.update(DEFAULT, over, NOW)) == "*Update 1.*"


def _requiring(**wanted: Any) -> Policy:
    statuses = tuple(
        replace(s, requires=Requirement(**wanted)) if s.category is Category.RESOLVED else s for s in DEFAULT.statuses
    )
    return replace(DEFAULT, statuses=statuses)


def test_a_resolution_says_what_is_missing_and_asks_why_it_is_resolved_anyway() -> None:
    policy = _requiring(watched=timedelta(minutes=15), fields=("summary", "root_cause"))
    view = forms.resolution(policy, incident(policy), NOW)
    assert "it was not watched for 15 min" in words(view)
    assert "`status" in words(view)
    assert inputs(view)["override"]["optional"]
    assert inputs(view)["root_cause"]["hint"]["text"] == "The policy asks for it."
    assert forms.field_of(NotYet(ref="", status="", what=""), policy, "resolve") == "override"


def test_a_resolution_that_lacks_nothing_does_not_ask_why() -> None:
    policy = _requiring()
    assert "override" not in inputs(forms.resolution(policy, incident(policy), NOW))
    given = forms.resolution(policy, incident(policy), NOW, "The vendor mended it")
    assert inputs(given)["override"]["element"]["initial_value"] == "The vendor mended it"


def test_a_resolution_shows_what_is_left_of_the_checklists_and_what_is_known() -> None:
    left = Tally(name="a", title="Before the end", items=("One", "Two"), ticks=(Tick(number=1, by="U1", at=NOW),))
    whole = Tally(name="b", title="At once", items=("Three",), ticks=(Tick(number=1, by="U1", at=NOW),))
    view = forms.resolution(DEFAULT, incident(checklists=(left, whole), root_cause="The pool"), NOW)
    assert "*Before the end*: 1 of 2 left\n☐ Two" in words(view)
    assert "Three" not in words(view)
    assert inputs(view)["root_cause"]["element"]["initial_value"] == "The pool"


CALLING = replace(
    DEFAULT,
    escalation=(
        EscalationStep(
            name="lead", trigger=Trigger.REQUEST, aliases=("boss",), notify=("lead",), why="The lead decides"
        ),
        EscalationStep(name="board", trigger=Trigger.REQUEST, notify=("board",), email=("board",), webhooks=("pager",)),
        EscalationStep(name="other", trigger=Trigger.REQUEST, notify=("lead",), severities=("P4",)),
    ),
    contacts={"lead": ("U0LEAD1",), "board": ()},
    emails={"board": ("board@example.org", "chair@example.org")},
    webhooks=(WebhookRule(name="pager", url_from="MUSTER_PAGER_URL", secret_from="MUSTER_PAGER_SECRET"),),
)


def test_an_escalation_shows_who_will_be_told_and_how() -> None:
    view = forms.escalation(CALLING, incident(), c.Escalate(by=ALICE, why="Nobody knows it"), NOW)
    assert [o["value"] for o in inputs(view)["step"]["element"]["options"]] == ["lead", "board"]
    assert chosen(view, "step") == "lead"
    assert "• lead: <@U0LEAD1>" in words(view)
    assert "mentioned in the incident's channel, invited into it and written to directly" in words(view)
    assert "*Why:* Nobody knows it" in words(view)


def test_another_step_shows_others() -> None:
    view = forms.escalation(CALLING, incident(escalated_steps={"lead": 1}), c.Escalate(by=ALICE), NOW)
    assert chosen(view, "step") == "board"
    after = escalate.redrawn(CALLING, incident(), filled(view, step="lead"), ALICE, NOW)
    assert "• lead: <@U0LEAD1>" in words(after)
    assert "*Why:* The lead decides" in words(after)
    assert "• board: nobody is behind this name yet" in words(view)
    assert "by e-mail: board (2 addresses)" in words(view)
    assert "by webhook: pager" in words(view)


def test_a_step_that_was_typed_by_what_people_call_it_is_chosen() -> None:
    view = forms.escalation(CALLING, incident(), c.Escalate(by=ALICE, step="Boss"), NOW)
    assert chosen(view, "step") == "lead"


def test_whoever_is_chosen_is_called_and_nobody_else() -> None:
    view = forms.escalation(CALLING, incident(), c.Escalate(by=ALICE, people=("U0CAROL1",)), NOW)
    assert "• <@U0CAROL1>" in words(view)
    assert "lead:" not in words(view).replace("lead: The", "")
    command = forms.command_of(filled(view), ALICE, "run")
    assert isinstance(command, c.Escalate)
    assert (command.people, command.step) == (("U0CAROL1",), None)


def test_a_private_incident_is_announced_nowhere() -> None:
    told = "Where incidents are announced"
    asked = c.Escalate(by=ALICE)
    assert told in words(forms.escalation(CALLING, incident(), asked, NOW))
    assert told not in words(forms.escalation(CALLING, incident(private=True), asked, NOW))


def test_an_escalation_of_what_is_over_says_so() -> None:
    over = incident(status="resolved", category=Category.RESOLVED)
    assert ":warning:" in words(forms.escalation(CALLING, over, c.Escalate(by=ALICE), NOW))


LETTER = Letter(
    name="sorry",
    title="An apology",
    audience=Audience.CUSTOMERS,
    to="everybody who lost a booking",
    subject="{{ title }}",
    body="Dear [name],\n{{ impact }}",
    channel="customers",
)


def test_a_text_is_filled_in_and_says_to_whom_it_goes() -> None:
    view = forms.text(DEFAULT, incident(), LETTER, NOW)
    assert "*An apology*, for customers: everybody who lost a booking." in words(view)
    assert "in #customers" in words(view)
    assert "in #customers" not in words(forms.text(DEFAULT, incident(private=True), LETTER, NOW))
    assert inputs(view)["subject"]["element"]["initial_value"] == "Checkout is down"
    command = forms.command_of(filled(view, body="Dear Bea,\nsorry."), ALICE, "run")
    assert command == c.RecordText(by=ALICE, text="sorry", subject="Checkout is down", body="Dear Bea,\nsorry.")


def test_brackets_that_are_left_are_named_at_their_field() -> None:
    view = forms.text(DEFAULT, incident(), LETTER, NOW)
    with pytest.raises(LeftToFillIn, match=r"“\[name\]” is still to be filled in") as raised:
        forms.command_of(filled(view), ALICE, "run")
    assert forms.field_of(raised.value, DEFAULT, "text") == "body"


def test_a_condition_that_is_so_is_not_offered() -> None:
    view = forms.condition(ASKED, incident(conditions={"all": NOW}))
    assert [o["value"] for o in inputs(view)["condition"]["element"]["options"]] == ["deployed", "slow", "leak"]
    command = forms.command_of(filled(view, condition="leak", why="A customer saw it"), ALICE, "run")
    assert command == c.SetCondition(by=ALICE, condition="leak", why="A customer saw it")


def test_when_all_is_so_there_is_nothing_to_fill_in() -> None:
    everything = incident(conditions={rule.name: NOW for rule in ASKED.conditions})
    assert "submit" not in check_view(forms.condition(ASKED, everything), "modal")
    assert "submit" not in check_view(forms.condition(replace(DEFAULT, conditions=()), everything), "modal")


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
    asked = c.Escalate(by=ALICE, why=HOSTILE * 200, people=tuple(f"U0{n:08}" for n in range(60)))
    for command in (asked, replace(asked, people=())):
        view = forms.escalation(policy, about, command, NOW)
        yield view
        yield escalate.redrawn(policy, about, filled(view), ALICE, NOW)
    letter = replace(LETTER, title=LINE, to=LINE, subject="{{ title }}" * 20, body=HOSTILE * 100)
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
