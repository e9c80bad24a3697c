import json
import re
from typing import Any

import yaml

from bot.messages.letters import LETTER_VALUES
from bot.paths import RUNBOOKS
from bot.policy.schema import schema_json

ROOT = RUNBOOKS.parent


def test_the_json_schema_is_plain_json_with_durations_as_text() -> None:
    schema = json.loads(json.dumps(schema_json()))
    severity = schema["$defs"]["SeverityRule"]
    assert severity["additionalProperties"] is False
    assert re.match(severity["properties"]["update_every"]["anyOf"][0]["pattern"], "15m")


def test_the_json_schema_knows_every_key_of_the_default_pack() -> None:
    schema = schema_json()
    written: dict[str, Any] = yaml.safe_load((RUNBOOKS / "default" / "policy.yaml").read_text(encoding="utf-8"))
    assert written.keys() <= schema["properties"].keys()
    sections = {"severities": "SeverityRule", "statuses": "StatusRule", "roles": "RoleRule", "escalation": "StepRule"}
    for section, rule in sections.items():
        for entry in written[section]:
            assert entry.keys() <= schema["$defs"][rule]["properties"].keys()


def test_the_schema_beside_the_packs_is_this_versions() -> None:
    """`muster policy schema > runbooks/policy.schema.json` makes it so."""
    written = (RUNBOOKS / "policy.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(json.dumps(schema_json()))


def test_the_documentation_has_every_key_of_every_section() -> None:
    pages = ("packs.md", "diagnostics.md", "kinds.md", "actions.md")
    page = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in pages)
    schema = schema_json()
    keys = {
        *schema["properties"],
        *(key for name, rule in schema["$defs"].items() for key in rule.get("properties", {})),
    }
    assert [key for key in sorted(keys) if f"`{key}`" not in page and f"`{key}: " not in page] == []


def test_the_documentation_has_every_value_of_a_text() -> None:
    page = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    assert [
        f"| `{name}` | {what} |" for name, what in LETTER_VALUES.items() if f"| `{name}` | {what} |" not in page
    ] == []
