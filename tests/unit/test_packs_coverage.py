"""The table “What is where” of docs/packs.md is whole and true: each section has its place in a pack, and its test."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.paths import RUNBOOKS
from tests.support.documents import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Row:
    """A section of a pack's document, where it lives, and the tests that show it."""

    pack: str
    section: str
    places: tuple[str, ...]
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.pack}: {self.section}"


def _rows() -> Iterator[Row]:
    table = DOCUMENT.split("\n## What is where\n")[1].split("\n## ")[0]
    for part in table.split("\n### ")[1:]:
        pack = part.split(":")[0]
        for line in part.splitlines():
            if line.startswith("| ") and not line.startswith("| Section"):
                section, places, tests = (cell.strip() for cell in line.strip("|").split("|"))
                yield Row(pack, section, tuple(_codes(places)), tuple(_codes(tests)))


def _codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


ROWS = list(_rows())


@cache
def _policy(pack: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((RUNBOOKS / pack / "policy.yaml").read_text(encoding="utf-8"))
    return found


@cache
def _slugs(file: Path) -> frozenset[str]:
    """The headings of a runbook as links name them."""
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-") for heading in headings)


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _there(pack: str, place: str) -> bool:
    """Whether a place exists: an entry of the policy, a runbook and a heading in it, or a template."""
    if place.startswith("policy.yaml: "):
        return _entry(_policy(pack), place.removeprefix("policy.yaml: "))
    if place.startswith("templates/"):
        return (ROOT / place).is_file()
    name, _, slug = place.partition("#")
    file = RUNBOOKS / pack / name
    return file.suffix == ".md" and file.is_file() and (not slug or slug in _slugs(file))


def _entry(value: Any, path: str) -> bool:
    """Whether a path such as `texts.update` leads to something that is not empty: keys, names, or titles."""
    if not path:
        return bool(value)
    if isinstance(value, list):
        return any(path in (entry.get("name"), entry.get("title")) for entry in value)
    key, _, rest = path.partition(".")
    return isinstance(value, dict) and key in value and _entry(value[key], rest)


@pytest.mark.parametrize("pack", SECTIONS)
def test_every_section_of_a_document_has_a_row_in_the_documents_order(pack: str) -> None:
    assert [row.section for row in ROWS if row.pack == pack] == SECTIONS[pack]


def test_the_table_is_about_the_packs_that_have_a_document() -> None:
    packs = {path.parent.name for path in RUNBOOKS.glob("*/policy.yaml")}
    assert {row.pack for row in ROWS} == set(SECTIONS) == packs - {"default"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_leads_somewhere_and_is_shown_by_a_test(row: Row) -> None:
    assert row.places
    assert row.tests
    assert [place for place in row.places if not _there(row.pack, place)] == []
    assert [test for test in row.tests if test.partition("::")[2] not in _functions(test.partition("::")[0])] == []


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_tests_of_a_row_know_its_pack_and_its_runbooks(row: Row) -> None:
    texts = " ".join((ROOT / test.partition("::")[0]).read_text(encoding="utf-8") for test in row.tests)
    books = {place.partition(".md")[0] for place in row.places if ".md" in place and "/" not in place}
    assert row.pack in texts
    assert [book for book in books if book not in texts] == []


@pytest.mark.parametrize(
    "place",
    [
        "policy.yaml: texts.nothing",
        "policy.yaml: nothing",
        "policy.yaml: severities.SEV-1.name",
        "slow-responses.md#nothing",
        "nothing.md",
        "policy.yaml",
        "templates/packs/schedgen/nothing.j2",
    ],
)
def test_a_place_that_is_not_there_is_noticed(place: str) -> None:
    assert not _there("schedgen", place)
