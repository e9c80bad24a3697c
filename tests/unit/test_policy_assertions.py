"""What a pack says that should be so in an answer's JSON."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.policy.targets.assertion import Assertion, parse_assertion
from bot.policy.targets.web import HttpTarget


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("$.metrics.errorRate < 0.01", Assertion("$.metrics.errorRate", "<", 0.01)),
        ('$.status=="ok"', Assertion("$.status", "==", "ok")),
        ("$.queue <= 10", Assertion("$.queue", "<=", 10)),
        ("$.queue >= 10", Assertion("$.queue", ">=", 10)),
        ("$.error == null", Assertion("$.error", "==", None)),
        ('$.mode != "a < b"', Assertion("$.mode", "!=", "a < b")),
        ("$.ready", Assertion("$.ready")),
        ("number($.hitRate) > 70", Assertion("$.hitRate", ">", 70, number=True)),
        ("number( $.of[?@.n > 3].rate )<=1.5", Assertion("$.of[?@.n > 3].rate", "<=", 1.5, number=True)),
        ("$['a < b'] > 1", Assertion("$['a < b']", ">", 1)),
        (r"$['it\'s < b'] > 1", Assertion(r"$['it\'s < b']", ">", 1)),
        ("$.jobs[?@.late == true].name", Assertion("$.jobs[?@.late == true].name")),
        ("$.jobs[?@.n > 3].name != null", Assertion("$.jobs[?@.n > 3].name", "!=", None)),
    ],
)
def test_an_assertion_is_a_path_and_perhaps_a_comparison(text: str, assertion: Assertion) -> None:
    assert parse_assertion(text) == assertion


@pytest.mark.parametrize(
    "text",
    [
        "",
        "status",
        "$.a <",
        "$.a < low",
        "$.a < NaN",
        "$.a < true",
        "$.a < null",
        "$.a < [1]",
        "$.a = 1",
        "$.a ! 1",
        "< 3",
        "$.a == 'ok'",
        "$.a[ < 3",
        "$.a < 3 < 4",
        "$.a =< 3",
        "number($.a)",
        'number($.a) == "3"',
        "number($.a) == true",
        "number(a) < 3",
        "number($.a < 3",
        "$.a == " + "[" * 140,
    ],
)
def test_what_is_no_assertion_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_assertion(text)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("$ < 3", 2.5, True),
        ("$ < 3", "2", False),
        ("$ < 3", True, False),
        ("$ < 3", None, False),
        ('$ >= "b"', "c", True),
        ("$ == 1", 1.0, True),
        ("$ == 1", True, False),
        ("$ != 1", True, True),
        ("$ == [1, {}]", [1, {}], True),
        ("$ == [1]", [True], False),
        ('$ == {"a": 0}', {"a": False}, False),
        ("$", "yes", True),
        ("$", 0, False),
        ("$", [], False),
    ],
)
def test_values_compare_as_json_does(text: str, value: Any, holds: bool) -> None:
    assert parse_assertion(text).holds(value) is holds


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("3.2%", 3.2),
        (" -7 % ", -7),
        ("+0.50", 0.5),
        ("245", 245),
        (3, 3),
        ("1,5", None),
        ("1e3", None),
        ("245 ms", None),
        ("", None),
        ("9" * 400, None),
        ("\u0663", None),
        (True, None),
        (None, None),
        (["3"], None),
    ],
)
def test_text_is_a_number_only_where_a_pack_asks_for_one(value: Any, read: float | None) -> None:
    as_number, as_it_is = parse_assertion("number($.a) != 5"), parse_assertion("$.a < 1000000")
    (found,) = as_number.found({"a": value})
    assert as_number.holds(found) is (read is not None)
    assert found == (value if read is None else read)
    assert as_it_is.holds(*as_it_is.found({"a": value})) is (value == 3 and not isinstance(value, str))


def test_a_list_that_is_found_is_one_value() -> None:
    assert parse_assertion("$.errors == []").found({"errors": []}) == [[]]


def test_an_answer_that_is_too_deep_cannot_be_followed() -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(ValueError, match="recursion"):
        parse_assertion("$..who").found(deep)


def wrong(**section: Any) -> dict[str, str]:
    made = HttpTarget.model_validate({"kind": "http", "name": "it", "url": "https://example.com", **section})
    return {".".join(map(str, place)): said for place, said in made.wrong()}


def test_a_path_goes_behind_a_setting_only_and_holds_no_credential() -> None:
    assert wrong(url=None, url_from="MUSTER_API_URL", path="/health?deep=1") == {}
    assert "whole address in `url`" in wrong(path="/health")["path"]
    found = wrong(url=None, url_from="MUSTER_API_URL", path="/health?api_key=hunter2")
    assert list(found) == ["path"]
    assert "hunter2" not in str(found)
    for path in ("health", "/a b", "/\n", ""):
        with pytest.raises(ValidationError):
            wrong(url=None, url_from="MUSTER_API_URL", path=path)


def test_a_target_says_which_of_its_assertions_are_none() -> None:
    found = wrong(assertions=[{"name": "a", "that": "$.a < 1"}, {"name": "b", "that": "$.b = 1"}])
    assert list(found) == ["assertions.1.that"]
    assert "write one such as" in found["assertions.1.that"]


def test_each_assertion_has_a_name_of_its_own() -> None:
    names = [{"name": name, "that": "$.a"} for name in ("ready", "Ready", "latency")]
    assert list(wrong(assertions=names)) == ["assertions.1.name", "assertions.2.name"]


def test_a_head_has_no_body_to_speak_of() -> None:
    assert list(wrong(method="HEAD", assertions=[{"name": "a", "that": "$.a"}])) == ["method"]


def test_a_credential_stands_in_no_header_of_the_file() -> None:
    found = wrong(headers={"X-Api-Key": "hunter2", "Accept": "text/plain"})
    assert list(found) == ["headers.X-Api-Key"]
    assert "hunter2" not in str(found)


def test_a_header_is_one_line_and_set_once() -> None:
    found = wrong(
        headers={"X-A": "one\ntwo", "X-B": "1"},
        headers_from={"x-b": "SOME_B", "authorization": "C_D"},
        bearer_from="E_F",
    )
    assert list(found) == ["headers.X-A", "headers.X-B", "headers_from.x-b", "headers_from.authorization"]
