"""Throwing keys of a real Redis away: those that were meant, and no others."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from tests.support.actions import an_action, as_rehearsed
from tests.support.ports import babbles, nobody, resets, serving, silent
from tests.support.redis import OwnRedis, own_redis, redis_at

WHO = {"name": "who", "type": "text", "max_length": 40}


@pytest.fixture
async def redis() -> AsyncIterator[OwnRedis]:
    async with own_redis() as server:
        await server.client.mset({f"cache:{number}": number for number in range(2500)} | {"session:1": 1, "x*y:1": 1})
        yield server


def flush(redis: OwnRedis, pattern: str = "cache:*", **section: Any) -> Action:
    return an_action("flush", redis.target(), pattern=pattern, **section)


async def test_keys_are_counted_and_shown_first_and_then_only_they_go(redis: OwnRedis) -> None:
    action = flush(redis)
    rehearsal = await rehearse(action, {})
    assert rehearsal.ready, rehearsal
    assert rehearsal.lines[1] == "Unlinks 2500 keys: cache:*"
    assert rehearsal.rows is not None
    assert rehearsal.rows.rows[0] == ("cache:0",)
    assert len(rehearsal.rows.rows) == 10
    assert rehearsal.ran.startswith("SCAN 0 MATCH cache:* COUNT 1000\nUNLINK")
    assert await redis.client.dbsize() == 2502
    outcome = await perform(action, {}, rehearsal.bound)
    assert outcome.verdict is Ending.DONE
    assert outcome.said == "Unlinked 2500 keys."
    assert await redis.client.dbsize() == 2


async def test_a_value_stands_for_nothing_but_itself_in_a_pattern(redis: OwnRedis) -> None:
    action, given = flush(redis, "{who}:*", params=[WHO]), {"who": "x*y"}
    rehearsal = await rehearse(action, given)
    assert rehearsal.lines[1] == r"Unlinks 1 key: x\*y:*"
    every = await rehearse(action, {"who": "*"})
    assert every.lines[1].startswith("Unlinks 0 keys")
    assert (await perform(action, given, rehearsal.bound)).said == "Unlinked 1 key."
    assert await redis.client.dbsize() == 2501


async def test_more_keys_than_the_policy_allows_are_left(redis: OwnRedis) -> None:
    rehearsal = await rehearse(flush(redis, most_keys=10), {})
    assert not rehearsal.ready
    assert "That is over the 10 keys which the policy allows at once." in rehearsal.why_not
    few = flush(redis, "session:*", most_keys=10)
    bound = (await rehearse(few, {})).bound
    await redis.client.mset({f"session:{number}": number for number in range(3000)})
    outcome = await perform(few, {}, bound)
    assert outcome.verdict in (Ending.FAILED, Ending.REFUSED)
    assert "there are more than the 10 keys" in outcome.said
    assert await redis.client.dbsize() >= 5490


async def test_everything_goes_only_where_that_is_meant(redis: OwnRedis) -> None:
    action = flush(redis, "*", all=True)
    assert (await perform(action, {}, (await rehearse(action, {})).bound)).said == "Unlinked 2502 keys."
    assert await redis.client.dbsize() == 0


async def test_a_user_that_may_not_unlink_is_told_and_nothing_is_done(redis: OwnRedis) -> None:
    await redis.client.acl_setuser(
        "reader", enabled=True, passwords=["+hunter2"], keys=["*"], commands=["+ping", "+scan", "+client|setname"]
    )
    url = redis.url.replace("unix://", "unix://reader:hunter2@")
    action = an_action(
        "flush", redis.target(), {"MUSTER_ACT_REDIS_URL": url}, pattern="cache:*", url_from="MUSTER_ACT_REDIS_URL"
    )
    rehearsal = await rehearse(action, {})
    assert rehearsal.ready, rehearsal
    outcome = await perform(action, {}, rehearsal.bound)
    assert outcome.verdict is Ending.REFUSED, outcome
    assert "unlink" in outcome.said.casefold()
    assert await redis.client.dbsize() == 2502
    assert "hunter2" not in str(outcome) + str(rehearsal)


@pytest.mark.parametrize("behaviour", [silent, resets, babbles, None])
async def test_a_server_that_cannot_be_reached_is_told_and_nothing_was_done(behaviour: Any) -> None:
    async with serving(behaviour or silent) as port:
        there = port if behaviour else nobody()
        target = redis_at(f"redis://:hunter2@127.0.0.1:{there}/0")
        action = an_action("flush", target, pattern="cache:*", timeout=0.3)
        rehearsal = await rehearse(action, {})
        outcome = await perform(action, {}, as_rehearsed(action, {}))
    assert not rehearsal.ready
    assert outcome.verdict is Ending.REFUSED
    assert outcome.said.startswith("Nothing was done. ")
    assert "hunter2" not in str(outcome) + str(rehearsal)
