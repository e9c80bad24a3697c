"""The application on a fresh database, without Slack."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.application.execute import Muster
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.store.database import Database


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **parts: float) -> None:
        self.time += timedelta(**parts)


@pytest.fixture(scope="session")
def policy() -> Policy:
    return read_pack("default", root=RUNBOOKS).with_contacts(
        {"on-call": ("U0ONCALL",), "engineering-lead": ("U0LEAD", "S0LEADS")}
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(database: str) -> AsyncIterator[Database]:
    made = Database(database)
    yield made
    await made.close()


@pytest.fixture
def muster(store: Database, policy: Policy, clock: Clock) -> Muster:
    return Muster(store, policy, clock)
