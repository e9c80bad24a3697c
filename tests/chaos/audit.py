"""What has to be so once everything is quiet, whatever went wrong on the way."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application import integrity
from bot.application.execute import Muster
from bot.application.ports import SlackGateway
from bot.application.present import about
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain import items
from bot.domain.clocks import FOLLOW_UP
from bot.domain.effects import Surface
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.react import RECORDED, react
from bot.domain.reviewing import OUTDATED
from bot.domain.timeline import Entry
from bot.jobs import cards
from bot.jobs.cards import called
from bot.jobs.desk import Desk
from bot.messages import Messages
from bot.paths import RUNBOOKS
from bot.postmortem.canvas import to_canvas
from bot.runbooks.catalogue import Catalogue
from bot.sandbox import Channel, Message, Sandbox
from bot.sandbox.text import tidy
from bot.slack.canvas_text import fit
from bot.slack.gateway import OUTBOX_EVENT
from bot.store import incidents
from bot.store import timeline as log
from bot.store.effects import KINDS, lane_of
from bot.store.letters import NO_ROOM
from bot.store.tables import outbox, surfaces, timers

Row = Mapping[str, Any]

#: The rows that are a message each.
_SAID = frozenset({"post", "reply"})


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is kept of one incident."""

    id: int
    incident: Incident
    entries: Sequence[Entry]
    outbox: Sequence[Row]
    surfaces: Mapping[str, Row]
    timers: Sequence[Row]
    #: What each card's template is given besides the incident.
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def events(self, kind: type[Any]) -> list[Any]:
        """The events of one type."""
        return [entry.event for entry in self.entries if isinstance(entry.event, kind)]


@dataclass(frozen=True, slots=True)
class Workspace:
    """What there is in Slack, found by the number that the bot's messages carry."""

    sandbox: Sandbox
    marked: Mapping[str, Sequence[Message]]

    @classmethod
    def of(cls, sandbox: Sandbox) -> "Workspace":
        """Looks at everything once."""
        marked: dict[str, list[Message]] = defaultdict(list)
        for channel in sandbox.workspace.channels.values():
            for message in channel.messages:
                metadata = message.metadata or {}
                if metadata.get("event_type") == OUTBOX_EVENT:
                    marked[str(metadata["event_payload"]["outbox_id"])].append(message)
        return cls(sandbox, marked)

    def channel(self, channel_id: str | None) -> Channel | None:
        """A conversation by id."""
        return self.sandbox.workspace.channels.get(channel_id or "")

    def rooms(self, ref: str) -> list[Channel]:
        """The channels that were opened for an incident."""
        return [c for c in self.sandbox.workspace.channels.values() if c.name.startswith(f"{ref.lower()}-")]


async def record_of(connection: AsyncConnection, ref: str) -> Record:
    """Reads what is kept of an incident."""
    stored = await incidents.by_ref(connection, ref)
    assert stored is not None, f"{ref} is lost"
    rows = select(outbox).where(outbox.c.incident_id == stored.id).order_by(outbox.c.id)
    shown = select(surfaces).where(surfaces.c.incident_id == stored.id)
    clocks = select(timers).where(timers.c.incident_id == stored.id)
    return Record(
        stored.id,
        stored.incident,
        await log.entries_of(connection, stored.id),
        [dict(row) for row in (await connection.execute(rows)).mappings()],
        {row["name"]: dict(row) for row in (await connection.execute(shown)).mappings()},
        [dict(row) for row in (await connection.execute(clocks)).mappings()],
    )


async def _cards(connection: AsyncConnection, record: Record, muster: Muster) -> dict[str, Mapping[str, Any]]:
    stored = await incidents.by_ref(connection, record.incident.ref)
    assert stored is not None
    nobody = cast("SlackGateway", None)  # only the database is asked
    desk = Desk(muster, nobody, _words(muster.policy.name), _runbooks(), announce_channel="incidents")
    names = [name for name in record.surfaces if f.is_card(name) or name == Surface.CANVAS]
    found = {name: await cards.more_of(connection, stored, name, desk) for name in names}
    return {name: more for name, more in found.items() if more is not None}


