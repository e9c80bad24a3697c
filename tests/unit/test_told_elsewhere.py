"""What a severity's further channels hear: whoever was told of an incident hears what became of it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.effects import Post
from bot.domain.react import react
from bot.domain.timetable import Act
from tests.unit.test_clocks import ACK, BOB, DAY, POLICY, at, play

PACK = replace(
    POLICY,
    severities=tuple(
        replace(s, announce=("directors", "support") if s.name == "S1" else ("support",)) for s in POLICY.severities
    ),
)
ROOM = at(1, c.RecordChannel(by=MUSTER, channel="C0ROOM", name="inc"))
OVER = at(30, c.ChangeStatus(by=BOB, status="overdone", note="Done"))


def told(severity: str, acts: Sequence[Act], kind: str, *, private: bool = False) -> list[str]:
    """The lanes to which it is said how things stand after the first entry of a kind."""
    for happening in play(severity, acts, DAY, PACK):
        if type(happening.entry.event).__name__ == kind:
            effects = react(replace(happening.incident, private=private), happening.entry, PACK)
            return [one.lane for one in effects if isinstance(one, Post) and one.message == "announced"]
    raise AssertionError(f"no {kind}")


def test_those_who_are_not_told_of_the_new_severity_hear_that_it_has_changed() -> None:
    lower = at(10, c.ChangeSeverity(by=BOB, severity="S2", why="Only one shop"))
    assert told("S1", [ROOM, ACK, lower], "SeverityChanged") == ["channel:directors"]


def test_those_who_heard_that_it_is_over_hear_that_it_is_not() -> None:
    again = at(40, c.Reopen(by=BOB, why="It is back"))
    assert told("S1", [ROOM, ACK, OVER, again], "Reopened") == ["channel:directors", "channel:support"]


def test_of_a_private_incident_they_hear_nothing() -> None:
    lower = at(10, c.ChangeSeverity(by=BOB, severity="S2", why="Only one shop"))
    again = at(40, c.Reopen(by=BOB, why="It is back"))
    assert told("S1", [ROOM, ACK, lower], "SeverityChanged", private=True) == []
    assert told("S1", [ROOM, ACK, OVER, again], "Reopened", private=True) == []
