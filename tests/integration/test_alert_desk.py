"""What people make of alerts, by real transactions."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.application.execute import Muster
from bot.domain import alert_errors as errors
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert_events import AlertsJoined
from bot.domain.alert_group import GroupState
from bot.domain.alert_rules import Matcher
from bot.domain.errors import DomainError, IncidentOver, TooLong, UnknownIncident, UnknownSeverity
from tests.integration.alerted import Alerted, ruled
from tests.integration.conftest import Clock

ANN, BOB = Actor.person("U0ANN"), Actor.person("U0BOB")
HOUR = timedelta(hours=1)


@pytest.fixture
def there(muster: Muster, clock: Clock) -> Alerted:
    return Alerted(ruled(muster), clock)


async def suggested(there: Alerted, count: int = 2) -> int:
    """A group that people are asked about; its number."""
    (told,) = await there.take(*(there.alert(instance=f"{n}", severity="warning") for n in range(count)))
    assert told.group is not None
    return told.group


async def declared(there: Alerted, *, by: Actor = ANN, private: bool = False, drill: bool = False) -> str:
    """An incident that somebody declared; its reference."""
    command = c.Declare(by=by, title="Checkout", severity="P2", service="payments", private=private, drill=drill)
    return (await there.muster.execute(command)).incident.ref


async def test_a_declared_group_is_an_incident_with_its_alerts(there: Alerted) -> None:
    group = await suggested(there)
    outcome = await there.desk.declare(group, ANN, severity="P1", title="Payments are slow")
    assert (outcome.incident.title, outcome.incident.severity) == ("Payments are slow", "P1")
    (joined,) = await there.events(AlertsJoined)
    assert (joined.opened, joined.total, joined.firing, len(joined.lines)) == (True, 2, 2, 2)
    assert await there.reasons(there.alert(instance="new", severity="warning")) == ["JOINED"]
    assert (await there.group()).state is GroupState.INCIDENT


async def test_a_key_that_comes_twice_declares_once(there: Alerted) -> None:
    group = await suggested(there)
    first = await there.desk.declare(group, ANN, key="action:1")
    again = await there.desk.declare(group, ANN, key="action:1")
    assert (first.incident.ref, await there.declared()) == (again.incident.ref, 1)
    assert (first.duplicate, again.duplicate) == (False, True)


async def test_of_two_who_declare_at_once_one_does(there: Alerted) -> None:
    group = await suggested(there)
    done = await asyncio.gather(*(there.desk.declare(group, who) for who in (ANN, BOB)), return_exceptions=True)
    assert [type(one) for one in done if isinstance(one, Exception)] == [errors.GroupTaken]
    assert await there.declared() == 1


async def test_what_cannot_be_declared_says_so_and_leaves_nothing(there: Alerted) -> None:
    group = await suggested(there)
    before = await there.counts()
    refused: list[tuple[type[DomainError], dict[str, str]]] = [
        (UnknownSeverity, {"severity": "P9"}),
        (TooLong, {"title": "t" * 201}),
    ]
    for error, wanted in refused:
        with pytest.raises(error):
            await there.desk.declare(group, ANN, key="action:1", **wanted)
    with pytest.raises(errors.UnknownGroup):
        await there.desk.declare(999, ANN, key="action:1")
    assert await there.counts() == before
    assert (await there.desk.declare(group, ANN, key="action:1")).incident.ref


async def test_a_group_that_is_over_takes_nothing_any_more(there: Alerted) -> None:
    group = await suggested(there, 1)
    one = there.alert(instance="0", severity="warning")
    await there.take(there.over(one))
    there.clock.advance(hours=1)
    await there.take(there.alert(instance="later", severity="warning"))
    for done in (
        there.desk.declare(group, ANN),
        there.desk.dismiss(group, ANN),
        there.desk.mute_group(group, HOUR, ANN),
    ):
        with pytest.raises(errors.GroupOver):
            await done


async def test_a_group_whose_severity_the_pack_has_dropped_is_declared_with_the_default(there: Alerted) -> None:
    group = await suggested(there)
    dropped, policy = (await there.group()).severity, there.muster.policy
    others = tuple(one for one in policy.severities if one.name != dropped)
    there.muster.policy = replace(policy, severities=others, default_severity="P2")
    assert dropped != "P2"
    assert (await there.desk.declare(group, ANN)).incident.severity == "P2"


async def test_an_attached_group_is_told_to_its_incident_with_all_that_it_has(there: Alerted) -> None:
    await there.take(there.alert(service="web"))
    there.clock.advance(minutes=1)
    group = await suggested(there, 3)
    await there.take(there.alert(service="web", instance="b"))
    await there.hear(minutes=5)
    ref = (await there.incident()).ref
    incident = await there.desk.attach(group, ref, ANN)
    assert incident.ref == ref
    joined = (await there.events(AlertsJoined))[-1]
    assert (joined.total, joined.new, len(joined.lines)) == (5, 3, 3)
    with pytest.raises(errors.GroupTaken, match=ref):
        await there.desk.attach(group, ref, BOB)


async def test_a_group_is_attached_to_no_incident_that_is_over_unknown_or_not_theirs(there: Alerted) -> None:
    group = await suggested(there)
    private = await declared(there, private=True)
    over = await declared(there)
    await there.muster.execute(c.Resolve(by=ANN, summary="done", override="tested"), ref=over)
    for ref, error in ((private, UnknownIncident), (over, IncidentOver), ("INC-2020-01-01-001", UnknownIncident)):
        with pytest.raises(error):
            await there.desk.attach(group, ref, BOB, key="action:1")
    assert (await there.group()).state is GroupState.SUGGESTED
    assert (await there.desk.attach(group, private, ANN, key="action:1")).ref == private


async def test_what_a_private_incident_has_is_for_those_who_take_part(there: Alerted) -> None:
    group = await suggested(there)
    ref = await declared(there, private=True)
    await there.desk.attach(group, ref, ANN)
    assert (await there.desk.show(group, ANN)).found.private
    with pytest.raises(errors.UnknownGroup):
        await there.desk.show(group, BOB)
    assert await there.desk.listing() == []
    with pytest.raises(errors.GroupTaken, match="A private incident has") as taken:
        await there.desk.declare(group, BOB)
    assert ref not in str(taken.value)
    (told,) = await there.take(there.alert(instance="new", severity="warning"))
    assert (told.reason.value, told.incident) == ("JOINED", None)
    assert ref not in told.why


async def test_after_a_private_incident_nothing_says_which_it_was(there: Alerted) -> None:
    group = await suggested(there)
    ref = await declared(there, private=True)
    await there.desk.attach(group, ref, ANN)
    await there.muster.execute(c.Resolve(by=ANN, summary="done", override="tested"), ref=ref)
    (told,) = await there.take(there.alert(instance="new", severity="warning"))
    assert ref not in f"{told} {(await there.group(2)).why}"


async def test_a_dismissed_group_counts_and_nobody_hears_of_it_until_it_gets_worse(there: Alerted) -> None:
    group = await suggested(there)
    await there.desk.dismiss(group, ANN, "a test", key="action:1")
    await there.desk.dismiss(group, BOB, "another", key="action:1")
    found = (await there.desk.show(group, ANN)).found
    assert (found.settled_by, found.settled_why) == ("U0ANN", "a test")
    assert await there.reasons(there.alert(instance="new", severity="warning")) == ["DISMISSED"]
    assert (await there.group()).alerts == 3
    assert await there.reasons(there.alert(instance="worse")) == ["NEW"]


async def test_a_mute_holds_until_it_is_ended_and_what_still_fires_is_told_then(there: Alerted) -> None:
    mute = await there.desk.mute(Matcher(alerts=("slow",)), HOUR, ANN, "a deploy")
    (told,) = await there.take(there.alert())
    assert (told.reason.value, told.why) == ("MUTED", "muted until 2026-03-14 04:00 UTC")
    assert [one.id for one in await there.desk.mutes()] == [mute.id]
    await there.desk.unmute(mute.id, BOB)
    assert await there.desk.mutes() == []
    assert [(kept.mute.id, kept.ended_by) for kept in await there.desk.past_mutes()] == [(mute.id, str(BOB))]
    assert await there.reasons(there.alert()) == ["NEW"]
    with pytest.raises(errors.UnknownMute):
        await there.desk.unmute(mute.id, ANN)


async def test_a_mute_ends_by_itself(there: Alerted) -> None:
    one = there.alert()
    mute = await there.desk.mute(Matcher(alerts=("slow",)), HOUR, ANN)
    assert await there.reasons(one) == ["MUTED"]
    there.clock.advance(hours=1)
    assert await there.desk.mutes() == []
    assert await there.reasons(one) == ["NEW"]
    with pytest.raises(errors.UnknownMute):
        await there.desk.unmute(mute.id, ANN)


async def test_a_mute_is_of_something_and_lasts_neither_too_short_nor_too_long(there: Alerted) -> None:
    with pytest.raises(errors.NothingToMute):
        await there.desk.mute(Matcher(), HOUR, ANN)
    for lasts in (timedelta(), timedelta(seconds=59), timedelta(days=30, seconds=1), -HOUR):
        with pytest.raises(errors.MuteTooLong):
            await there.desk.mute(Matcher(alerts=("x",)), lasts, ANN)
    with pytest.raises(TooLong):
        await there.desk.mute(Matcher(alerts=("x",)), HOUR, ANN, "y" * 9000)
    assert await there.desk.mutes() == []


async def test_a_muted_group_is_quiet_whatever_its_alerts_are_called(there: Alerted) -> None:
    odd = "Disk *full?* \\ [a] 100%"
    (told,) = await there.take(there.alert(odd, severity="warning"))
    assert told.group is not None
    mute = await there.desk.mute_group(told.group, HOUR, ANN, "we know", key="action:1")
    assert mute is not None
    assert await there.desk.mute_group(told.group, HOUR, ANN, "we know", key="action:1") is None
    assert await there.reasons(there.alert(odd, instance="b", severity="warning")) == ["MUTED"]
    # What is called otherwise is not meant, though it belongs to the same service.
    assert await there.reasons(there.alert("Disk Xfull", instance="c", severity="warning")) == ["SUGGESTED"]


@pytest.mark.parametrize("ended", ["by itself", "by somebody"])
async def test_what_still_fires_in_a_muted_group_is_told_when_the_mute_is_over(there: Alerted, ended: str) -> None:
    one, two = there.alert(severity="warning"), there.alert(instance="b", severity="warning")
    await there.take(one, two)
    mute = await there.desk.mute_group(1, timedelta(minutes=10), ANN)
    assert mute is not None
    assert await there.reasons(one, two) == ["REPEAT"]
    if ended == "by somebody":
        await there.desk.unmute(mute.id, BOB)
    else:
        there.clock.advance(minutes=10)
    assert await there.reasons(one) == ["SUGGESTED"]
    first, second = await there.group(1), await there.group(2)
    assert (first.state, first.firing) == (GroupState.OVER, 1)
    assert (second.state, second.alerts, second.firing) == (GroupState.SUGGESTED, 1, 1)
    assert await there.reasons(two) == ["SUGGESTED"]
    assert ((await there.group(1)).firing, (await there.group(2)).firing) == (0, 2)


async def test_a_muted_group_can_still_be_declared_and_takes_alerts_as_any_other(there: Alerted) -> None:
    group = await suggested(there)
    await there.desk.mute_group(group, HOUR, ANN)
    await there.desk.declare(group, BOB)
    await there.take(*(there.over(there.alert(instance=f"{n}", severity="warning")) for n in range(2)))
    there.clock.advance(minutes=5)
    assert await there.reasons(there.alert("Else", severity="warning")) == ["JOINED"]
    assert (await there.group()).alerts == 3


async def test_a_muted_group_without_a_service_is_quiet_by_what_its_alerts_have_in_common(there: Alerted) -> None:
    (told,) = await there.take(
        *(there.alert(instance=f"{n}", service="", severity="warning", region="eu") for n in range(3))
    )
    assert told.group is not None
    mute = await there.desk.mute_group(told.group, HOUR, ANN)
    assert mute is not None
    assert mute.when == Matcher(alerts=("Slow",), labels={"region": ("eu",), "severity": ("warning",)})


async def test_a_group_whose_alerts_have_all_gone_to_others_mutes_nothing(there: Alerted) -> None:
    await there.take(there.alert(severity="warning"))
    there.clock.advance(minutes=1)
    assert await there.reasons(there.alert(severity="info")) == ["BELOW_THRESHOLD"]
    with pytest.raises(errors.NothingToMute):
        await there.desk.mute_group(1, HOUR, ANN)


async def test_a_listing_has_the_latest_first_and_only_what_fires_where_so_asked(there: Alerted) -> None:
    one = there.alert(severity="warning")
    await there.take(one)
    there.clock.advance(minutes=1)
    await there.take(there.alert(service="web", severity="warning", instance="b"))
    assert [found.group.id for found in await there.desk.listing()] == [2, 1]
    there.clock.advance(minutes=1)
    await there.take(there.over(one))
    assert [found.group.id for found in await there.desk.listing(firing=True)] == [2]
    assert [found.group.id for found in await there.desk.listing(limit=1)] == [1]
