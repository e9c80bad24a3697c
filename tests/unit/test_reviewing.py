"""What becomes of a review by the rules: versions, approvals, publishing, the meeting, and whether it helped."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.clocks import deadline
from bot.domain.decide import decide, declare
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.procedures import AgendaItem, ReviewRule
from bot.domain.react import react
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from tests.unit.test_incident import POLICY

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
ANN, BOB, CYD = (Actor.person(user) for user in ("U0ANN", "U0BOB", "U0CYD"))
RULES = replace(
    POLICY,
    contacts={**POLICY.contacts, "lead": ("U0ANN", "U0BOB")},
    severities=tuple(replace(one, review_within=timedelta(hours=48)) for one in POLICY.severities),
    review=ReviewRule(
        approvals=1, approvers=("lead",), publish_to=("lessons",), attendees=("lead",),
        agenda=(AgendaItem(title="What happened", minutes=20),),
    ),
)  # fmt: skip


@dataclass
class Story:
    """An incident by some rules, and what followed from what people did."""

    policy: Policy = RULES
    private: bool = False
    drill: bool = False
    entries: list[Entry] = field(default_factory=list)
    effects: list[f.Effect] = field(default_factory=list)
    now: datetime = NOW

    def __post_init__(self) -> None:
        asked = c.Declare(by=ANN, title="It is slow", ref="INC-2026-03-14-001", private=self.private, drill=self.drill)
        self._take(declare(asked, self.policy, self.now), ANN)
        self.do(c.AddActionItem(by=ANN, text="Watch the index"))
        self.do(c.Resolve(by=ANN, summary="It is built again"))

    @property
    def incident(self) -> Incident:
        """As it is."""
        return fold(self.entries)

    def do(self, command: c.Command) -> list[e.Event]:
        """Somebody does something; what happened."""
        self.effects = []
        events = decide(self.incident, command, self.policy, self.now)
        self._take(events, command.by)
        return events

    def drafted(self, *, version: int = 1) -> "Story":
        """With a version that Muster wrote."""
        self.do(c.RecordReview(by=MUSTER, version=version, digest=f"d{version}", upto=len(self.entries)))
        return self

    def edited(self, by: Actor) -> "Story":
        """With words of somebody's."""
        version = self.incident.review.version + 1
        self.do(c.RecordReviewEdit(by=by, version=version, digest=f"d{version}", sections=("Lessons",)))
        return self

    def _take(self, events: Sequence[e.Event], by: Actor) -> None:
        for event in events:
            seq = len(self.entries) + 1
            entry = Entry(seq=seq, at=self.now, recorded_at=self.now, by=by, event=event)
            self.entries.append(entry)
            incident = self.incident
            self.effects += react(incident, entry, self.policy)


def posts(story: Story) -> list[tuple[str, str]]:
    """What is said after the last command, and in which lane."""
    return [(effect.message, effect.lane) for effect in story.effects if isinstance(effect, f.Post)]


def test_the_first_draft_comes_by_itself_and_later_ones_to_those_who_ask() -> None:
    story = Story()
    story.drafted()
    assert f.UploadReview(version=1) in story.effects
    story.drafted(version=2)
    assert not [effect for effect in story.effects if isinstance(effect, f.UploadReview)]
    assert f.Publish(surface=f.Surface.REVIEW) in story.effects
    story.do(c.RequestReview(by=BOB))
    assert f.DraftReview() in story.effects
    story.drafted(version=2)
    assert f.UploadReview(version=2) in story.effects


def test_what_is_said_within_two_minutes_has_it_written_again_once_until_it_is_published() -> None:
    story = Story().drafted()
    dues = []
    for seconds in (5, 60, 119):
        story.now = NOW + timedelta(seconds=seconds)
        story.do(c.AddNote(by=BOB, text="The cache was cold"))
        dues += [one.due_at for one in story.effects if isinstance(one, f.SetTimer) and one.name == "review-outdated"]
    assert dues == [NOW + timedelta(minutes=2)] * 3
    story.do(c.ApproveReview(by=ANN))
    story.do(c.PublishReview(by=ANN))
    story.do(c.AddNote(by=BOB, text="It was Monday"))
    assert not [one for one in story.effects if isinstance(one, f.SetTimer) and one.name == "review-outdated"]


