"""The doctor on who does the work, and how far they are."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update

from bot.cli.doctor.finding import Finding, show
from bot.cli.doctor.work import look, processes
from bot.core import Core, core
from bot.domain.actor import Actor
from bot.domain.commands import Declare
from bot.settings import Settings
from bot.store import pace, replicas
from bot.store.replicas import Replica
from bot.store.tables import outbox

NOW = datetime.now(UTC)
ONE = Replica(
    id=uuid4(), host="db-1", pid=7, version="0.2.0", listens=True, works=True,
    started_at=NOW - timedelta(hours=2), seen_at=NOW,
)  # fmt: skip


@pytest.fixture
async def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> AsyncIterator[Core]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    async with core(Settings(), now=lambda: NOW) as made:
        yield made


async def found(built: Core) -> dict[str, Finding]:
    """What the doctor finds, by what it is about."""
    return {one.about: one async for one in look(built)}


def of(*known: Replica) -> dict[str, Finding]:
    return {one.about: one for one in processes(known, NOW)}


def test_a_process_that_listens_and_works_is_well() -> None:
    [finding] = processes([ONE], NOW)
    assert not finding.costs
    assert finding.what == "1 process: db-1/7 web and worker 0.2.0, for 2 h"


def test_parts_that_make_a_whole_are_well() -> None:
    web, worker = replace(ONE, works=False), replace(ONE, listens=False, pid=8)
    [finding] = processes([web, worker], NOW)
    assert not finding.fault
    assert finding.what.startswith("2 processes: db-1/7 web 0.2.0")


@pytest.mark.parametrize(
    ("alone", "words", "mend"),
    [
        (replace(ONE, works=False), "nobody works on the queue", "--only worker"),
        (replace(ONE, listens=False), "nobody listens to Slack", "--only web"),
    ],
)
def test_a_part_alone_is_a_fault(alone: Replica, words: str, mend: str) -> None:
    silent = replace(ONE, id=uuid4(), seen_at=NOW - timedelta(minutes=1))
    finding = of(alone, silent)["Processes"]
    assert finding.fault
    assert words in finding.what
    assert mend in finding.mend
    assert finding.costs


def test_nobody_at_all_is_worth_knowing_before_the_first_start_and_says_who_was_there() -> None:
    assert of()["Processes"].what == "none is running"
    gone = of(replace(ONE, seen_at=NOW - timedelta(minutes=3)))["Processes"]
    assert (gone.fault, gone.what) == (False, "none is running; db-1/7 was last seen 3 min ago")
    assert gone.mend == "start muster serve"


def test_two_versions_side_by_side_are_named() -> None:
    assert of(ONE, replace(ONE, version="0.3.0"))["Versions"].what == "0.2.0 (1), 0.3.0 (1)"
    assert "Versions" not in of(ONE)


async def test_a_sound_installation_has_nothing_to_mend(built: Core) -> None:
    async with built.database.transaction() as connection:
        await replicas.seen(connection, ONE)
    findings = await found(built)
    assert set(findings) == {"Processes", "Timers"}
    assert not any(one.costs for one in findings.values())


async def test_refusals_overdue_timers_and_closed_methods_are_told(
    built: Core, capsys: pytest.CaptureFixture[str]
) -> None:
    async with core(Settings(), now=lambda: NOW - timedelta(minutes=30)) as before:
        await before.muster.execute(Declare(by=Actor.cli("test"), title="Checkout is down", severity="P1"))
    async with built.database.transaction() as connection:
        await connection.execute(update(outbox).where(outbox.c.kind == "post").values(status="refused", error="no"))
        await pace.close(connection, "chat.postMessage", timedelta(seconds=90), timedelta(seconds=1), 1)
        await pace.close(connection, "chat.postMessage|C1", timedelta(seconds=90), timedelta(seconds=1), 1)
    findings = await found(built)
    assert findings["Refused"].fault
    assert findings["Refused"].what == "1 message or change refused for good"
    assert findings["Timers"].fault
    assert "should have rung, the first 25 min ago" in findings["Timers"].what
    limits = findings["Slack's limits"]
    assert not limits.fault
    assert limits.what.startswith("Slack wants no more of chat.postMessage for 1 min")
    assert "chat.postMessage in C1 for 1 min" in limits.what
    assert show(findings.values()) == 2
    assert "mend:  muster outbox list" in capsys.readouterr().out
