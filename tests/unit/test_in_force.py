"""The rules in force: a pack's, and in them who is on call."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.application.in_force import InForce
from bot.application.reading import PackOnDisk, read_whole
from bot.application.replanning import digest
from bot.domain.procedures import ProviderRule
from bot.domain.rules import Policy
from bot.messages import Mails, Messages
from bot.paths import RUNBOOKS
from bot.policy.faults import PolicyFault
from bot.policy.read import read_pack
from tests.integration.conftest import Clock

ROTA = ProviderRule(contact="on-call", url_from="ROTA_URL", people="$[*]")


@pytest.fixture(scope="module")
def pack() -> Policy:
    return replace(read_pack("default", root=RUNBOOKS).with_contacts({"on-call": ("U0OWN001",)}), providers=(ROTA,))


def called(policy: Policy) -> tuple[str, ...]:
    return policy.people(["on-call"], {})


def test_everybody_is_told_at_once_when_they_ask_and_whenever_the_rules_change(pack: Policy) -> None:
    rules = InForce(pack)
    first: list[Policy] = []
    second: list[Policy] = []
    rules.follow(first.append)
    rules.follow(second.append)
    rules.answered({ROTA: ("U0ROTA01",)})
    other = replace(pack, default_severity="P1")
    rules.take(other)
    assert first == second
    assert [(policy.default_severity, called(policy)) for policy in first] == [
        (pack.default_severity, ("U0OWN001",)),
        (pack.default_severity, ("U0ROTA01",)),
        ("P1", ("U0ROTA01",)),
    ]
    assert rules.pack == other


def test_the_same_answer_again_changes_nothing(pack: Policy) -> None:
    rules = InForce(pack)
    told: list[Policy] = []
    rules.answered({ROTA: ("U0ROTA01",)})
    rules.follow(told.append)
    rules.answered({ROTA: ("U0ROTA01",)})
    assert len(told) == 1


def test_an_answer_of_nobody_leaves_the_contacts_own_people(pack: Policy) -> None:
    rules = InForce(pack)
    rules.answered({ROTA: ()})
    assert called(rules.policy) == ("U0OWN001",)


def test_an_answer_counts_only_for_the_provider_that_gave_it(pack: Policy) -> None:
    rules = InForce(pack)
    rules.answered({ROTA: ("U0ROTA01",)})
    rules.take(replace(pack, providers=(replace(ROTA, people="$.other[*]"),)))
    assert called(rules.policy) == ("U0OWN001",)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A pack on the disk."""
    return Path(shutil.copytree(RUNBOOKS / "default", tmp_path / "runbooks" / "ours"))


def test_a_broken_pack_is_said_by_line_and_since_when_until_it_is_mended(
    ours: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    disk = PackOnDisk(str(ours), clock)
    assert disk.trouble() is None
    good = (ours / "policy.yaml").read_text()
    (ours / "policy.yaml").write_text(good.replace("default_severity: P3", "default_severity: P9\nsurprise: 1"))
    assert disk.read() is None
    clock.advance(hours=1)
    assert disk.read() is None
    (fault,) = disk.faults
    assert disk.trouble() == f"the pack on disk has a fault since 2026-03-14 03:00 UTC: {fault}"
    assert f"{ours}/policy.yaml:{fault.line}: There is no key “surprise” here." in caplog.text
    assert "the old one stays" in caplog.text
    (ours / "policy.yaml").write_text(good)
    assert disk.read() == read_pack(str(ours), root=RUNBOOKS)
    assert disk.trouble() is None


def test_a_pack_that_is_gone_is_a_fault_too(ours: Path) -> None:
    disk = PackOnDisk(str(ours), Clock())
    (ours / "policy.yaml").unlink()
    assert disk.read() is None
    assert "There is no policy pack" in (disk.trouble() or "")


def test_a_pack_is_read_whole_with_its_runbooks_and_its_templates(ours: Path, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    (ours / "slow.md").write_text("---\nseverity_hint: P9\n---\n# Slow\n")
    with pytest.raises(PolicyFault, match=r"slow\.md:2: .*no severity"):
        read_whole(str(ours), root=RUNBOOKS, templates=templates)
    (ours / "slow.md").unlink()
    message = templates / "packs" / "ours" / "slack" / "alert" / "message.md.j2"
    message.parent.mkdir(parents=True)
    message.write_text("{{ nothing_of_the_kind }}\n")
    with pytest.raises(PolicyFault, match="nothing_of_the_kind"):
        read_whole(str(ours), root=RUNBOOKS, templates=templates)


def test_templates_that_changed_are_found_when_they_are_read_again(tmp_path: Path) -> None:
    line = tmp_path / "packs" / "ours" / "slack" / "lines" / "hello.txt.j2"
    subject = tmp_path / "packs" / "ours" / "email" / "hello" / "subject.txt.j2"
    for file in (line, subject, subject.with_name("message.md.j2"), tmp_path / "email" / "page.html.j2"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("Before")
    messages, mails = Messages(pack="ours", root=tmp_path), Mails(pack="ours", root=tmp_path)
    assert (messages.line("hello"), mails.render("hello", ref="INC").subject) == ("Before", "Before")
    line.write_text("After")
    subject.write_text("After")
    assert (messages.line("hello"), mails.render("hello", ref="INC").subject) == ("Before", "Before")
    messages.reread("ours")
    mails.reread("ours")
    assert (messages.line("hello"), mails.render("hello", ref="INC").subject) == ("After", "After")


def test_the_same_rules_have_the_same_digest_in_every_process() -> None:
    """Sets have another order in each."""
    code = """
from dataclasses import replace
from datetime import date
from bot.application.replanning import digest
from bot.domain.calendar import Calendar
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack

holidays = frozenset(date(2026, 12, day) for day in range(20, 32))
print(digest(replace(read_pack("default", root=RUNBOOKS), calendar=Calendar(holidays=holidays))))
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert said != {digest(read_pack("default", root=RUNBOOKS))}
