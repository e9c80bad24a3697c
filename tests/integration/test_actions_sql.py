"""A statement of the pack on a real Postgres: its values bound, its rows bounded, its rehearsal without a trace."""

from typing import Any

import pytest

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from tests.support.actions import an_action, as_rehearsed
from tests.support.postgres import cutting
from tests.support.sickness import connected
from tests.support.targets import postgres

STATE = {"name": "state", "type": "text", "max_length": 40}
AGE = {"name": "age", "type": "integer", "min": 0, "max": 1000}


@pytest.fixture
async def shop(empty_database: str) -> str:
    async with connected(empty_database) as connection:
        await connection.execute(
            "CREATE TABLE job (id int PRIMARY KEY, state text, age int, since date, price numeric, ready boolean);"
            "INSERT INTO job SELECT n, 'failed', n, '2026-01-01', 1.5, false FROM generate_series(1, 5) AS n"
        )
    return empty_database


async def states(url: str) -> list[str]:
    async with connected(url) as connection:
        return [row[0] for row in await connection.fetch("SELECT state FROM job ORDER BY id")]


def retry(url: str, **section: Any) -> Action:
    kept: dict[str, Any] = {
        "sql": "UPDATE job SET state = :state WHERE age <= :age -- all of them: 'x'",
        "params": [STATE, AGE],
    }
    return an_action("sql", postgres(url), **kept | section)


async def test_a_rehearsal_says_how_many_rows_and_leaves_them_as_they_are(shop: str) -> None:
    action, given = retry(shop), {"state": "queued", "age": 3}
    rehearsal = await rehearse(action, given)
    assert rehearsal.ready, rehearsal
    assert rehearsal.lines[1] == "Changes 3 rows. It was tried and rolled back."
    assert rehearsal.ran == (
        "UPDATE job SET state = $1 WHERE age <= $2 -- all of them: 'x'\n-- $1 state = queued\n-- $2 age = 3"
    )
    assert await states(shop) == ["failed"] * 5
    outcome = await perform(action, given, rehearsal.bound)
    assert outcome.verdict is Ending.DONE
    assert outcome.said == "It ran: 3 rows."
    assert await states(shop) == ["queued"] * 3 + ["failed"] * 2


async def test_a_value_is_never_part_of_the_statement(shop: str) -> None:
    action, given = retry(shop), {"state": "x'; DROP TABLE job; --", "age": 1}
    outcome = await perform(action, given, (await rehearse(action, given)).bound)
    assert outcome.verdict is Ending.DONE
    assert (await states(shop))[0] == "x'; DROP TABLE job; --"


async def test_what_is_given_back_is_shown_and_redacted(shop: str) -> None:
    sql = "UPDATE job SET state = :state WHERE id = 1 RETURNING id, 'me@example.com' AS mail"
    action = retry(shop, sql=sql, params=[STATE])
    given = {"state": "queued"}
    rehearsal = await rehearse(action, given)
    outcome = await perform(action, given, rehearsal.bound)
    for rows in (rehearsal.rows, outcome.rows):
        assert rows is not None
        assert rows.columns == ("id", "mail")
        assert rows.rows == ((1, "***"),)


@pytest.mark.parametrize("end", ["", " RETURNING id"])
async def test_more_rows_than_the_policy_allows_are_rolled_back(shop: str, end: str) -> None:
    sql = f"UPDATE job SET state = :state WHERE age <= :age{end}"
    narrow, wide = retry(shop, sql=sql, most_rows=2), {"state": "queued", "age": 5}
    assert "That is over the 2 rows which the policy allows at once." in (await rehearse(narrow, wide)).why_not
    few = {"state": "queued", "age": 2}
    bound = (await rehearse(narrow, few)).bound
    async with connected(shop) as connection:
        await connection.execute("UPDATE job SET age = 1")
    outcome = await perform(narrow, few, bound)
    assert outcome.verdict is Ending.REFUSED
    assert "more than 2 rows" in outcome.said
    assert await states(shop) == ["failed"] * 5