async def audit(muster: Muster, sandbox: Sandbox, refs: Iterable[str]) -> list[Record]:
    """Checks every incident, and tells of everything that is wrong with any of them at once.

    Args:
        muster: the application, for its database and its policy.
        sandbox: Slack.
        refs: the incidents.

    Returns:
        What is kept of each, for a test to look further.
    """
    slack, found, records = Workspace.of(sandbox), list[str](), list[Record]()
    for ref in refs:
        async with muster.database.transaction() as connection:
            record = await record_of(connection, ref)
            record = replace(record, more=await _cards(connection, record, muster))
        records.append(record)
        found += [f"{ref}: {fault}" for fault in (await integrity.verify(muster.database, ref)).faults]
        found += [f"{ref}: {fault}" for fault in _faults(record, slack, muster)]
    known = {str(row["id"]) for record in records for row in record.outbox}
    known |= {f"surface-{record.id}-{name}" for record in records for name in record.surfaces}
    found += [f"a message in Slack is from nowhere: {mark}" for mark in slack.marked if mark not in known]
    assert not found, "\n".join(found[:40])
    return records


def _faults(record: Record, slack: Workspace, muster: Muster) -> Iterator[str]:
    yield from _rows_follow_from_the_timeline(record, muster)
    yield from _rows_were_delivered(record, slack)
    yield from _lanes_kept_their_order(record, slack)
    yield from _refusals_were_told(record, slack)
    yield from _one_room(record, slack)
    yield from _timers_rang_once(record)
    if (room := slack.channel(record.incident.channel_id)) is not None:
        yield from _people_came(record, slack, room)
        yield from _marks(record, room)
        yield from _files(record, room)
        yield from _surfaces_show_what_is(record, slack, room, muster)


def _rows_follow_from_the_timeline(record: Record, muster: Muster) -> Iterator[str]:
    """What the timeline calls for is in the outbox, once, in order, and nothing else is."""
    called: list[tuple[Any, ...]] = []
    incident: Incident | None = None
    for entry in record.entries:
        incident = evolve(incident, entry)
        called += [
            (lane_of(record.id, effect), KINDS[type(effect)], entry.seq, _plain(asdict(effect)))
            for effect in react(incident, entry, muster.policy)
            if isinstance(effect, f.Delivery)
        ]
    written = [(row["lane"], row["kind"], row["seq"], _plain(row["payload"])) for row in record.outbox]
    if called != written:
        missing = Counter(map(str, called)) - Counter(map(str, written))
        surplus = Counter(map(str, written)) - Counter(map(str, called))
        yield f"the outbox is not what the timeline calls for: missing {missing}, too much {surplus}"


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in payload.items()}


def _rows_were_delivered(record: Record, slack: Workspace) -> Iterator[str]:
    for row in record.outbox:
        what = _name(row)
        if row["status"] not in ("sent", "refused"):
            yield f"{what} is {row['status']} ({row['error']})"
        if row["kind"] not in _SAID:
            continue
        there = slack.marked.get(str(row["id"]), ())
        if row["status"] == "sent" and [(m.channel, m.ts) for m in there] != [(row["channel"], row["ts"])]:
            yield f"{what} should be at {row['channel']} {row['ts']} and is at {[(m.channel, m.ts) for m in there]}"
        if row["status"] == "refused" and there:
            yield f"{what} was refused and is there"


def _lanes_kept_their_order(record: Record, slack: Workspace) -> Iterator[str]:
    lanes: dict[str, list[Message]] = defaultdict(list)
    published: set[str] = set()
    for row in record.outbox:
        said = row["kind"] in _SAID
        mark = str(row["id"]) if said else f"surface-{record.id}-{row['payload'].get('surface')}"
        if row["status"] != "sent" or mark in published or not (said or row["kind"] == "publish"):
            continue
        published.add(mark)  # a card that is there already has its place
        lanes[row["lane"]] += slack.marked.get(mark, ())
    for lane, messages in lanes.items():
        times = [float(message.ts) for message in messages]
        if times != sorted(times):
            yield f"lane {lane} is out of order: {[message.text[:30] for message in messages]}"


