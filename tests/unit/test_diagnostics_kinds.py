"""The kinds of targets: the policy's sections, the diagnostics' checks and the documentation are of the same."""

import re
from typing import get_args

import pytest
from pydantic import ValidationError

from bot.diagnostics.kinds import KINDS
from bot.paths import RUNBOOKS
from bot.policy.targets import SECTIONS
from bot.policy.targets.web import HttpTarget

PAGE = (RUNBOOKS.parent / "docs" / "kinds.md").read_text(encoding="utf-8")


def test_every_section_of_the_policy_has_its_checks_and_says_its_kind() -> None:
    assert {name: kind.options for name, kind in KINDS.items()} == SECTIONS
    for name, section in SECTIONS.items():
        assert get_args(section.model_fields["kind"].annotation) == (name,)


@pytest.mark.parametrize("kind", sorted(SECTIONS))
def test_the_documentation_has_every_kind_with_its_keys_and_thresholds(kind: str) -> None:
    assert re.search(rf"^## {kind}$", PAGE, re.MULTILINE)
    wanted = {*SECTIONS[kind].model_fields, *KINDS[kind].thresholds}
    assert [key for key in sorted(wanted) if f"`{key}`" not in PAGE and f"{key}: " not in PAGE] == []


@pytest.mark.parametrize(
    "address",
    ["https://u:hunter2@shop.example/health", "https://shop.example/health?api_key=hunter2", "ftp://shop.example", 7],
)
def test_an_address_with_a_credential_or_none_at_all_is_refused_and_not_repeated(address: object) -> None:
    with pytest.raises(ValidationError) as refused:
        HttpTarget.model_validate({"kind": "http", "name": "shop", "url": address})
    assert "hunter2" not in str(refused.value)
