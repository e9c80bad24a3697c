import pytest

from bot.policy.document import read_yaml


def lines_and_messages(text: str, first_line: int = 1) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in read_yaml(text, file="f", first_line=first_line).faults]


def test_a_place_knows_its_line() -> None:
    document = read_yaml("a: 1\nb:\n  - c: 2\n    d: [x, y]\n", file="f")
    assert document.value == {"a": 1, "b": [{"c": 2, "d": ["x", "y"]}]}
    assert [document.line(place) for place in [(), ("a",), ("b", 0, "d"), ("b", 0, "d", 1)]] == [1, 1, 4, 4]


def test_a_place_that_is_not_there_is_where_it_would_be() -> None:
    document = read_yaml("a: 1\nb:\n  - c: 2\n", file="f")
    assert document.line(("b", 0, "missing")) == 3


def test_lines_count_from_where_the_text_begins() -> None:
    assert lines_and_messages("a: 1\na: 2\n", first_line=10) == [(11, "The key “a” is here twice. Keep one of them.")]


def test_yaml_that_is_broken_has_its_line() -> None:
    ((line, message),) = lines_and_messages("a: 1\nb: [1, 2\nc: 3\n")
    assert line == 3
    assert message.startswith("This is not YAML:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: !!python/object:os.system {}\n", 1),
        ("x: 1\na: !mine b\n", 2),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3),
        ("? [a, b]\n: c\n", 1),
        ('x: 1\ny: "\\uD800"\n', 2),
        ('x: 1\n"\\uD800": y\n', 2),
        ('x: "\\UFFFFFFFF"\n', 1),
        ("x: 1\ny: \x01\n", 2),
        ("x: 1\ny: 0x_\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("%YAML 1\n---\na: 1\n", 1),
        ("@", 1),
        ("\t- a", 1),
    ],
)
def test_what_is_odd_is_a_fault_with_its_line(text: str, line: int) -> None:
    assert [found for found, _ in lines_and_messages(text)] == [line]


@pytest.mark.parametrize("text", ["[" * 20_000, "- " * 20_000, "{a: " * 20_000, "[" * 60 + "]" * 60])
def test_deep_nesting_is_refused(text: str) -> None:
    ((_, message),) = lines_and_messages(text)
    assert "too deeply" in message or "not YAML" in message


def test_a_few_lines_cannot_grow_into_millions_of_values() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 9):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    assert "repeats itself" in lines_and_messages(bomb)[-1][1]


def test_a_value_that_holds_itself_is_refused() -> None:
    assert "nested too deeply" in lines_and_messages("a: &a [*a]\n")[-1][1]


def test_a_date_stays_as_it_is_written() -> None:
    assert read_yaml("day: 2026-01-31\n", file="f").value == {"day": "2026-01-31"}
