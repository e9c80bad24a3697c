"""What of a drill leaves Muster begins with that word; and the invitation asks nobody for an answer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar

from bot.domain.action_item import ActionItem
from bot.domain.actor import MUSTER
from bot.domain.review_events import ReviewScheduled
from bot.domain.timeline import Entry
from bot.jobs.filing import ticket_of
from bot.postmortem.invitation import invitation
from tests.support.views import DEFAULT, NOW, incident


@pytest.mark.parametrize(("drill", "begins"), [(True, "DRILL: "), (False, "")])
def test_a_drill_says_so_first_in_trackers_and_calendars(*, drill: bool, begins: str) -> None:
    about = replace(incident(), drill=drill)
    assert ticket_of(about, ActionItem(number=1, text="Mend it")).title == f"{begins}Mend it"
    event = ReviewScheduled(starts_at=NOW + timedelta(days=2), minutes=60, emails=("bob@example.com",))
    entry = Entry(seq=2, at=NOW, recorded_at=NOW, by=MUSTER, event=event)
    calendar = Calendar.from_ical(invitation(about, entry, event, DEFAULT))
    [meeting] = calendar.walk("VEVENT")
    assert str(meeting["summary"]).startswith(f"{begins}Review of INC-")
    assert str(calendar["method"]) == "PUBLISH"
    assert "RSVP" not in meeting["attendee"].params
