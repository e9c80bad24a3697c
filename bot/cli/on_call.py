"""Who is on call, for a command from a terminal: asked once, because no running bot is asked for its answer."""

import contextlib
from collections.abc import AsyncIterator

from bot.application.in_force import InForce
from bot.application.on_call import who
from bot.application.ports import Refused, TryAgain, Unclear
from bot.cli.terminal import complain
from bot.core import Core, named_settings
from bot.domain.procedures import ProviderRule
from bot.notices.oncall import Providers
from bot.slack.directory import Directory


@contextlib.asynccontextmanager
async def asking(core: Core) -> AsyncIterator[tuple[Providers, Directory]]:
    """What asks the providers, and what finds people by their addresses. Raises SettingsFault."""
    token = core.settings.slack_bot_token
    providers = Providers(named_settings(core.muster.policy))
    slack = Directory(token.get_secret_value() if token else "", core.settings.slack_api_url)
    try:
        yield providers, slack
    finally:
        await providers.close()
        await slack.close()


async def know_who_is_on_call(core: Core) -> None:
    """Put whom the providers name in force. Of whom cannot be asked it says so, and the command goes on without."""
    policy = core.muster.policy
    if not policy.providers:
        return
    rules = InForce(policy)
    answers: dict[ProviderRule, tuple[str, ...]] = {}
    async with asking(core) as (providers, slack):
        for rule in policy.providers:
            try:
                answers[rule] = (await who(rule, providers.ask, slack.member_with)).people
            except (TryAgain, Unclear, Refused) as error:
                complain(f"Who is on call for {rule.contact} is not known: {error.reason}. muster doctor says more.")
    rules.answered(answers)
    core.muster.policy = rules.policy
