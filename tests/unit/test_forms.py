"""The forms of a declaration, an update, a resolution, a text, a condition: what they ask and what comes back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.decide import decide
from bot.domain.errors import MissingText, NotYet, TooLong
from bot.domain.incident import Tally, Tick
from bot.domain.procedures import Audience, Condition, Detail, Form, Letter, Requirement
from bot.domain.rules import Category, Policy
from bot.sandbox.kit.view import check_view
from bot.slack.intents import FillDeclaration
from bot.slack.views import declare, forms
from bot.slack.views.papers import LeftToFillIn, filled_in
from bot.slack.views.parts import View
from tests.support.views import ALICE, DEFAULT, NOW, chosen, filled, incident, inputs, words

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


def test_a_pack_that_changes_its_fields_while_a_form_is_open_loses_nothing_of_it() -> None:
    before = Detail(name="eta", title="ETA", forms=(Form.UPDATE,))
    view = forms.update(replace(DEFAULT, details=(before,)), incident(), NOW)
    command = forms.command_of(filled(view, **{"text": "On it", "detail:eta": "Noon"}), ALICE, "run")
    after = Detail(name="next", title="Next step", forms=(Form.UPDATE,), required=True)
    (update,) = decide(incident(), command, replace(DEFAULT, details=(after,)), NOW)
    assert isinstance(update, e.UpdatePosted)
    assert update.details == {"eta": "Noon"}, "what was not asked for cannot be filled in"


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


LETTER = Letter(
    name="sorry",
    title="An apology",
    audience=Audience.CUSTOMERS,
    to="everybody who lost a booking",
    subject="{{ title }}",
    body="Dear [name],\n{{ impact }}",
    channel="customers",
)


def written(view: View, letter: Letter, **typed: Any) -> c.RecordText:
    """The text that a form comes to."""
    command = forms.command_of(filled(view, **typed), ALICE, "run")
    assert isinstance(command, c.RecordText)
    return filled_in(command, letter, DEFAULT)


def test_a_text_is_filled_in_and_says_to_whom_it_goes() -> None:
    view = forms.text(DEFAULT, incident(), LETTER, NOW)
    assert "*An apology*, for customers\n*To:* everybody who lost a booking\n" in words(view)
    assert "*Still to be filled in:* [name], [what people notice]" in words(view)
    assert "in #customers" in words(view)
    assert "in #customers" not in words(forms.text(DEFAULT, incident(private=True), LETTER, NOW))
    assert inputs(view)["subject"]["element"]["initial_value"] == "Checkout is down"
    command = forms.command_of(filled(view, body="Dear Bea,\nsorry."), ALICE, "run")
    assert command == c.RecordText(by=ALICE, text="sorry", subject="Checkout is down", body="Dear Bea,\nsorry.")


def test_brackets_that_are_left_are_named_at_their_field() -> None:
    view = forms.text(DEFAULT, incident(), LETTER, NOW)
    with pytest.raises(LeftToFillIn, match=r"“\[name\]” is still to be filled in") as raised:
        written(view, LETTER)
    assert forms.field_of(raised.value, DEFAULT, "text") == "body"


def test_brackets_in_what_is_known_are_meant_as_they_are() -> None:
    letter = replace(LETTER, subject='{{ "[OVER]" }} [{{ severity }}] {{ title }}', body="{{ title }} in [region]")
    view = forms.text(DEFAULT, incident(title="[prod] Checkout is down"), letter, NOW)
    with pytest.raises(LeftToFillIn, match=r"“\[region\]”"):
        written(view, letter)
    found = written(view, letter, body="[prod] Checkout is down in [eu-1]")
    assert (found.subject, found.body) == ("[OVER] [P1] [prod] Checkout is down", "[prod] Checkout is down in [eu-1]")


def test_a_condition_that_is_so_is_not_offered() -> None:
    view = forms.condition(ASKED, incident(conditions={"all": NOW}))
    assert [o["value"] for o in inputs(view)["condition"]["element"]["options"]] == ["deployed", "slow", "leak"]
    command = forms.command_of(filled(view, condition="leak", why="A customer saw it"), ALICE, "run")
    assert command == c.SetCondition(by=ALICE, condition="leak", why="A customer saw it")


def test_when_all_is_so_there_is_nothing_to_fill_in() -> None:
    everything = incident(conditions={rule.name: NOW for rule in ASKED.conditions})
    assert "submit" not in check_view(forms.condition(ASKED, everything), "modal")
    assert "submit" not in check_view(forms.condition(replace(DEFAULT, conditions=()), everything), "modal")
