"""Every pack that comes with Muster: its runbooks name nothing that it has not, and can be walked."""

from pathlib import Path

import pytest

from bot.paths import RUNBOOKS
from bot.policy.read import POLICY_FILE
from bot.runbooks.blocks import CHECK, TARGET
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.check import check_pack

PACKS = sorted(path.parent for path in RUNBOOKS.glob(f"*/{POLICY_FILE}"))


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_a_pack_has_no_faults(pack: Path) -> None:
    assert [str(fault) for fault in check_pack(pack)] == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_the_runbooks_of_a_pack_have_something_to_run(pack: Path) -> None:
    steps = [step for one in Catalogue([pack]).list() for step in one.structure.steps]
    assert any(block.language == CHECK or TARGET in block.named for step in steps for block in step.blocks)
