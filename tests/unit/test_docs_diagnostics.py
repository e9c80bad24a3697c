"""What docs/diagnostics.md and docs/kinds.md show is so."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.kinds import KINDS
from bot.diagnostics.result import Verdict
from bot.diagnostics.runner import known_checks
from bot.paths import RUNBOOKS
from bot.policy.read import read_policy
from bot.policy.targets import SECTIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "diagnostics.md").read_text(encoding="utf-8")
KINDS_PAGE = (DOCS / "kinds.md").read_text(encoding="utf-8")
DEFAULT = yaml.safe_load((RUNBOOKS / "default" / "policy.yaml").read_text(encoding="utf-8"))


def examples(page: str) -> list[dict[str, Any]]:
    """Each YAML block of a page."""
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]


@pytest.fixture(scope="module")
def prepared() -> PostgresCheck:
    names: dict[str, Any] = {}
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(code, names)
    check: PostgresCheck = names["PREPARED"]
    return check


@pytest.mark.parametrize(("age", "verdict"), [(0.0, Verdict.OK), (61.0, Verdict.WARN), (900.0, Verdict.CRITICAL)])
def test_the_check_of_the_documentation_judges(prepared: PostgresCheck, age: float, verdict: Verdict) -> None:
    found = prepared.judge(Answer(rows=[{"age_s": age}]), prepared.defaults)
    assert (found.verdict, found.value) == (verdict, age)
    assert bool(found.next_step) is (verdict is not Verdict.OK)


def test_the_targets_of_the_documentation_are_right(tmp_path: Path) -> None:
    shown = [entry for example in examples(KINDS_PAGE) for entry in example["targets"]]
    assert {entry["kind"] for entry in shown} == set(SECTIONS)
    targets = [entry | {"name": f"{entry['name']}-{place}"} for place, entry in enumerate(shown)]
    rules = DEFAULT | {"targets": targets, "actions": []}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(rules))
    assert len(read_policy(tmp_path, checks_of=known_checks).targets) == len(targets)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"postgres", "queue", "webhooks"}))
def test_a_kinds_chapter_has_its_limits(kind: str) -> None:
    """Those of Postgres stand in a table that another test holds, those of the other two are their sources'."""
    chapter = KINDS_PAGE.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    sections = [SECTIONS[kind].model_validate(entry) for example in examples(chapter) for entry in example["targets"]]
    checks = [check for section in sections for check in KINDS[kind].checks(section)]
    limits = {f"`{name}` {limit:g}" for check in checks for name, limit in check.defaults.items()}
    assert [limit for limit in sorted(limits) if limit not in chapter] == []


def test_a_pack_with_what_the_page_shows_is_right(tmp_path: Path) -> None:
    (declared, looks) = examples(PAGE)
    queue = {"name": "queue", "kind": "redis", "url_from": "MUSTER_REDIS_URL"}
    rules = DEFAULT | looks | declared | {"targets": [*declared["targets"], queue]}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(rules))
    assert len(read_policy(tmp_path, checks_of=known_checks).first_looks) == len(looks["first_looks"])


@pytest.mark.parametrize("page", [PAGE, KINDS_PAGE], ids=["diagnostics", "kinds"])
def test_the_table_of_kinds_has_every_kind(page: str) -> None:
    assert set(re.findall(r"\[(\w+)\]\((?:kinds\.md)?#\1\)", page)) == set(KINDS)
