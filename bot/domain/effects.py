"""What follows from an event, as data. The store writes effects beside the event; `bot/jobs` carries them out.

A *lane* is a queue within which order holds: `room` is the incident's own channel. Lanes of one
incident don't wait for each other.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ROOM = "room"
ANNOUNCE = "announce"
INVITES = "invites"


def direct(user: str) -> str:
    """The lane of one person's direct messages."""
    return f"dm:{user}"


#: What the lanes of further channels begin with; each is shared by all incidents, as that of the announcements is.
CHANNEL = "channel:"


def elsewhere(channel: str) -> str:
    """The lane of another channel, by its name."""
    return f"{CHANNEL}{channel}"


class Surface(StrEnum):
    """What shows the incident's present state in Slack; only the latest matters."""

    TOPIC = "topic"
    PURPOSE = "purpose"
    BOOKMARKS = "bookmarks"
    SUMMARY = "summary"
    ANNOUNCEMENT = "announcement"
    REVIEW = "review"
    CANVAS = "canvas"


#: What the surfaces that show a checklist, a run of a diagnostic, an action, a run of a runbook and a step of one
#: begin with.
CHECKLIST = "checklist:"
DIAGNOSTIC = "diagnostic:"
ACTION = "action:"
WALK = "walk:"
STEP = "step:"
#: The surfaces of which an incident may have any number.
MANY = (CHECKLIST, DIAGNOSTIC, ACTION, WALK, STEP)
#: The lane of charts, which take their time.
CHARTS = "charts"


def checklist(name: str) -> str:
    """The surface that shows a checklist."""
    return f"{CHECKLIST}{name}"


def diagnostic(run: str) -> str:
    """The surface that shows a run of a diagnostic: how far it is, and what it found."""
    return f"{DIAGNOSTIC}{run}"


def action(number: int) -> str:
    """The surface that shows how an action stands."""
    return f"{ACTION}{number}"


def walk(number: int) -> str:
    """The surface that shows a run of a runbook: its chapters, and how far it is. All about it is in its thread."""
    return f"{WALK}{number}"


def step(number: int, at: int) -> str:
    """The surface that shows a step (from 1) of a run of a runbook."""
    return f"{STEP}{number}.{at}"


def is_card(surface: str) -> bool:
    """Whether a surface is a message, which is published before it can be changed."""
    return surface in (Surface.SUMMARY, Surface.ANNOUNCEMENT, Surface.REVIEW) or surface.startswith(MANY)


def is_known(surface: str) -> bool:
    """Whether this version can show it: a newer one may show more."""
    return surface in frozenset(Surface) or surface.startswith(MANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChannel:
    """Create the incident's channel."""

    name: str
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Say the event once, by a template: in the updates' thread (`thread`), and outside of it too (`broadcast`)."""

    message: str
    lane: str = ROOM
    thread: bool = False
    broadcast: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Say the event once, by a template, in the thread of a surface's message."""

    message: str
    under: str
    lane: str = ROOM


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawChart:
    """Bring the chart of a result (by its place in a diagnostic's report) into the thread of a surface's message.

    `under` is that surface; empty for the run's own card.
    """

    run: str
    result: int
    lane: str = CHARTS
    under: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Show a surface for the first time, in its place in a lane; `under`: in the thread of that surface's message."""

    surface: str
    lane: str = ROOM
    under: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Bring a surface up to date, whenever it is convenient."""

    surface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Bring people into the incident's channel: Slack users and user groups by id."""

    people: tuple[str, ...]
    lane: str = INVITES


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """Put the bot's own reaction on a message, or take it off."""

    channel: str
    ts: str
    emoji: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchMessage:
    """Read a pinned message's text and record it."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """Say the event to one address by e-mail, by a template. Each address has a lane of its own."""

    message: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWebhook:
    """Tell the event to one of the policy's webhooks. Each has a lane of its own."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellSource:
    """Tell a monitor, by one of the policy's rules, that its alerts' incident was `acknowledged` or `resolved`."""

    name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Wake the incident at `due_at`; a timer of the same name is replaced.

    With `sooner`, one that is set stays where it would ring before that: what goes on happening never puts it off.
    """

    name: str
    due_at: datetime
    sooner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    """Forget a timer."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCheck:
    """Run a diagnostic in the background."""

    target: str
    run: str
    watch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryAction:
    """Go on with an action in the background: rehearse it, or run it, as it stands."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftReview:
    """Write the review in the background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReview:
    """Bring a written review into the incident's channel as a file."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawReview:
    """Bring a picture of the incident's course into the incident's channel, for a version of its review."""

    version: int
    lane: str = CHARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadInvitation:
    """Bring the invitation to the review's meeting into the incident's channel as a file for calendars."""

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileItem:
    """File an action item in a tracker. Each system has a lane of its own."""

    number: int
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReview:
    """File the newest version of the review elsewhere. Each system has a lane of its own."""

    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeue:
    """Put a refused row of the outbox back into its lane, where it stood."""

    outbox: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Drop a row of the outbox for good."""

    outbox: int


Delivery = (
    OpenChannel
    | Post
    | Reply
    | DrawChart
    | Publish
    | Invite
    | React
    | FetchMessage
    | UploadReview
    | DrawReview
    | UploadInvitation
    | FileItem
    | FileReview
    | SendMail
    | CallWebhook
    | TellSource
)
Effect = Delivery | Refresh | SetTimer | CancelTimer | RunCheck | CarryAction | DraftReview | Requeue | GiveUp
