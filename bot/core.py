"""The application without Slack: the database, the rules and the time. What the command line stands on."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.application.diagnose import Diagnostics
from bot.application.execute import Muster
from bot.application.ports import Refused
from bot.diagnostics.runner import known_checks, known_thresholds
from bot.domain.rules import Policy
from bot.notices.mail import Mailer
from bot.notices.sources import reach
from bot.notices.telling import PATIENCE_S
from bot.notices.web import ValueOf, Web
from bot.notices.webhook import endpoint
from bot.paths import RUNBOOKS
from bot.policy.read import find_pack, read_pack
from bot.policy.targets import TargetSection
from bot.runbooks.catalogue import Catalogue
from bot.settings import Settings, SettingsFault, read_named
from bot.store import migrate
from bot.store.database import Database
from bot.store.embedded import EmbeddedMissing, EmbeddedPostgres

Clock = Callable[[], datetime]

#: The setting of the database that is diagnosed unless a pack names another.
DIAGNOSED = "MUSTER_DIAG_DB_URL"


def wall_clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Core:
    """The application without Slack: what the command line needs."""

    settings: Settings
    muster: Muster
    diagnostics: Diagnostics
    catalogue: Catalogue
    pack: Path

    @property
    def database(self) -> Database:
        """The database."""
        return self.muster.database


@contextlib.asynccontextmanager
async def core(settings: Settings, *, now: Clock = wall_clock, policy: Policy | None = None) -> AsyncIterator[Core]:
    """The application on its database, which is migrated when it is Muster's own embedded one.

    Args:
        settings: of this process.
        now: the clock; tests pass another.
        policy: rules to use in place of the pack's; tests and the demo fill in contacts.

    Raises:
        SettingsFault: no database is set and the embedded one is not installed.
        PolicyFault: the pack is not right.
    """
    rules = policy or read_pack(
        settings.muster_pack, root=RUNBOOKS, thresholds_of=known_thresholds, checks_of=known_checks
    )
    pack = find_pack(settings.muster_pack, root=RUNBOOKS)
    async with contextlib.AsyncExitStack() as stack:
        url = await database_url(settings, stack)
        if not settings.database_url:
            await migrate.upgrade(url)
        database = Database(url)
        stack.push_async_callback(database.close)
        muster = Muster(database, rules, now)
        value_of = _values(settings, lambda: muster.policy, url)
        yield Core(settings, muster, Diagnostics(muster, value_of), Catalogue([pack]), pack)


async def database_url(settings: Settings, stack: contextlib.AsyncExitStack) -> str:
    """Where the database is; an embedded one runs for as long as `stack` is open. Raises SettingsFault."""
    if settings.database_url:
        return settings.database_url.get_secret_value()
    server = EmbeddedPostgres()
    try:
        url = await server.start(settings.muster_data_dir)
    except EmbeddedMissing as error:
        raise SettingsFault(f"DATABASE_URL is missing. {error}") from None
    except OSError as error:
        where = f"{settings.muster_data_dir} cannot be used"
        raise SettingsFault(f"MUSTER_DATA_DIR: {where}: {error.strerror}. Or set DATABASE_URL.") from None
    stack.push_async_callback(server.stop)
    return url


def mailer(settings: Settings) -> Mailer | None:
    """What sends e-mail; None where no mail server is set."""
    return Mailer(*settings.mail) if settings.mail else None


def named_settings(policy: Policy) -> ValueOf:
    """The values of the settings that a pack's rules name. Raises SettingsFault where they can't be read."""
    names = [name for rule in policy.webhooks for name in (rule.url_from, rule.secret_from)]
    names += [name for rule in policy.providers for name in (rule.url_from, rule.token_from) if name]
    names += [name for rule in policy.alerts.tell_back for name in (rule.url_from, rule.token_from) if name]
    return read_named(names).get


def settings_of_targets(policy: Policy) -> set[str]:
    """The settings that a pack's diagnostics targets name."""
    sections = (rule.options for rule in policy.targets)
    return {name for section in sections if isinstance(section, TargetSection) for name in section.settings()}


def untold(policy: Policy, settings: Settings) -> Iterator[str]:
    """What a pack needs to reach people outside of Slack and does not have. Serving goes on without it."""
    if policy.mails and not settings.mail:
        yield "the pack escalates by e-mail, and MUSTER_SMTP_URL is not set"
    value_of = named_settings(policy)
    for rule in policy.webhooks:
        try:
            endpoint(rule, value_of)
        except Refused as error:
            yield f"webhook {rule.name}: {error.reason}"


def unanswered(policy: Policy) -> Iterator[str]:
    """The pack's `tell_back` rules that cannot be followed, and why. Serving goes on without them."""
    value_of, web = named_settings(policy), Web(PATIENCE_S)  # which nobody is called with
    for rule in policy.alerts.tell_back:
        try:
            reach(rule, value_of, web)
        except Refused as error:
            yield f"{rule.name}: {error.reason}"


def _values(settings: Settings, rules: Callable[[], Policy], database_url: str) -> ValueOf:
    """The values of the settings that a pack's targets name, read once for each pack.

    The bot's own database stands in for a `MUSTER_DIAG_DB_URL` that is not set.
    """
    known: dict[str, str] = {}
    asked: set[str] = set()

    def value_of(name: str) -> str | None:
        if name not in asked:
            asked.update(names := settings_of_targets(rules()) | {name})
            known.update(read_named(names))
        if name == DIAGNOSED and name not in known:
            given = settings.muster_diag_db_url
            return given.get_secret_value() if given else database_url
        return known.get(name)

    return value_of
