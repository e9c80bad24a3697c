"""The documents keep their promises: links lead somewhere, and the tables name what there is."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.slack.usage import USAGES, Usage

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text()
#: Written by Muster, with links of its own.
GENERATED = {"example-review.md"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    if document.name in GENERATED:
        return
    targets = re.findall(r"\]\((?!https?:|button:|ticks:|#)([^)#\s]+)", _prose(document))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_a_heading_lead_to_one(document: Path) -> None:
    if document.name in GENERATED:
        return
    links = re.findall(r"\]\(((?!https?:)[^)#\s]*)#([^)\s]+)\)", _prose(document))
    pages = [(document.parent / page if page else document, heading) for page, heading in links]
    assert [(page.name, heading) for page, heading in pages if heading not in _headings(page)] == []


def _prose(document: Path) -> str:
    return re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)


def _headings(document: Path) -> set[str]:
    """The headings of a document as links name them."""
    found = re.findall(r"^#+ (.*)$", _prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("usage", USAGES, ids=lambda usage: usage.name)
def test_the_readme_names_every_command(usage: Usage) -> None:
    assert re.search(rf"`{usage.name}[ `]", README)


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_the_readme_names_every_setting(setting: str) -> None:
    assert f"`{setting.upper()}`" in README
