"""What `journey` runs and reads on its own machine: programs that stand in for the real ones, and sync-engine's log."""

import os
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from bot.diagnostics.result import Result, Verdict
from bot.diagnostics.target import Target
from bot.domain.action_rules import WrongParameter, parse
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.targets import NOW, asked, by_check

HOME = "/srv/journey"
#: What each check says while all is well, and when it is not; what is only told has no such words.
ZEABUR = {
    "deployment": ("deployment get --service-name journey-api", "abc journey RUNNING main", "abc journey CRASHED main"),
    "log": (
        "deployment log --type=runtime --service-name journey-api",
        "GET /api/journeys 200",
        "Unhandled rejection: TypeError: journeys is undefined",
    ),
    "memory": ("service metric MEMORY --name journey-api", "Avg 212MB, Max 240MB", ""),
    "cpu": ("service metric CPU --name journey-api", "Avg 12m, Max 80m", ""),
}
LINES = {
    "errors": "ERROR acme: something broke",
    "lately": "ERROR acme: something broke just now",
    "unauthorized": "acme: GHL answered 401 Unauthorized",
    "rate-limit": "acme: GHL answered 429 Too Many Requests",
    "validation": "acme: Validation Error on contact 4711",
    "timeouts": "acme: connect ETIMEDOUT 10.0.0.7:443",
    "constraint": "acme: PrismaClientKnownRequestError P2002",
}
#: What each action has sync-engine do for a client.
SYNCS = {
    "sync-client": "sync --client acme --verbose",
    "sync-again": "sync --client acme --force",
    "sync-reset": "sync --client acme --reset",
    "sync-skipping": "sync --client acme --skip-errors",
    "test-ghl": "test-ghl --client acme",
    "test-airtable": "test-airtable --client acme",
}
TESTS = {"test-ghl", "test-airtable"}
#: What is for all of the API's users may be in a hurry; one client's sync is not.
URGENT = {"restart-service", "end-session"}


@cache
def policy() -> Policy:
    return read_pack("journey", root=RUNBOOKS)


def target(name: str, **changed: Any) -> Target:
    (rule,) = (one for one in policy().targets if one.name == name)
    options: Any = rule.options
    return Target(name=rule.name, kind=rule.kind, options=options.model_copy(update=changed))


def action(name: str, home: Path | str = HOME) -> Action:
    """An action of the pack, where sync-engine lives somewhere else."""
    rule = policy().action(name)
    assert rule is not None
    options: Any = rule.options
    argv = tuple(argument.replace(HOME, str(home)) for argument in options.argv)
    return Action(rule=options.model_copy(update={"argv": argv}).rule())


def program(folder: Path, name: str, says: str, status: int = 0) -> None:
    """Puts a program into a folder that writes down how and where it was called, and says this."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho \"$(pwd): $*\" >> {folder}/called\ncat <<'END'\n{says}\nEND\nexit {status}\n")
    path.chmod(0o755)


def called(folder: Path) -> list[str]:
    return (folder / "called").read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found before any others."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


async def found(name: str, check: str, **changed: Any) -> Result:
    return by_check(await asked(target(name, **changed)))[check]


@pytest.mark.parametrize("check", ZEABUR)
async def test_what_zeabur_says_of_the_container_is_judged_by_what_the_document_looks_for(
    check: str, folder: Path
) -> None:
    asks, well, ill = ZEABUR[check]
    (one,) = (rule for rule in target("zeabur").options.commands if rule.name == check)
    for says in filter(None, (well, ill)):
        program(folder, "zeabur", says)
        result = await found("zeabur", check, commands=(one,))
        assert (result.verdict is Verdict.OK) is (says == well), result
        assert f"{asks} -i=false" in called(folder)[-1]
        assert says == well or "api-downtime" in result.next_step


def test_every_command_of_zeabur_has_been_seen() -> None:
    assert [rule.name for rule in target("zeabur").options.commands] == list(ZEABUR)


async def test_who_uses_most_memory_is_shown_and_not_judged() -> None:
    result = await found("processes", "memory")
    assert result.verdict is Verdict.OK, result
    assert "%MEM" in str(result.rows) + result.explanation


def written(folder: Path, line: str, ago: timedelta = timedelta(minutes=1)) -> tuple[str]:
    """A log of today's with one line, some time before the diagnosis."""
    at = NOW - ago
    path = folder / f"sync-{at:%Y-%m-%d}.log"
    path.write_text(f"{at:%Y-%m-%dT%H:%M:%S}Z {line}\n")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return (str(folder / "sync-*.log"),)


