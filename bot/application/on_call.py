"""Who is on call by the pack's providers: asked every minute, and remembered for a day when nobody answers."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.application.in_force import InForce
from bot.application.ports import AskProvider, FindByEmail, Refused, TryAgain, Unclear, calling_for
from bot.domain.procedures import ProviderRule

_logger = logging.getLogger(__name__)

#: Seconds between two rounds, give or take a tenth: several processes don't ask all at once.
EVERY_S = 60.0
#: For how long an answer counts while there is no newer one. Then the contact's own people are called.
KEPT = timedelta(hours=24)
#: Slack is asked for an address as for a worst incident: who is called hangs on it, and it is asked rarely.
_URGENT = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is on call, by Slack ids. `unknown` counts addresses that nobody in Slack has."""

    people: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a provider's answer cannot be had, or not all of it, and since when."""

    reason: str
    since: datetime


async def who(rule: ProviderRule, ask: AskProvider, find: FindByEmail) -> Answer:
    """Ask a provider, and Slack who has which address.

    Raises:
        TryAgain, Unclear, Refused: there is no answer, or nobody in it is known.
    """
    said = await ask(rule)
    people: dict[str, None] = {}
    unknown: list[str] = []
    with calling_for(_URGENT):
        for one in said:
            found = await find(one) if "@" in one else one
            if found:
                people[found] = None
            else:
                unknown.append(one)
    if not people:
        raise Refused(_nobody(len(unknown)), "Let the provider have the addresses that they have in Slack.")
    return Answer(tuple(people), tuple(unknown))


class OnCall:
    """Keeps who is on call in the rules in force. A provider that fails costs nothing but its newest answer."""

    def __init__(
        self,
        rules: InForce,
        ask: AskProvider,
        find: FindByEmail,
        now: Callable[[], datetime],
        *,
        on_asked: Callable[[Mapping[str, bool]], None],
        every: float = EVERY_S,
    ) -> None:
        """Nobody is asked yet.

        Args:
            rules: where the answers go, and which providers there are.
            ask: asks a provider.
            find: the Slack member with an address.
            now: the clock.
            on_asked: is told after each round which contacts' providers answered in full.
            every: seconds between two rounds.
        """
        self._rules, self._ask, self._find, self._now = rules, ask, find, now
        self._on_asked, self._every = on_asked, every
        self._answers: dict[ProviderRule, tuple[datetime, tuple[str, ...]]] = {}
        #: Until when a provider is not asked, because it said so.
        self._rest: dict[ProviderRule, datetime] = {}
        self._again = asyncio.Event()
        #: Set once everybody was asked for the first time.
        self.asked = asyncio.Event()
        #: What is wrong now, by provider.
        self.troubles: dict[ProviderRule, Trouble] = {}

    async def keep(self) -> None:
        """Ask them until cancelled."""
        while True:
            self._again.clear()
            await self.ask_all()
            try:
                async with asyncio.timeout(self._every * random.uniform(0.9, 1.1)):  # noqa: S311 (no secret)
                    await self._again.wait()
            except TimeoutError:
                pass

    def ask_again(self) -> None:
        """Ask them now: the pack has changed."""
        self._again.set()

    async def ask_all(self) -> None:
        """One round: every provider side by side, and who is on call then put in force at once."""
        asked = self._rules.pack.providers
        async with asyncio.TaskGroup() as group:
            for rule in asked:
                group.create_task(self._ask_one(rule))
        # The pack may have changed meanwhile: only those that it has now count.
        current, now = set(self._rules.pack.providers), self._now()
        self._answers = {rule: kept for rule, kept in self._answers.items() if rule in current and now - kept[0] < KEPT}
        self._rest = {rule: until for rule, until in self._rest.items() if rule in current}
        self.troubles = {rule: trouble for rule, trouble in self.troubles.items() if rule in current}
        self._rules.answered({rule: people for rule, (_, people) in self._answers.items()})
        self.asked.set()
        self._on_asked({rule.contact: rule not in self.troubles for rule in asked if rule in current})

    async def _ask_one(self, rule: ProviderRule) -> None:
        if (until := self._rest.get(rule)) and self._now() < until:
            return  # it asked to be left alone for longer
        self._rest.pop(rule, None)
        try:
            answer = await who(rule, self._ask, self._find)
        except (TryAgain, Unclear, Refused) as error:
            reason = error.reason
            if isinstance(error, TryAgain) and error.wait.total_seconds() > self._every:
                self._rest[rule] = self._now() + error.wait
        else:
            self._answers[rule] = self._now(), answer.people
            reason = _nobody(len(answer.unknown)) if answer.unknown else ""
        before = self.troubles.get(rule)
        if not reason:
            if self.troubles.pop(rule, None):
                _logger.info("the on-call provider of %s answers again", rule.contact)
        elif before is None or before.reason != reason:
            self.troubles[rule] = Trouble(reason, before.since if before else self._now())
            _logger.warning("the on-call provider of %s: %s; %s", rule.contact, reason, self._meanwhile(rule))

    def _meanwhile(self, rule: ProviderRule) -> str:
        if rule not in self._answers:
            return "the contact's own people are called"
        at, people = self._answers[rule]
        until = at + KEPT
        return f"called are the {len(people)} whom it named at {at:%H:%M} UTC, until {until:%d %b %H:%M}"


def _nobody(addresses: int) -> str:
    return "nobody in Slack has " + ("an address of its answer" if addresses == 1 else f"{addresses} of its addresses")
