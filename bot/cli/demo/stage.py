"""What the demo runs on: a database, a sandbox Slack and the bot, each on a port of its own."""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

from pydantic import SecretStr

from bot.app import App
from bot.cli.demo.database import clean_database
from bot.cli.demo.monitor import ALERT, SENDER, Monitor
from bot.cli.demo.terms import terms
from bot.core import Clock, core, wall_clock
from bot.domain.alert_rules import AlertRule, Decision, Matcher
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import find_pack, read_pack
from bot.runbooks.catalogue import Catalogue
from bot.sandbox import Sandbox
from bot.sandbox.cast import PEOPLE
from bot.sandbox.channels import create
from bot.settings import Settings, read_settings
from bot.slack.limits import UNLIMITED
from bot.slack.manifest import SHORTCUTS

#: Who is called when the pack names nobody: not those who tell the story.
_CALLED = ("carol", "alice")


class Failed(Exception):
    """The story did not go as it should; the text says where."""


@dataclass(slots=True)
class StoryClock:
    """The wall clock, ahead by what the story has skipped. Begins early, so that the story ends about now."""

    wall: Clock
    ahead: timedelta

    def __call__(self) -> datetime:
        """The story's time."""
        return self.wall() + self.ahead

    def skip(self, minutes: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(minutes=minutes)


@dataclass(slots=True)
class Stage:
    """Everything that runs. `database_url` is the bot's own, which the story diagnoses."""

    sandbox: Sandbox
    app: App
    clock: StoryClock
    database_url: str
    command: str
    monitor: Monitor
    names: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def stage(*, pack: str | None, port: int, lasts: timedelta) -> AsyncIterator[Stage]:
    """Start everything, and stop it at the end.

    Args:
        pack: the policy pack; None takes the one that is set.
        port: the sandbox's; 0 takes a free one.
        lasts: how much time the story skips.

    Raises:
        SettingsFault: a setting is wrong, or the database is somebody's.
        PolicyFault: the pack is not right.
    """
    clock = StoryClock(wall_clock, -lasts)
    settings = _on_stage(read_settings(**({"muster_pack": pack} if pack else {})))
    catalogue = Catalogue([find_pack(settings.muster_pack, root=RUNBOOKS)])
    policy = _with_monitor(_with_people(read_pack(settings.muster_pack, root=RUNBOOKS)), catalogue)
    sandbox = Sandbox(now=clock, command=settings.muster_command, shortcuts=SHORTCUTS)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(clean_database(settings))
        stack.push_async_callback(sandbox.stop)
        _open_channels(sandbox, policy)
        await sandbox.start(port=port)
        update = {"database_url": SecretStr(url), **_credentials(sandbox)}
        built = await stack.enter_async_context(core(settings.model_copy(update=update), now=clock, policy=policy))
        built.diagnostics.value_of = _at_home(policy, url)
        # The story's minutes take seconds, in which nobody posts so much to a real Slack.
        app = App(built, limits=UNLIMITED)
        stack.push_async_callback(app.stop)
        stack.callback(sandbox.deliver_to, None)
        await app.start()
        sandbox.deliver_to(f"{app.url}/slack/events")
        names = {person.id: person.real_name for person in sandbox.people.values()}
        token = settings.muster_webhook_tokens[SENDER].get_secret_value()
        yield Stage(sandbox, app, clock, url, settings.muster_command, Monitor(app.url, token, clock), names)


def _on_stage(settings: Settings) -> Settings:
    """The settings with nothing of a real installation in them: a `.env` file may hold one's tokens and database."""
    given = os.environ.get("DATABASE_URL")
    return settings.model_copy(
        update={
            "database_url": SecretStr(given) if given else None,
            "muster_data_dir": settings.muster_data_dir / "demo",
            "muster_diag_db_url": None,
            "muster_announce_channel": "incidents",
            "muster_public_url": None,
            "muster_host": "127.0.0.1",
            "muster_port": 0,
            "muster_webhook_tokens": {SENDER: SecretStr(secrets.token_urlsafe())},
            "slack_app_token": None,
        }
    )


def _credentials(sandbox: Sandbox) -> dict[str, object]:
    return {
        "slack_api_url": sandbox.api_url,
        "slack_bot_token": SecretStr(sandbox.bot_token),
        "slack_signing_secret": SecretStr(sandbox.signing_secret),
    }


def _open_channels(sandbox: Sandbox, policy: Policy) -> None:
    """The channels that the pack tells besides the announce channel, as a workspace that uses it has them."""
    channels = [name for severity in policy.severities for name in severity.announce]
    channels += [letter.channel for letter in policy.letters if letter.channel]
    channels += [policy.alerts.channel, *policy.review.publish_to]
    for name in dict.fromkeys(channels):
        if sandbox.workspace.find_channel(name) is None:
            create(sandbox.workspace, name, sandbox.people["alice"], is_private=False)


def _with_people(policy: Policy) -> Policy:
    """The pack's rules, with made-up people where it names nobody. A contact of its own is nobody in the sandbox."""
    ids = {person.name: person.id for person in PEOPLE}
    people = cycle(_CALLED)
    return policy.with_contacts({name: (ids[next(people)],) for name in policy.contacts})


def _with_monitor(policy: Policy, catalogue: Catalogue) -> Policy:
    """The pack's rules, by which people are asked about the story's alerts, and no monitor is told anything back.

    One pack opens an incident for what another keeps for working hours; the runbook is the one that the story walks.
    """
    leads = terms(policy, catalogue).runbook
    rule = AlertRule(
        name="checkout-slow",
        do=Decision.SUGGEST,
        when=Matcher(alerts=(ALERT,)),
        runbook=leads.name if leads else None,
        why="it may be nothing; people see whether anybody notices",
    )
    alerts = replace(policy.alerts, rules=(rule, *policy.alerts.rules), maintenance=(), tell_back=())
    return replace(policy, alerts=alerts)


def _at_home(policy: Policy, url: str) -> Callable[[str], str | None]:
    """The settings that the pack's targets and actions name: its databases are the story's, and nothing else is set.

    An environment, or a `.env` file, may hold addresses of what is in use: nobody in a story ends a session there.
    """
    sections = [target.options for target in policy.targets if target.kind == "postgres"]
    sections += [rule.options for rule in policy.actions if rule.kind == "end_session"]
    databases = {getattr(section, "url_from", None) for section in sections}
    return lambda name: url if name in databases else None


def review_file(directory: Path, name: str) -> Path:
    """Where a review is put. The name comes from Slack, so only its last part is used."""
    directory.mkdir(parents=True, exist_ok=True)
    return directory / Path(name).name
