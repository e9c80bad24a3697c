"""What becomes of a review by the rules: versions, approvals, publishing, the meeting, and whether it helped."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.review_questions import names, questions, sheet
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
from bot.postmortem.parts import placed, with_text
from bot.slack.intents import NotADate
from bot.slack.reviewing import NoMeetingTime, moment
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
    entries: list[Entry] = field(default_factory=list)
    effects: list[f.Effect] = field(default_factory=list)
    now: datetime = NOW

    def __post_init__(self) -> None:
        asked = c.Declare(by=ANN, title="It is slow", ref="INC-2026-03-14-001", private=self.private)
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


ASK = "_To be filled in by the incident commander (Dana: Moss): what made this possible?_"
MARKDOWN = f"# Review\n\n## Root cause\n\n{ASK}\n\n## Timeline\n\n| # | what |\n|---|---|\n| 1 | It began |\n"


def test_open_questions_are_known_with_their_sections_and_whom_they_ask() -> None:
    (found,) = questions(MARKDOWN)
    assert (found.section, found.who) == ("Root cause", "the incident commander (Dana")
    assert found.what.endswith("what made this possible?")
    assert names(MARKDOWN) == ["Root cause", "Timeline"]


def test_an_answer_stands_for_its_question_and_words_below_what_muster_wrote() -> None:
    cause = sheet(MARKDOWN, MARKDOWN, "Root cause")
    assert cause is not None
    assert cause.filled({0: "The index was gone"}, "") == "The index was gone\n"
    assert cause.filled({}, "") == f"{ASK}\n"
    told = sheet(MARKDOWN, MARKDOWN, "Timeline")
    assert told is not None
    assert (told.words, told.asks) == ("", [])
    assert told.filled({}, "It began earlier").endswith("| 1 | It began |\n\nIt began earlier\n")
    assert sheet(MARKDOWN, MARKDOWN, "Lessons") is None


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=80).map(lambda text: text.strip()))
def test_words_that_were_written_are_what_the_form_shows_the_next_time(words: str) -> None:
    told = sheet(MARKDOWN, MARKDOWN, "Timeline")
    assert told is not None
    written = with_text(MARKDOWN, "Timeline", told.filled({}, words))
    again = sheet(written, MARKDOWN, "Timeline")
    assert again is not None
    assert again.words == placed(words).strip() or words in ASK or words.strip() in MARKDOWN


ROME = "Europe/Rome"
MONDAY = date(2026, 2, 2)


@pytest.mark.parametrize(
    ("typed", "starts", "minutes"),
    [
        ("tomorrow 10:00", "2026-02-03 09:00", None),
        ("friday at 14:30 45m", "2026-02-06 13:30", 45),
        ("2026-07-04T10:00 60", "2026-07-04 08:00", 60),
        ("in 2 days 9am", "2026-02-04 08:00", None),
        ("16:15", "2026-02-02 15:15", None),
        ("next monday 9:30 for 1h", "2026-02-09 08:30", 60),
        ("4 Feb 10.15 for 30 minutes", "2026-02-04 09:15", 30),
        ("noon tomorrow", "2026-02-03 11:00", None),
        ("at 10:00 on friday 30", "2026-02-06 09:00", 30),
        ("tomorrow 10:00 UTC 45 min", "2026-02-03 10:00", 45),
        ("12am tomorrow", "2026-02-02 23:00", None),
    ],
)
def test_a_meetings_time_is_read_as_people_say_it(typed: str, starts: str, minutes: int | None) -> None:
    found, long = moment(typed, MONDAY, ROME)
    assert (f"{found:%Y-%m-%d %H:%M}", found.utcoffset(), long) == (starts, timedelta(), minutes)


@pytest.mark.parametrize("typed", ["", "tomorrow", "25:00 tomorrow", "13pm", "soon"])
def test_a_meeting_without_a_time_of_day_is_none(typed: str) -> None:
    with pytest.raises(NoMeetingTime):
        moment(typed, MONDAY, ROME)


@pytest.mark.parametrize("typed", ["someday 10:00", "2026-02-30 10:00", "10:00 with everybody"])
def test_a_meeting_on_no_day_is_none(typed: str) -> None:
    with pytest.raises(NotADate):
        moment(typed, MONDAY, ROME)


@given(st.text(max_size=40))
def test_nothing_that_somebody_types_breaks_the_reading_of_a_time(typed: str) -> None:
    try:
        found, _ = moment(typed, MONDAY, ROME)
    except (NoMeetingTime, NotADate):
        return
    assert found.tzinfo is UTC
