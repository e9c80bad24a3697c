"""`muster check`: what shows only when a policy meets its runbooks, its texts and the templates."""

from pathlib import Path
from shutil import copytree

import pytest

from bot.cli.checking import check
from bot.messages import Messages
from bot.messages.check import check_with_policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_policy
from bot.runbooks.check import check_pack
from tests.unit.full_policy import FULL, line_of


def pack_of(directory: Path, text: str) -> Path:
    (directory / "policy.yaml").write_text(text)
    (directory / "restore.md").write_text("# Restore what is lost\n\nStop writing first.\n")
    return directory


def test_a_condition_whose_runbook_is_missing_is_a_fault(tmp_path: Path) -> None:
    text = FULL.replace("suggests: P1}", "suggests: P1, runbook: restor}")
    (fault,) = check_pack(pack_of(tmp_path, text))
    assert fault.line == line_of("runbook: restor", text)
    assert fault.message == "The pack has no runbook “restor”. Did you mean “restore”?"
    assert check_pack(pack_of(tmp_path, text.replace("restor}", "restore}"))) == []


def test_a_target_whose_runbook_is_missing_is_a_fault(tmp_path: Path) -> None:
    text = FULL.replace("{locks: restore}", "{locks: restor}")
    (fault,) = check_pack(pack_of(tmp_path, text))
    assert fault.line == line_of("{locks: restor}", text)
    assert fault.message == "The pack has no runbook “restor”. Did you mean “restore”?"


def test_a_text_that_cannot_be_filled_in_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FULL.replace('body: "{{ impact }}"', 'body: "{{ impakt }}"')
    assert check([pack_of(tmp_path, text)], None) == 1
    said = "The text “letter”: There is no value “impakt”. Did you mean “impact”?"
    assert capsys.readouterr().out.splitlines() == [f"{tmp_path}/policy.yaml:{line_of('impakt', text)}: {said}"]


def test_a_policy_that_cannot_be_read_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check([pack_of(tmp_path, FULL.replace("commander: commander", "commander: nobody"))], None) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_template_that_fails_only_with_a_packs_own_rules_is_found(tmp_path: Path) -> None:
    root = copytree(RUNBOOKS.parent / "templates", tmp_path / "templates")
    own = root / "packs" / "ours" / "slack" / "role_instructions"
    own.mkdir(parents=True)
    (own / "message.md.j2").write_text("# Hello\n\n{% if role.name == 'liaison' %}{{ role.shoe_size }}{% endif %}\n")
    policy = read_policy(pack_of(tmp_path, FULL))
    (fault,) = check_with_policy(Messages(pack="ours", root=root), policy)
    assert (fault.file, fault.line) == (str(own / "message.md.j2"), 3)
    assert "has no attribute 'shoe_size'" in fault.message
    assert f"(with the rules of {policy.name})" in fault.message
