"""Monitors hear what became of their alerts' incident: from the outbox to one that is strict about what it is told."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from bot.application.ports import MOST_CONCERNED
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.alert import Alert
from bot.domain.alert_rules import TellBack, TellKind
from bot.domain.events import DeliveryFailed
from bot.domain.standing import Standing
from bot.notices.sources import Sources
from bot.sandbox import Fault
from bot.store import letters
from bot.store.tables import outbox
from tests.integration.alerted import RULES, Alerted, ruled
from tests.integration.conftest import Clock
from tests.integration.post import Post
from tests.support.monitors import TOKEN, Callback, asked

OURS = TellBack(
    name="ours", kind=TellKind.CALLBACK, sources=("alertmanager",), url_from="OURS_URL", token_from="OURS_TOKEN"
)
ALSO = replace(OURS, name="also", url_from="ALSO_URL")
PAGERS = replace(OURS, name="pagers", sources=("pagerduty",))


@dataclass
class Answered:
    """Alerts that are taken in, the desk that answers their monitors, and a monitor that hears it."""

    post: Post
    alerts: Alerted
    sources: Sources
    monitor: Callback

    async def do(self, command: type[Any], by: Actor | None = None, incident: int = 1, **more: Any) -> None:
        """Somebody does something about an incident."""
        await self.post.muster.execute(command(by=by or self.post.alice, **more), incident_id=incident)

    async def ack(self) -> None:
        """Alice takes it up."""
        await self.do(c.Acknowledge)

    async def rows(self) -> list[tuple[str, str]]:
        """What is to be told: the lane and what, in order."""
        query = select(outbox.c.lane, outbox.c.payload).where(outbox.c.kind == "tell_source").order_by(outbox.c.id)
        async with self.post.muster.database.transaction() as connection:
            return [(row.lane, row.payload["what"]) for row in await connection.execute(query)]

    async def standings(self) -> list[Standing]:
        """Where the rows stand."""
        async with self.post.muster.database.transaction() as connection:
            shown = await letters.shown(connection, incident_id=1, everything=True, limit=100)
        return [row.standing for row in shown if row.kind == "tell_source"]

    async def failures(self) -> list[DeliveryFailed]:
        """What could not be done, as the incident has it."""
        return await self.alerts.events(DeliveryFailed)

    def bodies(self) -> list[dict[str, Any]]:
        """What was said at each try, in order."""
        return [one.body for one in self.monitor.asked]

    def fails(self, status: int, times: int = 1) -> None:
        """The monitor answers the next tries so."""
        self.monitor.instead.extend(web.Response(status=status, text="not now") for _ in range(times))

    def by(self, *rules: TellBack) -> None:
        """The pack has these rules, and no others."""
        policy = self.post.muster.policy
        self.post.muster.policy = replace(policy, alerts=replace(policy.alerts, tell_back=rules))
        self.sources.take(rules)


@pytest.fixture
async def answered(post: Post, clock: Clock) -> AsyncIterator[Answered]:
    ruled(post.muster, replace(RULES, tell_back=(OURS,)))
    monitor = Callback(token=TOKEN)
    async with asked(monitor):
        settings = {"OURS_URL": monitor.url, "ALSO_URL": f"{monitor.url}/also", "OURS_TOKEN": TOKEN}
        sources = Sources([OURS], settings.get, clock, 5)
        post.desk.tell_source = sources.tell
        yield Answered(post, Alerted(post.muster, clock), sources, monitor)
        await sources.close()


def names(body: dict[str, Any]) -> list[str]:
    """The alerts that were told of."""
    return [alert["fingerprint"] for alert in body["alerts"]]


async def test_an_acknowledgement_and_an_end_are_told_once_for_each_rule_in_order(answered: Answered) -> None:
    answered.by(OURS, ALSO, PAGERS)
    await answered.alerts.take(answered.alerts.alert())
    assert await answered.rows() == []
    await answered.ack()
    await answered.do(c.Resolve, summary="A disk was full")
    assert await answered.rows() == [
        ("1:source:ours", "acknowledged"),
        ("1:source:also", "acknowledged"),
        ("1:source:ours", "resolved"),
        ("1:source:also", "resolved"),
    ]
    await answered.post.everything()
    told = [(one.path, one.body["what"]) for one in answered.monitor.asked]
    assert [what for path, what in told if path == "/"] == ["acknowledged", "resolved"]
    assert [what for path, what in told if path == "/also"] == ["acknowledged", "resolved"]
    assert len({body["id"] for body in answered.bodies()}) == 4
    assert await answered.failures() == []


async def test_what_is_told_is_who_did_what_when_and_about_which_alerts(answered: Answered, clock: Clock) -> None:
    first = answered.alerts.alert(region="eu")
    await answered.alerts.take(first)
    await answered.post.everything()
    clock.advance(minutes=3)
    at = clock()
    await answered.ack()
    clock.advance(minutes=2)
    await answered.post.everything()
    [body] = answered.bodies()
    incident = await answered.alerts.incident()
    assert re.fullmatch(r"\d+-[0-9a-f]+", body.pop("id"))
    concerned = {"source": "alertmanager", "fingerprint": "Slow-a", "name": "Slow", "reference": ""}
    assert body == {
        "what": "acknowledged",
        "incident": incident.ref,
        "title": "Slow on a",
        "severity": "P1",
        "link": f"https://slack.com/app_redirect?channel={incident.channel_id}",
        "by": "Alice Okafor",
        "at": at.isoformat(),
        "alerts": [concerned | {"labels": dict(first.labels)}],
    }


@pytest.mark.parametrize(
    ("by", "said"), [(Actor.cli("bob"), "bob"), (MUSTER, "Muster"), (Actor.monitor("pagerduty"), "pagerduty")]
)
async def test_whoever_is_not_in_slack_has_a_name_too(answered: Answered, by: Actor, said: str) -> None:
    await answered.alerts.take(answered.alerts.alert())
    await answered.do(c.Resolve, by=by, summary="Over")
    await answered.post.everything()
    assert [body["by"] for body in answered.bodies()] == [said]


async def test_a_monitor_does_not_wait_for_a_slack_that_is_down(answered: Answered) -> None:
    await answered.alerts.take(answered.alerts.alert())
    await answered.ack()
    answered.post.sandbox.faults.add(Fault(method="users.info", error="internal_error", times=-1))
    await answered.post.delivery.drain("1:source:ours")
    [body] = answered.bodies()
    assert (body["what"], body["by"], body["link"]) == ("acknowledged", "", "")


async def test_of_many_alerts_the_first_hundred_are_told_in_the_order_in_which_they_came(
    answered: Answered, clock: Clock
) -> None:
    def batch(begin: int, count: int, **when: Any) -> list[Alert]:
        return [answered.alerts.alert(instance=f"{begin + number:03}", **when) for number in range(count)]

    came = clock()
    late = batch(500, 20)
    await answered.alerts.take(*late)
    clock.advance(minutes=1)
    # They came later, though they have fired for longer.
    await answered.alerts.take(*batch(0, 95, at=came.replace(hour=1)))
    await answered.ack()
    wanted = [one.fingerprint for one in (*late, *batch(0, 95))][:MOST_CONCERNED]
    clock.advance(minutes=1)
    # What clears, joins and comes again in between does not change of whom it is told.
    await answered.alerts.take(*(answered.alerts.over(one) for one in late[:10]), *batch(700, 10))
    await answered.do(c.Resolve, summary="Over")
    await answered.post.everything()
    assert [names(body) for body in answered.bodies()] == [wanted, wanted]


async def test_of_a_private_incident_the_reference_is_told_and_nothing_that_somebody_wrote(answered: Answered) -> None:
    opened = await answered.post.declare(title="Payroll leaked", private=True)
    [told] = await answered.alerts.take(answered.alerts.alert(severity="warning"))
    assert told.group is not None
    await answered.alerts.desk.attach(told.group, opened.incident.ref, answered.post.alice)
    await answered.ack()
    await answered.do(c.Resolve, summary="Payroll is safe")
    await answered.post.everything()
    bodies = answered.bodies()
    ref = (await answered.alerts.incident()).ref
    assert [body["what"] for body in bodies] == ["acknowledged", "resolved"]
    for body in bodies:
        assert body["incident"] == ref
        assert [body[field] for field in ("title", "severity", "link", "by")] == [""] * 4
        assert names(body) == ["Slow-a"]
        assert "payroll" not in str(body).casefold()


async def test_it_is_the_same_answer_at_every_try(answered: Answered, clock: Clock) -> None:
    await answered.alerts.take(answered.alerts.alert())
    at = clock()
    await answered.ack()
    answered.fails(503, times=2)
    clock.advance(minutes=1)
    await answered.post.everything()
    bodies = answered.bodies()
    assert len(bodies) == 3
    assert len({body["id"] for body in bodies}) == 1
    assert {body["at"] for body in bodies} == {at.isoformat()}
    assert len(answered.monitor.told) == 1
    assert await answered.failures() == []


async def test_what_has_not_worked_for_ten_minutes_is_said_once_and_still_tried(
    answered: Answered, clock: Clock
) -> None:
    await answered.alerts.take(answered.alerts.alert())
    await answered.ack()
    answered.fails(503, times=3)
    clock.advance(minutes=10)
    await answered.post.everything()
    [failure] = await answered.failures()
    assert failure.what == "the monitor's rule “ours” could not be followed yet"
    assert failure.reason == "http_503 not now"
    assert failure.outbox == 0
    assert len(answered.monitor.told) == 1
    assert await answered.standings() == [Standing.SENT]


async def test_a_refusal_is_a_note_to_the_commander_that_says_what_helps(answered: Answered) -> None:
    await answered.alerts.take(answered.alerts.alert())
    await answered.ack()
    answered.fails(401)
    await answered.post.everything()
    [failure] = await answered.failures()
    assert (failure.what, failure.reason) == ("a monitor could not be told", "http_401 not now")
    assert failure.remedy.startswith("Let OURS_TOKEN be a token that it takes")
    sandbox = answered.post.sandbox
    direct = sandbox.workspace.direct([sandbox.people["alice"].id, sandbox.people["muster"].id])
    assert any("OURS_TOKEN" in message.text + str(message.blocks) for message in direct.messages)
    assert await answered.standings() == [Standing.REFUSED]
    await answered.do(c.RetryDelivery, outbox=failure.outbox)
    await answered.post.everything()
    assert [body["what"] for body in answered.monitor.told.values()] == ["acknowledged"]


async def test_a_rule_that_the_pack_has_dropped_meanwhile_is_said(answered: Answered) -> None:
    await answered.alerts.take(answered.alerts.alert())
    await answered.ack()
    answered.by()
    await answered.post.everything()
    [failure] = await answered.failures()
    assert (failure.reason, failure.remedy) == ("no rule ours", "The pack has dropped it: add it again, or drop this.")
    assert answered.monitor.asked == []


async def test_without_a_rule_for_its_monitor_nothing_is_told(answered: Answered) -> None:
    answered.by(PAGERS)
    await answered.alerts.take(answered.alerts.alert())
    await answered.ack()
    await answered.do(c.Resolve, summary="Over")
    assert await answered.rows() == []


async def test_every_monitor_of_an_incidents_alerts_hears_of_its_own(answered: Answered) -> None:
    answered.by(OURS, PAGERS)
    other = replace(answered.alerts.alert(instance="b"), source="pagerduty")
    await answered.alerts.take(answered.alerts.alert(), other)
    await answered.ack()
    await answered.post.everything()
    told = {body["alerts"][0]["source"]: names(body) for body in answered.bodies()}
    assert told == {"alertmanager": ["Slow-a"], "pagerduty": ["Slow-b"]}


async def test_what_a_monitor_is_yet_to_be_told_does_not_mean_that_slack_is_behind(answered: Answered) -> None:
    await answered.alerts.take(answered.alerts.alert())
    await answered.post.everything()
    await answered.ack()
    async with answered.post.muster.database.transaction() as connection:
        before = await letters.waiting(connection, 1)
        mine = await letters.shown(connection, incident_id=1, everything=False, limit=100)
    assert sum(rows for rows, _ in before.values()) == sum(row.kind != "tell_source" for row in mine)
    assert [row.what for row in mine if row.kind == "tell_source"] == ["what the monitor's rule “ours” says"]


async def test_an_incident_without_alerts_tells_no_monitor(answered: Answered) -> None:
    opened = await answered.post.declare()
    await answered.do(c.Acknowledge, incident=opened.incident_id)
    await answered.do(c.Resolve, incident=opened.incident_id, summary="Over")
    assert await answered.rows() == []