def test_who_is_not_named_does_not_approve_and_whoever_wrote_last_does_neither() -> None:
    story = Story().drafted()
    with pytest.raises(errors.NotApprover, match="lead"):
        story.do(c.ApproveReview(by=CYD))
    story.edited(ANN)
    with pytest.raises(errors.OwnWords):
        story.do(c.ApproveReview(by=ANN))
    (agreed,) = story.do(c.ApproveReview(by=BOB))
    assert isinstance(agreed, e.ReviewApproved)
    assert (agreed.version, agreed.left) == (2, 0)
    assert story.do(c.ApproveReview(by=BOB)) == []


def test_one_approves_what_one_has_seen() -> None:
    story = Story().drafted().edited(CYD)
    with pytest.raises(errors.ReviewChanged):
        story.do(c.ApproveReview(by=ANN, version=1))
    assert story.do(c.ApproveReview(by=ANN, version=2))


def test_what_is_written_after_an_approval_needs_another() -> None:
    story = Story().drafted()
    story.do(c.ApproveReview(by=ANN))
    story.edited(BOB)
    with pytest.raises(errors.ApprovalsMissing):
        story.do(c.PublishReview(by=BOB))
    story.do(c.ApproveReview(by=ANN))
    (told,) = story.do(c.PublishReview(by=BOB))
    assert isinstance(told, e.ReviewPublished)
    assert (told.version, told.summary) == (2, "It is built again")
    assert ("review_shared", f.elsewhere("lessons")) in posts(story)
    with pytest.raises(errors.AlreadySo):
        story.do(c.PublishReview(by=BOB))


def test_a_private_incidents_review_is_told_in_its_own_channel_only() -> None:
    story = Story(private=True).drafted()
    story.do(c.ApproveReview(by=ANN))
    story.do(c.PublishReview(by=ANN))
    assert [message for message, _ in posts(story)] == ["review_published"]


def test_without_a_review_there_is_nothing_to_approve_or_publish() -> None:
    for command in (c.ApproveReview(by=ANN), c.PublishReview(by=ANN), c.FileReview(by=ANN, system="jira")):
        with pytest.raises(errors.NoReview):
            Story().do(command)


def test_a_meeting_takes_as_long_as_its_agenda_and_is_moved_by_saying_it_again() -> None:
    story = Story().drafted()
    (first,) = story.do(c.ScheduleReview(by=ANN, starts_at=NOW + timedelta(days=1), people=("U0CYD",)))
    assert isinstance(first, e.ReviewScheduled)
    assert (first.minutes, first.turn, first.people) == (20, 0, ("U0CYD", "U0ANN", "U0BOB"))
    (moved,) = story.do(c.ScheduleReview(by=ANN, starts_at=NOW + timedelta(days=2), minutes=45))
    assert isinstance(moved, e.ReviewScheduled)
    assert (moved.minutes, moved.turn) == (45, 1)
    assert f.UploadInvitation(turn=1) in story.effects


@pytest.mark.parametrize(
    ("ahead", "minutes"), [(timedelta(), 30), (timedelta(days=366), 30), (timedelta(1), 4), (timedelta(1), 481)]
)
def test_a_meeting_is_in_the_future_and_of_a_length_that_people_bear(ahead: timedelta, minutes: int) -> None:
    with pytest.raises(errors.WrongTime):
        Story().drafted().do(c.ScheduleReview(by=ANN, starts_at=NOW + ahead, minutes=minutes))


def test_a_review_is_due_until_it_is_published_and_two_weeks_later_it_is_asked_whether_it_helped() -> None:
    story = Story().drafted()
    due = deadline(story.incident, RULES, "review")
    assert due is not None
    assert due.due_at == NOW + timedelta(hours=48)
    story.do(c.ApproveReview(by=ANN))
    story.do(c.PublishReview(by=ANN))
    assert deadline(story.incident, RULES, "review") is None
    asked = deadline(story.incident, RULES, "effectiveness")
    assert asked is not None
    assert asked.due_at == NOW + timedelta(days=14)
    story.do(c.JudgeEffectiveness(by=CYD, helped="Yes"))
    assert deadline(story.incident, RULES, "effectiveness") is None


def test_whoever_says_that_it_has_not_helped_says_what_is_missing() -> None:
    story = Story().drafted()
    with pytest.raises(errors.MissingText):
        story.do(c.JudgeEffectiveness(by=CYD, helped="no"))
    with pytest.raises(errors.UnknownAnswer):
        story.do(c.JudgeEffectiveness(by=CYD, helped="maybe"))
    story.do(c.JudgeEffectiveness(by=CYD, helped="partly", why="It is watched by day only"))
    assert story.incident.review.helped == "partly"
    assert posts(story)[0][0] == "effectiveness_judged"


