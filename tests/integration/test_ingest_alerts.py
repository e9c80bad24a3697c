"""Alerts taken in: what is stored, grouped, declared, joined and told, by real transactions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.application.execute import Muster
from bot.application.ingest_alerts import Ingest, Told
from bot.domain.actor import Actor
from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Matcher
from bot.domain.judging import Reason
from bot.domain.rules import Service
from bot.store import alert_groups, mutes
from bot.store.tables import alert_groups as groups
from bot.store.tables import alerts as table
from bot.store.tables import incidents, timeline
from tests.integration.conftest import Clock

ANN = Actor.person("U0ANN")

RULES = AlertRules(
    rules=(
        AlertRule(name="down", do=Decision.DECLARE, when=Matcher(severities=("critical",)), severity="P1"),
        AlertRule(name="quiet", do=Decision.IGNORE, when=Matcher(severities=("info",))),
        AlertRule(name="only-with", do=Decision.ATTACH, when=Matcher(severities=("notice",))),
    ),
)


def alert(
    name: str = "HighErrorRate",
    *,
    at: datetime,
    instance: str = "a",
    severity: str = "critical",
    service: str = "payments",
    labels: Mapping[str, str] | None = None,
) -> Alert:
    said = {"alertname": name, "instance": instance, "severity": severity, "service": service, **(labels or {})}
    return Alert(
        source="alertmanager",
        fingerprint=f"{name}-{instance}",
        status=AlertStatus.FIRING,
        title=f"{name} on {instance}",
        labels={label: value for label, value in said.items() if value},
        starts_at=at,
    )


def over(one: Alert, at: datetime) -> Alert:
    return replace(one, status=AlertStatus.RESOLVED, ends_at=at)


@pytest.fixture
def ingest(muster: Muster) -> Ingest:
    services = (*muster.policy.services, Service(name="payments"))
    muster.policy = replace(muster.policy, alerts=RULES, services=services)
    return Ingest(muster)


async def reasons(ingest: Ingest, *alerts: Alert) -> list[Reason]:
    return [told.reason for told in await ingest.take(alerts, "test")]


async def count(muster: Muster, what: object) -> int:
    async with muster.database.transaction() as connection:
        return int(await connection.scalar(select(func.count()).select_from(what)) or 0)  # type: ignore[arg-type]


async def told(ingest: Ingest, *alerts: Alert) -> Sequence[Told]:
    return await ingest.take(alerts, "test")


async def test_the_first_critical_alert_opens_an_incident_and_the_others_join_it(ingest: Ingest, clock: Clock) -> None:
    storm = [alert(at=clock(), instance=str(n)) for n in range(50)]
    (first,) = await told(ingest, storm[0])
    assert (first.reason, first.incident) == (Reason.NEW, "INC-2026-03-14-001")
    repeated, others = await told(ingest, *storm)
    assert (repeated.reason, others.reason, others.alerts) == (Reason.REPEAT, Reason.JOINED, 49)
    assert {(one.reason, one.alerts) for one in await told(ingest, *storm)} == {(Reason.REPEAT, 50)}
    assert (others.incident, await count(ingest.muster, incidents)) == (first.incident, 1)


async def test_an_alert_of_another_name_joins_the_incident_of_its_service(ingest: Ingest, clock: Clock) -> None:
    assert await reasons(ingest, alert(at=clock())) == [Reason.NEW]
    other = alert("HighLatency", at=clock(), severity="warning", labels={"team": "x"})
    assert await reasons(ingest, other) == [Reason.JOINED]
    assert await count(ingest.muster, incidents) == 1


async def test_the_same_post_twice_changes_nothing(ingest: Ingest, clock: Clock) -> None:
    post = [alert(at=clock()), alert("Slow", at=clock(), severity="warning", service="web")]
    await told(ingest, *post)
    async with ingest.muster.database.transaction() as connection:
        before = [tuple(row) for row in await connection.execute(select(groups).order_by(groups.c.id))]
        entries = await connection.scalar(select(func.count()).select_from(timeline))
    assert {one.reason for one in await told(ingest, *post)} == {Reason.REPEAT}
    async with ingest.muster.database.transaction() as connection:
        assert before == [tuple(row) for row in await connection.execute(select(groups).order_by(groups.c.id))]
        assert entries == await connection.scalar(select(func.count()).select_from(timeline))


async def test_a_group_counts_what_fires_and_what_has_cleared(ingest: Ingest, clock: Clock) -> None:
    one, two = alert(at=clock()), alert(at=clock(), instance="b")
    await told(ingest, one, two)
    await told(ingest, over(one, clock()))
    async with ingest.muster.database.transaction() as connection:
        (group,) = (await alert_groups.concerned(connection, ["service=payments"], ()))[0].values()
    assert (group.alerts, group.firing) == (2, 1)


async def test_what_arrives_late_does_not_bring_an_alert_back(ingest: Ingest, clock: Clock) -> None:
    one = alert(at=clock())
    assert await reasons(ingest, one) == [Reason.NEW]
    assert await reasons(ingest, over(one, clock() + timedelta(minutes=1))) == [Reason.RESOLVED]
    assert await reasons(ingest, replace(one, text="again")) == [Reason.STALE]


async def test_what_the_pack_ignores_is_kept_with_its_reason_and_nobody_hears_of_it(
    ingest: Ingest, clock: Clock
) -> None:
    assert await reasons(ingest, alert(at=clock(), severity="info")) == [Reason.BELOW_THRESHOLD]
    assert (await count(ingest.muster, table), await count(ingest.muster, groups)) == (1, 0)


async def test_what_may_only_join_waits_for_an_incident(ingest: Ingest, clock: Clock) -> None:
    notice = alert("Deploy", at=clock(), severity="notice")
    assert await reasons(ingest, notice) == [Reason.NO_INCIDENT]
    await told(ingest, alert(at=clock()))
    assert await reasons(ingest, notice) == [Reason.JOINED]


async def test_a_suggestion_becomes_an_incident_when_an_alert_says_that_it_is_one(ingest: Ingest, clock: Clock) -> None:
    assert await reasons(ingest, alert("Slow", at=clock(), severity="warning")) == [Reason.SUGGESTED]
    assert await reasons(ingest, alert(at=clock())) == [Reason.NEW]
    assert await count(ingest.muster, groups) == 1


async def test_a_storm_of_things_with_nothing_in_common_is_a_few_groups(ingest: Ingest, clock: Clock) -> None:
    storm = [alert(f"Alert{n}", at=clock(), service="", severity="critical") for n in range(300)]
    done = await told(ingest, *storm)
    assert sum(one.alerts for one in done) == 300
    assert await count(ingest.muster, incidents) <= 11


async def test_a_declared_incident_knows_its_alerts(ingest: Ingest, clock: Clock) -> None:
    await told(ingest, alert(at=clock()))
    async with ingest.muster.database.transaction() as connection:
        kinds = (await connection.execute(select(timeline.c.kind).order_by(timeline.c.seq))).scalars().all()
    assert kinds[0] == "declared"
    assert "alerts_joined" in kinds


async def test_a_monitor_that_does_not_say_since_when_repeats_itself_without_effect(
    ingest: Ingest, clock: Clock
) -> None:
    one = replace(alert(at=clock()), dated=False)
    assert await reasons(ingest, one) == [Reason.NEW]
    clock.advance(minutes=5)
    again = replace(one, starts_at=clock())
    assert await reasons(ingest, again) == [Reason.REPEAT]
    clock.advance(minutes=5)
    assert await reasons(ingest, over(replace(again, starts_at=clock()), clock())) == [Reason.RESOLVED]
    clock.advance(minutes=5)
    assert await reasons(ingest, replace(one, starts_at=clock())) == [Reason.JOINED]
    async with ingest.muster.database.transaction() as connection:
        assert await connection.scalar(select(table.c.firings)) == 2


async def test_a_group_may_be_kept_by_labels_of_any_script(ingest: Ingest, clock: Clock) -> None:
    keys = tuple(f"label{n}" for n in range(6))
    rule = AlertRule(name="long", do=Decision.SUGGEST, group_by=keys)
    ingest.muster.policy = replace(ingest.muster.policy, alerts=AlertRules(rules=(rule,)))
    long = dict.fromkeys(keys, "障" * 200)
    assert await reasons(ingest, alert(at=clock(), labels=long)) == [Reason.SUGGESTED]
    assert await reasons(ingest, alert(at=clock(), instance="b", labels=long)) == [Reason.SUGGESTED]
    assert await count(ingest.muster, groups) == 1


async def test_what_people_wrote_of_a_mute_is_not_told_to_the_monitor(ingest: Ingest, clock: Clock) -> None:
    when, until = Matcher(alerts=("HighErrorRate",)), clock() + timedelta(hours=1)
    async with ingest.muster.database.transaction() as connection:
        await mutes.add(connection, when, by="U1", why="the customer is called Acme", since=clock(), until=until)
    [one] = await told(ingest, alert(at=clock()))
    assert (one.reason, one.why) == (Reason.MUTED, "muted until 2026-03-14 04:00 UTC")
