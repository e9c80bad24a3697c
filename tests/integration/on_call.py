"""An installation with an on-call provider, and what that provider answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from bot.application.in_force import InForce
from bot.application.on_call import OnCall
from bot.domain.procedures import ProviderRule
from bot.domain.rules import Policy
from bot.notices.oncall import Providers
from bot.sandbox import Sandbox
from bot.sandbox.cast import PEOPLE, TEAM_DOMAIN
from bot.slack.gateway import SlackWeb
from bot.web.metrics import Metrics
from tests.integration.conftest import Clock
from tests.support.rota import TOKEN, Rota, rota

RULE = ProviderRule(contact="on-call", url_from="ROTA_URL", token_from="ROTA_TOKEN", people="$.on_call[*].who")
OWN = ("U0OWN001",)
EMAILS = {person.name: f"{person.name}@{TEAM_DOMAIN}.example" for person in PEOPLE}


@dataclass
class Desk:
    """One installation with one provider."""

    rota: Rota
    rules: InForce
    on_call: OnCall
    sandbox: Sandbox
    clock: Clock
    metrics: Metrics
    settings: dict[str, str]

    async def called(self) -> tuple[str, ...]:
        """Who is called after everybody was asked once more."""
        await self.on_call.ask_all()
        return self.rules.policy.people(["on-call"], {}, at=self.clock())

    @property
    def trouble(self) -> str:
        """What is wrong with the one provider."""
        trouble = self.on_call.troubles.get(RULE)
        return trouble.reason if trouble else ""

    @property
    def gauge(self) -> float | None:
        """What Prometheus is told."""
        return self.metrics.registry.get_sample_value("muster_on_call_known", {"contact": "on-call"})


@asynccontextmanager
async def one_desk(policy: Policy, clock: Clock) -> AsyncIterator[Desk]:
    """An installation whose contact `on-call` a provider knows."""
    sandbox, metrics = Sandbox(now=clock), Metrics()
    await sandbox.start()
    slack = SlackWeb(sandbox.bot_token, sandbox.api_url)
    rules = InForce(replace(policy.with_contacts({"on-call": OWN}), providers=(RULE,)))
    async with rota() as server:
        settings = {"ROTA_URL": server.url, "ROTA_TOKEN": TOKEN}
        providers = Providers(settings.get, patience=0.5)
        on_call = OnCall(rules, providers.ask, slack.member_with, clock, on_asked=metrics.on_call)
        yield Desk(server, rules, on_call, sandbox, clock, metrics, settings)
        await providers.close()
    await slack.close()
    await sandbox.stop()


def says(status: int = 200, text: str = "", **headers: str) -> Callable[[Desk], None]:
    """A provider that answers so."""

    async def answer() -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    def arrange(desk: Desk) -> None:
        desk.rota.instead = answer

    return arrange


def names(*people: object) -> Callable[[Desk], None]:
    """A provider that has these on call."""

    def arrange(desk: Desk) -> None:
        desk.rota.people = list(people)

    return arrange
