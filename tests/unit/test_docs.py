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
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?:|button:|ticks:|#)([^)#\s]+)", text)
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("usage", USAGES, ids=lambda usage: usage.name)
def test_the_readme_names_every_command(usage: Usage) -> None:
    assert re.search(rf"`{usage.name}[ `]", README)


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_the_readme_names_every_setting(setting: str) -> None:
    assert f"`{setting.upper()}`" in README
