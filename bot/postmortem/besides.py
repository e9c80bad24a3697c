"""What the review computes besides what happened: what was done, what was seen, what was lucky, what is like it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.digest import Digest, digest_of
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.postmortem.acted import acted
from bot.postmortem.detection import detection
from bot.postmortem.filled import Topic, filled, quotes
from bot.postmortem.impact import impact
from bot.postmortem.lines import Lines
from bot.postmortem.luck import lucky
from bot.postmortem.metrics import Metrics
from bot.postmortem.observation import told
from bot.postmortem.record import Record
from bot.postmortem.seen import seen
from bot.postmortem.similar import rows, similar
from bot.postmortem.text import Md, People
from bot.postmortem.whys import causes, preventing, whys


def besides(
    record: Record,
    policy: Policy,
    people: People,
    lines: Lines,
    *,
    incident: Incident,
    metrics: Metrics,
    asked: Md,
    now: datetime,
    reports: Mapping[int, Mapping[str, Any]],
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """The variables of the sections that are computed besides.

    Args:
        record: the timeline.
        policy: the rules.
        people: how they are called.
        lines: the sentences.
        incident: as the timeline leaves it.
        metrics: the clocks.
        asked: whoever leads, as a question to them begins.
        now: the time in UTC; it may show only in the review of an incident that is not over.
        reports: what diagnostics found in full, by the id of the evidence.
        extra: what the timeline does not have, as `draft` was given it: `similar` has earlier incidents in short
            (`bot.domain.digest.Digest`), the newest first, of which those are shown that were like this one.
    """
    _ = asked, now  # the sections ask by themselves, and nothing here changes with the time
    found = filled(record, policy)
    earlier: Sequence[Digest] = extra.get("similar", ())
    likest = similar(digest_of(incident), earlier)
    return {
        "seen": seen(record, people, lines, found),
        "impact": impact(record, policy, people, lines, metrics=metrics, found=found),
        "acted": acted(record, people, lines) | {"said": quotes(found, Topic.DONE, people)},
        "whys": whys(record, people, lines),
        "detection": detection(record, lines, metrics=metrics, reports=reports, found=found),
        "lucky": [told(one, lines) for one in lucky(record, metrics)],
        "lessons": quotes(found, Topic.LESSONS, people),
        "prevention": {
            "said": quotes(found, Topic.PREVENTION, people),
            "items": preventing(incident, record, people, lines),
        },
        "similar": rows(likest, record, policy, lines, [entry.seq for entry, _ in causes(record)]),
    }
