"""What commands about the review come to, and what follows. Pure, as `decide` and `react`, which call it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as every
from bot.domain import review_commands as c
from bot.domain import review_events as e
from bot.domain.clocks import plan
from bot.domain.effects import Effect, Surface
from bot.domain.event import BaseEvent
from bot.domain.incident import Incident
from bot.domain.naming import spoken
from bot.domain.review_state import ReviewState
from bot.domain.rules import Policy
from bot.domain.text import said, text_or
from bot.domain.timeline import Entry

#: The timer that has a review written again, after the timeline has said more than it does.
OUTDATED = "review-outdated"
#: Changes that come together are told together: it is written at the end of such a span, counted through the day.
_TOGETHER = timedelta(minutes=2)
#: A meeting lasts this long where the policy has no agenda, and at most so long; it is at most so far away.
_MINUTES, _LONGEST, _FARTHEST = 45, 480, timedelta(days=365)
#: What changes when a review is due, and whether it may be published.
_ON_THE_CARD = (
    every.Resolved | every.Reopened | every.Closed | every.ClockExtended | every.ClockSnoozed | every.Replanned
)
#: What may be said of what was done.
HELPED = ("yes", "partly", "no")


def request(_incident: Incident, _command: c.RequestReview, _policy: Policy, _now: datetime) -> list[e.ReviewEvent]:
    """Somebody wants to have it."""
    return [e.ReviewRequested()]


def record(incident: Incident, command: c.RecordReview, _policy: Policy, _now: datetime) -> list[e.ReviewEvent]:
    """A version is there. Somebody who asked hears of it, though it may be the one that was there before."""
    review = incident.review
    if command.version < review.version or (command.version == review.version and not review.asked):
        return []
    return [e.ReviewDrafted(
        version=command.version, digest=command.digest, upto=command.upto, asked=review.asked, changes=command.changes
    )]  # fmt: skip


def outdated(incident: Incident) -> list[e.ReviewEvent]:
    """Its timer rang: it is written again, unless it was published or the incident goes on."""
    review = incident.review
    return [e.ReviewOutdated()] if incident.over and review.version and not review.published else []


def edited(incident: Incident, command: c.RecordReviewEdit, _policy: Policy, _now: datetime) -> list[e.ReviewEvent]:
    """Somebody wrote in it."""
    if command.version <= incident.review.version:
        return []
    return [e.ReviewEdited(
        version=command.version, digest=command.digest, sections=command.sections, via=command.via
    )]  # fmt: skip


def approve(incident: Incident, command: c.ApproveReview, policy: Policy, now: datetime) -> list[e.ReviewEvent]:
    """Somebody agrees with the newest version.

    Raises:
        NoReview, ReviewChanged, NotApprover, OwnWords: why they cannot.
    """
    review = _there(incident)
    who = command.by.user
    if command.version is not None and command.version != review.version:
        raise errors.ReviewChanged(ref=incident.ref, version=review.version)
    if who is None:
        raise errors.NotApprover(what="Somebody in Slack approves a review")
    wanted = policy.review.approvers
    people = policy.people(wanted, incident.roles, service=incident.service, at=now)
    if wanted and who not in people:
        names = ", ".join(dict.fromkeys((*wanted, *(f"<@{user}>" for user in people if user.startswith(("U", "W"))))))
        raise errors.NotApprover(what=f"Approved by: {names}")
    if who == review.edited_by and policy.review.approvals:
        raise errors.OwnWords(ref=incident.ref)
    if who in review.approvers:
        return []
    left = max(policy.review.approvals - len(review.approvers) - 1, 0)
    return [e.ReviewApproved(version=review.version, digest=review.digest, left=left)]


def publish(incident: Incident, command: c.PublishReview, policy: Policy, _now: datetime) -> list[e.ReviewEvent]:
    """It is for everybody to read; of a private incident, for those who take part.

    Raises:
        NoReview, NotOver, ApprovalsMissing: why it cannot be.
    """
    if not incident.over:
        raise errors.NotOver(ref=incident.ref, status=incident.status)
    review = _there(incident)
    left = policy.review.approvals - len(review.approvers)
    if left > 0:
        raise errors.ApprovalsMissing(ref=incident.ref, left=left, version=review.version)
    if review.over:
        raise errors.AlreadySo(ref=incident.ref, what="published version", value=str(review.version))
    channels = () if incident.private else policy.review.publish_to
    summary = text_or(command.summary, "summary") or (incident.summary or "")
    return [e.ReviewPublished(version=review.version, digest=review.digest, summary=summary, channels=channels)]


def schedule(incident: Incident, command: c.ScheduleReview, policy: Policy, now: datetime) -> list[e.ReviewEvent]:
    """When people meet about it. Raises WrongTime."""
    if not now < command.starts_at <= now + _FARTHEST:
        raise errors.WrongTime(what="A meeting is in the future, and within a year")
    needed = sum(item.minutes for item in policy.review.agenda) or _MINUTES
    minutes = needed if command.minutes is None else command.minutes
    if not 5 <= minutes <= _LONGEST:
        raise errors.WrongTime(what="A meeting takes from 5 minutes to 8 hours")
    names = policy.review.attendees
    found = policy.people(names, incident.roles, service=incident.service, at=now)
    people = tuple(dict.fromkeys((*command.people, *found)))
    return [e.ReviewScheduled(
        starts_at=command.starts_at, minutes=minutes, turn=incident.review.meetings, names=names, people=people,
        emails=tuple(dict.fromkeys(policy.addresses(names))),
    )]  # fmt: skip


def to_file(incident: Incident, command: c.FileReview, _policy: Policy, _now: datetime) -> list[e.ReviewEvent]:
    """It goes elsewhere. Raises NoReview."""
    _there(incident)
    return [e.ReviewFiling(system=command.system)]


def filed(_incident: Incident, command: c.RecordReviewFiled, _policy: Policy, _now: datetime) -> list[e.ReviewEvent]:
    """It is elsewhere."""
    return [e.ReviewFiled(version=command.version, system=command.system, url=command.url, key=command.key)]


def judge(incident: Incident, command: c.JudgeEffectiveness, _policy: Policy, _now: datetime) -> list[e.ReviewEvent]:
    """Whether what was done has helped. Raises UnknownAnswer, or MissingText where it did not and nobody says why."""
    helped = next((word for word in HELPED if spoken(word) == spoken(command.helped)), None)
    if helped is None:
        raise errors.UnknownAnswer(typed=command.helped, known=list(HELPED))
    why = text_or(command.why, "reason")
    if helped != "yes":
        why = said(command.why, "reason", "what is missing, such as `review helped no It came back on Monday`")
    return [] if (helped, why) == (incident.review.helped, "") else [e.EffectivenessJudged(helped=helped, why=why)]


def followed(incident: Incident, entry: Entry, event: e.ReviewEvent, policy: Policy) -> Iterator[Effect]:  # noqa: C901 (a table)
    """What people see of it, and what is done next."""
    match event:
        case e.ReviewRequested() | e.ReviewOutdated():
            yield f.DraftReview()
            return
        case e.ReviewFiling():
            yield f.FileReview(system=event.system)
            return
        case e.ReviewDrafted():
            # The first one is brought by itself.
            if event.asked or event.version == 1:
                yield f.UploadReview(version=event.version)
            if event.asked:
                yield f.DrawReview(version=event.version)
        case e.ReviewNudged():
            yield f.Post(message="review_nudge", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
        case e.ReviewPublished():
            yield f.UploadReview(version=event.version)
            yield f.DrawReview(version=event.version)
            yield f.Post(message="review_published", thread=True, broadcast=True)
            yield from (f.Post(message="review_shared", lane=f.elsewhere(channel)) for channel in event.channels)
            yield f.CancelTimer(name=OUTDATED)
            yield from plan(incident, policy, entry.recorded_at)
        case e.ReviewScheduled():
            yield f.Post(message="review_scheduled", thread=True, broadcast=True)
            yield f.UploadInvitation(turn=event.turn)
            yield from (f.SendMail(message="review_scheduled", address=address) for address in event.emails)
        case e.EffectivenessAsked():
            yield f.Post(message="effectiveness", thread=True, broadcast=True)
        case e.EffectivenessJudged():
            yield f.Post(message="effectiveness_judged", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
        case _:
            pass
    if incident.review.version:
        yield f.Publish(surface=Surface.REVIEW)
        yield f.Refresh(surface=Surface.CANVAS)
    yield f.Refresh(surface=Surface.SUMMARY)


def again(incident: Incident, entry: Entry) -> Iterator[Effect]:
    """A review that is there is written again once the timeline says more, until it is published.

    Its card shows when it is due, and may be published: it follows what changes that.
    """
    event: BaseEvent = entry.event
    review = incident.review
    if review.version and isinstance(event, _ON_THE_CARD):
        yield f.Refresh(surface=Surface.REVIEW)
    if event.quiet or isinstance(event, e.ReviewEvent) or not incident.over:
        return
    if review.version and not review.published:
        yield f.SetTimer(name=OUTDATED, due_at=_end_of_span(entry.recorded_at), sooner=True)


def _end_of_span(at: datetime) -> datetime:
    begun = datetime(2000, 1, 1, tzinfo=UTC)
    return begun + ((at - begun) // _TOGETHER + 1) * _TOGETHER


def _there(incident: Incident) -> ReviewState:
    review = incident.review
    if not review.version:
        raise errors.NoReview(ref=incident.ref)
    return review
