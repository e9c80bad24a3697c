"""`GET /metrics` of the whole bot, and what it says when the database says nothing."""

from datetime import timedelta

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.application import outbox
from bot.application.execute import Muster
from bot.application.outbox import Depth
from bot.domain import commands as c
from bot.domain.rules import Policy
from bot.sandbox import Fault
from bot.slack.incoming import happened_at
from bot.store.database import Database
from bot.web.metrics import Metrics
from bot.web.server import Server
from tests.integration.conftest import Clock
from tests.integration.post import Post
from tests.scenario.stage import Stage, stage
from tests.support.own_server import OwnServer

Sample = dict[tuple[str, ...], float]


class Scrape:
    """What one scrape said."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    @property
    def names(self) -> set[str]:
        return {sample.name for sample in self._samples}

    def of(self, name: str) -> Sample:
        """The values of a metric by its labels' values."""
        return {tuple(sample.labels.values()): sample.value for sample in self._samples if sample.name == name}


async def scrape(url: str) -> Scrape:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        return Scrape(await response.text())


async def _told(bot: Stage) -> Scrape:
    await bot.sandbox.quiet(timeout=30)
    return await scrape(bot.app.url)


async def test_an_incident_leaves_its_traces_and_none_of_its_words(database: str) -> None:
    async with stage(database) as bot:
        room = await bot.declare("P1 Gurken are out")
        await bot.sandbox.say("bob", room.name, "a reply", thread_ts=room.messages[0].ts)
        await bot.command("bob", "ack", room.name)
        await bot.command("bob", "ack", room.name)
        found = await _told(bot)
        assert found.of("muster_deliveries_total")["open_channel", "sent"] == 1
        assert found.of("muster_transaction_seconds_count")[("recorded",)] > 3
        assert found.of("muster_transaction_seconds_count")[("declined",)] == 1
        assert found.of("muster_event_lag_seconds_count")[()] > 0
        assert found.of("muster_event_lag_seconds_sum")[()] < 60
        assert set(found.of("muster_outbox_rows")) == {("60",), ("50",), ("40",), ("30",)}
        assert set(found.of("muster_outbox_rows").values()) == {0}
        assert found.of("muster_outbox_refused_rows") == {(): 0}
        people = {person.id for person in bot.sandbox.people.values()}
        assert not [word for word in ("INC-", "Gurken", room.id, *people) if word in found.text]


async def test_a_429_is_counted_by_its_method(database: str) -> None:
    fault = Fault(method="conversations.setTopic", http_status=429, retry_after=1)
    async with stage(database, faults=[fault]) as bot:
        room = await bot.declare()
        await bot.until(lambda _: room.topic)
        assert (await _told(bot)).of("muster_slack_rate_limited_total") == {("conversations.setTopic",): 1}


async def test_a_timers_lateness_is_measured_when_it_fires(database: str) -> None:
    async with stage(database) as bot:
        await bot.declare()
        bot.clock.advance(hours=1)
        await bot.app.upkeep.once()
        found = await _told(bot)
        assert found.of("muster_timer_lateness_seconds_count")[()] > 0
        assert found.of("muster_timer_lateness_seconds_sum")[()] > 600


async def test_a_frozen_database_costs_the_scrape_its_gauges_and_a_second(own: OwnServer) -> None:
    async with stage(own.url) as bot:
        await bot.declare()
        await bot.sandbox.quiet(timeout=30)
        with own.frozen():
            found = await scrape(bot.app.url)
            assert not [name for name in found.names if name.startswith("muster_outbox")]
            assert "muster_deliveries_total" in found.names
        assert "muster_outbox_rows" in (await scrape(bot.app.url)).names


async def test_without_a_database_nothing_is_said_about_the_outbox(policy: Policy, clock: Clock) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    muster = Muster(database, policy, clock)
    server = Server([Metrics().route(lambda: outbox.pressure(muster))])
    await server.start("127.0.0.1", 0)
    try:
        found = await scrape(f"http://127.0.0.1:{server.port}")
        assert not [name for name in found.names if name.startswith("muster_outbox")]
        assert "muster_timer_lateness_seconds_count" in found.names
    finally:
        await server.stop()
        await database.close()


async def test_what_waits_is_measured_by_priority_with_the_age_of_the_oldest(post: Post, clock: Clock) -> None:
    await post.declare()
    clock.advance(seconds=90)
    await post.declare(severity="P3", title="Slow search")
    clock.advance(seconds=30)
    found = await outbox.pressure(post.muster)
    assert found is not None
    assert found.waiting == {
        60: Depth(3, timedelta(seconds=120)),
        50: Depth(0, timedelta()),
        40: Depth(3, timedelta(seconds=30)),
        30: Depth(0, timedelta()),
    }


async def test_what_was_refused_is_counted_until_somebody_sees_to_it(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    post.sandbox.faults.add(Fault(method="chat.postMessage", error="restricted_action"))
    await post.muster.execute(c.PostUpdate(by=post.alice, text="failing over"), ref=done.incident.ref)
    await post.everything()
    found = await outbox.pressure(post.muster)
    assert found is not None
    assert (found.refused, sum(depth.rows for depth in found.waiting.values())) == (1, 0)
    [row] = await outbox.look(post.muster)
    await outbox.act(post.muster, c.DropDelivery(by=post.alice, outbox=row.id))
    after = await outbox.pressure(post.muster)
    assert after is not None
    assert after.refused == 0


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"event": {"event_ts": "1767225600.000200"}, "event_time": 1767225600}, 1767225600.0002),
        ({"event": {"event_ts": "soon"}, "event_time": 1767225600}, 1767225600),
        ({"event": {"event_ts": "nan"}, "event_time": 1e300}, None),
        ({"event": {"event_ts": ["1"]}, "event_time": {"a": 1}}, None),
        ({"event": [], "event_time": 10**400}, None),
        ({}, None),
    ],
)
def test_an_events_time_is_taken_for_what_it_is(body: dict[str, object], seconds: float | None) -> None:
    assert happened_at(body) == seconds
