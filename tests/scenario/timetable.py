"""An incident that is played by a pack's rules, from its declaration to its review, through the whole bot.

A test writes it down as a timetable: what people do, what Slack says and whom it says it to, each at its time.

    await play.at("15m").expects(called("cto", because="still open after 15 minutes"))
    await play.at("20m").types("bob", "status monitoring").expects(said("Status:", "monitoring"))

Time stands still until the next moment; then every clock on the way rings at its own time. Whatever is said that nobody
expects fails the test, so there is silence between the moments.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from pydantic import SecretStr

from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox.cast import GROUPS, PEOPLE
from bot.sandbox.model import Person, UserGroup
from tests.scenario.heard import Expectation
from tests.scenario.playing import MONDAY, Playing, Still, span
from tests.scenario.stage import stage
from tests.support.mailbox import mailbox

_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class Play(Playing):
    """An incident that is played by what its moments say."""

    def now(self) -> Moment:
        """The time that it is."""
        return Moment(self, self.clock())

    def at(self, when: str, *, since: datetime | None = None) -> Moment:
        """A time: so long after the declaration (or `since`), or the next `Tue 09:30`, in UTC."""
        if when[:3] in _DAYS:
            day, _, hour = when.partition(" ")
            time = datetime.strptime(hour, "%H:%M").replace(tzinfo=UTC).time()
            ahead = timedelta((_DAYS.index(day) - self.clock().weekday()) % 7)
            found = datetime.combine(self.clock().date() + ahead, time, UTC)
            return Moment(self, found if found > self.clock() else found + timedelta(7))
        return Moment(self, (since or self.began) + span(when))

    def declares(self, who: str, words: str) -> Moment:
        """Somebody declares it, which is when its clocks begin."""
        return self.now().types(who, f"declare {words}", "general")


@dataclass
class Moment:
    """A time, and what people do and hear then, one after the other; awaited, it happens."""

    play: Play
    when: datetime
    steps: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def types(self, who: str, words: str, where: str | None = None) -> Self:
        """Somebody types the slash command."""
        return self._then(partial(self.play.typed, who, words, where))

    def presses(self, who: str, action: str, under: str) -> Self:
        """Somebody presses a button under the newest message with these words."""
        return self._then(partial(self.play.pressed, who, action, under))

    def submits(self, who: str, typed: Mapping[str, Any]) -> Self:
        """Somebody fills in the open form and sends it."""
        return self._then(partial(self.play.submitted, who, typed))

    def fills_in(self, who: str, brackets: Mapping[str, str], others: str | None = None) -> Self:
        """Somebody puts words in the place of a text's brackets, and sends it.

        Args:
            who: who does it.
            brackets: the words by what begins a bracket, without it.
            others: what is put into all other brackets; they stay as they are by default.
        """
        return self._then(partial(self.play.filled_in, who, brackets, others))

    def ticks(self, who: str, name: str, *numbers: int) -> Self:
        """Somebody ticks items of a checklist; all of them without numbers."""
        return self._then(partial(self.play.ticked, who, name, numbers))

    def answered(self, *words: str) -> Self:
        """What was typed was answered so, for the one who typed it."""
        return self._do(partial(self.play.answered, words))

    def refused(self, *words: str) -> Self:
        """It cannot be done, for this reason, and nobody else hears of it."""
        return self.answered(*words).expects_nothing()

    def form_shows(self, who: str, *words: str) -> Self:
        """The form that somebody has open has these words."""
        return self._do(partial(self.play.form_shows, who, words))

    def expects(self, *expectations: Expectation) -> Self:
        """All this is heard now, and nothing else."""
        return self._do(partial(self.play.check, *expectations))

    def expects_nothing(self) -> Self:
        """Nothing is heard."""
        return self.expects()

    def clocks(self, **expected: str) -> Self:
        """What is to be done by when, after the declaration, and nothing else."""
        return self._then(partial(self.play.clocks, {name.replace("_", "-"): due for name, due in expected.items()}))

    def card(self, *words: str) -> Self:
        """The pinned card has these words."""
        return self._then(partial(self.play.card, words))

    def __await__(self) -> Generator[Any, None, None]:
        """Goes on to that time, and through the steps."""
        return self._run().__await__()

    async def _run(self) -> None:
        await self.play.run_to(self.when)
        for step in self.steps:
            await step()
        if self.steps:
            self.play.nothing_pending()

    def _then(self, step: Callable[[], Awaitable[None]]) -> Self:
        self.steps.append(step)
        return self

    def _do(self, step: Callable[[], None]) -> Self:
        async def done() -> None:
            step()

        return self._then(done)


@asynccontextmanager
async def play(
    database: str,
    pack: str,
    contacts: Mapping[str, str],
    *,
    emails: Mapping[str, str] | None = None,
    begins: datetime = MONDAY,
    groups: Mapping[str, str] | None = None,
    announce: str = "incidents",
) -> AsyncIterator[Play]:
    """A bot with a pack's rules, people behind its contacts, and a mail server.

    Args:
        database: the URL of a migrated database.
        pack: its name.
        contacts: who is behind each: names, `@oncall` for a user group. New names are new people.
        emails: the addresses behind the pack's names for them.
        begins: what time it is.
        groups: further user groups by their handle, with their people's names.
        announce: where every public incident is announced.
    """
    crew = [name for names in [*contacts.values(), *(groups or {}).values()] for name in names.split()]
    ids = {person.name: person.id for person in PEOPLE} | {f"@{group.handle}": group.id for group in GROUPS}
    hired = [
        Person(f"U0{n.upper():0<8}", n, n.title(), "") for n in dict.fromkeys(crew) if n[0] != "@" and n not in ids
    ]
    ids |= {person.name: person.id for person in hired}
    formed = [
        UserGroup(f"S0{handle.upper():0<8}", handle, handle.title(), [ids[name] for name in names.split()])
        for handle, names in (groups or {}).items()
    ]
    ids |= {f"@{group.handle}": group.id for group in formed}
    known = {contact: tuple(ids[name] for name in names.split()) for contact, names in contacts.items()}

    def rules(_: Policy) -> Policy:
        policy = read_pack(pack, root=RUNBOOKS)
        assert known.keys() <= policy.contacts.keys(), f"{pack} has no {known.keys() - policy.contacts.keys()}"
        addresses = {name: tuple(each.split()) for name, each in (emails or {}).items()}
        return replace(policy.with_contacts(known), emails={**policy.emails, **addresses})

    clock = Still(time=begins)
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(mailbox())
        settings = {
            "muster_pack": pack,
            "muster_smtp_url": SecretStr(f"smtp://127.0.0.1:{box.port}"),
            "muster_mail_from": "muster@example.com",
            "muster_announce_channel": announce,
        }
        bot = await stack.enter_async_context(stage(database, rules=rules, settings=settings, clock=clock))
        bot.sandbox.workspace.people |= {person.name: person for person in hired}
        bot.sandbox.workspace.groups += formed
        for name in dict.fromkeys([*_channels(bot.core.muster.policy), announce]):
            if bot.sandbox.workspace.find_channel(name):
                continue
            await bot.sandbox.create_channel("alice", name)
            await bot.sandbox.invite("alice", name, "muster")
        await bot.sandbox.quiet(timeout=30)
        made = Play(bot, clock, box, announce)
        await made.settle()
        made.nothing_pending()
        yield made
        made.nothing_pending()


def _channels(policy: Policy) -> list[str]:
    """The further channels that a policy speaks in, which a workspace that uses it has."""
    told = [name for severity in policy.severities for name in severity.announce]
    told += [letter.channel for letter in policy.letters if letter.channel]
    return told