def _refusals_were_told(record: Record, slack: Workspace) -> Iterator[str]:
    """What Slack refused is in the timeline, once, and a note says so to whoever leads."""
    failed = Counter(event.outbox for event in record.events(e.DeliveryFailed) if event.outbox)
    for row in record.outbox:
        if row["status"] != "refused" or row["error"] == NO_ROOM or row["payload"].get("message") == "delivery_failed":
            continue
        if failed.pop(row["id"], 0) != 1:
            yield f"{_name(row)} was refused ({row['error']}) and the timeline has that not once"
    if failed:
        yield f"the timeline has failures of rows that did not fail: {dict(failed)}"
    notes = [row for row in record.outbox if row["payload"].get("message") == "delivery_failed"]
    if len(notes) != len(record.events(e.DeliveryFailed)):
        yield f"{len(record.events(e.DeliveryFailed))} failures and {len(notes)} notes of them"
    for note in notes:
        place = slack.channel(note["channel"])
        if note["status"] == "sent" and (place is None or not place.is_im):
            yield f"{_name(note)} is not private"


def _one_room(record: Record, slack: Workspace) -> Iterator[str]:
    rooms = slack.rooms(record.incident.ref)
    if [room.id for room in rooms] != ([record.incident.channel_id] if record.incident.channel_id else []):
        yield f"its rooms are {[room.name for room in rooms]}"
    if not rooms and not any(row["kind"] == "open_channel" and row["status"] == "refused" for row in record.outbox):
        yield "it has no room"


def _timers_rang_once(record: Record) -> Iterator[str]:
    rings = Counter((event.step, event.round) for event in record.events(e.Escalated) if event.step)
    rings += Counter(("update", event.due_at) for event in record.events(e.UpdateOverdue))
    rings += Counter((f"review {event.before}", event.due_at) for event in record.events(e.ReviewNudged))
    rings += Counter(("effectiveness", event.due_at) for event in record.events(e.EffectivenessAsked))
    rings += Counter((f"item:{event.number}", event.due_at) for event in record.events(e.ActionItemDue))
    rings += Counter((event.clock, event.due_at) for event in record.events(e.ClockMissed))
    rings += Counter((event.text, event.due_at) for event in record.events(e.TextDue))
    rings += Counter((event.follow_up, event.due_at) for event in record.events(e.FollowUpDue))
    yield from (f"the clock {clock} rang {times} times" for clock, times in rings.items() if times > 1)
    # What is to be done because of it outlives it, and its review follows the timeline until it is published.
    reminders = {f"{items.TIMER}{item.number}" for item in record.incident.open_items()}
    set_now = {row["name"] for row in record.timers if row["armed"]}
    if reminders != (kept := {name for name in set_now if name.startswith(items.TIMER)}):
        yield f"its action items are to be reminded of by {sorted(reminders)}, not {sorted(kept)}"
    lasting = reminders if record.incident.review.published else reminders | {OUTDATED}
    armed = sorted(name for name in set_now - lasting if not name.startswith(FOLLOW_UP))
    if record.incident.closed_at and armed:
        yield f"it is closed, and its clocks {armed} run on"


def _people_came(record: Record, slack: Workspace, room: Channel) -> Iterator[str]:
    refused = {p for row in record.outbox if row["status"] == "refused" for p in row["payload"].get("people", ())}
    wanted = {person for row in record.outbox for person in row["payload"].get("people", ())} - refused
    groups = {group.id: group.users for group in slack.sandbox.workspace.groups}
    for person in wanted:
        if absent := set(groups.get(person, [person])) - set(room.members):
            yield f"{absent} were invited and did not come"


