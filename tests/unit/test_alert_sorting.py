"""Batches of alerts, sorted: what groups and incidents there are in the end, however the batches were cut."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.alert import Alert
from bot.domain.alert_group import Group, GroupState
from bot.domain.alert_rules import AlertRules, Flapping, Matcher, Mute
from bot.domain.alert_sorting import STORM
from tests.unit.alert_world import NOW, RULES, World, alert, over, policy


def only(world: World) -> Group:
    (group,) = world.live()
    return group


def test_a_storm_with_nothing_in_common_is_a_few_incidents_and_one_for_the_rest() -> None:
    world = World()
    for start in range(0, 2000, 100):
        world.take(*(alert(f"{n}", name=f"Name{n}", service="") for n in range(start, start + 100)))
    assert len(world.incidents) <= 11
    (storm,) = [group for group in world.live() if group.key == STORM]
    assert (storm.alerts, storm.title) == (1990, "Many alerts at once, such as Name10")
    assert not world.wrong()


def test_a_storm_that_goes_on_for_an_hour_is_still_the_same_incident() -> None:
    world = World()
    for number in range(600):
        world.take(alert(f"{number}", name=f"Name{number}", service="", since=number // 10))
        world.advance(seconds=6)
    assert len(world.incidents) <= 11


def test_what_was_part_of_a_storm_is_no_incident_of_its_own_when_it_fires_again() -> None:
    world = World()
    storm = [alert(f"{n}", name=f"Name{n}", service="") for n in range(40)]
    world.take(*storm)
    incidents = len(world.incidents)
    world.advance(minutes=10)
    world.take(*(over(one) for one in storm[20:30]))
    world.advance(minutes=10)
    again = [replace(one, starts_at=NOW + timedelta(minutes=20)) for one in storm[20:30]]
    assert {*world.reasons(*again)} == {"JOINED"}
    assert len(world.incidents) == incidents
    assert not world.wrong()


def test_after_a_storm_what_is_new_is_a_matter_of_its_own() -> None:
    world = World()
    world.take(*(alert(f"{n}", name=f"Name{n}", service="") for n in range(40)))
    world.advance(minutes=6)
    assert world.reasons(alert("new", name="Else", service="")) == ["NEW"]


def test_what_fires_anew_after_its_incident_is_another_matter_and_says_which_it_was() -> None:
    world = World()
    one = alert()
    assert world.reasons(one) == ["NEW"]
    world.ended |= {1}
    assert world.reasons(one) == ["REPEAT"]
    plan = world.take(replace(one, starts_at=NOW + timedelta(minutes=5)))
    assert [group.why for group in plan.declared] == ["rule “down”; it was INC-1 before"]
    assert not world.wrong()
    assert len(world.incidents) == 2


def test_a_group_that_ended_makes_room_though_another_of_its_alerts_comes_in_the_same_batch() -> None:
    world = World()
    one, two = alert("a"), alert("b")
    world.take(one, two)
    world.ended |= {1}
    world.take(alert("new"), over(one))
    assert len(world.incidents) == 2
    assert not world.wrong()


def test_a_firing_alert_that_fires_anew_while_muted_leaves_its_group_which_counts_it_no_more() -> None:
    world = World()
    world.take(alert("a"), alert("b"))
    world.mutes.append(
        Mute(id=1, when=Matcher(labels={"x": ("y",)}), by="", why="", since=NOW, until=NOW + timedelta(hours=1))
    )
    assert world.reasons(alert("a", since=1, labels={"x": "y"})) == ["MUTED"]
    assert (only(world).alerts, only(world).firing) == (1, 1)
    world.mutes.clear()
    assert world.reasons(alert("a", since=1, labels={"x": "y"})) == ["JOINED"]
    assert (only(world).alerts, only(world).firing) == (2, 2)
    assert not world.wrong()


def test_what_is_muted_is_told_at_its_next_post_once_the_mute_is_over() -> None:
    world = World()
    muted = Mute(id=1, when=Matcher(services=("payments",)), by="", why="", since=NOW, until=NOW + timedelta(hours=1))
    world.mutes.append(muted)
    assert world.reasons(alert(), alert()) == ["MUTED", "MUTED"]
    world.advance(hours=1)
    assert world.reasons(alert()) == ["NEW"]


def test_an_alert_that_gets_worse_while_it_fires_opens_what_it_only_suggested() -> None:
    world = World()
    assert world.reasons(alert(severity="warning")) == ["SUGGESTED"]
    assert world.reasons(alert(severity="critical")) == ["NEW"]
    group = only(world)
    assert (group.state, group.severity, group.rule, group.alerts, group.firing) == (
        GroupState.INCIDENT, "P1", "down", 1, 1,
    )  # fmt: skip


def test_an_alert_that_gets_better_while_it_fires_is_the_same_as_before() -> None:
    world = World()
    assert world.reasons(alert(severity="critical")) == ["NEW"]
    assert world.reasons(alert(severity="warning")) == ["REPEAT"]
    assert only(world).severity == "P1"


def test_what_was_dismissed_stays_so_unless_it_gets_worse() -> None:
    world = World()
    world.take(alert("a", severity="warning"))
    only(world).state = GroupState.DISMISSED
    assert world.reasons(alert("b", severity="warning"), alert("c", severity="notice")) == ["DISMISSED"] * 2
    assert world.reasons(alert("d", severity="error")) == ["NEW"]
    assert only(world).state is GroupState.INCIDENT


def test_what_is_dismissed_is_held_against_what_it_was_then() -> None:
    rules = replace(
        RULES,
        rules=(replace(RULES.rules[-1], name="asked", when=Matcher(alerts=("Asked",)), severity="P1"), *RULES.rules),
    )
    world = World(policy(rules))
    world.take(alert("a", severity="warning"))
    only(world).state = GroupState.DISMISSED
    # What people are only asked about does not make the dismissed worse, so that what is an incident still is one.
    assert world.reasons(alert("b", name="Asked")) == ["DISMISSED"]
    assert world.reasons(alert("c", severity="critical")) == ["NEW"]


def flapped(world: World, one: Alert) -> list[str]:
    """It comes and goes until it flaps; then it fires."""
    for number in range(4):
        again = replace(one, starts_at=one.starts_at + timedelta(seconds=number))
        world.take(again, over(again))
    return world.reasons(replace(one, starts_at=one.starts_at + timedelta(seconds=9)))


def test_what_flaps_opens_no_incident_by_itself() -> None:
    world = World()
    muted = Mute(id=1, when=Matcher(alerts=("Slow",)), by="", why="", since=NOW, until=NOW + timedelta(minutes=1))
    world.mutes.append(muted)
    one = alert()
    for number in range(4):
        again = replace(one, starts_at=NOW + timedelta(seconds=number))
        world.take(again, over(again))
    world.advance(minutes=2)
    assert world.reasons(replace(one, starts_at=NOW + timedelta(seconds=9))) == ["FLAPPING"]
    assert not world.incidents
    assert only(world).card
    assert world.reasons(alert("calm")) == ["NEW"]


def test_what_flaps_does_not_undo_a_dismissal() -> None:
    world = World()
    world.take(alert("a", severity="warning"))
    only(world).state = GroupState.DISMISSED
    flapping = alert("b", severity="warning")
    assert flapped(world, flapping) == ["DISMISSED"]
    worse = replace(flapping, labels={**flapping.labels, "severity": "critical"}, starts_at=NOW + timedelta(minutes=1))
    assert world.reasons(worse) == ["DISMISSED"]
    assert not world.incidents


def test_what_flaps_in_an_incident_is_said_to() -> None:
    world = World()
    world.take(alert("first"))
    assert flapped(world, alert("a")) == ["FLAPPING"]
    assert not world.wrong()


def test_an_alert_of_a_service_with_an_incident_joins_it_whatever_its_key() -> None:
    world = World()
    world.take(alert("a"))
    assert world.reasons(alert("b", severity="debug", name="Else")) == ["JOINED"]
    assert {group.running.id for group in world.live() if group.running} == {1}


def test_what_may_only_join_is_told_once_there_is_an_incident() -> None:
    world = World()
    assert world.reasons(alert("a", severity="notice")) == ["NO_INCIDENT"]
    world.take(alert("b"))
    assert world.reasons(alert("a", severity="notice")) == ["JOINED"]


def test_a_group_waits_for_its_next_alert_for_its_window() -> None:
    world = World()
    one = alert(severity="warning")
    world.take(one, over(one))
    world.advance(minutes=30)
    world.take(alert("b", severity="warning", since=30))
    assert only(world).alerts == 2
    world.take(over(alert("b", severity="warning", since=30)))
    world.advance(minutes=31)
    world.take(alert("c", severity="warning", since=61))
    assert only(world).alerts == 1
    assert [group.state for group in world.groups.values()] == [GroupState.OVER, GroupState.SUGGESTED]


def test_a_group_whose_alert_still_fires_is_never_over() -> None:
    world = World()
    world.take(alert("a", severity="warning"))
    world.advance(days=3)
    assert world.reasons(alert("b", severity="warning", since=4000)) == ["SUGGESTED"]
    assert only(world).alerts == 2


def test_what_was_over_when_it_was_first_heard_of_is_in_no_group() -> None:
    world = World(policy(AlertRules(flapping=Flapping(changes=2))))
    assert world.reasons(over(alert())) == ["RESOLVED"]
    assert world.reasons(alert()) == ["STALE"]
    assert not world.groups
