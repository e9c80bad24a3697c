"""How promises end that nobody keeps or breaks, and those that were broken before more time was given."""

from dataclasses import replace
from datetime import timedelta

from bot.domain import commands as c
from bot.domain.procedures import FollowUp
from bot.postmortem.metrics import Verdict
from bot.postmortem.promises import promises
from tests.unit.test_clocks import ACK, BOB, DAY, HOUR, POLICY, at, play
from tests.unit.test_promises import outcome, promised

DONE = at(30, c.ChangeStatus(by=BOB, status="overdone", note="Done"))


def test_nobody_is_held_to_a_reminder_that_rang_a_moment_late() -> None:
    policy = replace(POLICY, follow_ups=(FollowUp(name="look", title="Look again", after=HOUR, notify=("boss",)),))
    entries = [h.entry for h in play("S1", [ACK, DONE], DAY, policy)]
    rang = next(n for n, entry in enumerate(entries) if type(entry.event).__name__ == "FollowUpDue")
    moment = timedelta(milliseconds=40)
    entries[rang] = replace(entries[rang], at=entries[rang].at + moment, recorded_at=entries[rang].at + moment)
    found = list(promises(entries, policy, now=entries[-1].at))
    assert outcome(found, "follow-up:look") == [(Verdict.NOT_NEEDED, None)]


def test_more_time_does_not_mend_a_promise_that_was_broken_already() -> None:
    longer = at(90, c.ExtendClock(by=BOB, clock="resolve", span=HOUR, why="The vendor is at it"))
    over = at(100, c.ChangeStatus(by=BOB, status="overdone", note="Done"))
    found = promised([ACK, longer, over], 2 * HOUR)
    assert outcome(found, "resolve") == [(Verdict.MISSED, 30), (Verdict.KEPT, None)]
