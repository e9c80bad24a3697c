"""The application on a fresh database, without Slack."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.application.execute import Muster
from bot.domain.rules import Policy
from bot.jobs.carry import Carrier
from bot.jobs.delivery import Delivery
from bot.jobs.desk import Desk
from bot.jobs.surfaces import Surfaces
from bot.messages import Messages
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from bot.sandbox import Sandbox
from bot.slack.gateway import SlackWeb
from bot.store.database import Database
from tests.integration.post import Post


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


@pytest.fixture
async def post(muster: Muster, clock: Clock) -> AsyncIterator[Post]:
    sandbox = Sandbox(now=clock)
    await sandbox.start()
    ids = {name: person.id for name, person in sandbox.people.items()}
    muster.policy = muster.policy.with_contacts({"on-call": (ids["bob"],), "engineering-lead": (ids["carol"],)})
    slack = SlackWeb(sandbox.bot_token, sandbox.api_url)
    outcomes: list[tuple[str, str]] = []
    desk = Desk(
        muster=muster,
        slack=slack,
        messages=Messages(),
        catalogue=Catalogue([RUNBOOKS / "default"]),
        announce_channel="incidents",
    )

    async def at_once() -> None: ...

    showing = Surfaces(desk, at_once, lambda kind, outcome: outcomes.append((kind, outcome)))

    delivery = Delivery(desk, Carrier(desk, showing), at_once, lambda kind, outcome: outcomes.append((kind, outcome)))
    yield Post(sandbox, muster, desk, delivery, showing, outcomes)
    await slack.close()
    await sandbox.stop()