def _marks(record: Record, room: Channel) -> Iterator[str]:
    """The bot's own mark is on what somebody pinned, as long as somebody does."""
    refused = {row["payload"].get("ts") for row in record.outbox if row["status"] == "refused"}
    for message in room.messages:
        pins = message.reactions.get(RECORDED, [])
        mine = [user for user in pins if user.startswith("UBOT")]
        if message.ts not in refused and len(mine) != bool(len(pins) - len(mine)):
            yield f"the mark on {message.text!r} is wrong: {pins}"


def _files(record: Record, room: Channel) -> Iterator[str]:
    kinds = {"upload": "md", "picture": "png"}
    sent = [row for row in record.outbox if row["kind"] in kinds and row["status"] == "sent"]
    # The same version is brought once more to somebody who asks for it again, and its picture is found to be there.
    wanted = sorted(f"{record.incident.ref}-review-v{row['payload']['version']}.{kinds[row['kind']]}" for row in sent)
    there = sorted(file.name for message in room.messages for file in message.files)
    if there != wanted:
        yield f"the room has the files {there}, not {wanted}"


def _surfaces_show_what_is(record: Record, slack: Workspace, room: Channel, muster: Muster) -> Iterator[str]:
    """Every surface shows the incident as it is now; what Slack refused stays as it was, and the timeline says so."""
    gone = {event.what for event in record.events(e.DeliveryFailed) if not event.outbox}
    cards = [row for row in record.outbox if row["kind"] == "publish"]
    refused = {row["payload"]["surface"] for row in cards if row["status"] == "refused"}
    for name, row in record.surfaces.items():
        if name in refused or f"{called(name)} could not be shown" in gone:
            continue
        if name == Surface.BOOKMARKS and not any(
            row["payload"].get("message") == "alert" and row["status"] == "sent" for row in record.outbox
        ):
            continue
        if row["shown"] < row["wanted"]:
            yield f"the {name} shows change {row['shown']} of {row['wanted']}"
        else:
            yield from _shows(name, record, slack, room, muster)


def _shows(name: str, record: Record, slack: Workspace, room: Channel, muster: Muster) -> Iterator[str]:
    words = _words(muster.policy.name)
    context = about(record.incident, muster.policy, {"channel": f"<#{room.id}>"})
    match name:
        case Surface.TOPIC | Surface.PURPOSE:
            said, wanted = getattr(room, name), tidy(words.line_safely(name, **context))
            if said != wanted:
                yield f"the {name} is {said!r}, not {wanted!r}"
        case Surface.BOOKMARKS:
            titles = [bookmark.title for bookmark in room.bookmarks]
            if titles != [words.line_safely("bookmark", **context)]:
                yield f"the bookmarks are {titles}"
        case Surface.CANVAS:
            made = [one for one in slack.sandbox.workspace.canvases.values() if not one.deleted]
            made = [one for one in made if one.channel == room.id or one.id == room.canvas]
            wanted = fit(to_canvas(record.more[name]["markdown"]).markdown)
            if [one.markdown for one in made] != [wanted]:
                yield f"the canvases of the review are {[one.markdown[:60] for one in made]}, or say something else"
        case _:
            there = slack.marked.get(f"surface-{record.id}-{name}", ())
            if len(there) != 1:
                yield f"there are {len(there)} messages of the {name}"
                return
            context |= record.more[name]
            card = words.render_safely(name.partition(":")[0], ref=record.incident.ref, **context)
            if _bare(there[0].blocks) != _bare(card.blocks):
                yield f"the {name} shows something else than the incident"
            if name == Surface.SUMMARY and [pin.ts for pin in room.pins] != [there[0].ts]:
                yield f"the pins are {[pin.ts for pin in room.pins]}"


@cache
def _words(pack: str) -> Messages:
    return Messages(pack=pack)


@cache
def _runbooks() -> Catalogue:
    return Catalogue([RUNBOOKS / "default"])


def _bare(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Blocks without the ids that Slack gives to those that have none."""
    return [{key: value for key, value in block.items() if key != "block_id"} for block in blocks]


def _name(row: Row) -> str:
    detail = row["payload"].get("message") or row["payload"].get("surface") or ""
    return f"row {row['id']} ({row['kind']} {detail} in {row['lane']})"