async def test_a_rehearsal_of_the_packs_own_only_reads(shop: str) -> None:
    reads = retry(shop, rehearse="SELECT id, age FROM job WHERE age <= :age ORDER BY id")
    given = {"state": "queued", "age": 2}
    rehearsal = await rehearse(reads, given)
    assert rehearsal.lines[1] == "The rehearsal finds 2 rows."
    assert rehearsal.rows is not None
    assert rehearsal.rows.rows == ((1, 1), (2, 2))
    writes = retry(shop, rehearse="WITH gone AS (DELETE FROM job WHERE age <= :age RETURNING id) SELECT * FROM gone")
    refused = await rehearse(writes, given)
    assert not refused.ready
    assert "read-only transaction" in refused.why_not
    assert len(await states(shop)) == 5


async def test_every_type_of_a_parameter_finds_its_column(shop: str) -> None:
    action = retry(
        shop,
        sql="UPDATE job SET since = :since, price = :price, ready = :ready, age = :age WHERE id = 1",
        params=[
            {"name": "since", "type": "text", "pattern": r"\d{4}-\d\d-\d\d"},
            {"name": "price", "type": "number"},
            {"name": "ready", "type": "boolean"},
            AGE,
        ],
    )
    given = {"since": "2026-02-03", "price": "2.75", "ready": "yes", "age": "9"}
    outcome = await perform(action, given, (await rehearse(action, given)).bound)
    assert outcome.verdict is Ending.DONE, outcome
    async with connected(shop) as connection:
        row = await connection.fetchrow("SELECT since::text, price::text, ready, age FROM job WHERE id = 1")
    assert tuple(row) == ("2026-02-03", "2.75", True, 9)
    wrong = await rehearse(action, {**given, "since": "2026-13-41"})
    assert wrong.why_not == "The value of `since` is no date, which the statement wants."


async def test_a_lock_that_somebody_holds_is_waited_for_only_so_long(shop: str) -> None:
    action, given = retry(shop, lock_timeout="1s", timeout=0.2), {"state": "queued", "age": 1}
    bound = (await rehearse(action, given)).bound
    async with connected(shop) as other:
        await other.execute("BEGIN; LOCK TABLE job")
        rehearsal = await rehearse(action, given)
        outcome = await perform(action, given, bound)
    assert not rehearsal.ready
    assert outcome.verdict is Ending.REFUSED
    assert outcome.said.startswith("Nothing was done. ")
    assert await states(shop) == ["failed"] * 5


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE jobs SET state = :state", 'relation "jobs" does not exist'),
        ("UPDATE job SET id = 1 WHERE state <> :state", "duplicate key value"),
        ("UPDATE job SET state = :state; DROP TABLE job", "cannot insert multiple commands"),
    ],
)
async def test_a_statement_that_fails_is_told_and_changes_nothing(shop: str, sql: str, why: str) -> None:
    action = an_action("sql", postgres(shop), sql="DELETE FROM job WHERE state = :state", params=[STATE])
    object.__setattr__(action.rule.options, "sql", sql)
    rehearsal = await rehearse(action, {"state": "queued"})
    assert not rehearsal.ready
    assert why in rehearsal.why_not
    assert await states(shop) == ["failed"] * 5


async def test_what_is_checked_only_at_the_commit_is_checked_in_the_rehearsal(shop: str) -> None:
    async with connected(shop) as connection:
        await connection.execute(
            "CREATE TABLE part (job int REFERENCES job DEFERRABLE INITIALLY DEFERRED); INSERT INTO part VALUES (1)"
        )
    rehearsal = await rehearse(retry(shop, sql="DELETE FROM job WHERE state <> :state", params=[STATE]), {"state": "x"})
    assert not rehearsal.ready
    assert "violates foreign key constraint" in rehearsal.why_not


async def test_a_connection_that_breaks_at_the_commit_leaves_it_unknown_and_before_it_undone(shop: str) -> None:
    given = {"state": "queued", "age": 5}
    async with cutting(shop, b"COMMIT") as url:
        action = retry(url)
        late = await perform(action, given, (await rehearse(action, given)).bound)
    assert late.verdict is Ending.UNKNOWN
    async with cutting(shop, b"SET CONSTRAINTS") as url:
        action = retry(url)
        early = await perform(action, given, as_rehearsed(action, given))
    assert early.verdict is Ending.REFUSED
    assert await states(shop) == ["failed"] * 5
