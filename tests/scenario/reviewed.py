"""Reviews that are written of played incidents, and the documents that they are held against."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.application.review_reading import drafted, read
from tests.scenario.heard import Expectation
from tests.scenario.timetable import Play

#: A document for each pack. `MUSTER_WRITE_GOLDEN=1` writes them anew: read them before they are kept.
GOLDEN: Final = Path(__file__).resolve().parents[1] / "golden" / "reviews"
_ANEW: Final = "MUSTER_WRITE_GOLDEN"
#: What a report measured differs from run to run, and so does its SHA-256.
_DIGEST: Final = re.compile(r"(no\. \d+, |hash of the last one is )`[0-9a-f]+`")


def at_ease(play: Play) -> Play:
    """Whatever is heard is let go: here it only counts what the review says of it.

    Nothing looks at the machine by itself either: what that finds depends on the machine.
    """

    def heard(*_: Expectation) -> None:
        play.news = []

    muster = play.bot.core.muster
    alerts = muster.policy.alerts
    blind = replace(alerts, rules=tuple(replace(rule, run=()) for rule in alerts.rules))
    muster.policy = replace(muster.policy, first_looks=(), alerts=blind)
    play.check = heard  # type: ignore[method-assign] # the one thing that is different
    return play


async def review_of(play: Play) -> str:
    """The review of the incident, with people's names and without what differs from run to run."""
    incident = await play.incident()
    names = {person.id: person.name.title() for person in play.sandbox.workspace.people.values()}
    muster = play.bot.core.muster
    text = drafted(muster, await read(muster, ref=incident.ref), names).markdown
    return _DIGEST.sub(r"\1`…`", text)


def hold_against(pack: str, text: str) -> None:
    """The review is the pack's document, letter by letter."""
    file = GOLDEN / f"{pack}.md"
    if os.environ.get(_ANEW):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"{_ANEW}=1 writes {file.name} anew"
