"""How commands of a Redis may be shown, and what its answers mean that no test can bring about."""

import pytest

from bot.diagnostics.checks.redis.server import judge_persistence
from bot.diagnostics.checks.redis.slow import judge_slow_log, named
from bot.diagnostics.result import Verdict
from bot.policy.targets.redis import RedisTarget


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["set", "cart:7", "secret"], "SET cart:7"),
        (["AUTH", "hunter2"], "AUTH"),
        (["HELLO", "3", "AUTH", "u", "hunter2"], "HELLO"),
        (["CONFIG", "SET", "requirepass", "hunter2"], "CONFIG SET"),
        (["EVAL", "return 'hunter2'", "1", "cart:7", "x"], "EVAL cart:7"),
        (["EVAL", "return 'hunter2'", "0", "x"], "EVAL"),
        (["XREADGROUP", "GROUP", "g", "c", "STREAMS", "jobs", ">"], "XREADGROUP jobs"),
        (["OBJECT", "ENCODING", "cart:7"], "OBJECT ENCODING cart:7"),
        (["GET", "sess:Xk39vbn2mqp0zz81kk"], "GET sess:***"),
        ([], "(UNKNOWN)"),
    ],
)
def test_a_command_is_shown_without_its_values(words: list[str], shown: str) -> None:
    assert named(words) == shown


def test_slow_commands_of_before_the_last_hour_are_not_judged() -> None:
    limits = {"slow_command_warn_ms": 100, "slow_command_crit_ms": 1000}
    entries = [[2, 9_000, 150_000, ["KEYS", "*"]], [1, 1_000, 9_000_000, ["FLUSHALL"]]]
    found = judge_slow_log(entries, 10_000, limits)
    assert found.verdict is Verdict.WARN
    assert found.explanation == "1 slow command in the last hour; the longest, KEYS *, took 150.0 ms."


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"aof_last_write_status": "err"}, Verdict.CRITICAL),
        ({"aof_last_bgrewrite_status": "err"}, Verdict.WARN),
        ({"rdb_last_bgsave_status": "unknown"}, Verdict.NO_DATA),
        ({}, Verdict.OK),
    ],
)
def test_what_is_not_written_decides_on_persistence(said: dict[str, str], verdict: Verdict) -> None:
    well = {"rdb_last_bgsave_status": "ok", "aof_last_write_status": "ok", "aof_last_bgrewrite_status": "ok"}
    assert judge_persistence({"aof_enabled": "1", **well, **said}, 0).verdict is verdict


def test_queues_of_one_name_and_limits_the_wrong_way_round_are_wrong() -> None:
    queues = [{"name": "a", "key": "x"}, {"name": "a", "key": "y", "warn": 5, "critical": 2}]
    made = RedisTarget.model_validate({"kind": "redis", "name": "it", "url_from": "MUSTER_X", "queues": queues})
    assert [place for place, _ in made.wrong()] == [("queues", 1, "name"), ("queues", 1, "critical")]
