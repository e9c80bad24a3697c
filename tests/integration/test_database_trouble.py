"""A database that is down, frozen or restarted under the application."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.store.database import Database, DatabaseUnavailable
from tests.integration.conftest import Clock
from tests.support.own_server import OwnServer

ALICE = Actor.person("U0ALICE")
#: Slack gives up after three seconds; the answer has to be on its way before.
SLACKS_PATIENCE = 3.0


@pytest.fixture
async def bot(own: OwnServer, policy: Policy, clock: Clock) -> AsyncIterator[Muster]:
    database = Database(own.url)
    yield Muster(database, policy, clock)
    await database.close()


async def test_a_database_that_is_down_is_told_at_once_and_found_again_when_it_is_back(
    own: OwnServer, bot: Muster
) -> None:
    done = await bot.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    note = c.AddNote(by=ALICE, text="hello")
    await own.stop()
    async with asyncio.timeout(SLACKS_PATIENCE):
        with pytest.raises(DatabaseUnavailable):
            await bot.execute(note, ref=done.incident.ref)
    async with asyncio.timeout(SLACKS_PATIENCE):
        with pytest.raises(DatabaseUnavailable):
            await bot.execute(note, ref=done.incident.ref)
    await own.start()
    again = await bot.execute(note, ref=done.incident.ref)
    assert again.entries[0].seq == 2


async def test_a_restart_between_two_commands_is_noticed_by_nobody(own: OwnServer, bot: Muster) -> None:
    done = await bot.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    await own.stop()
    await own.start()
    again = await bot.execute(c.AddNote(by=ALICE, text="hello"), ref=done.incident.ref)
    assert again.entries[0].seq == 2


async def test_a_frozen_database_is_told_within_slacks_patience_and_recovers(own: OwnServer, bot: Muster) -> None:
    done = await bot.execute(c.Declare(by=ALICE, title="It hangs", severity="P1"))
    note = c.AddNote(by=ALICE, text="hello")
    with own.frozen():
        async with asyncio.timeout(SLACKS_PATIENCE):
            refused = await asyncio.gather(
                *(bot.execute(note, ref=done.incident.ref) for _ in range(3)), return_exceptions=True
            )
    assert all(isinstance(error, DatabaseUnavailable) for error in refused), refused
    recovered = await bot.execute(note, ref=done.incident.ref)
    assert recovered.entries[0].seq == 2, "what was told to be unrecorded was recorded"
