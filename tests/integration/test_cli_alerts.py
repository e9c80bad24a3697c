"""`muster alerts` on a real database, without Slack."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.application.execute import Muster
from bot.application.ingest_alerts import Ingest
from bot.cli.acting import me
from bot.cli.main import app
from bot.domain.alert import Alert, AlertStatus
from bot.domain.rules import Policy
from bot.store.database import Database
from tests.support.databases import Databases

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)


def muster(*words: str, status: int = 0) -> Result:
    """Runs a command that ends as it should."""
    result = RUNNER.invoke(app, ["alerts", *words])
    assert result.exit_code == status, result.output
    return result


def alert(name: str, severity: str, *, ago: float = 5, firing: bool = True, instance: str = "a") -> Alert:
    begun = datetime.now(UTC) - timedelta(minutes=ago)
    return Alert(
        source="alertmanager",
        fingerprint=f"{name}-{instance}",
        status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
        title=f"{name} on {instance}",
        labels={"alertname": name, "severity": severity, "instance": instance, "service": name.lower()},
        starts_at=begun,
        ends_at=None if firing else datetime.now(UTC),
    )


@pytest.fixture
def told(databases: Databases, database: str, policy: Policy) -> None:
    """One that opened an incident, three of which people are asked, and one that is over."""

    async def work() -> None:
        store = Database(database)
        try:
            ingest = Ingest(Muster(store, policy, lambda: datetime.now(UTC)))
            several = [alert("HighErrorRate", "warning", instance=name) for name in "abc"]
            await ingest.take([alert("CheckoutDown", "critical"), *several, alert("DiskFull", "warning")], "test")
            await ingest.take([alert("DiskFull", "warning", firing=False)], "test")
        finally:
            await store.close()

    databases.run(work())


def listed(*words: str) -> dict[str, dict[str, str]]:
    """The rows that are listed, by their titles."""
    head, *lines = muster("list", *words).stdout.splitlines()
    rows = [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]
    return {row["title"]: row for row in rows}


@pytest.mark.usefixtures("told")
def test_the_list_says_how_many_fire_and_what_became_of_them() -> None:
    found = listed()
    assert set(found) == {"CheckoutDown on a", "HighErrorRate on a", "DiskFull on a"}
    assert re.fullmatch(r"INC-\d{4}-\d\d-\d\d-001", found["CheckoutDown on a"]["what became of it"])
    assert found["HighErrorRate on a"]["alerts"] == "3 of 3 fire"
    assert found["HighErrorRate on a"]["what became of it"] == "suggested"
    assert found["HighErrorRate on a"]["why"].startswith("rule “")
    assert found["DiskFull on a"]["alerts"] == "1, clear"
    assert set(listed("--firing")) == {"CheckoutDown on a", "HighErrorRate on a"}


def test_an_empty_list_says_so() -> None:
    assert muster("list").stdout == "No monitor has told of an alert yet.\n"
    assert muster("list", "--firing").stdout == "No alert fires.\n"
    assert json.loads(muster("list", "--json").stdout) == []


@pytest.mark.usefixtures("told")
def test_json_has_the_whole_group_and_its_alerts() -> None:
    rows = {row["title"]: row for row in json.loads(muster("list", "--json").stdout)}
    row = rows["HighErrorRate on a"]
    assert (row["state"], row["alerts"], row["firing"], row["key"]) == ("suggested", 3, 3, "service=higherrorrate")
    assert row["first_seen"].endswith("+00:00")
    whole = json.loads(muster("show", str(row["number"]), "--json").stdout)
    assert {one["labels"]["instance"] for one in whole["first_alerts"]} == {"a", "b", "c"}
    assert {one["status"] for one in whole["first_alerts"]} == {"firing"}


@pytest.mark.usefixtures("told")
def test_one_group_is_shown_with_its_alerts_and_their_reasons() -> None:
    number = listed()["HighErrorRate on a"]["number"]
    said = muster("show", number).stdout
    assert said.startswith(f"{number}: HighErrorRate on a\n  alerts: 3 of 3 fire\n")
    assert "  group: service=higherrorrate\n" in said
    assert len([line for line in said.splitlines() if line.startswith("HighErrorRate\t")]) == 3


def test_a_group_that_is_not_there_is_said_and_ends_with_1() -> None:
    assert "no alerts of that number" in muster("show", "99", status=1).stderr
    assert muster("show", "0", status=2).stderr
    assert "no mute of that number" in muster("unmute", "99", status=1).stderr


def test_a_mute_is_made_listed_and_ended() -> None:
    said = muster("mute", "HighErrorRate", "env=prod eu", "--for", "1h", "--why", "We move").stdout
    assert re.fullmatch(
        r'Muted until [\d-]+ [\d:]+ UTC: HighErrorRate env="prod eu"\. `muster alerts unmute 1` ends it\.\n', said
    )
    (row,) = [line.split("\t") for line in muster("mutes").stdout.splitlines()[1:]]
    assert (row[0], row[1], row[4]) == ("1", 'HighErrorRate env="prod eu"', "We move")
    assert row[3] == me().id
    assert muster("unmute", "1").stdout == 'No longer muted: HighErrorRate env="prod eu".\n'
    assert muster("mutes").stdout == "Nothing is muted.\n"
    (past,) = json.loads(muster("mutes", "--all", "--json").stdout)
    assert (past["holds"], past["labels"], past["alerts"]) == (False, {"env": ["prod eu"]}, ["HighErrorRate"])
    assert past["ended_by"].startswith("cli:")
    assert "no mute of that number" in muster("unmute", "1", status=1).stderr


def test_a_mute_that_lasts_too_long_or_too_short_is_refused() -> None:
    for span in ("31d", "30s"):
        assert "from one minute to 30 days" in muster("mute", "HighErrorRate", "--for", span, status=1).stderr
    assert muster("mutes", "--all").stdout == "Nothing was ever muted.\n"


def test_what_is_muted_in_a_terminal_is_quiet_when_a_monitor_tells_it(
    databases: Databases, database: str, policy: Policy
) -> None:
    muster("mute", "Checkout*", "--for", "1h")

    async def work() -> list[str]:
        store = Database(database)
        try:
            ingest = Ingest(Muster(store, policy, lambda: datetime.now(UTC)))
            return [one.reason for one in await ingest.take([alert("CheckoutDown", "critical")], "test")]
        finally:
            await store.close()

    assert databases.run(work()) == ["MUTED"]
    assert muster("list").stdout == "No monitor has told of an alert yet.\n"
