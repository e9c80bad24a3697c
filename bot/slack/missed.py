"""What the timeline lacks of what Slack shows, as the commands that record it. Pure: it neither reads nor writes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.events import MessageCaptured
from bot.domain.incident import Incident
from bot.domain.react import RECORDED
from bot.domain.text import legible
from bot.domain.timeline import NEVER_SEEN, NOTHING_KNOWN, Entry, MessageFacts, PersonFacts, message_facts, people_facts
from bot.slack import heard
from bot.slack.heard import Said, moment
from bot.slack.wording import words_of

#: A message by its channel and `ts`.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the timeline had before Slack was read: whatever comes in meanwhile is not taken for missing.

    Attributes:
        incident: as it was.
        messages: what was known of each message that was captured or pinned.
        threads: what each captured message hangs on, where that is another.
        people: who came, was called and left.
        posts: the bot's own messages.
    """

    incident: Incident
    messages: Mapping[Place, MessageFacts]
    threads: Mapping[Place, str]
    people: Mapping[str, PersonFacts]
    posts: frozenset[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What Slack showed of a channel, or of one of its threads.

    Attributes:
        channel: its id.
        thread: what the thread hangs on; None for the channel itself.
        said: the messages by their `ts`.
        since: the first `ts` that would have shown; None for the beginning.
        until: the last `ts` that would have shown; None for the end.
        at: when it was read.
    """

    channel: str
    thread: str | None
    said: Mapping[str, Said]
    at: datetime
    since: str | None = None
    until: str | None = None

    def covers(self, ts: str) -> bool:
        """Whether a message of that `ts` would have shown."""
        return (self.since is None or ts >= self.since) and (self.until is None or ts <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Everybody in the channel, and when that was read."""

    users: Collection[str]
    at: datetime


def known(incident: Incident, entries: Sequence[Entry], posts: Iterable[Place]) -> Known:
    """What a timeline knows."""
    about: dict[Place, list[Entry]] = {}
    threads: dict[Place, str] = {}
    for entry in entries:
        subject = entry.event.subject
        if subject is None:
            continue
        channel, _, ts = subject.partition("|")
        about.setdefault((channel, ts), []).append(entry)
        if isinstance(entry.event, MessageCaptured) and entry.event.thread_ts not in (None, ts):
            threads[channel, ts] = str(entry.event.thread_ts)
    return Known(
        incident=incident,
        messages={place: message_facts(told) for place, told in about.items()},
        threads=threads,
        people=people_facts(entries),
        posts=frozenset(posts),
    )


def missed(
    before: Known, stretches: Sequence[Stretch], present: Present | None, ourselves: str
) -> list[c.MessageCommand | c.PersonCommand]:
    """What has to be recorded, in the order in which it happened.

    Args:
        before: what the timeline had.
        stretches: what Slack showed after that.
        present: who was there; None when that could not be read whole.
        ourselves: the bot's own user.
    """
    found: dict[Place, tuple[Stretch, Said]] = {}
    for stretch in stretches:
        for ts, said in stretch.said.items():
            found.setdefault((stretch.channel, ts), (stretch, said))
    commands: list[c.MessageCommand | c.PersonCommand] = []
    for place, (stretch, said) in found.items():
        if said.get("subtype") != heard.TOMBSTONE:
            commands += _of_message(before, place, stretch, said, ourselves)
    commands += _deletions(before, stretches)
    room = next((s for s in stretches if s.channel == before.incident.channel_id and s.thread is None), None)
    commands += _of_people(before, room.said if room else {}, present, ourselves)
    return sorted(commands, key=lambda command: command.at or stretches[0].at)


def _of_message(
    before: Known, place: Place, stretch: Stretch, said: Said, ourselves: str
) -> Iterator[c.MessageCommand]:
    channel, _ = place
    facts = before.messages.get(place, NOTHING_KNOWN)
    if facts.deleted:
        return
    if not heard.by_a_bot(said, ourselves):
        if facts.captured:
            if legible(words_of(said)) not in ("", facts.text):
                edited_at = moment((said.get("edited") or {}).get("ts"))
                yield heard.edit(before.incident, said, channel, edited_at or stretch.at)
        elif _is_ours(before, channel, said):
            yield heard.capture(Actor.person(said["user"]), said, channel)
    yield from _pins(place, facts, stretch, said, ourselves)


def _is_ours(before: Known, channel: str, said: Said) -> bool:
    """Whether it is a reply in one of our threads."""
    thread = said.get("thread_ts")
    written = said.get("subtype") in heard.WRITTEN
    return written and thread is not None and thread != said["ts"] and (channel, thread) in before.posts


def _pins(
    place: Place, facts: MessageFacts, stretch: Stretch, said: Said, ourselves: str
) -> Iterator[c.MessageCommand]:
    """Who put a :pushpin: on or took it off. Slack does not say when, so it is when we saw it."""
    channel, ts = place
    marks = [mark for mark in said.get("reactions") or () if mark.get("name") == RECORDED]
    users = {user for mark in marks for user in mark.get("users") or ()}
    # Slack shortens the list of who reacted, never the count.
    whole = sum(int(mark.get("count") or 0) for mark in marks) <= len(users)
    for user in sorted(users - facts.pinned_by - {ourselves}):
        yield c.PinMessage(by=Actor.person(user), at=stretch.at, channel=channel, ts=ts, user=user)
    for user in sorted(facts.pinned_by - users) if whole else ():
        yield c.UnpinMessage(by=Actor.person(user), at=stretch.at, channel=channel, ts=ts, user=user)


def _deletions(before: Known, stretches: Sequence[Stretch]) -> Iterator[c.DeleteMessage]:
    """What was captured and is not there any more. Nobody says when it went, or by whom."""
    read = {(stretch.channel, stretch.thread): stretch for stretch in stretches}
    for place, facts in before.messages.items():
        channel, ts = place
        stretch = read.get((channel, before.threads.get(place)))
        if not facts.captured or facts.deleted or stretch is None or not stretch.covers(ts):
            continue
        if stretch.said.get(ts, {"subtype": heard.TOMBSTONE}).get("subtype") == heard.TOMBSTONE:
            yield c.DeleteMessage(by=MUSTER, at=stretch.at, channel=channel, ts=ts)


def _of_people(
    before: Known, said: Mapping[str, Said], present: Present | None, ourselves: str
) -> Iterator[c.PersonCommand]:
    """Who came and went: the history has lines about it, with the time; who is there now is the truth."""
    inside = set(before.incident.participants)
    came = {user for user, facts in before.people.items() if facts.inside}
    for at, user, joins in _lines(said):
        facts = before.people.get(user, NEVER_SEEN)
        if user == ourselves or _told(at, facts.left_at):
            continue
        if joins:
            came.add(user)
            if user not in inside:
                inside.add(user)
                yield c.RecordJoin(by=MUSTER, at=at, user=user)
        elif not _told(at, facts.joined_at):
            came.discard(user)
            if user in inside and not _told(at, facts.called_at):
                inside.discard(user)
                yield c.RecordLeave(by=MUSTER, at=at, user=user)
    if present is None:
        return
    there = set(present.users) - {ourselves}
    for user in sorted(there - inside):
        yield c.RecordJoin(by=MUSTER, at=present.at, user=user, noticed=True)
    # Who was named and never came is still expected.
    for user in sorted((inside & came) - there):
        yield c.RecordLeave(by=MUSTER, at=present.at, user=user, noticed=True)


def _lines(said: Mapping[str, Said]) -> Iterator[tuple[datetime, str, bool]]:
    """Slack's lines of who came (True) and went, in order."""
    for ts, line in sorted(said.items()):
        user, at, kind = line.get("user"), moment(ts), line.get("subtype")
        if kind in heard.CAME | heard.WENT and isinstance(user, str) and at is not None:
            yield at, user, kind in heard.CAME


def _told(at: datetime, known_at: datetime | None) -> bool:
    """Whether what happened at a time is older than what is known."""
    return known_at is not None and at <= known_at
