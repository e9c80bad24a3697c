"""The actions of `ai-booking`: requests to a stand-in for Render's API, and real backups of a real database."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from bot.diagnostics.result import Verdict
from bot.diagnostics.target import Target
from bot.domain.action_rules import WrongParameter, parse
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.contrib import counting_postgres
from tests.support.needs import needs
from tests.support.sickness import connected
from tests.support.targets import NOW, asked, by_check

SERVICE, DATABASE = "/v1/services/srv-1", "/v1/postgres/dpg-1"
#: As long as Render's own, and as random.
LIVE, BEFORE = "dep-d2f8k1qli9vc73b6s0e0", "dep-d2f7a3nfte5s738h1ubg"
COMMIT = "4f1c2a9"
#: What is given, what is asked before, and what is asked and sent then.
REQUESTS: dict[str, tuple[dict[str, str], str, str, object]] = {
    "restart-service": ({}, SERVICE, f"POST {SERVICE}/restart", None),
    "roll-back": (
        {"deploy": BEFORE},
        f"{SERVICE}/deploys/{BEFORE}",
        f"POST {SERVICE}/rollback",
        {"deployId": BEFORE},
    ),
    "deploy-commit": (
        {"commit": COMMIT},
        SERVICE,
        f"POST {SERVICE}/deploys",
        {"commitId": COMMIT, "clearCache": "do_not_clear"},
    ),
    "scale-service": ({"copies": "3"}, SERVICE, f"POST {SERVICE}/scale", {"numInstances": 3}),
    "stop-service": ({}, SERVICE, f"POST {SERVICE}/suspend", None),
    "start-service": ({}, SERVICE, f"POST {SERVICE}/resume", None),
    "set-pool": (
        {"size": "20"},
        f"{SERVICE}/env-vars/DB_POOL_MAX",
        f"PUT {SERVICE}/env-vars/DB_POOL_MAX",
        {"value": "20"},
    ),
    "resume-database": ({}, DATABASE, f"POST {DATABASE}/resume", None),
}
OTHERS = {"end-session", "end-query", "end-idle", "back-up", "list-backup"}


@cache
def policy() -> Policy:
    return read_pack("ai-booking", root=RUNBOOKS)


@dataclass
class Render:
    """What stands in for Render's API: what it was asked, and how it answers."""

    host: str = ""
    status: int = 200
    asked: list[tuple[str, object]] = field(default_factory=list)

    def action(self, name: str) -> Action:
        rule = policy().action(name)
        assert rule is not None
        settings = {
            "MUSTER_RENDER_SERVICE_URL": self.host + SERVICE,
            "MUSTER_RENDER_DATABASE_URL": self.host + DATABASE,
            "MUSTER_ACT_RENDER_TOKEN": "rnd-4711",
        }
        return Action(rule=rule, value_of=settings.get)


@pytest.fixture
async def render() -> AsyncIterator[Render]:
    there = Render()

    async def handle(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer rnd-4711":
            return web.Response(status=401)
        body = await request.read()
        there.asked.append((f"{request.method} {request.rel_url}", json.loads(body) if body else None))
        return web.json_response({"id": "srv-1"}, status=there.status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    there.host = str(server.make_url("/")).rstrip("/")
    try:
        yield there
    finally:
        await server.close()


def test_every_action_of_the_pack_is_tried_here() -> None:
    assert {action.name for action in policy().actions} == REQUESTS.keys() | OTHERS


@pytest.mark.parametrize("name", [*REQUESTS, *sorted(OTHERS)])
def test_an_action_is_for_those_who_respond_and_one_person_more_agrees(name: str) -> None:
    action = policy().action(name)
    assert action is not None
    assert (set(action.allowed.roles), "on-call" in action.allowed.groups) == ({"commander", "responder"}, True)
    assert action.approvals.count == (0 if name == "list-backup" else 1)
    assert action.approvals.emergency is (name not in {"list-backup", "scale-service"})
    assert action.approvals.other_person
    assert action.does.endswith(".")


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_request_is_shown_and_looked_up_first_and_then_sent_once(name: str, render: Render) -> None:
    given, before, request, body = REQUESTS[name]
    rehearsal = await rehearse(render.action(name), given)
    assert rehearsal.ready, rehearsal.why_not
    assert render.asked == [(f"GET {before}", None)]
    outcome = await perform(render.action(name), given, rehearsal.bound)
    assert outcome.verdict is Ending.DONE, outcome
    assert render.asked[1:] == [(request, body)]
    assert "rnd-4711" not in str(rehearsal) + str(outcome)


@pytest.mark.parametrize("name", REQUESTS)
async def test_what_render_does_not_know_cannot_be_run(name: str, render: Render) -> None:
    render.status = 404
    rehearsal = await rehearse(render.action(name), REQUESTS[name][0])
    assert not rehearsal.ready
    assert "404" in rehearsal.why_not


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("roll-back", {"deploy": "dep-1/../.."}),
        ("deploy-commit", {"commit": "main"}),
        ("scale-service", {"copies": "11"}),
        ("scale-service", {"copies": "0"}),
        ("set-pool", {"size": "0"}),
        ("set-pool", {"size": "many"}),
        ("back-up", {"name": "../../etc/passwd"}),
        ("list-backup", {"name": "--help"}),
    ],
)
def test_a_value_that_means_something_else_is_not_taken(name: str, given: dict[str, str]) -> None:
    action = policy().action(name)
    assert action is not None
    with pytest.raises(WrongParameter):
        parse(action, given)


