"""One workspace and as many bots as a test wants on one database, in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from bot.app import App
from bot.application.execute import Muster
from bot.core import core
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox import Fault, Sandbox
from bot.settings import Settings
from bot.slack.limits import LIMITS, Limit
from bot.store.database import Database
from tests.chaos.script import Script
from tests.chaos.story import Watch
from tests.scenario.stage import Clock

#: No method is held back: a hundred incidents at once are more than Slack would take.
UNLIMITED: Mapping[str, Limit | None] = dict.fromkeys(LIMITS)


@dataclass
class Theatre:
    """The workspace, the bots that were started, and what a test looks at the database with."""

    sandbox: Sandbox
    script: Script
    clock: Clock
    door: Muster
    watch: Watch
    apps: list[App] = field(default_factory=list)


def rules(sandbox: Sandbox) -> Policy:
    """The default pack, with people to call: one by name and some by their group."""
    people = {person.name: person.id for person in sandbox.people.values()}
    contacts = {"on-call": (people["dave"], sandbox.workspace.groups[0].id), "engineering-lead": (people["carol"],)}
    return read_pack("default", root=RUNBOOKS).with_contacts(contacts)


def settings(sandbox: Sandbox, database: str, *, socket: bool = False) -> Settings:
    """What a bot for this workspace is told."""
    return Settings(
        _env_file=None,
        slack_bot_token=SecretStr(sandbox.bot_token),
        slack_signing_secret=None if socket else SecretStr(sandbox.signing_secret),
        slack_app_token=SecretStr(sandbox.app_token) if socket else None,
        slack_api_url=sandbox.api_url,
        database_url=SecretStr(database),
        muster_port=0,
    )


@asynccontextmanager
async def workspace(
    database: str, faults: Iterable[Fault] = (), policy: Callable[[Sandbox], Policy] = rules
) -> AsyncIterator[Theatre]:
    """A workspace and a look at the database, without any bot yet; `faults` are what goes wrong from the start."""
    clock = Clock()
    sandbox = Sandbox(now=clock, retry_delays=(0, 0.5, 1, 2, 4, 8))
    sandbox.faults = script = Script(sandbox.workspace)
    for fault in faults:
        script.add(fault)
    await sandbox.start()
    looking = Database(database, connections=3, patience=20)
    watch = Watch(looking)
    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch.run())
            yield Theatre(sandbox, script, clock, Muster(looking, policy(sandbox), clock), watch)
            watching.cancel()
    finally:
        await looking.close()
        await sandbox.stop()


@asynccontextmanager
async def theatre(
    database: str,
    *,
    bots: int = 1,
    sockets: int = 0,
    faults: Iterable[Fault] = (),
    policy: Callable[[Sandbox], Policy] = rules,
) -> AsyncIterator[Theatre]:
    """A workspace and its bots: `bots` over HTTP, of which the first hears Slack, and `sockets` over sockets."""
    async with workspace(database, faults, policy) as made, AsyncExitStack() as stack:
        for number in range(bots + sockets):
            told = settings(made.sandbox, database, socket=number >= bots)
            built = await stack.enter_async_context(core(told, now=made.clock, policy=made.door.policy))
            app = App(built, limits=UNLIMITED)
            await app.start()
            stack.push_async_callback(app.stop)
            made.apps.append(app)
        if bots:
            made.sandbox.deliver_to(f"{made.apps[0].url}/slack/events")
            stack.callback(made.sandbox.deliver_to, None)
        yield made