async def sync_log(folder: Path, line: str) -> Mapping[str, Result]:
    return by_check(await asked(target("sync-log", paths=written(folder, line))))


async def test_a_quiet_log_of_sync_engine_is_well(tmp_path: Path) -> None:
    results = await sync_log(tmp_path, "INFO acme: 12 contacts brought over")
    assert {result.verdict for result in results.values()} == {Verdict.OK}, results


@pytest.mark.parametrize("check", LINES)
async def test_an_error_of_the_documents_table_is_found_in_the_log(check: str, tmp_path: Path) -> None:
    results = await sync_log(tmp_path, LINES[check])
    assert results[check].verdict is Verdict.WARN, results[check]
    assert "sync-engine-failures" in results[check].next_step
    assert {name for name, one in results.items() if one.verdict is not Verdict.OK} <= {check, "errors", "lately"}


async def test_an_error_of_half_an_hour_ago_does_not_keep_a_sync_from_being_over(tmp_path: Path) -> None:
    paths = written(tmp_path, LINES["errors"], timedelta(minutes=30))
    results = by_check(await asked(target("sync-log", paths=paths)))
    assert results["errors"].verdict is Verdict.WARN, results["errors"]
    assert results["lately"].verdict is Verdict.OK, results["lately"]


def test_every_pattern_of_the_log_has_been_found() -> None:
    assert [rule.name for rule in target("sync-log").options.patterns] == list(LINES)


def test_every_action_of_the_pack_is_tried_here() -> None:
    assert {one.name for one in policy().actions} == {*SYNCS, "restart-service", "end-session"}


@pytest.mark.parametrize("name", [*SYNCS, "restart-service", "end-session"])
def test_what_changes_something_has_one_person_more_agree(name: str) -> None:
    rule = policy().action(name)
    assert rule is not None
    assert rule.approvals.count == (0 if name in TESTS else 1)
    assert rule.approvals.emergency is (name in URGENT)


@pytest.mark.parametrize("name", SYNCS)
async def test_sync_engine_is_run_for_one_client_where_it_lives(name: str, folder: Path) -> None:
    engine = folder / "scripts" / "sync-engine"
    engine.mkdir(parents=True)
    program(folder, "node", "12 contacts brought over")
    here = action(name, folder)
    rehearsal = await rehearse(here, {"client": "acme"})
    assert rehearsal.ready, rehearsal.why_not
    assert not (folder / "called").exists()
    outcome = await perform(here, {"client": "acme"}, rehearsal.bound)
    assert outcome.verdict is Ending.DONE, outcome
    assert called(folder) == [f"{engine}: src/cli.js {SYNCS[name]}"]
    assert "12 contacts" in outcome.output


@pytest.mark.parametrize("client", ["--reset", "../acme", "acme --force", ""])
def test_a_client_is_a_slug_and_nothing_else(client: str) -> None:
    with pytest.raises(WrongParameter):
        parse(action("sync-again").rule, {"client": client})


async def test_a_service_is_looked_up_at_zeabur_and_then_restarted(folder: Path) -> None:
    program(folder, "zeabur", "Service <journey-api> restarted successfully")
    restart = action("restart-service")
    rehearsal = await rehearse(restart, {})
    assert rehearsal.ready, rehearsal.why_not
    assert called(folder)[-1].endswith(": service get --name journey-api -i=false")
    outcome = await perform(restart, {"service": "journey-api"}, rehearsal.bound)
    assert outcome.verdict is Ending.DONE, outcome
    assert called(folder)[-1].endswith(": service restart --name journey-api --yes -i=false")
    with pytest.raises(WrongParameter):
        parse(restart.rule, {"service": "database"})


def test_the_session_to_end_is_the_one_that_the_others_wait_for() -> None:
    end = policy().action("end-session")
    assert end is not None
    assert end.offered("db", "locks")
    assert end.filled("locks", {"pid": "4711"}) == {"pid": "4711"}
