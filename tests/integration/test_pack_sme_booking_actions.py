"""What `sme-booking` lets people do, as its runbooks have them do it: real files, a real checkout, a real database."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from bot.diagnostics.actions.action import Outcome
from bot.domain.action_rules import ActionRule, parse
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.actions import as_rehearsed
from tests.support.needs import needs
from tests.support.sickness import chain_of_locks, connected, until
from tests.support.targets import postgres

#: Where the pack has the application; the tests have theirs elsewhere.
APP = "/path/to/sme-booking-app"


@cache
def policy() -> Policy:
    return read_pack("sme-booking", root=RUNBOOKS)


def rule(name: str) -> ActionRule:
    found = policy().action(name)
    assert found is not None
    return found


def command(name: str, app: Path) -> Action:
    """An action of the pack that runs a program, on an application in a folder of ours."""
    found = rule(name)
    options: Any = found.options
    ours = {
        key: tuple(argument.replace(APP, str(app)) for argument in getattr(options, key))
        for key in ("argv", "rehearse")
    }
    return Action(rule=replace(found, options=options.model_copy(update=ours)))


async def done(action: Action, **given: object) -> Outcome:
    """What came of an action that was rehearsed first."""
    rehearsal = await rehearse(action, given)
    assert rehearsal.ready, rehearsal.why_not
    return await perform(action, given, rehearsal.bound)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text("DATABASE_POOL_SIZE=10\nTWILIO_MOCK=false\nSENDGRID_API_KEY=s3cret\n")
    return tmp_path


async def test_the_pool_is_made_larger_in_the_settings_and_nothing_else_is_touched(app: Path) -> None:
    outcome = await done(command("pool-size", app), size="30")
    assert outcome.verdict is Ending.DONE
    assert (app / ".env").read_text() == "DATABASE_POOL_SIZE=30\nTWILIO_MOCK=false\nSENDGRID_API_KEY=s3cret\n"


async def test_a_mock_mode_is_switched_on_and_back(app: Path) -> None:
    before = (app / ".env").read_text()
    await done(command("mock mode", app), setting="TWILIO_MOCK", to="true")
    assert (app / ".env").read_text() == before.replace("TWILIO_MOCK=false", "TWILIO_MOCK=true")
    await done(command("switch", app), setting="TWILIO_MOCK", to="false")
    assert (app / ".env").read_text() == before


async def test_a_setting_that_is_not_there_is_said_before_anybody_approves(app: Path) -> None:
    rehearsal = await rehearse(command("switch", app), {"setting": "SENDGRID_MOCK", "to": "true"})
    assert not rehearsal.ready
    assert "s3cret" not in str(rehearsal)


async def git(folder: Path, *words: str) -> str:
    person = {f"GIT_{who}_{what}": "b@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    process = await asyncio.create_subprocess_exec(
        needs("git"), "-C", str(folder), *words, env={**os.environ, **person}, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().strip()


@pytest.fixture
async def checkout(tmp_path: Path) -> Path:
    """A checkout with a bad commit, and the remote that it was pushed to."""
    remote, folder = tmp_path / "remote", tmp_path / "app"
    for path in (remote, folder):
        path.mkdir()
    await git(remote, "init", "--quiet", "--bare", "--initial-branch=main")
    await git(folder, "init", "--quiet", "--initial-branch=main")
    await git(folder, "remote", "add", "origin", str(remote))
    for number, text in enumerate(("works\n", "broken\n")):
        (folder / "booking.ts").write_text(text)
        await git(folder, "add", ".")
        await git(folder, "commit", "--quiet", "--message", f"Release {number}")
    await git(folder, "push", "--quiet", "--set-upstream", "origin", "main")
    return folder


async def test_a_bad_commit_is_taken_back_and_pushed(checkout: Path) -> None:
    commit = await git(checkout, "rev-parse", "HEAD")
    given = rule("revert").filled("changes", {"latest": commit})
    rehearsal = await rehearse(command("revert", checkout), given)
    assert "Release 1" in rehearsal.output
    assert "booking.ts" in rehearsal.output
    assert (checkout / "booking.ts").read_text() == "broken\n"
    assert (await done(command("revert", checkout), **given)).verdict is Ending.DONE
    assert (checkout / "booking.ts").read_text() == "works\n"
    assert (await done(command("push", checkout))).verdict is Ending.DONE
    assert await git(checkout.parent / "remote", "log", "-1", "--format=%s %an") == 'Revert "Release 1" Muster'


async def test_a_commit_that_is_none_is_refused_and_nothing_is_committed(checkout: Path) -> None:
    before = await git(checkout, "rev-parse", "HEAD")
    for commit in ("main", "HEAD~1", "--all", "deadbee"):
        assert not (await rehearse(command("revert", checkout), {"commit": commit})).ready
    assert await git(checkout, "rev-parse", "HEAD") == before


def program(folder: Path, name: str, says: str, status: int = 0) -> None:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{says} $*"\nexit {status}\n')
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found before any others."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


async def test_the_application_is_restarted_by_its_unit(programs: Path) -> None:
    program(programs, "systemctl", "asked to")
    outcome = await done(command("restart", programs))
    assert (outcome.verdict, outcome.output) == (Ending.DONE, "asked to restart sme-booking-app")
    program(programs, "systemctl", "Interactive authentication required:", 1)
    assert not (await rehearse(command("restart", programs), {})).ready


async def test_the_checkout_is_built_where_it_is(programs: Path, checkout: Path) -> None:
    program(programs, "npm", "asked to")
    outcome = await done(command("build", checkout))
    assert outcome.output == f"asked to --prefix {checkout} run build"


Heard = list[tuple[str, str, Any, str]]


@asynccontextmanager
async def answering(status: int = 200) -> AsyncIterator[tuple[str, Heard]]:
    """A server that keeps what it was sent: method, path, JSON and the token."""
    heard: Heard = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.text()
        token = request.headers.get("Authorization", "")
        heard.append((request.method, request.path, json.loads(body) if body else None, token))
        return web.json_response({"id": 4711}, status=status)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/")).rstrip("/"), heard
    finally:
        await server.close()


async def test_a_test_booking_is_the_one_of_the_document() -> None:
    async with answering(201) as (url, heard):
        action = Action(rule=rule("test-booking"), value_of={"MUSTER_ACT_APP_URL": url}.get)
        outcome = await done(action, **parse(action.rule, {"at": "2025-02-10T14:00:00Z"}))
    assert outcome.verdict is Ending.DONE
    assert [each[:2] for each in heard] == [("GET", "/api/health"), ("POST", "/api/v1/bookings")]
    assert heard[-1][2] == {
        "customer_name": "Test",
        "email": "test@example.com",
        "phone": "555-1234",
        "address": "123 Main St",
        "service_type": "plumbing",
        "expert_id": 1,
        "booking_time": "2025-02-10T14:00:00Z",
    }


async def test_a_test_mail_is_only_sent_when_it_is_run() -> None:
    async with answering() as (url, heard):
        found = rule("test-mail")
        options: Any = found.options
        action = Action(
            rule=replace(found, options=options.model_copy(update={"url": url})),
            value_of={"MUSTER_ACT_SENDGRID_KEY": "SG.s3cret"}.get,
        )
        outcome = await done(action, **parse(found, {"sender": "bot@example.com"}))
    assert outcome.verdict is Ending.DONE
    rehearsed, sent = heard
    assert rehearsed[2].pop("mail_settings") == {"sandbox_mode": {"enable": True}}
    assert rehearsed == sent
    assert sent[:2] == ("POST", "/v3/mail/send")
    assert sent[2]["personalizations"] == [{"to": [{"email": "test@example.com"}]}]
    assert sent[3] == "Bearer SG.s3cret"
    assert "s3cret" not in str(outcome)


@pytest.mark.parametrize(("name", "check"), [("end-session", "locks"), ("end-hanging", "long_statements")])
async def test_the_session_that_a_check_found_is_ended(name: str, check: str, empty_database: str) -> None:
    found = rule(name)
    asked_for = (
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'root' AND datname = current_database()"
    )
    async with chain_of_locks(empty_database, ["root", "waiting"]):
        async with connected(empty_database) as session:
            pid = await session.fetchval(asked_for.replace("count(*) = 1", "pid"))
        given = parse(found, found.filled(check, {"pid": str(pid)}))
        action = Action(rule=found, target=postgres(empty_database), value_of={"MUSTER_ACT_DB_URL": empty_database}.get)
        rehearsal = await rehearse(action, given)
        assert rehearsal.ready, rehearsal.why_not
        assert rehearsal.bound.keys() > as_rehearsed(action, given).keys()
        assert (await perform(action, given, rehearsal.bound)).verdict is Ending.DONE
        await until(empty_database, asked_for.replace("= 1", "= 0"))


@pytest.mark.parametrize("name", ["end-session", "end-hanging", "restart", "pool-size", "switch", "revert", "push"])
def test_what_changes_production_needs_somebody_else_or_a_reason(name: str) -> None:
    approvals = rule(name).approvals
    assert (approvals.count, approvals.other_person, approvals.emergency) == (1, True, True)


def test_only_those_who_work_on_the_incident_may_act() -> None:
    assert {one.allowed.roles for one in policy().actions} == {("commander", "responder")}
