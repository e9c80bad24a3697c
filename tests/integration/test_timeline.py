"""The timeline: append-only, gapless, chained."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.store import incidents
from bot.store import timeline as log
from bot.store.chain import Break, verify

ALICE = Actor.person("U0ALICE")


@pytest.fixture
async def ref(muster: Muster) -> str:
    done = await muster.execute(c.Declare(by=ALICE, title="Checkout is down", severity="P1"))
    for n in range(4):
        await muster.execute(c.AddNote(by=ALICE, text=f"note {n}"), ref=done.incident.ref)
    return done.incident.ref


async def breaks(muster: Muster, ref: str) -> list[Break]:
    async with muster.database.transaction() as connection:
        stored = await incidents.by_ref(connection, ref)
        assert stored is not None
        rows = await log.rows_of(connection, stored.id)
        return verify(ref, rows, seq=stored.incident.seq, head=stored.head)


@pytest.fixture
def tamper(muster: Muster) -> Callable[[str], Awaitable[None]]:
    """Somebody with the database's password, going around the trigger."""

    async def go(statement: str) -> None:
        async with muster.database.transaction() as connection:
            await connection.execute(text("set local session_replication_role = replica"))
            await connection.execute(text(statement))

    return go


async def test_an_untouched_timeline_verifies(muster: Muster, ref: str) -> None:
    assert await breaks(muster, ref) == []


@pytest.mark.parametrize(
    "statement",
    [
        """update timeline set payload = '{"text": "note X"}' where seq = 3""",
        "update timeline set at = at + interval '1 second' where seq = 3",
        "update timeline set actor_id = 'U0MALLORY' where seq = 3",
        "update timeline set kind = 'resolved' where seq = 3",
        "update timeline set subject = 'C1|1.0' where seq = 3",
        "delete from timeline where seq = 3",
        "delete from timeline where seq = 5",
        "delete from timeline where seq = 1",
        """update timeline set seq = case seq when 3 then 4 else 3 end + 100 where seq in (3, 4);""",
        "update timeline set redacted_at = now(), digest = sha256('x') where seq = 3",
        "update incidents set head = sha256('x')",
    ],
)
async def test_an_altered_removed_or_reordered_entry_is_found(
    muster: Muster, ref: str, tamper: Callable[[str], Awaitable[None]], statement: str
) -> None:
    await tamper(statement)
    assert await breaks(muster, ref)


async def test_swapped_entries_are_found(muster: Muster, ref: str, tamper: Callable[[str], Awaitable[None]]) -> None:
    await tamper("update timeline set seq = seq + 100 where seq in (3, 4)")
    await tamper("update timeline set seq = case seq when 103 then 4 else 3 end where seq in (103, 104)")
    assert {b.seq for b in await breaks(muster, ref)} >= {3, 4}


async def test_a_redacted_text_keeps_the_chain(muster: Muster, ref: str) -> None:
    async with muster.database.transaction() as connection:
        await connection.execute(
            text('update timeline set payload = \'{"text": "(redacted)"}\', redacted_at = now() where seq = 3')
        )
    assert await breaks(muster, ref) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update timeline set at = now() where seq = 2",
        "update timeline set payload = '{}' where seq = 2",
        "delete from timeline where seq = 2",
        "update timeline set redacted_at = now(), actor_id = 'x' where seq = 2",
        "truncate timeline",
    ],
)
async def test_the_database_refuses_to_rewrite_history(muster: Muster, ref: str, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        async with muster.database.transaction() as connection:
            await connection.execute(text(statement))
