"""Alertmanagers are asked what still fires of what they were silenced about, and one says what it has."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.application.execute import Muster
from bot.application.ingest_alerts import Overloaded, Told
from bot.application.ports import MOST_CONCERNED, Concerned
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert import Alert
from bot.domain.alert_events import AlertsCleared
from bot.domain.alert_rules import TellBack, TellKind
from bot.jobs.sources import Asking
from bot.notices.alertmanager import MOST_SILENCES
from bot.notices.sources import Sources
from bot.store import alerts as rows
from bot.store.database import DatabaseUnavailable
from tests.integration.alerted import RULES, Alerted, ruled
from tests.integration.conftest import Clock
from tests.support.monitors import Silencer, asked

RULE = TellBack(name="back", kind=TellKind.ALERTMANAGER, sources=("alertmanager",), url_from="BACK_URL")
ANN = Actor.person("U0ANN")


@dataclass
class Watching(Silencer):
    """An Alertmanager that has these alerts, by their fingerprints."""

    has: list[str] = field(default_factory=list)

    def answer(self, request: web.Request, body: Any) -> web.Response:
        """What it has, whatever their name."""
        if request.path == "/api/v2/alerts":
            return web.json_response([{"fingerprint": one} for one in self.has])
        return super().answer(request, body)


@dataclass
class Asked:
    """An incident with alerts, and who asks about them."""

    alerts: Alerted
    sources: Sources
    server: Watching
    asking: Asking

    async def fire(self, *numbers: int) -> list[Alert]:
        """These alerts fire, and their Alertmanager has them."""
        fired = [replace(self.alerts.alert(instance=f"{one}"), fingerprint=f"{one:016x}") for one in numbers]
        await self.alerts.take(*fired)
        self.server.has += [one.fingerprint for one in fired]
        return fired

    async def ack(self, incident: int = 1) -> None:
        """Somebody takes an incident up."""
        await self.alerts.muster.execute(c.Acknowledge(by=ANN), incident_id=incident)

    async def minutes(self, count: int) -> None:
        """They are asked, and again after each of so many minutes."""
        await self.asking.once()
        for _ in range(count):
            self.alerts.clock.advance(minutes=1)
            await self.asking.once()

    async def known(self, one: Alert) -> tuple[bool, datetime, datetime | None]:
        """What is known of an alert: whether it fires, since when, and until when it did."""
        identity = one.source, one.fingerprint
        async with self.alerts.muster.database.transaction() as connection:
            found = (await rows.known(connection, [identity]))[identity]
        return found.firing, found.starts_at, found.ends_at


@pytest.fixture
async def desk(muster: Muster, clock: Clock) -> AsyncIterator[Asked]:
    ruled(muster, replace(RULES, tell_back=(RULE,)))
    alerts, server = Alerted(muster, clock), Watching()
    async with asked(server):
        sources = Sources([RULE], {"BACK_URL": server.url}.get, clock, 5)
        yield Asked(alerts, sources, server, Asking(muster, sources.firing, alerts.ingest.take))
        await sources.close()


async def test_what_it_no_longer_has_is_over_and_the_incident_hears_that_all_is_clear(
    desk: Asked, clock: Clock
) -> None:
    first, second = await desk.fire(1, 2)
    await desk.ack()
    await desk.minutes(1)
    desk.server.has.remove(first.fingerprint)
    clock.advance(minutes=1)
    since = clock()
    await desk.minutes(2)
    assert await desk.known(first) == (False, first.starts_at, since)
    assert await desk.known(second) == (True, second.starts_at, None)
    desk.server.has.clear()
    clock.advance(minutes=1)
    await desk.minutes(2)
    assert not (await desk.known(second))[0]
    await desk.alerts.hear(minutes=2)
    assert (await desk.alerts.incident()).alerts.firing == 0
    await desk.alerts.ring("alerts:clear")
    [cleared] = await desk.alerts.events(AlertsCleared)
    assert cleared.total == 2


async def test_one_that_was_started_anew_and_has_not_been_told_yet_ends_nothing(desk: Asked, clock: Clock) -> None:
    [one] = await desk.fire(1)
    await desk.ack()
    desk.server.has.clear()
    await desk.minutes(1)
    desk.server.has.append(one.fingerprint)
    clock.advance(minutes=1)
    await desk.asking.once()
    desk.server.has.clear()
    await desk.minutes(2)
    assert (await desk.known(one))[0]
    await desk.minutes(1)
    assert not (await desk.known(one))[0]


async def test_what_goes_on_firing_elsewhere_keeps_nothing_from_being_asked_about(desk: Asked) -> None:
    many = [replace(desk.alerts.alert(f"Slow{one}"), fingerprint=f"{one:016x}") for one in range(MOST_SILENCES)]
    other = replace(desk.alerts.alert("Other", service=""), fingerprint="f" * 16)
    await desk.alerts.take(*many, other)
    desk.server.has = [one.fingerprint for one in many]
    await desk.ack()
    await desk.ack(2)
    await desk.minutes(2)
    assert not (await desk.known(other))[0]
    assert (await desk.known(many[0]))[0]


async def test_of_a_storm_all_is_asked_about_for_a_silence_covers_more_than_it_was_made_for(desk: Asked) -> None:
    await desk.fire(*range(2 * MOST_CONCERNED))
    await desk.ack()
    desk.server.has.clear()
    await desk.minutes(2)
    assert (await desk.alerts.group()).firing == 0


async def test_it_is_asked_once_a_minute_at_most(desk: Asked, clock: Clock) -> None:
    await desk.fire(1)
    await desk.ack()
    for _ in range(6):
        await desk.asking.once()
        clock.advance(seconds=59)
        await desk.asking.once()
        clock.advance(seconds=1)
    assert desk.server.methods() == ["GET"] * 6


async def test_it_is_asked_only_of_what_fires_in_incidents_that_somebody_has_taken_up(
    desk: Asked, clock: Clock
) -> None:
    [one] = await desk.fire(1)
    desk.server.has.clear()
    await desk.minutes(3)
    assert desk.server.asked == []
    await desk.ack()
    clock.advance(minutes=1)
    await desk.minutes(2)
    assert not (await desk.known(one))[0]
    before = len(desk.server.asked)
    await desk.minutes(3)
    assert len(desk.server.asked) == before, "nothing fires any more"


async def test_of_an_incident_that_is_over_nothing_is_asked(desk: Asked) -> None:
    await desk.fire(1)
    await desk.ack()
    await desk.alerts.muster.execute(c.Resolve(by=ANN, summary="Over"), incident_id=1)
    await desk.minutes(2)
    assert desk.server.asked == []


@pytest.mark.parametrize(
    "rule",
    [replace(RULE, sources=("grafana",)), replace(RULE, silence=timedelta()), replace(RULE, kind=TellKind.CALLBACK)],
    ids=["of another monitor", "that silences nothing", "of another kind"],
)
async def test_by_a_rule_that_silences_none_of_them_nothing_is_asked(desk: Asked, rule: TellBack) -> None:
    ruled(desk.alerts.muster, replace(RULES, tell_back=(rule,)))
    desk.sources.take([rule])
    [one] = await desk.fire(1)
    desk.server.has.clear()
    await desk.ack()
    await desk.minutes(3)
    assert desk.server.asked == []
    assert (await desk.known(one))[0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (web.Response(status=503), "back could not be asked which alerts still fire: http_503"),
        (web.Response(status=401), "back could not be asked which alerts still fire: http_401"),
    ],
    ids=["later", "refused"],
)
async def test_one_that_does_not_answer_ends_nothing_is_only_logged_and_is_asked_again(
    desk: Asked, clock: Clock, caplog: pytest.LogCaptureFixture, answer: web.Response, said: str
) -> None:
    [one] = await desk.fire(1)
    await desk.ack()
    desk.server.has.clear()
    await desk.minutes(1)
    desk.server.instead.append(answer)
    clock.advance(minutes=1)
    entries = await desk.alerts.events()
    with caplog.at_level(logging.WARNING, logger="bot"):
        await desk.asking.once()
    assert said in caplog.text
    assert await desk.alerts.events() == entries
    # It may have been started anew meanwhile: it has to say it for two minutes again.
    clock.advance(minutes=1)
    await desk.minutes(1)
    assert (await desk.known(one))[0]
    clock.advance(minutes=1)
    await desk.asking.once()
    assert not (await desk.known(one))[0]


async def test_of_several_for_one_source_each_may_have_it_and_all_have_to_answer(desk: Asked, clock: Clock) -> None:
    [one] = await desk.fire(1)
    await desk.ack()
    other = Watching(has=[one.fingerprint])
    rules = RULE, replace(RULE, name="other", url_from="OTHER_URL")
    ruled(desk.alerts.muster, replace(RULES, tell_back=rules))
    desk.server.has.clear()
    async with asked(other):
        sources = Sources(rules, {"BACK_URL": desk.server.url, "OTHER_URL": other.url}.get, clock, 5)
        desk.asking.ask = sources.firing
        await desk.minutes(3)
        assert (await desk.known(one))[0]
        other.has.clear()
        other.instead.extend(web.Response(status=503) for _ in range(3))
        clock.advance(minutes=1)
        await desk.minutes(2)
        assert (await desk.known(one))[0]
        clock.advance(minutes=1)
        await desk.minutes(2)
        assert not (await desk.known(one))[0]
        await sources.close()


@pytest.mark.parametrize("error", [Overloaded(), DatabaseUnavailable()])
async def test_what_cannot_be_recorded_now_is_asked_again(
    desk: Asked, clock: Clock, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    troubles = [error]

    async def take(told: Sequence[Alert], sender: str) -> Sequence[Told]:
        if told and troubles:
            raise troubles.pop()
        return await desk.alerts.ingest.take(told, sender)

    desk.asking.take = take
    [one] = await desk.fire(1)
    await desk.ack()
    desk.server.has.clear()
    await desk.minutes(2)
    assert "monitors are asked about their alerts the next time" in caplog.text
    assert (await desk.known(one))[0]
    clock.advance(minutes=1)
    await desk.asking.once()
    assert not (await desk.known(one))[0]


async def test_what_fires_anew_while_it_is_asked_goes_on_firing(desk: Asked, clock: Clock) -> None:
    [one] = await desk.fire(1)
    await desk.ack()
    desk.server.has.clear()
    await desk.minutes(1)
    clock.advance(minutes=1)
    again = replace(one, starts_at=clock())

    async def ask(rule: str, alerts: Sequence[Concerned]) -> Sequence[Concerned]:
        left = await desk.sources.firing(rule, alerts)
        await desk.alerts.take(again)
        return left

    desk.asking.ask = ask
    await desk.asking.once()
    assert await desk.known(one) == (True, again.starts_at, None)
    await desk.asking.once()
    clock.advance(minutes=1)
    desk.server.has.append(one.fingerprint)
    await desk.minutes(2)
    assert await desk.known(one) == (True, again.starts_at, None)
