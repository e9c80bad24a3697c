"""What goes out of a review: picture and invitation into the channel, action items and the document elsewhere."""

import asyncio
import logging
from functools import partial

from bot.application.exports import Paper, Remark, Ticket
from bot.application.ports import Attachment, Refused
from bot.application.review_reading import read
from bot.charts import ChartFailed
from bot.domain import commands as c
from bot.domain.action_item import ActionItem
from bot.domain.actor import MUSTER
from bot.domain.events import ReviewScheduled
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.jobs.desk import Desk
from bot.jobs.notices import hand_over, link_of
from bot.jobs.reviews import names_of
from bot.jobs.threads import or_in_the_channel
from bot.postmortem.invitation import invitation
from bot.postmortem.layout import layout
from bot.postmortem.picture import picture
from bot.store import reviews, surfaces
from bot.store.lanes import Letter
from bot.store.letters import NO_ROOM

_logger = logging.getLogger(__name__)

#: What each sort of action item is good for, in words.
_GOOD_FOR = {
    "prevent": "so that it does not happen again",
    "detect": "so that it is noticed sooner",
    "mitigate": "so that it is over sooner",
    "process": "so that we work together better",
}


async def upload_picture(desk: Desk, letter: Letter, incident: Incident) -> None:
    """Deliver a row of the kind `picture`: one that cannot be drawn is left out, for the review says it in words.

    Raises:
        TryAgain, Unclear, Refused: Slack did not take it.
    """
    if incident.channel_id is None:
        raise Refused(NO_ROOM)
    filename = f"{incident.ref}-review-v{letter.payload['version']}.png"
    if letter.sending and await desk.slack.find_upload(incident.channel_id, filename):
        return
    found = await read(desk.muster, incident_id=letter.incident_id)
    names = await names_of(desk, letter.incident_id)
    drawing = partial(picture, found.entries, desk.muster.policy, now=desk.muster.now(), names=names)
    shown = await asyncio.to_thread(drawing)
    if shown is None:
        return
    sheet = await asyncio.to_thread(layout, shown)
    try:
        content = await desk.draw_sheet(sheet)
    except ChartFailed as error:
        _logger.warning("the picture of %s is left out: %s", incident.ref, error)
        return
    async with desk.muster.database.transaction() as connection:
        card = await surfaces.find(connection, letter.incident_id, "review")
    thread = card.ts if card is not None and card.channel == incident.channel_id else None
    upload = partial(
        desk.slack.upload,
        incident.channel_id,
        filename=filename,
        title=f"{incident.ref}: what happened when",
        content=content,
        comment="",
        alt=sheet.says,
    )
    await or_in_the_channel(upload, thread)


async def upload_invitation(desk: Desk, letter: Letter, incident: Incident, entry: Entry) -> None:
    """Deliver a row of the kind `invitation`. Raises TryAgain, Unclear or Refused."""
    if incident.channel_id is None:
        raise Refused(NO_ROOM)
    invited = invited_by(incident, entry, desk.muster.policy)
    if letter.sending and await desk.slack.find_upload(incident.channel_id, invited.filename):
        return
    await desk.slack.upload(
        incident.channel_id,
        filename=invited.filename,
        title=f"{incident.ref}: the review's meeting",
        content=invited.content,
        comment="",
    )


def invited_by(incident: Incident, entry: Entry, policy: Policy) -> Attachment:
    """The invitation that an entry of the timeline sends."""
    event = entry.event
    assert isinstance(event, ReviewScheduled), "only a meeting has an invitation"
    titles = {role.name: role.title for role in policy.roles}
    names = [titles.get(name, name.replace("-", " ")) for name in event.names]
    content = invitation(incident, entry, event, policy, names=names, link=link_of(incident) or "")
    # Each time that it is moved there is another file: Slack shows the one of that message.
    filename = f"{incident.ref}-review-{event.turn + 1}.ics"
    return Attachment(filename=filename, kind="text/calendar", content=content)


async def file_item(desk: Desk, letter: Letter, incident: Incident) -> None:
    """Deliver a row of the kind `file_item`. Raises TryAgain, Unclear or Refused."""
    number, system = letter.payload["number"], letter.payload["system"]
    item = next((one for one in incident.action_items if one.number == number), None)
    if item is None:
        return
    key = item.filed_as.get(system)
    if key is not None:
        if item.done:
            closing = desk.close_ticket(system, key, _remark(incident, item), item.dropped)
            await hand_over(desk, letter, f"action item {number} could not be closed in {system} yet", closing)
        return
    if incident.private:
        raise Refused("the incident is private", "File it by hand, where only those who take part can read it.")
    ticket = ticket_of(incident, item)

    async def file() -> None:
        filed = await desk.file_ticket(system, ticket)
        record = c.RecordFiled(by=MUSTER, number=number, system=system, key=filed.key, url=filed.url)
        await desk.muster.execute(record, incident_id=letter.incident_id)

    await hand_over(desk, letter, f"action item {number} could not be filed in {system} yet", file())


def _remark(incident: Incident, item: ActionItem) -> Remark:
    """What is said where an action item is closed; once, each time that it is done."""
    said = f"Not to be done: {item.evidence}" if item.dropped else f"Done. {item.evidence}".strip()
    since = f"{item.since:%Y%m%d%H%M%S}" if item.since else "0"
    return Remark(body_markdown=said, marker=f"muster:{incident.ref}:{item.number}:done:{since}")


def ticket_of(incident: Incident, item: ActionItem) -> Ticket:
    """An action item as a tracker is to have it."""
    about = [("Incident", f"{incident.ref}, {incident.severity}"), ("What happened", incident.title)]
    if incident.service:
        about.append(("Service", incident.service))
    if item.sort:
        about.append(("Why", _GOOD_FOR[item.sort]))
    link = link_of(incident)
    about += [("Channel", link)] if link else []
    about += [("See", one) for one in item.links]
    lines = "\n".join(f"- {name}: {text}" for name, text in about)
    return Ticket(
        title=f"{_drill(incident)}{item.text}",
        body_markdown=f"{item.text}\n\n{lines}\n",
        marker=f"muster:{incident.ref}:{item.number}",
        labels=tuple(label for label in ("incident", item.sort, item.priority) if label),
        due=item.due,
        priority=item.priority,
    )


def _drill(incident: Incident) -> str:
    """What a title begins with, so that nobody elsewhere takes an exercise for real."""
    return "DRILL: " if incident.drill else ""


async def file_review(desk: Desk, letter: Letter, incident: Incident) -> None:
    """Deliver a row of the kind `file_review`. Raises TryAgain, Unclear or Refused."""
    system = letter.payload["system"]
    if incident.private:
        raise Refused("the incident is private", "Share its review by hand with those who took part.")
    async with desk.muster.database.transaction() as connection:
        newest = await reviews.newest(connection, letter.incident_id)
    if newest is None:
        return
    paper = Paper(
        title=f"{_drill(incident)}{incident.ref}: {incident.title}",
        markdown=newest.markdown,
        marker=f"muster:{incident.ref}:review",
        known=incident.review.filed_as.get(system, ""),
    )

    async def file() -> None:
        filed = await desk.file_paper(system, paper)
        record = c.RecordReviewFiled(by=MUSTER, version=newest.version, system=system, url=filed.url, key=filed.key)
        await desk.muster.execute(record, incident_id=letter.incident_id, key=f"paper:{letter.id}")

    await hand_over(desk, letter, f"the review could not be filed in {system} yet", file())
