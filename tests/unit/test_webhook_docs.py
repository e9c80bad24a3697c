"""What docs/alerts.md says of the sources is what is read: its payloads are taken, and its numbers are the bounds."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.domain.alert_rules import GenericSource
from bot.web.webhooks import bounds, datadog, generic
from bot.web.webhooks.auth import GRAFANA, GRAFANA_TIMES, PAGERDUTY, SENTRY
from bot.web.webhooks.bounds import Notes
from tests.unit.test_webhook_payloads import PAYLOADS

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "alerts.md").read_text(encoding="utf-8")
NOW = datetime(2026, 3, 14, 4, 0, tzinfo=UTC)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_our_own_json_is_taken_as_it_is_written() -> None:
    [body] = [block for block in blocks("json") if '"starts_at"' in block]
    notes = Notes()
    [alert] = generic.read(body.encode(), now=NOW, notes=notes)
    assert (alert.title, alert.fingerprint, len(alert.links), notes.told()) == ("Disk is full", "disk-db-1", 2, [])
    assert set(json.loads(body)) == set(generic.Entry.model_fields)
    assert [key for key in generic.Entry.model_fields if f"`{key}`" not in TEXT] == []


def test_datadogs_payload_has_every_field_that_is_read() -> None:
    [body] = [block for block in blocks("json") if "$ALERT_TRANSITION" in block]
    assert set(json.loads(body)) == set(datadog.Notification.model_fields)
    [alert] = datadog.read(body.replace("$ALERT_TRANSITION", "Recovered").encode(), now=NOW, notes=Notes())
    assert (alert.firing, alert.labels, alert.links) == (False, {}, {})


def test_the_packs_example_reads_what_it_says() -> None:
    [block] = [block for block in blocks("yaml") if "name: uptime" in block]
    [section] = yaml.safe_load(block)["alerts"]["sources"]
    source = GenericSource(**section | {"resolved": tuple(section["resolved"])})
    body = (PAYLOADS / "generic/uptime.json").read_bytes()
    assert [alert.firing for alert in generic.read_mapped(body, source, now=NOW, notes=Notes())] == [True, False]


@pytest.mark.parametrize("example", ["receivers:", "contactPoints:"])
def test_a_monitors_example_is_yaml(example: str) -> None:
    [block] = [block for block in blocks("yaml") if f"\n{example}" in f"\n{block}"]
    assert yaml.safe_load(block)[example.removesuffix(":")]


def test_the_headers_and_the_bounds_are_named() -> None:
    named = (
        SENTRY,
        PAGERDUTY,
        GRAFANA,
        GRAFANA_TIMES[0],
        f"{bounds.MOST_ALERTS:,}",
        f"{bounds.TEXT:,}",
        f"{bounds.LINK:,}",
    )
    assert [word for word in named if word not in TEXT] == []
    assert f"{bounds.MOST_LABELS}; where there are more" in TEXT
