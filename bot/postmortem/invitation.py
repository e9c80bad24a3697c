"""The invitation to the review's meeting, as a file for calendars (iCalendar, RFC 5545)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from icalendar import Calendar, Event, vCalAddress, vText

from bot.domain.incident import Incident
from bot.domain.review_events import ReviewScheduled
from bot.domain.rules import Policy
from bot.domain.timeline import Entry

#: Characters of a title in it: calendars show little more.
_TITLE: Final = 120
_MAKER: Final = "-//Muster//Post-incident review//EN"


def invitation(
    incident: Incident,
    entry: Entry,
    event: ReviewScheduled,
    policy: Policy,
    *,
    names: Iterable[str] = (),
    link: str = "",
) -> bytes:
    """The meeting as a file that calendars take; a later one of the same incident moves the same meeting.

    Of a private incident it has neither title nor words of people: it goes through mailboxes.

    Args:
        incident: whose review it is.
        entry: the timeline's entry that scheduled it.
        event: when, how long, and who comes.
        policy: has the agenda.
        names: who comes, as people know them.
        link: leads to the incident's channel; empty where there is none.
    """
    about = incident.ref if incident.private else f"{incident.ref} · {incident.title[:_TITLE]}"
    meeting = Event()
    meeting.add("uid", f"{incident.ref}-{incident.declared_at:%H%M%S%f}-review@muster.invalid")
    meeting.add("dtstamp", entry.recorded_at)
    meeting.add("dtstart", event.starts_at)
    meeting.add("dtend", event.starts_at + timedelta(minutes=event.minutes))
    meeting.add("sequence", event.turn)
    meeting.add("status", "CONFIRMED")
    meeting.add("summary", f"{'DRILL: ' if incident.drill else ''}Review of {about}")
    meeting.add("description", _agenda(policy, names, link))
    if link:
        meeting.add("url", link)
    for address in event.emails:
        attendee = vCalAddress(f"MAILTO:{address}")
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        meeting.add("attendee", attendee, encode=False)
    calendar = Calendar()
    calendar.add("prodid", _MAKER)
    calendar.add("version", "2.0")
    # Nobody organises it whom answers could go to: each puts it into their own calendar.
    calendar.add("method", "PUBLISH")
    calendar.add_component(meeting)
    return bytes(calendar.to_ical())


def _agenda(policy: Policy, names: Iterable[str], link: str) -> str:
    lines: list[str] = []
    for number, item in enumerate(policy.review.agenda, start=1):
        lines.append(f"{number}. {item.title}, {item.minutes} min")
        lines += [f"   - {question}" for question in item.questions]
    people = ", ".join(names)
    if people:
        lines += ["", f"With {people}."]
    if link:
        lines += ["", f"The incident's channel: {link}"]
    return "\n".join(lines).strip()