def target(name: str, url: str) -> Target:
    (one,) = (each for each in policy().targets if each.name == name)
    options: Any = one.options
    return Target(
        name=one.name,
        kind=one.kind,
        options=options,
        thresholds=one.thresholds,
        value_of=dict.fromkeys(options.settings(), url).get,
    )


@pytest.mark.parametrize(("minutes", "verdict"), [(10, Verdict.WARN), (120, Verdict.OK)])
async def test_renders_deployments_say_what_changed_and_which_one_to_go_back_to(minutes: int, verdict: Verdict) -> None:
    def deploy(name: str, ago: timedelta) -> dict[str, object]:
        at = f"{NOW - ago:%Y-%m-%dT%H:%M:%S}.906Z"
        commit = {"id": COMMIT, "message": "Faster bookings", "createdAt": at}
        return {"deploy": {"id": name, "commit": commit, "status": "live", "finishedAt": at}, "cursor": "c"}

    async def handle(request: web.Request) -> web.Response:
        assert request.rel_url.query.getall("status") == ["live", "deactivated"]
        return web.json_response([deploy(LIVE, timedelta(minutes=minutes)), deploy(BEFORE, timedelta(days=3))])

    app = web.Application()
    app.router.add_get(f"{SERVICE}/deploys", handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        url = f"{server.make_url(SERVICE)}/deploys?status=live&status=deactivated"
        result = by_check(await asked(target("deployments", url)))["changes"]
    finally:
        await server.close()
    assert result.verdict is verdict, result
    assert ("high-error-rate" in result.next_step) is (verdict is Verdict.WARN)
    roll_back = policy().action("roll-back")
    assert roll_back is not None
    assert roll_back.offered("deployments", "changes")
    assert parse(roll_back, roll_back.filled("changes", result.facts)) == {"deploy": BEFORE}


@pytest.mark.parametrize(
    ("name", "check"),
    [("end-session", "locks"), ("end-query", "long_statements"), ("end-idle", "idle_in_transaction")],
)
def test_the_session_to_end_is_the_one_that_others_wait_for_or_that_runs_for_long(name: str, check: str) -> None:
    end = policy().action(name)
    assert end is not None
    assert end.offered_on == (check,)
    assert end.filled(check, {"pid": "4711"}) == {"pid": "4711"}


@pytest.fixture
def packaged() -> Iterator[str]:
    """A server of the version that pg_dump has here: it dumps none that is newer."""
    needs("pg_dump")
    with counting_postgres() as url:
        yield url


async def test_a_backup_is_made_and_its_list_read_and_a_database_that_is_away_stops_it(
    packaged: str, tmp_path: Path
) -> None:
    async with connected(packaged) as session:
        await session.execute("CREATE TABLE booking (id int); INSERT INTO booking VALUES (1)")
    where = urlsplit(packaged)
    known = {"host": where.hostname, "port": where.port, "user": where.username, "password": where.password}
    known |= {"dbname": where.path[1:], **dict(parse_qsl(where.query))}
    services = tmp_path / "services.conf"

    def written(**changed: str) -> None:
        lines = [f"{key}={value}" for key, value in {**known, **changed}.items() if value]
        services.write_text("\n".join(["[ai-booking]", *lines, ""]))

    def action(name: str) -> Action:
        rule = policy().action(name)
        assert rule is not None
        options: Any = rule.options
        here = [argument.replace("/var/backups/ai-booking", str(tmp_path)) for argument in options.argv]
        changed = options.model_copy(update={"argv": tuple(here)}).rule()
        return Action(rule=changed, value_of={"MUSTER_BACKUP_SERVICE_FILE": str(services)}.get)

    given = {"name": "before-restore"}
    written(dbname="gone")
    away = await rehearse(action("back-up"), given)
    assert not away.ready
    written()
    for name, said in (("back-up", ""), ("list-backup", "TABLE DATA public booking")):
        rehearsal = await rehearse(action(name), given)
        assert rehearsal.ready, rehearsal.why_not
        outcome = await perform(action(name), given, rehearsal.bound)
        assert outcome.verdict is Ending.DONE, outcome
        assert said in outcome.output
    assert any((tmp_path / "before-restore").iterdir())
    rehearsal = await rehearse(action("back-up"), given)
    again = await perform(action("back-up"), given, rehearsal.bound)
    assert again.verdict is Ending.FAILED, "a backup of that name is there, and stays as it is"
