"""What holds for any batches of alerts, however they are cut and whatever happens in between."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import Alert
from bot.domain.alert_group import GroupState
from bot.domain.alert_rules import Matcher, Mute
from bot.domain.alert_sorting import Plan
from bot.domain.judging import Reason
from tests.unit.alert_world import World, alert, split

QUIET = (Reason.MUTED, Reason.MAINTENANCE, Reason.BELOW_THRESHOLD, Reason.NO_INCIDENT)

posts = st.builds(
    alert,
    st.sampled_from(list("abcdef")),
    severity=st.sampled_from(["critical", "error", "warning", "notice", "info", "debug"]),
    service=st.sampled_from(["payments", "web", ""]),
    name=st.sampled_from(["Slow", "Down"]),
    since=st.integers(0, 3),
    firing=st.booleans(),
)
batches = st.lists(posts, min_size=1, max_size=8)
#: Between two batches: time passes, an incident ends, a group is dismissed, somebody mutes a service.
turns = st.sampled_from(["", "", "minute", "hour", "ends", "dismisses", "silences", "mutes"])


def turn(world: World, what: str) -> None:
    match what:
        case "minute":
            world.advance(minutes=1)
        case "hour":
            world.advance(hours=1)
        case "ends":
            world.ended |= set(world.incidents)
        case "dismisses" | "silences":
            for group in [one for one in world.live() if one.state is GroupState.SUGGESTED]:
                group.state = GroupState.DISMISSED
                group.window = group.window if what == "dismisses" else timedelta()
        case "mutes":
            until, muted = world.now + timedelta(minutes=5), Matcher(services=("payments",))
            world.mutes.append(Mute(id=1, when=muted, by="", why="", since=world.now, until=until))


@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(batches, turns), min_size=1, max_size=6))
def test_groups_count_what_their_alerts_say_whatever_happens(story: list[tuple[list[Alert], str]]) -> None:
    world = World()
    for batch, what in story:
        plan = world.take(*batch)
        assert not world.wrong()
        held(world, plan)
        turn(world, what)


def held(world: World, plan: Plan) -> None:
    """What holds after each batch, whatever it was."""
    last = {one.alert.fingerprint: one for one in plan.sorted}
    for one in last.values():
        if one.reason in QUIET:
            assert world.known[one.alert.source, one.alert.fingerprint].group is None
        assert one.judgement is None or one.judgement.why
    for group in plan.declared:
        opened = [one for one in plan.sorted if one.group is group and one.reason is Reason.NEW]
        assert opened
        assert not any(one.known.flapping for one in opened)
    for group in world.live():
        assert group.key
        assert (group.running is not None) == (group.state is GroupState.INCIDENT)


@settings(max_examples=200, deadline=None)
@given(st.lists(batches, min_size=1, max_size=3), st.lists(st.integers(0, 8), max_size=6))
def test_one_batch_or_many_end_in_the_same_incidents(told: list[list[Alert]], cuts: list[int]) -> None:
    whole, pieces = World(), World()
    for batch in told:
        whole.take(*batch)
        for piece in split(batch, cuts):
            pieces.take(*piece)
        assert whole.summary() == pieces.summary()
        assert whole.incidents == pieces.incidents
        whole.advance(minutes=40)
        pieces.advance(minutes=40)


@settings(max_examples=100, deadline=None)
@given(batches)
def test_the_same_posts_again_change_nothing(batch: list[Alert]) -> None:
    world = World()
    world.take(*batch)
    latest: dict[str, Alert] = {}
    for one in batch:
        known = world.known[one.source, one.fingerprint]
        if (one.starts_at, one.firing) == (known.starts_at, known.firing):
            latest[one.fingerprint] = one
    # What could only join an incident may do so now, since others of the batch have opened one.
    world.take(*latest.values())
    before, incidents = world.summary(), dict(world.incidents)
    plan = world.take(*latest.values())
    assert not plan.groups
    assert not plan.grown
    assert (world.summary(), world.incidents) == (before, incidents)
