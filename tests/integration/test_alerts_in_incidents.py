"""Alerts in incidents as they go on: cleared, raised, resolved, muted, and with what breaks in between."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.application.execute import Muster
from bot.application.ingest_alerts import Overloaded, Told
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.alert_events import AlertsCleared, AlertsJoined
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Maintenance
from bot.domain.judging import Reason
from bot.store import alerts
from bot.store import incidents as incident_store
from bot.store.database import DatabaseUnavailable
from tests.integration.alerted import Alerted, ruled
from tests.integration.conftest import Clock

ANN = Actor.person("U0ANN")


@pytest.fixture
def there(muster: Muster, clock: Clock) -> Alerted:
    return Alerted(ruled(muster), clock)


async def test_a_storm_makes_a_short_timeline_and_few_posts(there: Alerted) -> None:
    await there.take(there.alert())
    for minute in range(10):
        for part in range(6):
            one = [there.alert(instance=f"{minute}-{part}-{n}") for n in range(20)]
            await there.take(*one)
            await there.hear(seconds=10)
    joined = await there.events(AlertsJoined)
    assert len(joined) <= 12
    assert sum(one.new for one in joined) == joined[-1].total == 1 + 10 * 6 * 20
    assert all(len(one.lines) <= 5 and len(one.names) <= 10 for one in joined)
    assert (await there.incident()).alerts.total == 1201
    # What it says last is told a minute later at most.
    assert (await there.group()).firing == (await there.incident()).alerts.firing


async def test_when_all_have_cleared_the_commander_is_asked_and_then_it_ends_by_itself(there: Alerted) -> None:
    one, two = there.alert(), there.alert(instance="b")
    await there.take(one, two)
    there.clock.advance(minutes=5)
    await there.take(there.over(one))
    await there.hear()
    assert await there.waiting() == []
    await there.take(there.over(two))
    await there.hear(minutes=1)
    assert await there.waiting() == ["alerts:clear", "alerts:end"]
    await there.ring("alerts:clear")
    assert len(await there.events(AlertsCleared)) == 1
    assert not (await there.incident()).over
    await there.ring("alerts:end")
    (resolved,) = await there.events(e.Resolved)
    assert resolved.summary.startswith("Resolved without a person: all of its 2 alerts had been clear for 10 min")


async def test_what_fires_again_stops_the_clocks_at_once_however_lately_it_was_told(there: Alerted) -> None:
    one = there.alert()
    await there.take(one)
    there.clock.advance(minutes=5)
    await there.take(there.over(one))
    await there.hear()
    assert await there.waiting() == ["alerts:clear", "alerts:end"]
    there.clock.advance(seconds=5)
    await there.take(there.alert())
    await there.hear()
    assert await there.waiting() == []
    assert (await there.incident()).alerts.firing == 1


async def test_an_incident_does_not_end_by_itself_while_what_comes_and_goes_is_there(there: Alerted) -> None:
    calm = there.alert(instance="calm")
    await there.take(calm)
    for _ in range(30):
        one = there.alert()
        await there.take(one)
        await there.hear(seconds=30)
        await there.take(there.over(one))
        await there.hear(seconds=30)
    await there.take(there.over(calm))
    await there.hear(minutes=1)
    last = there.alert()
    assert await there.reasons(last) == ["FLAPPING"]
    await there.hear()
    assert await there.waiting() == []
    assert not (await there.incident()).over
    # Each time that it came was not worth a line.
    assert len(await there.events(AlertsJoined)) <= 8


async def test_a_severity_is_raised_only_while_nobody_has_taken_it_up(there: Alerted) -> None:
    await there.take(there.alert(severity="error"))
    assert (await there.incident()).severity == "P3"
    await there.take(there.alert("Down", instance="b"))
    await there.hear(minutes=1)
    assert (await there.incident()).severity == "P1"
    (raised,) = await there.events(e.SeverityChanged)
    assert raised.why == "an alert that joined is P1 by the pack's rules"


async def test_a_severity_stays_what_people_made_it_once_they_have_taken_it_up(there: Alerted) -> None:
    await there.take(there.alert(severity="error"))
    await there.muster.execute(c.Acknowledge(by=ANN), incident_id=1)
    await there.take(there.alert("Down", instance="b"))
    await there.hear(minutes=1)
    assert (await there.incident()).severity == "P3"
    assert (await there.incident()).alerts.total == 2


@pytest.mark.parametrize("more", [{"private": True}, {"drill": True}])
async def test_what_is_private_or_practice_is_never_joined_by_itself(there: Alerted, more: dict[str, bool]) -> None:
    command = c.Declare(by=ANN, title="Theirs", severity="P1", service="payments", **more)  # type: ignore[arg-type]
    ref = (await there.muster.execute(command)).incident.ref
    (told,) = await there.take(there.alert())
    assert told.reason is Reason.NEW
    assert told.incident not in (None, ref)
    assert not await there.events(AlertsJoined)


async def test_what_fires_on_after_somebody_resolved_it_is_left_and_what_fires_anew_is_another(there: Alerted) -> None:
    one = there.alert()
    await there.take(one)
    await there.muster.execute(c.Resolve(by=ANN, summary="done", override="tested"), incident_id=1)
    there.clock.advance(minutes=10)
    assert await there.reasons(one) == ["REPEAT"]
    assert await there.reasons(there.alert(), there.over(there.alert(instance="gone"))) == ["NEW", "RESOLVED"]
    assert "it was INC-2026-03-14-001 before" in (await there.group(2)).why
    assert (await there.group(1)).firing == 0


async def test_a_maintenance_ends_and_what_still_fires_is_told_then(there: Alerted) -> None:
    works = Maintenance(name="works", begins=there.clock(), ends=there.clock() + timedelta(hours=1))
    there.muster.policy = replace(there.muster.policy, alerts=replace(there.muster.policy.alerts, maintenance=(works,)))
    one = there.alert()
    assert await there.reasons(one) == ["MAINTENANCE"]
    there.clock.advance(hours=1)
    assert await there.reasons(one) == ["NEW"]


async def test_a_pack_that_has_dropped_a_severity_and_a_rule_holds_no_alert_up(there: Alerted) -> None:
    await there.take(there.alert(severity="warning"))
    policy = there.muster.policy
    dropped = (await there.group()).severity
    others = tuple(one for one in policy.severities if one.name != dropped)
    rules = replace(policy.alerts, rules=(AlertRule(name="all", do=Decision.DECLARE),))
    there.muster.policy = replace(policy, severities=others, default_severity="P4", alerts=rules)
    assert await there.reasons(there.alert(instance="b", severity="warning")) == ["NEW"]
    assert (await there.incident()).severity == "P4"
    there.muster.policy = replace(policy, severities=others, default_severity="P4", alerts=AlertRules())
    assert await there.reasons(there.alert(instance="c", severity="warning")) == ["JOINED"]


async def test_why_an_alert_is_where_it_is_stays_said(there: Alerted) -> None:
    one = there.alert()
    await there.take(one, replace(one, text="worse by the minute"))
    await there.take(replace(one, text="still"))
    async with there.muster.database.transaction() as connection:
        (stored,) = await alerts.of_groups(connection, [1])
    assert (stored.reason, stored.why, stored.alert.text) == ("NEW", "rule “down”", "still")
    await there.take(there.over(one))
    async with there.muster.database.transaction() as connection:
        (stored,) = await alerts.of_groups(connection, [1])
    assert (stored.reason, stored.why) == ("RESOLVED", "rule “down”")


async def test_hostile_words_hold_nothing_up(there: Alerted) -> None:
    odd = there.alert("<!channel> `x` \\ *", service="s" * 256, zone="\u202e|=*")
    assert await there.reasons(replace(odd, title="<!here>" * 40, text="x" * 9000)) == ["NEW"]
    assert await there.reasons(replace(odd, fingerprint="other")) == ["JOINED"]


async def killed(there: Alerted, at_work: asyncio.Task[Sequence[Told]]) -> None:
    """The connection of whoever waits for a lock breaks."""
    terminate = text(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and wait_event_type = 'Lock'"
    )
    while not at_work.done():
        async with there.muster.database.transaction() as connection:
            await connection.execute(terminate)


async def test_a_connection_that_breaks_in_the_middle_leaves_nothing_half(there: Alerted) -> None:
    first = there.alert(service="web")
    await there.take(first)
    storm = [there.alert(instance=f"{n}") for n in range(20)]
    before = await there.counts()
    async with there.muster.database.engine.connect() as other:
        await other.begin()
        # Whoever declares waits for the day's next number.
        await incident_store.next_number(other, there.clock().date())
        at_work = asyncio.create_task(there.take(*storm, there.over(first)))
        await killed(there, at_work)
        with pytest.raises(DatabaseUnavailable):
            await at_work
        await other.rollback()
    assert await there.counts() == before
    assert (await there.group()).firing == 1
    assert sorted(await there.reasons(*storm, there.over(first))) == ["JOINED", "NEW", "RESOLVED"]
    assert await there.declared() == 2


async def test_requests_that_come_at_once_are_one_incident_and_each_hears_of_its_own(there: Alerted) -> None:
    answers = await asyncio.gather(*(there.take(there.alert(instance=f"{n}")) for n in range(50)))
    assert {one.incident for (one,) in answers} == {"INC-2026-03-14-001"}
    assert sorted(one.reason.value for (one,) in answers) == ["JOINED"] * 49 + ["NEW"]
    group = await there.group()
    assert (group.alerts, group.firing) == (50, 50)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_one_request_that_cannot_be_kept_holds_no_other_up(there: Alerted, place: int) -> None:
    bad = replace(there.alert(instance="bad"), text="\x00")
    await there.take(there.alert())
    posts = [there.alert(instance=f"{number}") for number in range(3)]
    # Whoever comes first begins alone; the others go together.
    first, *answers = await asyncio.gather(
        *(there.take(one) for one in (there.alert(), *posts[:place], bad, *posts[place:])), return_exceptions=True
    )
    assert isinstance(answers.pop(place), DatabaseUnavailable)
    assert not [one for one in (first, *answers) if isinstance(one, BaseException)]
    assert (await there.group()).alerts == 4


async def test_a_fault_of_ours_holds_up_only_whom_it_is_about_and_the_log_keeps_their_words_out(
    there: Alerted, caplog: pytest.LogCaptureFixture
) -> None:
    await there.take(there.alert())
    # No reader lets such a label in.
    odd = replace(there.alert("Odd"), labels={"alertname": 5}, text="secret words")  # type: ignore[dict-item]
    answers = await asyncio.gather(
        *(there.take(one) for one in (there.alert(), there.alert(), odd, there.alert())), return_exceptions=True
    )
    assert [isinstance(one, Exception) for one in answers] == [False, False, True, False]
    assert "test: 1 alert(s) can't be kept" in caplog.text
    assert "secret words" not in caplog.text


async def test_more_than_can_wait_is_refused_and_what_comes_after_is_taken(there: Alerted) -> None:
    with pytest.raises(Overloaded):
        await there.take(*[there.alert()] * 40_001)
    assert await there.reasons(there.alert()) == ["NEW"]


async def test_what_joined_just_before_somebody_resolved_it_is_not_lost(there: Alerted) -> None:
    await there.take(there.alert())
    there.clock.advance(seconds=10)
    assert await there.reasons(there.alert("Else", instance="b")) == ["JOINED"]
    await there.muster.execute(c.Resolve(by=ANN, summary="done", override="tested"), incident_id=1)
    await there.hear(minutes=1)
    joined = (await there.events(AlertsJoined))[-1]
    assert (joined.new, [one.name for one in joined.lines]) == (1, ["Else"])


async def test_what_flaps_beside_what_fires_on_is_hardly_told(there: Alerted) -> None:
    await there.take(there.alert(), there.alert("Other", instance="x", service="web"))
    ref = (await there.incident()).ref
    first = there.alert("Ask", instance="y", service="odd", severity="warning")
    (told,) = await there.take(first)
    await there.desk.attach(told.group or 0, ref, ANN)
    await there.take(there.over(first))
    before = len(await there.events())
    for _ in range(40):
        one = there.alert("Ask", instance="z", service="odd", severity="warning")
        await there.take(one)
        await there.hear(seconds=15)
        await there.take(there.over(one))
        await there.hear(seconds=15)
    # Twenty minutes: once a minute until it is known to flap, and then every ten.
    assert len(await there.events()) - before <= 8


async def test_rules_that_are_put_in_force_meanwhile_hold_from_the_next_post_on(there: Alerted) -> None:
    old = there.muster.policy
    named = {severity.name: f"NEW-{severity.name}" for severity in old.severities}
    new = replace(
        old,
        severities=tuple(replace(severity, name=named[severity.name]) for severity in old.severities),
        default_severity=named[old.default_severity],
        alerts=AlertRules(),
    )
    asked = 0

    def now() -> datetime:
        nonlocal asked
        asked += 1
        there.muster.policy = new if asked % 2 else old
        return there.clock()

    there.muster.now = now
    assert await there.reasons(there.alert()) == ["NEW"]
    assert (await there.incident()).severity == "P1"
