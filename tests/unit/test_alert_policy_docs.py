"""The chapter on alerts of docs/packs.md: its examples are right, and its table has what holds without a key."""

import re
from pathlib import Path

from bot.domain.alert_rules import AlertRules, TellKind
from bot.policy.alerts import AlertsSection
from bot.policy.durations import format_duration
from bot.policy.read import read_policy
from bot.policy.sense.alerts import BUILT_IN, FIELDS
from tests.unit.full_policy import FULL

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8").split("\n## Alerts\n")[1].split("\n## ")[0]


def test_the_examples_together_are_a_section_without_faults(tmp_path: Path) -> None:
    examples = "".join(re.findall(r"^```yaml\n(.*?)^```", CHAPTER, re.DOTALL | re.MULTILINE))
    (tmp_path / "policy.yaml").write_text(FULL + examples.replace("P4", "P2"), encoding="utf-8")
    rules = read_policy(tmp_path).alerts
    assert [rule.name for rule in rules.rules] == ["not-live", "errors", "low-at-night"]
    assert [one.name for one in rules.maintenance] == ["patching", "move"]
    assert [one.kind for one in rules.tell_back] == list(TellKind)


def test_the_table_has_what_holds_without_a_key() -> None:
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\| .+ \|$", CHAPTER, re.MULTILINE)
    written = {key: re.findall(r"`([^`]+)`", default) for key, default in rows}
    usual = AlertRules()
    assert written.keys() == AlertsSection.model_fields.keys() - {"rules"}
    assert written == {
        "channel": [usual.channel],
        "otherwise": [usual.otherwise],
        "service_labels": list(usual.service_labels),
        "severity_labels": list(usual.severity_labels),
        "group_by": list(usual.group_by),
        "window": [format_duration(usual.window)],
        "tell_every": [format_duration(usual.tell_every)],
        "clear_after": [format_duration(usual.clear_after)],
        "flapping": [f"{{changes: {usual.flapping.changes}, within: {format_duration(usual.flapping.within)}}}"],
    } | {key: [] for key in ("severities", "maintenance", "endings", "sources", "tell_back")}


def test_every_built_in_source_and_every_field_of_a_source_is_named() -> None:
    assert [name for name in (*BUILT_IN, *FIELDS) if f"`{name}`" not in CHAPTER] == []
