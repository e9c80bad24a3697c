"""Carrying one outbox row to Slack: which call, to where, and how to find out whether it was already done."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.application.ports import Refused, SlackChannel, SlackMessage, TryAgain
from bot.application.present import about_entry
from bot.application.queries import story
from bot.application.suggesting import suggested
from bot.charts import ChartFailed
from bot.diagnostics.result import Report
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain.actor import MUSTER
from bot.domain.events import AlertsJoined, ReviewNudged, ReviewScheduled, RunbookOpened, Unknown
from bot.domain.incident import Incident, channel_name
from bot.domain.timeline import LATE, Entry
from bot.jobs import filing, notices, review_card, sources
from bot.jobs.desk import Desk
from bot.jobs.surfaces import Surfaces
from bot.jobs.threads import or_in_the_channel
from bot.messages import Delay, Message
from bot.store import reviews, surfaces
from bot.store.lanes import Letter
from bot.store.letters import NO_ROOM

_logger = logging.getLogger(__name__)

#: How the reason begins of a runbook that names one of the incident's alerts.
_NAMED = "alert "
#: How many other names are tried when somebody else's channel has the first.
_NAMES = 5
#: What tells somebody how it stands, and how many entries of the timeline it has.
_CATCHING_UP, _LAST = "role_instructions", 5
#: How long a chart waits for the card that it belongs to, and how often.
_CARD, _CARD_COMES = timedelta(seconds=1), 10
#: How long a row of an unknown kind is left for others.
_UPGRADE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Carried:
    """Where the message is, for those rows that make one."""

    channel: str | None = None
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """A row with what it is about."""

    letter: Letter
    incident: Incident
    entry: Entry
    report: Mapping[str, Any] | None
    thread: tuple[str, str] | None


@dataclass(slots=True)
class Carrier:
    """Makes the calls."""

    desk: Desk
    surfaces: Surfaces

    async def carry(self, matter: Matter) -> Carried:  # noqa: C901, PLR0912 (a table)
        """Deliver one row. Raises TryAgain, Unclear or Refused."""
        letter = matter.letter
        if isinstance(matter.entry.event, Unknown):
            # A newer version wrote this row, and a process of that version will come by.
            raise TryAgain(f"unknown event {matter.entry.event.kind}", _UPGRADE)
        match letter.kind:
            case "open_channel":
                return await self._open_channel(matter)
            case "post":
                return await self._post(matter)
            case "reply":
                return await self._reply(matter)
            case "chart":
                await self._chart(matter)
            case "publish":
                surface = letter.payload["surface"]
                if not f.is_known(surface):
                    raise TryAgain(f"unknown surface {surface}", _UPGRADE)
                p = letter.payload
                # Rows of the version before have no `under`.
                await self.surfaces.publish(letter.incident_id, surface, p["lane"], p.get("under", ""))
            case "invite":
                await self._invite(matter)
            case "react":
                p = letter.payload
                await self.desk.slack.react(p["channel"], p["ts"], p["emoji"], on=p["on"])
            case "fetch":
                await self._fetch(matter)
            case "upload":
                await self._upload(matter)
            case "picture":
                await filing.upload_picture(self.desk, letter, matter.incident)
            case "invitation":
                await filing.upload_invitation(self.desk, letter, matter.incident, matter.entry)
            case "file_item":
                await filing.file_item(self.desk, letter, matter.incident)
            case "file_review":
                await filing.file_review(self.desk, letter, matter.incident)
            case "mail":
                invited = isinstance(matter.entry.event, ReviewScheduled)
                policy = self.desk.muster.policy
                files = (filing.invited_by(matter.incident, matter.entry, policy),) if invited else ()
                await notices.send_mail(self.desk, letter, matter.incident, matter.entry, files)
            case "webhook":
                await notices.call_webhook(self.desk, letter, matter.incident, matter.entry)
            case "tell_source":
                await sources.tell_source(self.desk, letter, matter.incident, matter.entry)
            case unknown:
                raise TryAgain(f"unknown kind {unknown}", _UPGRADE)
        return Carried()

    async def _open_channel(self, matter: Matter) -> Carried:
        """Create the channel, or adopt it: an earlier try may have made it before its answer was lost."""
        channel = await self._channel(matter)
        recorded = c.RecordChannel(by=MUSTER, channel=channel.id, name=channel.name)
        await self.desk.muster.execute(recorded, incident_id=matter.letter.incident_id)
        return Carried(channel=channel.id)

    async def _channel(self, matter: Matter) -> SlackChannel:
        slack, private = self.desk.slack, matter.letter.payload["private"]
        for suffix in range(1, _NAMES + 1):
            name = matter.letter.payload["name"]
            if suffix > 1:
                title = "" if private else matter.incident.title
                name = channel_name(matter.incident.ref, title, suffix)
            if matter.letter.sending and (ours := await slack.our_channel(name, private=private)):
                return ours
            try:
                return await slack.create_channel(name, private=private)
            except Refused as error:
                if error.reason != "name_taken":
                    raise
        raise Refused("name_taken", "Archive or rename the channels that begin with this incident's reference.")

    async def _post(self, matter: Matter) -> Carried:
        channel = await self._where(matter)
        alert = matter.thread[1] if matter.thread and matter.thread[0] == channel else None
        return await or_in_the_channel(partial(self._post_in, matter, channel), alert)

    async def _post_in(self, matter: Matter, channel: str, thread_ts: str | None) -> Carried:
        letter, slack = matter.letter, self.desk.slack
        outbox_id = str(letter.id)
        if letter.sending and (found := await slack.find_post(channel, outbox_id, thread_ts=thread_ts)):
            return Carried(found.channel, found.ts)
        message = await self._render(matter)
        posted = await slack.post(
            channel,
            message.text,
            message.blocks,
            outbox_id=outbox_id,
            thread_ts=thread_ts,
            broadcast=bool(letter.payload.get("broadcast") and thread_ts),
        )
        return Carried(posted.channel, posted.ts)

    async def _reply(self, matter: Matter) -> Carried:
        """Answer a card in its thread; where that is not there, in the channel."""
        channel, thread = await self._under(matter, matter.letter.payload["under"])
        return await or_in_the_channel(partial(self._post_in, matter, channel), thread)

    async def _under(self, matter: Matter, surface: str) -> tuple[str, str | None]:
        """The channel of a surface's message, and the message."""
        async with self.desk.muster.database.transaction() as connection:
            shown = await surfaces.find(connection, matter.letter.incident_id, surface)
        if shown is not None and shown.channel is not None:
            return shown.channel, shown.ts
        if matter.incident.channel_id is None:
            raise Refused(NO_ROOM)
        return matter.incident.channel_id, None

    async def _chart(self, matter: Matter) -> None:
        """Draw a chart into the thread of its run's card. One that cannot be drawn is left out: its values are told."""
        incident, payload = matter.incident, matter.letter.payload
        channel, thread = await self._under(matter, payload.get("under") or f.diagnostic(payload["run"]))
        if thread is None and matter.letter.attempts < _CARD_COMES:
            raise TryAgain("its card is not there yet", _CARD)
        if matter.report is None:
            return  # the evidence is not there any more, as the reply in the thread says
        result = Report.from_dict(matter.report).results[payload["result"]]
        assert result.chart is not None, "only results with a chart are drawn"
        # Two targets may have a check of one name.
        filename = f"{incident.ref}-{payload['result']}-{payload['run']}-{result.check}.png".lower()
        if matter.letter.sending and await self.desk.slack.find_upload(channel, filename):
            return
        chart = replace(result.chart, mark=incident.declared_at.timestamp())
        try:
            picture = await self.desk.draw(chart, result.label)
        except ChartFailed as error:
            _logger.warning("a chart is left out: %s", error)
            return
        upload = partial(
            self.desk.slack.upload,
            channel,
            filename=filename,
            title=result.label,
            content=picture,
            comment="",
            alt=chart.says or result.explanation,
        )
        await or_in_the_channel(upload, thread)

    async def _where(self, matter: Matter) -> str:
        payload = matter.letter.payload
        if person := payload.get("person"):
            return str(person)
        if shared := await self.surfaces.channel_of(payload["lane"]):
            return shared
        if matter.incident.channel_id is None:
            raise Refused(NO_ROOM)
        return matter.incident.channel_id

    async def _render(self, matter: Matter) -> Message:
        incident, entry = matter.incident, matter.entry
        context = about_entry(incident, entry, self.desk.muster.policy, self.desk.links_of(incident))
        if matter.report is not None:
            context["report"] = Report.from_dict(matter.report)
        if isinstance(entry.event, RunbookOpened):
            context["runbook"] = self.desk.catalogue.find(entry.event.name)
        if isinstance(entry.event, AlertsJoined) and entry.event.opened:
            offered = suggested(incident, self.desk.muster.policy, self.desk.catalogue)
            # What only mentions the same words is not “for this”.
            context["helps"] = [one for one in offered if one.reasons[0].startswith(_NAMED)][:1]
        message, delay = matter.letter.payload["message"], self._delay(entry)
        if message == _CATCHING_UP:
            told = await story(self.desk.muster.database, matter.letter.incident_id, last=_LAST + 1)
            context["entries"] = [one for one in told.entries if one.seq != entry.seq][-_LAST:]
        if isinstance(entry.event, ReviewNudged):
            context |= await review_card.still_open(self.desk.muster.database, matter.letter.incident_id)
        return self.desk.messages.render_safely(message, ref=incident.ref, delay=delay, **context)

    def _delay(self, entry: Entry) -> Delay | None:
        """When an entry was recorded and when Slack hears of it, where that is later than people would expect."""
        now = self.desk.muster.now()
        return Delay(entry.recorded_at, now) if now - entry.recorded_at > LATE else None

    async def _invite(self, matter: Matter) -> None:
        if matter.incident.channel_id is None:
            raise Refused(NO_ROOM)
        users: list[str] = []
        refused: Refused | None = None
        for person in matter.letter.payload["people"]:
            if not person.startswith("S"):
                users.append(person)
                continue
            try:
                users += await self.desk.slack.members_of_group(person)
            except Refused as error:  # the others come all the same
                refused = error
        if users:
            await self.desk.slack.invite(matter.incident.channel_id, list(dict.fromkeys(users)))
        if refused is not None:
            raise refused

    async def _fetch(self, matter: Matter) -> None:
        """Read a pinned message and record it; one that is gone by now stays a pin without words."""
        channel, ts = matter.letter.payload["channel"], matter.letter.payload["ts"]
        message: SlackMessage | None = await self.desk.slack.read_message(channel, ts)
        if message is None:
            return
        capture = c.CaptureMessage(
            by=matter.entry.by,
            at=matter.entry.at,
            channel=channel,
            ts=ts,
            user=message.user,
            text=message.text,
            via="pin",
            thread_ts=message.thread_ts,
        )
        await self.desk.muster.execute(capture, incident_id=matter.letter.incident_id)

    async def _upload(self, matter: Matter) -> None:
        incident, version = matter.incident, matter.letter.payload["version"]
        if incident.channel_id is None:
            raise Refused(NO_ROOM)
        filename = f"{incident.ref}-review-v{version}.md"
        if matter.letter.sending and await self.desk.slack.find_upload(incident.channel_id, filename):
            return
        async with self.desk.muster.database.transaction() as connection:
            review = await reviews.version(connection, matter.letter.incident_id, version)
        assert review is not None, "the review is kept before it is recorded"
        context = about_entry(incident, matter.entry, self.desk.muster.policy, self.desk.links_of(incident))
        comment = self.desk.messages.line_safely("review_comment", **context, version=version)
        if delay := self._delay(matter.entry):
            stamp = self.desk.messages.line_safely("delayed", said=delay.said, told=delay.told)
            comment = f"{comment}\n{stamp}"
        await self.desk.slack.upload(
            incident.channel_id,
            filename=filename,
            title=f"{incident.ref} review, version {version}",
            content=review.markdown,
            comment=comment,
        )
