"""What Slack tells while it is being read is recorded once."""

from datetime import timedelta

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import MUSTER
from bot.slack.missed import missed
from tests.support.timelines import START
from tests.unit.test_missed import US, before, room, there, told

SEEN = START + timedelta(minutes=10)


def test_who_comes_while_the_channel_is_read_has_come_once() -> None:
    story = told()
    known = before(story)
    story.do(c.RecordJoin(by=MUSTER, at=SEEN - timedelta(seconds=8), user="U0ERIN"), minutes=10)
    story.do(*missed(known, [room()], there("U0DANA", "U0ERIN", at=SEEN), US))
    assert sum(isinstance(entry.event, e.PersonJoined) for entry in story.entries) == 1


def test_who_goes_while_the_channel_is_read_has_left_once() -> None:
    story = told().do(c.RecordJoin(by=MUSTER, user="U0ERIN"))
    known = before(story)
    story.do(c.RecordLeave(by=MUSTER, at=SEEN - timedelta(seconds=8), user="U0ERIN"), minutes=10)
    story.do(*missed(known, [room()], there("U0DANA", at=SEEN), US))
    assert sum(isinstance(entry.event, e.PersonLeft) for entry in story.entries) == 1
