"""How an alert goes on, whatever order and repetition its posts come in."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import Alert, AlertStatus, Known
from bot.domain.alert_course import Change, advance
from bot.domain.alert_rules import Flapping
from tests.unit.alert_world import digest_of

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
RULE = Flapping(changes=4, within=timedelta(minutes=30))


def minute(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


def post(*, firing: bool, since: int = 0, until: int | None = None, text: str = "") -> Alert:
    return Alert(
        source="alertmanager",
        fingerprint="f",
        status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
        title="Slow",
        labels={"alertname": "Slow"},
        starts_at=minute(since),
        ends_at=None if until is None else minute(until),
        text=text,
    )


posts = st.builds(
    post,
    firing=st.booleans(),
    since=st.integers(0, 4),
    until=st.none() | st.integers(0, 9),
    text=st.sampled_from(["", "again"]),
)


def went(told: Iterable[Alert], *, every: timedelta = timedelta()) -> tuple[Known | None, list[Change]]:
    known, changes = None, []
    for number, one in enumerate(told):
        known, change = advance(known, one, digest_of(one), NOW + number * every, RULE)
        changes.append(change)
    return known, changes


def state(known: Known | None) -> object:
    return known and (known.status, known.starts_at, known.ends_at)


@settings(max_examples=150, deadline=None)
@given(st.lists(posts, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_posts_in_any_order_and_repetition_end_the_same(told: list[Alert], chance: object) -> None:
    other = told + told[: len(told) // 2]
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert state(went(told)[0]) == state(went(other)[0])


@settings(max_examples=100, deadline=None)
@given(st.lists(posts, min_size=1, max_size=8))
def test_no_post_leads_back(told: list[Alert]) -> None:
    known: Known | None = None
    for one in told:
        before = known
        known, change = advance(known, one, digest_of(one), NOW, RULE)
        if before is not None:
            was, now = (before.starts_at, not before.firing), (known.starts_at, not known.firing)
            assert now >= was
            assert (change is Change.STALE) == ((one.starts_at, not one.firing) < was)
            if change is Change.STALE:
                assert known == before


@settings(max_examples=100, deadline=None)
@given(st.lists(posts, min_size=1, max_size=8))
def test_the_same_posts_once_more_change_nothing(told: list[Alert]) -> None:
    known, _ = went(told)
    again, changes = went([*told, *told])
    assert state(known) == state(again)
    assert not {Change.FIRED, Change.STOPPED, Change.OVER} & {*changes[len(told) :]}


@settings(max_examples=100, deadline=None)
@given(st.lists(posts, min_size=1, max_size=10))
def test_what_it_fires_and_stops_adds_up(told: list[Alert]) -> None:
    known, changes = went(told)
    assert known is not None
    assert changes.count(Change.FIRED) - changes.count(Change.STOPPED) == known.firing
    assert known.firings >= 1


def test_of_two_who_say_when_it_stopped_the_later_is_believed() -> None:
    fired, early, late = post(firing=True), post(firing=False, until=3), post(firing=False, until=5)
    for told in ([fired, early, late], [fired, late, early], [late, early, fired]):
        known, _ = went(told)
        assert state(known) == (AlertStatus.RESOLVED, NOW, minute(5))


def test_what_stopped_later_without_having_fired_here_is_remembered() -> None:
    known, changes = went([post(firing=False, since=1, until=1), post(firing=False, since=3, until=4)])
    assert changes == [Change.OVER, Change.NOTED]
    late, change = advance(known, post(firing=True, since=3), b"late", NOW, RULE)
    assert (change, state(late)) == (Change.STALE, state(known))


def test_what_fires_has_no_end_whatever_its_monitor_expects() -> None:
    known, _ = went([post(firing=True, until=5)])
    assert state(known) == (AlertStatus.FIRING, NOW, None)


def test_what_fires_again_without_having_been_told_to_stop_still_fires() -> None:
    known, changes = went([post(firing=True), post(firing=True, since=2)])
    assert known is not None
    assert (changes, known.starts_at, known.firings) == ([Change.FIRED, Change.TOLD], minute(2), 2)


def on_and_off(times: int) -> Sequence[Alert]:
    return [post(firing=number % 2 == 0, since=number // 2, until=number) for number in range(times)]


def test_it_flaps_once_it_changed_more_often_than_the_pack_allows() -> None:
    calm, _ = went(on_and_off(RULE.changes))
    restless, _ = went(on_and_off(RULE.changes + 1))
    assert calm is not None
    assert restless is not None
    assert (calm.flapping, restless.flapping) == (False, True)


def test_it_calms_down_when_its_changes_are_long_ago() -> None:
    slow, _ = went(on_and_off(12), every=timedelta(minutes=10))
    assert slow is not None
    assert not slow.flapping
    assert len(slow.changes) <= 21


def test_a_pack_that_allows_twenty_changes_still_sees_it_flap() -> None:
    known: Known | None = None
    for one in on_and_off(30):
        known, _ = advance(known, one, digest_of(one), NOW, Flapping(changes=20, within=timedelta(hours=1)))
    assert known is not None
    assert known.flapping


def test_an_alert_whose_monitor_never_says_since_when_does_not_flap_by_being_repeated() -> None:
    known, _ = went([post(firing=True, since=number) for number in range(30)])
    assert known is not None
    assert not known.flapping
