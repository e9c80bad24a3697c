import json
import re
from typing import Any

import yaml

from bot.paths import RUNBOOKS
from bot.policy.schema import schema_json


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
