from pathlib import Path
from shutil import copytree

import pytest

from bot.paths import RUNBOOKS
from bot.policy.read import read_policy
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.check import check_pack, check_runbooks
from bot.runbooks.runbook import Runbook

DEFAULT = RUNBOOKS / "default"
SECTIONS = ("Symptoms", "Impact", "Investigation", "Verification", "Escalation", "Prevention")
#: Between the investigation and the verification: what stops the harm, and what comes once it is stopped.
FIXES = ("Causes and fixes", "Containment", "Recovery")


def test_the_default_pack_has_no_faults() -> None:
    assert check_pack(DEFAULT) == []


@pytest.mark.parametrize("runbook", Catalogue([DEFAULT]).list(), ids=lambda runbook: runbook.name)
def test_a_default_runbook_is_whole(runbook: Runbook) -> None:
    headings = [line.removeprefix("## ") for line in runbook.text.split("\n") if line.startswith("## ")]
    fixes = headings[3:-3]
    assert [*headings[:3], *headings[-3:]] == list(SECTIONS)
    assert fixes
    assert fixes == [name for name in FIXES if name in fixes]
    assert "```check target=db" in runbook.text
    assert all([runbook.alerts, runbook.symptoms, runbook.tags, runbook.owner, runbook.reviewed, runbook.severity_hint])


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Checkout is down", "service-down"),
        ("FATAL: sorry, too many clients already", "database-connections-exhausted"),
        ("High error rate on checkout", "high-error-rate"),
        ("Search pages load slowly", "slow-queries"),
        ("Emails are late", "queue-backlog"),
        ("Workers OOMKilled again", "memory-leak"),
        ("Everything broken since the release", "bad-deploy-rollback"),
        ("CPU usage at 95 %", "high-cpu"),
        ("Users cannot log in", "authentication-failures"),
        ("x509: certificate has expired", "certificate-expired"),
        ("An API key leaked on GitHub", "security-incident"),
        ("could not connect to server: Connection refused", "database-unreachable"),
        ("Stripe webhooks fail", "failed-webhooks"),
        ("429 Too Many Requests from the mail provider", "third-party-outage"),
        ("Duplicate records in orders", "data-corruption"),
        ("Restore the database to yesterday", "backup-restore"),
    ],
)
def test_a_plain_title_suggests_the_right_default_runbook(title: str, name: str) -> None:
    assert Catalogue([DEFAULT]).suggest(title)[0].runbook.name == name


def test_faults_of_policy_and_runbooks_come_together(tmp_path: Path) -> None:
    pack = copytree(DEFAULT, tmp_path / "ours")
    policy = pack / "policy.yaml"
    line = policy.read_text().splitlines().index("commander: commander") + 1
    text = policy.read_text().replace("commander: commander", "commander: nobody")
    policy.write_text(text)
    line = text[: text.index("commander: nobody")].count("\n") + 1
    (pack / "new.md").write_text("---\ntilte: x\n---\n")
    assert [(Path(fault.file).name, fault.line) for fault in check_pack(pack)] == [("new.md", 2), ("policy.yaml", line)]


def test_a_severity_that_the_policy_does_not_have_is_reported(tmp_path: Path) -> None:
    pack = copytree(DEFAULT, tmp_path / "ours")
    (pack / "new.md").write_text("---\nseverity: P9\n---\n")
    (fault,) = check_pack(pack)
    assert fault.message.startswith("The policy has no severity “P9”.")
    assert fault.line == 2


def test_a_directory_without_a_policy_is_no_pack_but_may_hold_runbooks(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n")
    assert [fault.message for fault in check_pack(tmp_path)] == [
        "There is no such file. Copy runbooks/default/policy.yaml."
    ]
    assert check_runbooks(tmp_path) == []


def test_a_single_runbook_may_be_checked(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntilte: A\n---\n")
    assert [fault.line for fault in check_runbooks(tmp_path / "a.md")] == [2]
    assert "cannot be read" in check_runbooks(tmp_path / "b.md")[0].message


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    timeout: 10s", "    thresholds: {connection_warn: 70}", "There is no threshold “connection_warn”."),
        ("    kind: postgres", "    kind: oracle", "`kind`: “oracle” is not one of "),
    ],
)
def test_what_the_diagnostics_do_not_know_is_reported(tmp_path: Path, before: str, after: str, message: str) -> None:
    pack = copytree(DEFAULT, tmp_path / "ours")
    text = (pack / "policy.yaml").read_text()
    (pack / "policy.yaml").write_text(text.replace(before, after))
    (fault,) = check_pack(pack)
    assert fault.message.startswith(message)
    assert fault.line == text[: text.index(before)].count("\n") + 1


def test_the_commented_thresholds_of_the_default_pack_are_real(tmp_path: Path) -> None:
    pack = copytree(DEFAULT, tmp_path / "ours")
    lines = (pack / "policy.yaml").read_text().split("\n")
    start = lines.index("    # thresholds:")
    shown = [line.replace("# ", "", 1) for line in lines[start : start + 6]]
    (pack / "policy.yaml").write_text("\n".join([*lines[:start], *shown, *lines[start + 6 :]]))
    assert check_pack(pack) == []
    assert len(read_policy(pack).targets[0].thresholds) == 5


def test_what_a_runbook_would_run_and_the_pack_has_not_is_reported(tmp_path: Path) -> None:
    pack = copytree(DEFAULT, tmp_path / "ours")
    (pack / "new.md").write_text("## Steps\n\n1. Look\n\n   ```check target=dbb\n   diag dbb\n   ```\n")
    (fault,) = check_pack(pack)
    assert (Path(fault.file).name, fault.line) == ("new.md", 5)
    assert fault.message == "The pack has no target “dbb”. Did you mean “db”?"
    assert check_runbooks(pack / "new.md") == []
