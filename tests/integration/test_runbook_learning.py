"""What is learned from runs of runbooks: read from a real database, and printed at a terminal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.application.execute import Muster
from bot.cli.main import app
from bot.diagnostics.runner import known_checks
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.events import RunbookStarted, kind_of
from bot.domain.runbook_run import Outcome
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.bind import bind
from bot.runbooks.parse import parse_runbook
from bot.store.database import Database
from bot.store.learning import Happened, of_runbooks
from tests.integration.conftest import Clock
from tests.support.walking import begin, mark

RUNNER = CliRunner()
ALICE = Actor.person("U0ALICE")
TITLE = "HighQueueDepth on mail: 900 messages wait"


async def walk(muster: Muster, *, drill: bool = False, private: bool = False) -> str:
    """An incident with a run of three steps, one of which failed."""
    declared = c.Declare(by=ALICE, title=TITLE, severity="P1", drill=drill, private=private)
    ref = (await muster.execute(declared)).incident.ref
    failed = mark(ALICE, 3, Outcome.FAILED, why="They died again")
    for command in (begin(ALICE), mark(ALICE, 1), mark(ALICE, 2, picked="Nobody"), failed):
        await muster.execute(command, ref=ref)
    return ref


async def read(muster: Muster, **options: object) -> Happened:
    async with muster.database.transaction() as connection:
        return await of_runbooks(connection, **options)  # type: ignore[arg-type] # each test says which


async def test_only_what_happened_in_runs_is_read_each_incident_by_itself(muster: Muster) -> None:
    first, second = await walk(muster), await walk(muster)
    await muster.execute(c.AddNote(by=ALICE, text="Not of a run"), ref=first)
    await muster.execute(c.Declare(by=ALICE, title="Nobody walked anything", severity="P2"))
    found = await read(muster)
    assert [ref for ref, _ in found.entries] == [second] * 4 + [first] * 4
    kinds = [kind_of(type(entry.event)) for _, entry in found.entries[:4]]
    assert kinds == ["runbook_started", "step_marked", "step_marked", "step_marked"]
    assert found.whole


async def test_what_a_run_begins_with_comes_without_its_steps(muster: Muster) -> None:
    await walk(muster)
    [(_, began), *_] = (await read(muster)).entries
    assert isinstance(began.event, RunbookStarted)
    assert (began.event.title, began.event.steps, began.by) == ("Queue backlog", (), ALICE)


async def test_drills_count_only_where_somebody_asks_for_them(muster: Muster) -> None:
    await walk(muster, drill=True)
    assert (await read(muster)).entries == ()
    assert len((await read(muster, drills=True)).entries) == 4


async def test_what_is_older_is_left_out(muster: Muster, clock: Clock) -> None:
    await walk(muster)
    clock.advance(days=3)
    new = await walk(muster)
    found = await read(muster, since=clock() - timedelta(days=1))
    assert {ref for ref, _ in found.entries} == {new}


async def test_what_does_not_fit_are_whole_incidents_the_oldest(muster: Muster) -> None:
    await walk(muster)
    new = await walk(muster)
    found = await read(muster, most=6)
    assert [ref for ref, _ in found.entries] == [new] * 4
    assert not found.whole
    assert (await read(muster, most=8)).whole


@pytest.fixture
def made(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Carries something out on the database that the command line reads; returns what that returns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)

    def make(work: Callable[[Muster], Awaitable[str]]) -> str:
        async def go() -> str:
            store = Database(database)
            try:
                return await work(Muster(store, read_pack("default", root=RUNBOOKS), Clock()))
            finally:
                await store.close()

        return asyncio.run(go())

    return make


def muster_runbooks(*words: str) -> Result:
    return RUNNER.invoke(app, ["runbooks", *words])


def test_stats_say_which_runbook_was_walked_and_which_of_its_steps_did_not_help(made: Callable[..., str]) -> None:
    made(walk)
    result = muster_runbooks("stats")
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert [name.lower() for name in lines[0]] == [
        "runbook",
        "runs",
        "finished",
        "left",
        "median",
        "last used",
        "title",
    ]
    assert lines[1][:3] == ["queue-backlog", "1", "0 (0%)"]
    worst = next(line for line in lines if "Restart the workers" in line)
    assert worst == ["queue-backlog", "Restart the workers", "1", "", "1", "0 s"]
    assert "Never walked" in result.stdout
    assert "service-down" in {line[0] for line in lines}


def test_stats_for_machines_have_everything(made: Callable[..., str]) -> None:
    made(walk)
    found = json.loads(muster_runbooks("stats", "--json").stdout)
    [used] = found["used"]
    assert (used["name"], used["runs"], used["finished"], used["in_pack"]) == ("queue-backlog", 1, 0, True)
    assert next(step["title"] for step in used["steps"]) == "Restart the workers"
    assert "queue-backlog" not in found["never"]
    assert {one["name"] for one in found["not_reviewed"]} <= {path.stem for path in (RUNBOOKS / "default").glob("*.md")}


def test_stats_of_nothing_say_how_to_begin(made: Callable[..., str]) -> None:
    result = muster_runbooks("stats", "--since", "90d")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("No runbook was walked.")


def test_practice_is_counted_only_with_drills_and_what_is_old_not_since(made: Callable[..., str]) -> None:
    made(lambda muster: walk(muster, drill=True))
    assert muster_runbooks("stats").stdout.startswith("No runbook was walked.")
    assert "Restart the workers" in muster_runbooks("stats", "--drills").stdout
    assert "Restart the workers" not in muster_runbooks("stats", "--drills", "--since", "1d").stdout


def test_a_length_of_time_that_is_none_is_refused_in_a_sentence(made: Callable[..., str]) -> None:
    result = muster_runbooks("stats", "--since", "a while")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "a while" in result.stderr


async def resolved(muster: Muster, *, private: bool = False) -> str:
    ref = await walk(muster, private=private)
    found = c.RecordDiagnostic(
        by=MUSTER,
        target="db",
        run="r1",
        evidence=1,
        digest="ab" * 32,
        verdict="OK",
        findings=("All is well",),
        took_ms=1,
    )
    for command in (
        c.RequestDiagnostic(by=ALICE, target="db", run="r1"),
        found,
        c.Resolve(by=ALICE, summary="Two workers were added", root_cause="One worker was stuck"),
    ):
        await muster.execute(command, ref=ref)
    return ref


def test_a_draft_can_be_walked_and_names_only_what_the_pack_allows(made: Callable[..., str]) -> None:
    ref = made(resolved)
    Path("drafts").mkdir()
    result = muster_runbooks("draft", ref, "-o", "drafts/mail.md")
    assert result.exit_code == 0, result.output
    parsed = parse_runbook(Path("drafts/mail.md").read_bytes(), name="mail", path=Path("mail.md"))
    assert parsed.faults == ()
    bound = bind(parsed.runbook, read_pack("default", root=RUNBOOKS), checks_of=known_checks)
    assert bound.faults == ()
    assert [run.does for step in bound.steps for run in step.runs] == ["db", "db"]
    assert parsed.runbook.alerts == ()
    walked = muster_runbooks("run", "mail", "--dry-run", "--dir", "drafts")
    assert walked.exit_code == 0, walked.output
    assert "Is it the same cause?" in walked.stdout


def test_nothing_is_drafted_from_an_incident_that_still_runs(made: Callable[..., str]) -> None:
    result = muster_runbooks("draft", made(walk))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "what helped is not known before it is over" in result.stderr


def test_nothing_is_drafted_from_an_incident_that_is_not_there(made: Callable[..., str]) -> None:
    result = muster_runbooks("draft", "INC-2020-01-01-001")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "INC-2020-01-01-001" in result.stderr


def test_a_draft_from_a_private_incident_says_so_in_the_file_and_to_whoever_asked(made: Callable[..., str]) -> None:
    ref = made(lambda muster: resolved(muster, private=True))
    result = muster_runbooks("draft", ref.lower())
    assert "That incident is private" in result.stdout
    assert f"{ref} is private" in result.stderr
