"""What docs/notices.md tells receivers is so."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.events import Escalated
from bot.jobs.notices import VERSION, body_of
from bot.messages.samples import mail_samples
from bot.notices.webhook import signature

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "notices.md").read_text()
SECRET = "correct horse battery staple"
NOW = datetime(2026, 3, 14, 3, 5, tzinfo=UTC)


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def verify() -> Callable[..., bool]:
    names: dict[str, Any] = {}
    exec(block("python"), names)
    checker: Callable[..., bool] = names["verify"]
    return checker


def test_the_documents_code_accepts_what_muster_signs_and_nothing_else(verify: Callable[..., bool]) -> None:
    body, at = b'{"version":1}', NOW.timestamp()
    made = signature(SECRET, body, NOW)
    assert verify(SECRET, made, body, at)
    assert verify(SECRET, made, body, at + 299)
    assert not verify(SECRET, made, body, at + 301)
    assert not verify(SECRET, made, body + b" ", at)
    assert not verify("another", made, body, at)
    later = signature(SECRET, body, NOW + timedelta(minutes=10)).split(",")[0]
    assert not verify(SECRET, f"{later},{made.split(',')[1]}", body, at + 600)


@pytest.mark.parametrize(
    "header", ["", "t=", "t=x,v1=y", "v1=00", "t=1773457500,v1=ö", "t=²,v1=00", f"t={'9' * 5000}", "=,,="]
)
def test_the_documents_code_survives_nonsense(verify: Callable[..., bool], header: str) -> None:
    assert not verify(SECRET, header, b"{}", NOW.timestamp())


def test_the_document_shows_the_body_as_it_is() -> None:
    shown = json.loads(block("json"))
    sample = mail_samples()["escalation"][0]
    made = body_of("41-1", "words", sample["incident"], sample["entry"], None)
    assert shown["version"] == VERSION
    assert shown.keys() == made.keys()
    assert shown["escalation"].keys() == made["escalation"].keys()
    assert shown["incident"].keys() == made["incident"].keys()


def test_the_body_of_a_private_incident_has_nothing_that_somebody_wrote() -> None:
    sample = mail_samples("Payroll leaked")["escalation"][1]
    incident = replace(sample["incident"], private=True, service="Payroll")
    entry = replace(
        sample["entry"], event=Escalated(level=1, why="Payroll", names=("U0BEA",), people=(), severity="P1")
    )
    made = json.dumps(body_of("41-1", "words", incident, entry, None))
    assert "Payroll" not in made
    assert "U0BEA" not in made
