"""What a real Redis is asked, and what its answers and refusals mean."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from bot.diagnostics.result import Report, Verdict
from tests.support.ports import Behaviour, babbles, resets, serving, silent
from tests.support.redis import SETTING, OwnRedis, own_redis, redis_at
from tests.support.targets import asked, by_check

OK, WARN, CRITICAL, NO_DATA, ERROR = Verdict.OK, Verdict.WARN, Verdict.CRITICAL, Verdict.NO_DATA, Verdict.ERROR
PASSWORD = "hunter2-and-more"


@pytest.fixture
async def redis() -> AsyncIterator[OwnRedis]:
    async with own_redis() as server:
        yield server


def nothing_else_was_asked(report: Report) -> bool:
    return {result.verdict for result in report.results[1:]} == {NO_DATA}


async def test_a_new_server_is_well_and_without_a_limit_its_memory_is_not_judged(redis: OwnRedis) -> None:
    report = await asked(redis.target())
    found = by_check(report)
    assert list(found) == ["reachability", "memory", "evictions", "clients", "persistence", "slow_log"]
    assert {result.verdict for result in report.results} == {OK}, report.findings
    assert "no maxmemory is set" in found["memory"].explanation
    assert found["reachability"].ran.splitlines()[0] == "PING"
    assert report.against == redis.url


async def test_it_is_one_connection_that_says_who_it_is(redis: OwnRedis) -> None:
    await redis.client.ping()
    before = (await redis.client.info("stats"))["total_connections_received"]
    await redis.client.config_set("slowlog-log-slower-than", 0)
    await asked(redis.target(queues=[{"name": "mail", "key": "bull:*:wait"}]))
    clients = {entry["client_name"].decode() for entry in await redis.client.slowlog_get(100) if entry["client_name"]}
    assert (await redis.client.info("stats"))["total_connections_received"] == before + 1
    assert clients == {"muster-diag"}


async def test_memory_near_its_limit_is_critical_and_evictions_warn_of_lost_data(redis: OwnRedis) -> None:
    used = (await redis.client.info("memory"))["used_memory"]
    await redis.client.config_set("maxmemory", used + 3_000_000)
    await redis.client.config_set("maxmemory-policy", "allkeys-lru")
    pipeline = redis.client.pipeline(transaction=False)
    for number in range(400):
        pipeline.set(f"sess:{number}", "x" * 20_000)
    await pipeline.execute()
    found = by_check(await asked(redis.target()))
    assert found["memory"].verdict is CRITICAL
    assert "it throws keys away (policy allkeys-lru)" in found["memory"].explanation
    assert found["evictions"].verdict is WARN
    assert "lose data" in found["evictions"].next_step


async def test_a_full_server_that_refuses_writes_says_so(redis: OwnRedis) -> None:
    await redis.client.config_set("maxmemory", 1)
    found = by_check(await asked(redis.target()))
    assert found["memory"].verdict is CRITICAL
    assert "refuses writes" in found["memory"].explanation


async def test_few_free_client_slots_warn_by_the_targets_own_threshold(redis: OwnRedis) -> None:
    await redis.client.config_set("maxclients", 20)
    found = by_check(await asked(redis.target(thresholds={"clients_warn_percent": 5})))
    assert found["clients"].verdict is WARN
    assert "of 20 possible clients" in found["clients"].explanation


async def test_a_snapshot_that_could_not_be_written_is_critical(redis: OwnRedis) -> None:
    # A folder stands where the snapshot's file should be.
    (redis.folder / "dump.rdb").mkdir()
    await redis.client.bgsave()
    async with asyncio.timeout(20):
        while (await redis.client.info("persistence"))["rdb_bgsave_in_progress"]:
            pass
    found = by_check(await asked(redis.target()))["persistence"]
    assert found.verdict is CRITICAL
    assert "last snapshot" in found.explanation


async def test_slow_commands_are_shown_by_name_and_first_key_only(redis: OwnRedis) -> None:
    await redis.client.config_set("slowlog-log-slower-than", 0)
    await redis.client.hset("cart:7", "card", "4111111111111111")
    await redis.client.set("token", PASSWORD)
    report = await asked(redis.target(thresholds={"slow_command_warn_ms": 0, "slow_command_crit_ms": 10_000}))
    found = by_check(report)["slow_log"]
    assert found.verdict is WARN
    assert found.rows is not None
    commands = {row[2] for row in found.rows.rows}
    assert {"HSET cart:7", "SET token", "CONFIG SET"} <= commands
    assert PASSWORD not in str(report.to_dict())
    assert "4111" not in str(report.to_dict())


async def test_queues_of_every_type_are_judged_by_their_longest_key(redis: OwnRedis) -> None:
    await redis.client.rpush("bull:mail:wait", *range(30))
    await redis.client.rpush("bull:images:wait", *range(5))
    await redis.client.zadd("bull:mail:delayed", {"a": 1, "b": 2})
    await redis.client.xadd("events", {"a": 1})
    await redis.client.sadd("members", 1, 2, 3)
    await redis.client.hset("jobs", "a", "b")
    queues = [
        {"name": "waiting", "key": "bull:*:wait", "warn": 10, "critical": 30},
        {"name": "delayed", "key": "bull:*:delayed", "warn": 2},
        {"name": "events", "key": "events", "warn": 10},
        {"name": "members", "key": "members"},
        {"name": "jobs", "key": "jobs", "critical": 5},
        {"name": "none", "key": "bull:*:active", "warn": 1},
    ]
    found = by_check(await asked(redis.target(queues=queues)))
    assert found["queue_waiting"].verdict is CRITICAL
    assert found["queue_waiting"].explanation == "35 entries in 2 keys; most, 30, in bull:mail:wait."
    assert found["queue_waiting"].rows is not None
    assert found["queue_waiting"].rows.rows == (("bull:mail:wait", 30), ("bull:images:wait", 5))
    assert "LLEN bull:mail:wait" in found["queue_waiting"].ran
    assert found["queue_delayed"].verdict is WARN
    assert [found[f"queue_{name}"].value for name in ("events", "members", "jobs", "none")] == [1, 3, 1, 0]
    assert {found[f"queue_{name}"].verdict for name in ("events", "members", "jobs", "none")} == {OK}


async def test_a_key_without_a_length_is_an_error_and_too_many_keys_are_no_data(redis: OwnRedis) -> None:
    await redis.client.set("greeting", "hello")
    pipeline = redis.client.pipeline(transaction=False)
    for number in range(150):
        pipeline.rpush(f"many:{number}", 1)
    await pipeline.execute()
    queues = [{"name": "greeting", "key": "greeting"}, {"name": "many", "key": "many:*", "warn": 5}]
    found = by_check(await asked(redis.target(queues=queues)))
    assert found["queue_greeting"].verdict is ERROR
    assert found["queue_many"].verdict is NO_DATA
    assert "given up" in found["queue_many"].explanation


async def test_a_key_of_any_bytes_is_measured(redis: OwnRedis) -> None:
    await redis.client.rpush(b"raw:\xff\xfe", 1, 2)
    found = by_check(await asked(redis.target(queues=[{"name": "raw", "key": "raw:*"}])))["queue_raw"]
    assert found.value == 2
    str(found.ran).encode()


@pytest.mark.parametrize("given", ["", f":not-{PASSWORD}@"])
async def test_a_refused_login_is_an_error_of_the_check_that_shows_no_password(redis: OwnRedis, given: str) -> None:
    await redis.client.config_set("requirepass", PASSWORD)
    report = await asked(redis_at(redis.url.replace("unix://", f"unix://{given}")))
    assert report.results[0].verdict is ERROR
    assert "refused the login" in report.results[0].explanation
    assert SETTING in report.results[0].next_step
    assert nothing_else_was_asked(report)
    assert PASSWORD not in str(report.to_dict())


async def test_the_right_password_lets_it_in(redis: OwnRedis) -> None:
    await redis.client.config_set("requirepass", PASSWORD)
    report = await asked(redis_at(redis.url.replace("unix://", f"unix://:{PASSWORD}@")))
    assert report.results[0].verdict is OK
    assert PASSWORD not in str(report.to_dict())


async def test_the_documented_user_may_ask_everything_and_one_with_less_says_what_it_lacks(redis: OwnRedis) -> None:
    may = (
        "+ping +info +time +select +client|setname +config|get +slowlog|get +scan +type +llen +zcard +xlen +scard +hlen"
    )
    await redis.client.acl_setuser("full", enabled=True, passwords=f"+{PASSWORD}", keys="*", commands=may.split())
    less = ["+ping", "+client|setname"]
    await redis.client.acl_setuser("less", enabled=True, passwords=f"+{PASSWORD}", commands=less)
    await redis.client.rpush("work", 1)
    queues = [{"name": "work", "key": "wor*"}]
    full = await asked(redis_at(redis.url.replace("unix://", f"unix://full:{PASSWORD}@"), queues=queues))
    assert {result.verdict for result in full.results} == {OK}, full.findings
    report = await asked(redis_at(redis.url.replace("unix://", f"unix://less:{PASSWORD}@"), queues=queues))
    found = by_check(report)
    assert found["reachability"].verdict is OK
    assert {result.verdict for result in report.results[1:]} == {ERROR}
    assert "docs/kinds.md" in found["memory"].next_step


async def test_a_port_where_nobody_listens_is_critical() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        report = await asked(redis_at(f"redis://:{PASSWORD}@127.0.0.1:{port}/0"))
    assert report.results[0].verdict is CRITICAL
    assert "No connection" in report.results[0].explanation
    assert report.against == f"redis://127.0.0.1:{port}/0"
    assert nothing_else_was_asked(report)
    assert PASSWORD not in str(report.to_dict())


async def test_a_server_that_never_answers_costs_no_more_than_the_time_out() -> None:
    async with serving(silent) as port:
        report = await asked(redis_at(f"redis://127.0.0.1:{port}", timeout=0.2))
    assert report.results[0].verdict is CRITICAL
    assert "did not answer" in report.results[0].explanation
    assert nothing_else_was_asked(report)


@pytest.mark.parametrize(
    ("said", "verdict", "words"),
    [
        (b"", CRITICAL, "No connection"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ERROR, "no Redis"),
        (b"$many\r\n", ERROR, "no Redis"),
        (b"\xff" * 100_000, ERROR, "no Redis"),
        (b"-ERR max number of clients reached\r\n", CRITICAL, "refuses new connections"),
        (b"+OK\r\n-LOADING Redis is loading the dataset in memory\r\n", CRITICAL, "loads its data"),
    ],
)
async def test_each_odd_beginning_says_what_it_means(said: bytes, verdict: Verdict, words: str) -> None:
    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(said)
        writer.close()
        await writer.wait_closed()

    async with serving(odd) as port:
        report = await asked(redis_at(f"redis://127.0.0.1:{port}"))
    assert report.results[0].verdict is verdict
    assert words in report.results[0].explanation


@pytest.mark.parametrize("behaviour", [resets, babbles])
async def test_a_broken_connection_or_babble_is_a_result(behaviour: Behaviour) -> None:
    async with serving(behaviour) as port:
        report = await asked(redis_at(f"redis://127.0.0.1:{port}"))
    assert report.results[0].verdict is (CRITICAL if behaviour is resets else ERROR)
    assert nothing_else_was_asked(report)


@pytest.mark.parametrize("piece", [b"$209715200\r\n" + b"x" * 65536, b"*100000000\r\n" + b":1\r\n" * 20_000])
async def test_an_answer_of_200_megabytes_is_not_read_to_its_end(piece: bytes) -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.read(8)
        head, _, rest = piece.partition(b"\r\n")
        writer.write(b"+OK\r\n+PONG\r\n+PONG\r\n" + head + b"\r\n")
        try:
            while sent < 200 * 2**20:
                writer.write(rest)
                sent += len(rest)
                await writer.drain()
        except ConnectionError:
            return

    async with serving(endless) as port:
        report = await asked(redis_at(f"redis://127.0.0.1:{port}"))
    assert report.results[0].verdict is CRITICAL
    assert "more than 1 MiB" in report.results[0].explanation
    assert nothing_else_was_asked(report)
    assert sent < 20 * 2**20


@pytest.mark.parametrize(
    "url", [None, "", f"redis://u:{PASSWORD}/x@h:port", "redis:6379", f"mysql://u:{PASSWORD}@h/x", f"h {PASSWORD}"]
)
async def test_an_address_that_is_none_is_an_error_that_names_the_setting(url: str | None) -> None:
    report = await asked(redis_at(url))
    assert report.results[0].verdict is ERROR
    assert SETTING in report.results[0].explanation
    assert PASSWORD not in str(report.to_dict())
