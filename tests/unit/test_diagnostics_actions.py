"""Actions, without anything to do them to."""

from dataclasses import replace
from typing import Any

import pytest

from bot.diagnostics.actions import Action, Ending, filling, perform, rehearse
from bot.diagnostics.actions.action import NotReady
from tests.support.actions import a_rule, an_action, as_rehearsed


async def test_a_kind_that_nobody_knows_and_a_target_that_is_gone_are_told() -> None:
    strange = Action(rule=replace(a_rule("command", argv=["go"]), kind="dance"))
    rehearsal = await rehearse(strange, {})
    assert rehearsal.why_not == "There are no actions of the kind “dance”."
    assert (await perform(strange, {}, {})).verdict is Ending.REFUSED
    gone = Action(rule=a_rule("end_session", target="db"))
    assert "The target that it is done to is not there." in (await rehearse(gone, {"pid": 7})).why_not


async def test_nothing_runs_but_what_was_rehearsed() -> None:
    param = {"name": "a", "type": "integer"}
    action = an_action("command", argv=["true", "{a}"], params=[param])
    bound = as_rehearsed(action, {"a": "1"})
    assert (await perform(action, {"a": 1}, bound)).verdict is Ending.DONE
    another = an_action("command", argv=["true", "-v", "{a}"], params=[param])
    for what, given, facts in ((action, {"a": 2}, bound), (another, {"a": 1}, bound), (action, {"a": 1}, {})):
        outcome = await perform(what, given, facts)
        assert outcome.verdict is Ending.REFUSED
        assert "is not what was rehearsed" in outcome.said


def test_settings_are_never_shown() -> None:
    action = an_action("command", None, {"TOKEN": "hunter2"}, argv=["go"], env_from={"T": "TOKEN"})
    assert "hunter2" not in repr(action)
    assert action.setting("TOKEN") == "hunter2"


@pytest.mark.parametrize(
    ("value", "encoded"),
    [("a b", "a%20b"), ("a/../b", "a%2F..%2Fb"), ("?x#y&z", "%3Fx%23y%26z"), (3, "3"), ("é", "%C3%A9")],
)
def test_a_value_stays_within_its_place_of_a_path(value: Any, encoded: str) -> None:
    assert filling.path("/a/{x}/b", {"x": value}) == f"/a/{encoded}/b"


def test_a_value_stays_within_its_argument_and_no_braces_in_it_are_read() -> None:
    assert filling.arguments(["--of={x}", "{y}", "{z}"], {"x": "a b", "y": "{x}", "z": -1}) == ["--of=a b", "{x}", "-1"]
    with pytest.raises(NotReady, match="begins with"):
        filling.arguments(["{x}"], {"x": "-a"})


def test_a_value_of_json_keeps_its_type() -> None:
    body = {"a": "{n}", "b": ["{t}", "{t} and more", 1], "c": None}
    assert filling.document(body, {"n": 3, "t": '"{n}"'}) == {"a": 3, "b": ['"{n}"', "{t} and more", 1], "c": None}
