"""The actions of `schedgen`: programs that stand in for Docker and the scripts, a real Redis and a real Postgres."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from bot.diagnostics.result import Verdict
from bot.diagnostics.target import Target
from bot.domain.action_rules import ActionRule, WrongParameter, parse
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.redis import OwnRedis, own_redis
from tests.support.sickness import connected
from tests.support.stand_in_tables import TABLES
from tests.support.targets import asked, by_check

CHECKOUT = "/path/to/schedgen"
COMPOSE = f"docker-compose --file {CHECKOUT}/docker-compose.yml"
REDIS = "docker exec redis redis-cli"
#: What is given, what is run before, and what is run then.
COMMANDS: dict[str, tuple[dict[str, str], str, str]] = {
    "restart": ({"service": "pdf-worker"}, f"{COMPOSE} ps pdf-worker", f"{COMPOSE} restart pdf-worker"),
    "recreate": (
        {"service": "backend"},
        f"{COMPOSE} config --quiet",
        f"{COMPOSE} up -d --no-deps --force-recreate backend",
    ),
    "scale-workers": ({}, f"{COMPOSE} ps pdf-worker", f"{COMPOSE} up -d --scale pdf-worker=10"),
    "scale-backend": ({}, f"{COMPOSE} ps backend", f"{COMPOSE} up -d --scale backend=3"),
    "roll-back": ({}, f"git -C {CHECKOUT} log --oneline -10", f"{CHECKOUT}/scripts/rollback.sh"),
    "smoke-tests": ({}, "", f"{CHECKOUT}/scripts/smoke-test.sh"),
    "redis-memory": ({"mib": "512"}, f"{REDIS} CONFIG GET maxmemory", f"{REDIS} CONFIG SET maxmemory 512mb"),
    "free-disk": ({}, "docker system df", "docker system prune --all --force"),
}
#: Which keys are left of `KEYS`.
FLUSHES = {
    "clear-stalled": {"bull:pdf-processing:wait", "sess:bob", "cache:page"},
    "clear-sessions": {"bull:pdf-processing:wait", "bull:pdf-processing:active", "cache:page"},
    "clear-cache": set(),
}
ENDS = {"end-session": "locks", "end-query": "long_statements", "end-idle": "idle_in_transaction"}


@cache
def policy() -> Policy:
    return read_pack("schedgen", root=RUNBOOKS)


def rule(name: str) -> ActionRule:
    found = policy().action(name)
    assert found is not None
    return found


def at(name: str, url: str) -> Target:
    """A target of the pack, all of whose settings have one value."""
    (one,) = (each for each in policy().targets if each.name == name)
    options: Any = one.options
    values = dict.fromkeys(options.settings(), url)
    return Target(name=one.name, kind=one.kind, options=options, thresholds=one.thresholds, value_of=values.get)


def test_every_action_of_the_pack_is_tried_here() -> None:
    assert {action.name for action in policy().actions} == {*COMMANDS, *FLUSHES, *ENDS}


@pytest.mark.parametrize("name", [*COMMANDS, *FLUSHES, *ENDS])
def test_an_action_is_for_those_at_work_and_says_what_it_does(name: str) -> None:
    action = rule(name)
    assert set(action.allowed.roles) == {"commander", "responder", "engineering", "infrastructure"}
    assert action.title
    assert action.does.endswith(".")


def test_what_can_be_undone_may_go_first_and_what_throws_data_away_never_does() -> None:
    approvals = {name: rule(name).approvals for name in [*COMMANDS, *FLUSHES, *ENDS]}
    assert {name for name, one in approvals.items() if one.count == 0} == {"smoke-tests"}
    assert {name for name, one in approvals.items() if one.count and not one.emergency} == set(FLUSHES)
    assert set(approvals["clear-cache"].roles) == {"commander", "engineering"}
    assert all(one.other_person for one in approvals.values())


def programs(folder: Path, status: int = 0) -> Path:
    """A checkout and programs that write down how they were called, and end with this status."""
    for path in ("docker", "docker-compose", "git", "checkout/scripts/rollback.sh", "checkout/scripts/smoke-test.sh"):
        program = folder / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "$0 $*" >> {folder}/called\nexit {status}\n')
        program.chmod(0o755)
    return folder / "checkout"


def on(checkout: Path, name: str) -> Action:
    """An action that runs a program, with the checkout where this test has it."""
    action = rule(name)
    options: Any = action.options

    def there(argv: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.replace(CHECKOUT, str(checkout)) for word in argv)

    changed = {"argv": there(options.argv), "rehearse": there(options.rehearse) if options.rehearse else None}
    rules = {each: getattr(action, each) for each in ActionRule.__dataclass_fields__}
    return Action(rule=ActionRule(**rules | {"options": options.model_copy(update=changed)}))


def called(folder: Path) -> list[str]:
    """What was called, as one types it."""
    file = folder / "called"
    lines = file.read_text().splitlines() if file.exists() else []
    return [line.strip().replace(f"{folder}/checkout", CHECKOUT).replace(f"{folder}/", "") for line in lines]


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_is_rehearsed_and_run_as_the_document_has_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, before, then = COMMANDS[name]
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    action = on(programs(tmp_path), name)
    rehearsal = await rehearse(action, given)
    assert rehearsal.ready, rehearsal.why_not
    assert called(tmp_path) == ([before] if before else [])
    outcome = await perform(action, given, rehearsal.bound)
    assert outcome.verdict is Ending.DONE, outcome
    assert called(tmp_path)[-1] == then


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_that_fails_is_told_as_failed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, before, _ = COMMANDS[name]
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    action = on(programs(tmp_path), name)
    bound = (await rehearse(action, given)).bound
    programs(tmp_path, status=3)
    assert (await rehearse(action, given)).ready is not bool(before)
    outcome = await perform(action, given, bound)
    assert outcome.verdict is Ending.FAILED
    assert "status 3" in outcome.said


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("restart", {"service": "backend; reboot"}, "Service"),
        ("restart", {"service": "muster"}, "Service"),
        ("restart", {}, "is missing"),
        ("recreate", {"service": "postgres"}, "Service"),
        ("scale-workers", {"workers": "11"}, "PDF workers"),
        ("scale-workers", {"workers": "0"}, "PDF workers"),
        ("scale-backend", {"backends": "4"}, "Backends"),
        ("redis-memory", {"mib": "32"}, "MiB"),
        ("end-query", {"pid": "0"}, "Process id"),
    ],
)
def test_a_value_past_its_limits_is_refused(name: str, given: Mapping[str, str], said: str) -> None:
    with pytest.raises(WrongParameter, match=said):
        parse(rule(name), given)


async def test_the_container_that_is_down_fills_the_restart_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'redis: Up 3 days'\necho 'schedgen_pdf-worker_2: Exited (137) 4 minutes ago'\n")
    docker.chmod(0o755)
    found = by_check(await asked(at("containers", "")))["running"]
    assert found.verdict is Verdict.CRITICAL
    assert rule("restart").filled("running", found.facts) == {"service": "pdf-worker"}
    docker.write_text("#!/bin/sh\necho 'grafana: Exited (1) 4 minutes ago'\n")
    found = by_check(await asked(at("containers", "")))["running"]
    assert (found.verdict, dict(found.facts)) == (Verdict.CRITICAL, {})


@pytest.mark.parametrize(
    ("says", "verdict"), [("0.0.0.0:3000 0.0.0.0:* LISTEN", "OK"), ("0.0.0.0:30001 x", "CRITICAL")]
)
async def test_the_port_of_the_backend_is_one_that_somebody_listens_on(
    says: str, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program = tmp_path / "netstat"
    program.write_text(f"#!/bin/sh\necho 'tcp 0 0 {says}'\n")
    program.chmod(0o755)
    assert by_check(await asked(at("ports", "")))["listening"].verdict == Verdict[verdict]


async def filled(redis: OwnRedis) -> None:
    for key in ("bull:pdf-processing:wait", "bull:pdf-processing:active", "sess:bob", "cache:page"):
        await redis.client.rpush(key, 1)


@pytest.mark.parametrize("name", FLUSHES)
async def test_only_the_keys_that_an_action_names_are_thrown_away(name: str) -> None:
    async with own_redis() as redis:
        await filled(redis)
        action = Action(
            rule=rule(name),
            target=at("queues", "redis://nobody.invalid"),
            value_of={"MUSTER_ACT_REDIS_URL": redis.url}.get,
        )
        rehearsal = await rehearse(action, {})
        assert rehearsal.ready, rehearsal.why_not
        assert await redis.client.dbsize() == 4
        assert (await perform(action, {}, rehearsal.bound)).verdict is Ending.DONE
        assert {key.decode() if isinstance(key, bytes) else key for key in await redis.client.keys()} == FLUSHES[name]


@pytest.mark.parametrize("name", ENDS)
async def test_a_session_of_the_database_is_ended(name: str, empty_database: str) -> None:
    async with connected(empty_database, "backend") as backend:
        await backend.execute("BEGIN")
        pid = backend.get_server_pid()
        assert rule(name).filled(ENDS[name], {"pid": str(pid)}) == {"pid": str(pid)}
        target = at("db", empty_database)
        action = Action(rule=rule(name), target=target, value_of=target.value_of)
        rehearsal = await rehearse(action, {"pid": pid})
        assert rehearsal.ready, rehearsal.why_not
        assert (await perform(action, {"pid": pid}, rehearsal.bound)).verdict is Ending.DONE
    async with connected(empty_database) as doctor:
        assert not await doctor.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", pid)


@pytest.mark.parametrize("name", FLUSHES)
async def test_the_login_of_an_action_that_is_not_set_is_named(name: str) -> None:
    rehearsal = await rehearse(Action(rule=rule(name), target=at("queues", "redis://nobody.invalid")), {})
    assert not rehearsal.ready
    assert "MUSTER_ACT_REDIS_URL" in rehearsal.why_not


async def test_a_statement_that_is_shown_has_no_values(empty_database: str) -> None:
    (tables,) = (each for each in TABLES if (each.pack, each.target) == ("schedgen", "db-sessions"))
    async with connected(empty_database) as session:
        await session.execute(tables.sql)
    found = by_check(await asked(at("db-sessions", empty_database)))
    for check, number in (("active", 2), ("transactions", 3)):
        result = found[check]
        assert result.rows is not None
        assert (result.verdict, result.value, result.threshold) == (Verdict.OK, number, "none set")
        assert "bob" not in str(result.rows)
        assert "id = ?" in str(result.rows)
        assert result.rows.rows[0][0] == str(number)  # the longest first
    assert found["pool"].rows is not None
    assert found["pool"].rows.rows == (("39", "2", "36", "1"),)
