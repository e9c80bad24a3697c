"""JSONPaths of on-call providers."""

from typing import Any

import pytest

from bot.policy.paths import path_fault, values_at

ANSWER: dict[str, Any] = {"on_call": [{"who": "ann@example.com", "level": 1}, {"who": "bob@example.com", "level": 2}]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.on_call[*].who", ["ann@example.com", "bob@example.com"]),
        ("$.on_call[?@.level == 1].who", ["ann@example.com"]),
        ("$..who", ["ann@example.com", "bob@example.com"]),
        ("$.on_call[0]['who']", ["ann@example.com"]),
        ("$.nobody", []),
    ],
)
def test_a_path_leads_to_people(path: str, found: list[str]) -> None:
    assert path_fault(path) is None
    assert values_at(path, ANSWER) == found


def test_a_list_that_a_path_leads_to_counts_as_its_entries() -> None:
    assert values_at("$.people", {"people": ["U0ANNA1", "U0BERT1"]}) == ["U0ANNA1", "U0BERT1"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "  ",
        "on_call[*].who",
        "$.a[",
        "$[?@.a =~ /(/]",
        "$.a | $.b",
        "$[?nothing(@.a)]",
        "$[99999999999999999999]",
        "$" + ".a" * 300,
    ],
)
def test_what_is_no_path_says_what_to_write(path: str) -> None:
    fault = path_fault(path)
    assert fault is not None
    assert "write one such as $.on_call[*].email" in fault
    assert "\n" not in fault


def test_an_answer_that_is_too_deep_cannot_be_followed() -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(ValueError, match="recursion"):
        values_at("$..who", deep)
