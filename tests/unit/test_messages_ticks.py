"""Tick boxes in a message: read from a template's list, laid out within Slack's limits, the same whatever is ticked."""

import json
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.blocks import assemble, text_of
from bot.messages.limits import MESSAGE_JSON, OPTION_TEXT
from bot.messages.markdown import parse, placeholder
from bot.messages.nodes import Node, Section, Ticks
from bot.messages.runs import Fragment, literal
from bot.sandbox.kit.message import check_message

REF = "INC-2026-01-31-001"
LONG = "Whoever helps has joined the incident's channel and the call, and has said what they are going to do there"


def nodes(items: Sequence[str], done: Collection[int] = ()) -> list[Node]:
    """A list to tick off as a template writes it; `done` numbers its items from 1."""
    lines = [f"- [{'x' if at in done else ' '}] {placeholder(at - 1)}" for at, _ in enumerate(items, start=1)]
    return parse("\n".join(["[](ticks:before)", "", *lines]), [Fragment(literal(item)) for item in items])


def blocks(items: Sequence[str], done: Collection[int] = ()) -> list[dict[str, Any]]:
    """Its blocks, which Slack takes."""
    made = assemble(nodes(items, done), REF)
    check_message(made)
    return made


def elements(made: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tick boxes among blocks."""
    return [element for block in made if block["type"] == "actions" for element in block["elements"]]


def without_ticks(made: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks as they would be with nothing ticked."""
    parts = json.loads(json.dumps(made))
    for element in elements(parts):
        element.pop("initial_options", None)
    return list(parts)


def test_a_list_after_its_mark_becomes_tick_boxes() -> None:
    (element,) = elements(blocks(["Tell support", "Note the time"], {2}))
    assert element["type"] == "checkboxes"
    assert element["action_id"] == "tick:before"
    assert [option["text"]["text"] for option in element["options"]] == ["Tell support", "Note the time"]
    assert [option["value"] for option in element["options"]] == [f"{REF} 1", f"{REF} 2"]
    assert element["initial_options"] == [element["options"][1]]


def test_nothing_ticked_is_left_out_because_slack_takes_no_empty_list() -> None:
    (element,) = elements(blocks(["Tell support"]))
    assert "initial_options" not in element


def test_blocks_have_no_ids_so_that_slack_shows_what_is_ticked_now() -> None:
    assert all("block_id" not in block for block in blocks(["Tell support"] * 12, {1}))


def test_more_than_ten_items_stand_in_several_elements() -> None:
    found = elements(blocks([f"Item {number}" for number in range(1, 24)], {11, 23}))
    assert [element["action_id"] for element in found] == ["tick:before", "tick:before:2", "tick:before:3"]
    assert [len(element["options"]) for element in found] == [10, 10, 3]
    assert "initial_options" not in found[0]
    assert [option["value"] for element in found[1:] for option in element["initial_options"]] == [
        f"{REF} 11",
        f"{REF} 23",
    ]


def test_a_long_item_goes_on_below_its_box() -> None:
    (element,) = elements(blocks([LONG]))
    (option,) = element["options"]
    assert f"{option['text']['text']} {option['description']['text']}" == LONG
    assert len(option["text"]["text"]) <= OPTION_TEXT


def test_items_too_long_for_that_are_numbered_and_stand_in_full_above() -> None:
    made = blocks(["Tell support", "word " * 31 + "end"])
    assert made[0]["text"]["text"] == f"2. {'word ' * 31}end"
    (element,) = elements(made)
    assert element["options"][0]["text"]["text"] == "1. Tell support"
    assert element["options"][1]["text"]["text"].startswith("2. word")


@pytest.mark.parametrize("item", ["x" * 150, "word " * 30, "слово " * 25, "字" * 150, "a & b <" * 21])
def test_thirty_items_of_150_characters_fit_whatever_is_ticked(item: str) -> None:
    for done in ((), range(1, 31)):
        made = blocks([item[:150].strip()] * 30, done)
        assert len(json.dumps(made)) <= MESSAGE_JSON
        assert sum(len(element["options"]) for element in elements(made)) == 30


@given(
    items=st.lists(st.text(min_size=1, max_size=150), min_size=1, max_size=30),
    done=st.sets(st.integers(min_value=1, max_value=30)),
)
def test_ticking_moves_nothing(items: list[str], done: set[int]) -> None:
    made = blocks(items, done)
    assert elements(without_ticks(made)) == elements(without_ticks(blocks(items)))


def test_a_value_ticks_nothing_and_makes_no_boxes() -> None:
    (element,) = elements(blocks(["[x] Tell <!channel> *everybody*", "- [x] more\n\n[](ticks:other)"]))
    assert "initial_options" not in element
    assert len(element["options"]) == 2
    assert "&lt;!channel&gt;" in element["options"][0]["text"]["text"]


def test_a_second_line_is_small_print() -> None:
    (list_,) = parse("[](ticks:before)\n\n- [x] Tell support\n  Dave, at 14:05", [])
    (element,) = elements(assemble([list_], REF))
    assert element["options"][0]["description"]["text"] == "Dave, at 14:05"


@pytest.mark.parametrize("item", ["Tell support", LONG, "word " * 29])
def test_small_print_that_comes_with_a_tick_moves_nothing(item: str) -> None:
    lists = [
        parse("[](ticks:before)\n\n" + "\n".join(f"- [{mark}] {item}{small}" for _ in range(count)), [])
        for count in (1, 9, 30)
        for mark, small in ((" ", ""), ("x", "\n  <@U0BOB00001>, at 14:05"))
    ]
    laid = [assemble(list_, REF) for list_ in lists]
    for bare, ticked in zip(laid[::2], laid[1::2], strict=True):
        check_message(ticked)
        assert [block["type"] for block in ticked] == [block["type"] for block in bare]
        labels = [[option["text"] for e in elements(made) for option in e["options"]] for made in (bare, ticked)]
        assert labels[0] == labels[1]


def test_the_label_of_the_mark_stands_above_in_bold() -> None:
    made = assemble(parse("[Before it is over](ticks:before)\n\n- [ ] Tell support", []), REF)
    assert made[0]["text"]["text"] == "*Before it is over*"


def test_a_mark_without_a_list_is_only_its_label() -> None:
    assert [type(node) for node in parse("[Before](ticks:before)\n\nNothing to do.", [])] == [Section, Section]
    assert parse("[](ticks:before)", []) == []


def test_text_that_is_no_template_of_ours_makes_no_boxes() -> None:
    assert not any(isinstance(node, Ticks) for node in parse("[a](ticks:b)\n\n- [ ] c", [], buttons=False))


def test_the_plain_text_says_what_is_ticked() -> None:
    assert text_of(nodes(["Tell support", "Note the time"], {2})) == "☐ Tell support\n☑ Note the time"
