"""The Postgres checks' judges: what an answer means, without a database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diagnostics.checks.postgres import POSTGRES_CHECKS
from bot.diagnostics.checks.postgres.activity import IDLE_IN_TRANSACTION, LONG_STATEMENTS
from bot.diagnostics.checks.postgres.blocking import blocking_tree, waiting_for
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.checks.postgres.connections import CONNECTIONS
from bot.diagnostics.checks.postgres.health import CACHE, REPLICATION, WRAPAROUND
from bot.diagnostics.checks.postgres.locks import LOCKS
from bot.diagnostics.checks.postgres.server import REACHABILITY, SIZE
from bot.diagnostics.judging import seconds
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.runner import known_thresholds


def judge(check: PostgresCheck, *rows: dict[str, Any], round_trip_ms: float = 1.0, **thresholds: float) -> Measurement:
    return check.judge(Answer(rows=rows, round_trip_ms=round_trip_ms), {**check.defaults, **thresholds})


def held(connections: int, state: str = "idle") -> dict[str, Any]:
    return {
        "max_connections": 103,
        "reserved": 3,
        "connections": connections,
        "state": state,
        "role": "shop",
        "application": "web",
        "database": "shop",
    }


def waiting(pid: int, *blockers: int, waited: float = 1.0) -> dict[str, Any]:
    client = {"kind": "client backend", "started": f"2026-03-01T02:00:00.{pid}+00:00", "application": ""}
    nothing = {"waits_for": None, "state": "active", "role": None, "database": None, "query": ""}
    return client | nothing | {"pid": pid, "blockers": list(blockers), "waited_s": waited if blockers else None}


def busy(pid: int, seconds: float, *blockers: int, state: str = "active", **more: Any) -> dict[str, Any]:
    row = waiting(pid, *blockers) | {"hidden": False, "seconds": seconds, "transaction_s": seconds, "state": state}
    return row | more


def tree(*sessions: dict[str, Any]) -> list[tuple[int, int]]:
    return [(branch.depth, branch.session["pid"]) for branch in blocking_tree(sessions)]


@pytest.mark.parametrize(
    ("taken", "verdict"), [(79, Verdict.OK), (80, Verdict.WARN), (94, Verdict.WARN), (95, Verdict.CRITICAL)]
)
def test_connections_are_judged_against_what_ordinary_roles_may_use(taken: int, verdict: Verdict) -> None:
    found = judge(CONNECTIONS, held(taken))
    assert (found.verdict, found.value, found.unit) == (verdict, taken, "%")
    assert found.threshold == "warn at 80 %, critical at 95 %"
    assert bool(found.next_step) == (verdict is not Verdict.OK)


def test_the_one_who_holds_most_connections_is_named() -> None:
    found = judge(CONNECTIONS, held(60), held(30, "idle in transaction"))
    assert found.explanation == "90 of 100 usable connections taken (90 %): 60 idle, 30 idle in transaction."
    assert "“web” holds 90" in found.next_step


def test_a_chain_is_drawn_below_its_root_and_the_longest_wait_comes_first() -> None:
    assert tree(waiting(4, 3), waiting(3, 2), waiting(2, 1, waited=5), waiting(5, 1, waited=9), waiting(1)) == [
        (0, 1),
        (1, 5),
        (1, 2),
        (2, 3),
        (3, 4),
    ]


def test_a_session_that_waits_for_two_stands_under_the_one_that_is_blocked_deepest() -> None:
    assert tree(waiting(1), waiting(2, 1), waiting(3, 1, 2)) == [(0, 1), (1, 2), (2, 3)]


def test_a_ring_of_sessions_is_still_a_tree() -> None:
    assert sorted(pid for _, pid in tree(waiting(1, 2), waiting(2, 1))) == [1, 2]


@given(st.lists(st.lists(st.integers(0, 7), max_size=3), max_size=8))
def test_every_session_stands_in_the_tree_exactly_once(blockers: list[list[int]]) -> None:
    sessions = [waiting(pid, *others) for pid, others in enumerate(blockers)]
    assert sorted(pid for _, pid in tree(*sessions)) == list(range(len(blockers)))


@pytest.mark.parametrize(
    ("blocked", "waited", "verdict"),
    [(0, 0.0, Verdict.OK), (1, 0.1, Verdict.WARN), (1, 60.0, Verdict.CRITICAL), (10, 1.0, Verdict.CRITICAL)],
)
def test_many_blocked_sessions_or_one_for_long_are_critical(blocked: int, waited: float, verdict: Verdict) -> None:
    rows = [waiting(99), *(waiting(pid, 99, waited=waited) for pid in range(1, blocked + 1))] if blocked else []
    found = judge(LOCKS, *rows)
    assert (found.verdict, found.value) == (verdict, blocked)


def test_a_prepared_transaction_at_the_root_is_called_one() -> None:
    found = judge(LOCKS, waiting(7, 0))
    assert "a prepared transaction" in found.explanation
    assert "pg_prepared_xacts" in found.next_step
    assert found.facts == {}


def test_the_root_for_which_most_sessions_wait_is_what_an_action_takes_up() -> None:
    found = judge(LOCKS, waiting(1), waiting(2, 1), waiting(3), waiting(4, 3), waiting(5, 4))
    assert found.facts == {"pid": "3", "started": "2026-03-01T02:00:00.3+00:00", "blocks": "2"}
    assert judge(LOCKS).facts == {}


@pytest.mark.parametrize(
    ("root", "said", "advice"),
    [
        ({"kind": "autovacuum worker"}, "pid 1 (autovacuum worker)", "pg_stat_progress_vacuum, pid 1 "),
        ({"kind": "walsender", "application": "standby_b"}, "pid 1 (walsender)", "before anybody ends it"),
        ({"application": "muster-jobs"}, "pid 1 (Muster itself)", "before anybody ends it"),
        ({"application": "muster"}, "pid 1 (Muster itself)", "before anybody ends it"),
    ],
)
def test_a_root_that_is_no_applications_is_said_to_be_that_and_no_action_takes_it_up(
    root: dict[str, str], said: str, advice: str
) -> None:
    found = judge(LOCKS, waiting(1) | root, waiting(2, 1))
    assert said in found.explanation
    assert advice in found.next_step
    assert "terminate" not in found.next_step
    assert found.facts == {}


def test_no_action_takes_up_a_session_whose_start_is_hidden() -> None:
    assert judge(LOCKS, waiting(1) | {"started": None, "kind": None}, waiting(2, 1)).facts == {}


@given(st.lists(st.lists(st.integers(0, 7), max_size=3), max_size=8))
def test_nobody_waits_for_itself_and_no_more_do_than_there_are(blockers: list[list[int]]) -> None:
    sessions = [waiting(pid, *others) for pid, others in enumerate(blockers)]
    for pid in range(len(blockers)):
        assert 0 <= waiting_for(pid, sessions) < max(1, len(blockers))


def test_the_longest_statement_is_what_an_action_takes_up_once_it_is_past_a_limit() -> None:
    rows = [busy(1, 61), busy(2, 30, 1), busy(3, 20, 2), busy(4, 9000, state="idle in transaction")]
    found = judge(LONG_STATEMENTS, *rows)
    assert (found.verdict, found.value) == (Verdict.WARN, 61)
    assert found.facts == {"pid": "1", "started": "2026-03-01T02:00:00.1+00:00", "blocks": "2"}
    assert judge(LONG_STATEMENTS, *rows[1:]).facts == {}
    idle = judge(IDLE_IN_TRANSACTION, *rows)
    assert (idle.verdict, idle.facts["pid"], idle.facts["blocks"]) == (Verdict.CRITICAL, "4", "0")


def test_a_session_of_musters_own_is_named_and_no_action_takes_it_up() -> None:
    found = judge(LONG_STATEMENTS, busy(1, 61, application="muster"))
    assert "(pid 1, Muster itself)" in found.explanation
    assert found.facts == {}


def test_sessions_that_are_hidden_are_no_data_and_not_ok() -> None:
    found = judge(LONG_STATEMENTS, busy(1, 0) | {"hidden": True, "state": None, "seconds": None})
    assert found.verdict is Verdict.NO_DATA
    assert "pg_monitor" in found.next_step


@pytest.mark.parametrize(
    ("hit", "verdict"),
    [(90_000, Verdict.OK), (89_000, Verdict.WARN), (70_000, Verdict.WARN), (69_000, Verdict.CRITICAL)],
)
def test_the_cache_is_judged_by_what_came_from_memory(hit: int, verdict: Verdict) -> None:
    assert judge(CACHE, {"hit": hit, "read": 100_000 - hit}).verdict is verdict


def test_too_few_blocks_give_no_ratio() -> None:
    assert judge(CACHE, {"hit": 0, "read": 50}).verdict is Verdict.NO_DATA


def test_transaction_ids_are_judged_by_how_many_are_left() -> None:
    assert judge(WRAPAROUND, {"database": "shop", "age": 1_700_000_000}).verdict is Verdict.CRITICAL
    assert judge(WRAPAROUND, {"database": "shop", "age": 200_000_000}).verdict is Verdict.OK


def test_a_standby_is_judged_by_its_lag_and_none_is_fine() -> None:
    standby = {"standby": "b", "state": "streaming", "hidden": False}
    assert judge(REPLICATION).verdict is Verdict.OK
    assert judge(REPLICATION, standby | {"lag_s": 31.0}).verdict is Verdict.WARN
    assert judge(REPLICATION, standby | {"hidden": True, "lag_s": None}).verdict is Verdict.NO_DATA


def test_a_slow_answer_is_a_warning() -> None:
    row = {"version": "18.1", "standby": False, "up_s": 400_000.0}
    assert judge(REACHABILITY, row, round_trip_ms=250).verdict is Verdict.WARN
    assert "up for 5 days" in judge(REACHABILITY, row).explanation


def test_size_is_information_until_a_pack_sets_a_limit() -> None:
    row = {"total": 3 * 2**30, "database": "shop", "name": None, "bytes": None}
    assert judge(SIZE, row).verdict is Verdict.OK
    assert judge(SIZE, row, size_warn_gib=2).verdict is Verdict.WARN


def test_every_threshold_is_known_by_a_name_of_its_own() -> None:
    names = [name for check in POSTGRES_CHECKS for name in check.defaults]
    assert len(names) == len(set(names))
    assert known_thresholds("postgres") == frozenset([*names, "size_warn_gib"])
    assert known_thresholds("sundial") is None


@pytest.mark.parametrize(
    ("value", "said"), [(0.44, "0.4 s"), (75, "75 s"), (720, "12 min"), (9000, "2.5 h"), (900_000, "10 days")]
)
def test_a_length_of_time_is_said_as_people_say_it(value: float, said: str) -> None:
    assert seconds(value) == said
