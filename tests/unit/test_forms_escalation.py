"""The form that calls more people: whom it shows before it goes, and whom it then calls."""

from dataclasses import replace

from bot.domain import commands as c
from bot.domain.rules import Category, EscalationStep, Trigger, WebhookRule
from bot.slack.views import escalate, forms
from tests.support.views import ALICE, DEFAULT, NOW, chosen, filled, incident, inputs, words

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
    assert inputs(view)["why"]["element"]["initial_value"] == "Nobody knows it"


def test_another_step_shows_others() -> None:
    view = forms.escalation(CALLING, incident(escalated_steps={"lead": 1}), c.Escalate(by=ALICE), NOW)
    assert chosen(view, "step") == "board"
    after = escalate.redrawn(CALLING, incident(), filled(view, step="lead"), ALICE, NOW)
    assert "• lead: <@U0LEAD1>" in words(after)
    assert "*Why*, if you write nothing above: The lead decides" in words(after)
    assert "• board: nobody is behind this name yet" in words(view)
    assert "by e-mail: board (2 addresses)" in words(view)
    assert "by webhook: pager" in words(view)


def test_a_step_that_was_typed_by_what_people_call_it_is_chosen() -> None:
    view = forms.escalation(CALLING, incident(), c.Escalate(by=ALICE, step="Boss"), NOW)
    assert chosen(view, "step") == "lead"


def test_a_step_that_was_typed_is_never_swapped_for_another() -> None:
    view = forms.escalation(CALLING, incident(), c.Escalate(by=ALICE, step="other"), NOW)
    assert chosen(view, "step") == "other"
    command = forms.command_of(filled(view), ALICE, "run")
    assert isinstance(command, c.Escalate)
    assert command.step == "other"
    again = escalate.redrawn(CALLING, incident(), filled(view), ALICE, NOW)
    assert chosen(again, "step") == "other"


def test_whoever_is_chosen_is_called_and_nobody_else() -> None:
    view = forms.escalation(CALLING, incident(), c.Escalate(by=ALICE, people=("U0CAROL1",)), NOW)
    assert "• <@U0CAROL1>" in words(view)
    assert "lead" not in words(view)
    command = forms.command_of(filled(view), ALICE, "run")
    assert isinstance(command, c.Escalate)
    assert (command.people, command.step) == (("U0CAROL1",), None)


def test_groups_and_contacts_that_were_typed_are_called_until_they_are_unticked() -> None:
    asked = c.Escalate(by=ALICE, people=("lead", "S0GROUP01", "U0CAROL1"))
    view = forms.escalation(CALLING, incident(), asked, NOW)
    assert "• lead: <@U0LEAD1>" in words(view)
    assert "• <!subteam^S0GROUP01>" in words(view)
    command = forms.command_of(filled(view), ALICE, "run")
    assert isinstance(command, c.Escalate)
    assert command.people == asked.people
    after = escalate.redrawn(CALLING, incident(), filled(view, named=["S0GROUP01"]), ALICE, NOW)
    assert "lead:" not in words(after)
    assert [option["value"] for option in inputs(after)["named"]["element"]["options"]] == ["lead", "S0GROUP01"]
    command = forms.command_of(filled(after), ALICE, "run")
    assert isinstance(command, c.Escalate)
    assert command.people == ("S0GROUP01", "U0CAROL1")


def test_a_private_incident_is_announced_nowhere() -> None:
    told = "Where incidents are announced"
    asked = c.Escalate(by=ALICE)
    assert told in words(forms.escalation(CALLING, incident(), asked, NOW))
    assert told not in words(forms.escalation(CALLING, incident(private=True), asked, NOW))


def test_an_escalation_of_what_is_over_says_so() -> None:
    over = incident(status="resolved", category=Category.RESOLVED)
    assert ":warning:" in words(forms.escalation(CALLING, over, c.Escalate(by=ALICE), NOW))
