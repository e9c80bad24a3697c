"""What somebody gives for the parameters of an action, and what is said where that is not allowed."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.action_rules import ActionRule, Approvals, Fact, Param, ParamType, Value, WrongParameter, parse
from bot.domain.params import as_text

PID = Param(name="pid", type=ParamType.INTEGER, title="Process id", min=1, source=Fact(check="locks", fact="pid"))
PART = Param(name="part", type=ParamType.NUMBER, min=-1, max=2.5, default=1)
QUEUE = Param(name="queue", type=ParamType.CHOICE, choices=("mail-out", "paper"))
FORCE = Param(name="force", type=ParamType.BOOLEAN, default=False)
NAME = Param(name="name", type=ParamType.TEXT, pattern="[a-z0-9 -]+")
NOTE = Param(name="note", type=ParamType.TEXT, max_length=10)


def rule(*params: Param, kind: str = "sql") -> ActionRule:
    return ActionRule(name="mend", kind=kind, does="Mends it.", params=params)


def fault(what: ActionRule, said: Any) -> Mapping[str, str]:
    with pytest.raises(WrongParameter) as caught:
        parse(what, said)
    assert caught.value.sentence == " ".join(caught.value.faults.values())
    return caught.value.faults


def read(what: ActionRule, said: Any) -> tuple[dict[str, Value], str]:
    """What is made of it, or the sentence that it is not allowed."""
    try:
        return parse(what, said), ""
    except WrongParameter as error:
        return {}, error.sentence


@pytest.mark.parametrize(
    ("params", "said", "given"),
    [
        ((PID,), ["4711"], {"pid": 4711}),
        ((PID,), ["pid=4711"], {"pid": 4711}),
        ((PID,), {"pid": 4711}, {"pid": 4711}),
        ((PID, PART), ["7", "-0.5"], {"pid": 7, "part": -0.5}),
        ((PID, PART), ["part=2", "7"], {"pid": 7, "part": 2}),
        ((PID, PART), ["7"], {"pid": 7, "part": 1}),
        ((PID, PART), {"pid": "7", "part": ""}, {"pid": 7, "part": 1}),
        ((QUEUE, FORCE), ["Mail out", "yes"], {"queue": "mail-out", "force": True}),
        ((QUEUE, FORCE), ["paper"], {"queue": "paper", "force": False}),
        ((PID, NAME), ["7", "the", "long", "one"], {"pid": 7, "name": "the long one"}),
        ((), [], {}),
    ],
)
def test_words_and_forms_are_read_alike(params: tuple[Param, ...], said: Any, given: dict[str, Value]) -> None:
    assert parse(rule(*params), said) == given


@pytest.mark.parametrize(
    ("params", "said", "name", "message"),
    [
        ((PID,), [], "pid", "Process id (`pid`) is missing: write pid=1."),
        ((PID,), ["x"], "pid", "Process id (`pid`): “x” is not a whole number, in digits. Write pid=1."),
        ((PID,), ["0"], "pid", "“0” is too little: 1 is the least."),
        ((PID,), ["1.5"], "pid", "is not a whole number"),
        ((PID,), {"pid": True}, "pid", "is not a whole number"),
        ((PID,), {"pid": 1.5}, "pid", "is not a whole number"),
        ((PID,), ["9" * 30], "pid", "is not a whole number"),
        ((PID,), ["pd=7"], "pd", "There is no parameter `pd`. Did you mean `pid`?"),
        ((PID,), ["pid=7", "pid=8"], "pid", "`pid` is given twice. Write it once."),
        ((PID,), ["7", "8"], "", "“8” is more than there is to say: mend pid=1."),
        ((), ["8"], "", "it has no parameters"),
        ((PART,), ["3"], "part", "is too much: 2.5 is the most"),
        ((PART,), ["1e9"], "part", "is not a number"),
        ((PART,), {"part": float("nan")}, "part", "is not a number"),
        ((QUEUE,), ["mial-out"], "queue", "is not one of mail-out, paper; did you mean mail-out?"),
        ((FORCE,), ["perhaps"], "force", "is neither yes nor no. Write force=yes."),
        ((NAME,), ["A"], "name", "does not look as it has to: [a-z0-9 -]+."),
        ((NAME,), ["a\u202eb"], "name", "is not one line of visible characters"),
        ((NAME,), {"name": "a\nb"}, "name", "is not one line of visible characters"),
        ((NAME,), {"name": "  "}, "name", "is empty"),
        ((NOTE,), ["12345678901"], "note", "is too long: 10 characters is the most"),
        ((NOTE,), {"note": 7}, "note", "is not text"),
    ],
)
def test_what_is_not_allowed_is_said_with_its_parameter(
    params: tuple[Param, ...], said: Any, name: str, message: str
) -> None:
    assert message in fault(rule(*params), said)[name]


def test_everything_is_said_at_once() -> None:
    found = fault(rule(PID, QUEUE, FORCE), {"pid": "x", "queue": "y", "more": 1})
    assert set(found) == {"pid", "queue", "more"}


@pytest.mark.parametrize("said", ["-rf", "--all"])
def test_no_value_of_a_command_begins_as_an_option_does(said: str) -> None:
    assert parse(rule(NAME), {"name": "-rf"}) == {"name": "-rf"}
    assert "begins with “-”" in fault(rule(NAME, kind="command"), {"name": said})["name"]
    assert parse(rule(PART, kind="command"), ["-1"]) == {"part": -1}


def test_facts_fill_in_what_is_taken_from_their_check() -> None:
    what = rule(PID, NAME)
    facts = {"pid": "4711", "started": "then"}
    assert what.filled("locks", facts) == {"pid": "4711"}
    assert what.filled("connections", facts) == {}
    assert what.filled("locks", {}) == {}


def test_an_action_is_offered_by_a_check_of_its_target_or_of_any() -> None:
    ours = ActionRule(name="end", kind="end_session", does=".", target="db", offered_on=("locks",))
    anywhere = ActionRule(name="restart", kind="command", does=".", offered_on=("status",))
    assert ours.offered("db", "locks")
    assert not ours.offered("db", "cache")
    assert not ours.offered("other", "locks")
    assert anywhere.offered("api", "status")
    assert Approvals().count == 1


_params = st.sampled_from([PID, PART, QUEUE, FORCE, NAME, NOTE])
_said = st.one_of(
    st.text(max_size=30),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{1,9})?"),
)


@given(st.lists(_params, unique=True), st.data(), st.booleans())
def test_whatever_is_said_it_is_a_fault_or_values_that_stay_as_they_are(
    params: list[Param], data: st.DataObject, program: bool
) -> None:
    what = rule(*params, kind="command" if program else "sql")
    said = data.draw(
        st.one_of(
            st.fixed_dictionaries({param.name: _said for param in params}), st.lists(st.text(max_size=20), max_size=6)
        )
    )
    found, sentence = read(what, said)
    if sentence:
        assert sentence.endswith(".")
        return
    assert set(found) == {param.name for param in params}
    assert parse(what, found) == found
    assert parse(what, json.loads(json.dumps(found))) == found
    assert parse(what, {name: as_text(value) for name, value in found.items()}) == found
