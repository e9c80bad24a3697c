"""What is given for an action's parameters, by whichever way, and what an action may be called."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import errors
from bot.domain.action_rules import Allowed, parse
from bot.domain.actor import Actor
from bot.domain.params import Param, ParamType, Value, as_text
from bot.policy.faults import PolicyFault
from bot.policy.read import read_policy
from bot.slack.views import doing
from tests.support.timelines import Story
from tests.unit.full_policy import FULL
from tests.unit.test_acting import ANN, APPROVE_1, END, READY, RUN_1, asked, rules


@pytest.mark.parametrize("word", ["run", "Cancel", "approve", "agree", "decline", "start"])
def test_an_action_has_no_name_that_is_said_before_an_actions_number(tmp_path: Path, word: str) -> None:
    for changed in (FULL.replace("name: end-session", f"name: {word}"), _also(word)):
        assert changed != FULL
        (tmp_path / "policy.yaml").write_text(changed)
        with pytest.raises(PolicyFault, match="is about action 3 of an incident already"):
            read_policy(tmp_path)


def _also(word: str) -> str:
    return FULL.replace("aliases: [kill]", f"aliases: [kill, {word}]")


EVERY = (
    Param(name="whole", type=ParamType.INTEGER, min=-(10**6), max=10**6),
    Param(name="number", type=ParamType.NUMBER, min=-1, max=1),
    Param(name="sure", type=ParamType.BOOLEAN),
    Param(name="one", type=ParamType.CHOICE, choices=("mail", "paper plane")),
    Param(name="words", type=ParamType.TEXT),
)
_TEXTS = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=40).filter(str.isprintable)
_GIVEN = st.fixed_dictionaries(
    {
        "whole": st.integers(-(10**6), 10**6),
        "number": st.floats(-1, 1, allow_nan=False).map(lambda number: round(number, 12) + 0.0),  # no negative nought
        "sure": st.booleans(),
        "one": st.sampled_from(("mail", "paper plane")),
        "words": _TEXTS,
    }
)


@given(_GIVEN)
def test_a_value_is_the_same_typed_filled_in_or_found_and_when_it_is_read_again(values: dict[str, Value]) -> None:
    rule = replace(END, params=EVERY)
    as_texts = {name: as_text(value) for name, value in values.items()}
    story = Story(rules(params=EVERY)).do(c.Declare(by=ANN, title="Checkout hangs"))
    story.do(
        c.RequestAction(by=ANN, action="end", said=[f"{name}={said}" for name, said in as_texts.items()]),
        c.RequestAction(by=ANN, action="end", said=as_texts),
        c.RequestAction(by=ANN, action="end", said=values),
    )
    typed, filled_in, found = (one.given for one in story.incident.actions)
    assert typed == filled_in == found == as_texts
    assert parse(rule, typed) == parse(rule, values)


@pytest.mark.parametrize("default", [0.0000001, 0.5, -0.25, 0.0])
def test_a_forms_default_is_one_that_the_form_takes(default: float) -> None:
    rule = replace(END, params=(Param(name="number", type=ParamType.NUMBER, default=default),))
    [shown] = [
        block["element"] for block in doing.action(rule, "INC-2026-02-11-001", {})["blocks"] if "element" in block
    ]
    assert parse(rule, {"number": shown["initial_value"]}) == {"number": default}


@pytest.mark.parametrize("command", [c.RequestAction(by=Actor.monitor("x"), action="end", said=("1",)), RUN_1])
def test_a_monitor_may_nothing_that_is_for_some(command: c.Command) -> None:
    story = asked(rules(allowed=Allowed(groups=("U0ANN",)))).do(READY).do(APPROVE_1)
    with pytest.raises(errors.NotAllowed):
        story.do(replace(command, by=Actor.monitor("grafana")))


@pytest.mark.parametrize("least", [0.0000001, 50_000_000, 0.5, 3])
def test_the_example_of_a_number_is_one_that_could_be_given(least: float) -> None:
    param = Param(name="number", type=ParamType.NUMBER, min=least)
    assert param.value(param.example) == least