_BY = st.sampled_from((ANN, BOB, CYD))
_STEPS = st.one_of(
    st.builds(c.ApproveReview, by=_BY, version=st.none() | st.integers(1, 5)),
    st.builds(c.PublishReview, by=_BY),
    st.builds(c.RecordReviewEdit, by=_BY, version=st.integers(1, 8), digest=st.just("x")),
    st.builds(c.RecordReview, by=st.just(MUSTER), version=st.integers(1, 8), digest=st.just("y"), upto=st.just(3)),
    st.builds(c.RequestReview, by=_BY),
    st.builds(c.AddNote, by=_BY, text=st.just("A note")),
)


@given(st.lists(_STEPS, max_size=30))
def test_nothing_is_published_that_was_not_approved_as_it_is_by_somebody_else_than_its_writer(
    commands: list[c.Command],
) -> None:
    story = Story()
    last = 0
    writer: Actor | None = None
    for command in commands:
        try:
            events = story.do(command)
        except errors.DomainError:
            continue
        review = story.incident.review
        assert review.version >= last, "versions only grow"
        last = review.version
        for event in events:
            if isinstance(event, e.ReviewEdited):
                writer = command.by
            if isinstance(event, e.ReviewApproved):
                assert command.by != writer
            if isinstance(event, e.ReviewPublished):
                assert event.version == review.version
                assert set(review.approvers) & {"U0ANN", "U0BOB"}
        again = story.entries[0]
        incident = evolve(None, again)
        for entry in story.entries[1:]:
            incident = evolve(incident, entry)
        assert incident == story.incident


def _published() -> Story:
    story = Story().drafted()
    story.do(c.ApproveReview(by=BOB))
    story.do(c.PublishReview(by=BOB))
    return story


def test_what_goes_on_again_needs_all_of_its_review_again() -> None:
    story = _published()
    story.now += timedelta(hours=1)
    story.do(c.Reopen(by=ANN, why="It came back"))
    assert deadline(story.incident, RULES, "effectiveness") is None
    story.now += timedelta(hours=1)
    story.do(c.Resolve(by=ANN, summary="It is gone"))
    assert f.DraftReview() in story.effects
    due = deadline(story.incident, RULES, "review")
    assert due is not None
    assert due.rings_at == story.now + timedelta(hours=48)
    story.drafted(version=2)
    with pytest.raises(errors.ApprovalsMissing):
        story.do(c.PublishReview(by=BOB))


def test_what_is_added_after_the_publication_is_asked_about_two_weeks_after_that() -> None:
    story = _published()
    story.now += timedelta(days=30)
    story.entries = [entry for entry in story.entries if not isinstance(entry.event, e.ActionItemAdded)]
    assert deadline(story.incident, RULES, "effectiveness") is None
    story.do(c.AddActionItem(by=ANN, text="Watch it", due=story.now.date()))
    assert f.SetTimer(name="effectiveness", due_at=story.now + timedelta(days=14)) in story.effects


def test_a_drills_review_is_asked_for_once_and_nobody_is_asked_whether_it_helped() -> None:
    story = Story(drill=True)
    nudge = c.FireTimer(by=MUSTER, name="review", generation=1)
    story.now += timedelta(hours=48)
    assert [type(event) for event in story.do(nudge)] == [e.ReviewNudged]
    story.now += timedelta(days=1)
    assert story.do(nudge) == []
    story.drafted()
    story.do(c.ApproveReview(by=BOB))
    story.do(c.PublishReview(by=BOB))
    assert deadline(story.incident, RULES, "effectiveness") is None


def test_the_card_follows_what_changes_when_the_review_is_due() -> None:
    story = Story().drafted()
    for command in (
        c.ExtendClock(by=ANN, clock="review", span=timedelta(days=1), why="Holidays"),
        c.Replan(by=MUSTER),
        c.Close(by=ANN),
        c.Reopen(by=ANN),
        c.Resolve(by=ANN, summary="It is gone"),
    ):
        story.do(command)
        assert f.Refresh(surface=f.Surface.REVIEW) in story.effects


def test_only_the_first_reminder_can_be_late() -> None:
    story = Story()
    for hours, late in ((48, None), (24, None)):
        story.now += timedelta(hours=hours)
        story.do(c.FireTimer(by=MUSTER, name="review", generation=1))
        assert story.entries[-1].late is late
    assert story.incident.review.nudges == 2
