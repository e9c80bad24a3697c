"""Whether a policy's texts can be filled in, and fit into a form with the longest that people write."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.actor import Actor
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.text import TEXT_LIMIT, TITLE_LIMIT
from bot.messages.letters import letter_problems, letter_values
from bot.policy.document import Document
from bot.policy.faults import Fault

_NOW: Final = datetime(2026, 9, 23, 23, 15, tzinfo=UTC)
_LEAD: Final = "U0LEAD"
#: Slack's limit for a person's name.
_LONG_NAME: Final = "Maximiliane " * 6 + "Mayer"


def check_letters(policy: Policy, document: Document) -> list[Fault]:
    """The faults of a policy's texts, by file and line.

    Args:
        policy: the rules.
        document: the file that they were read from.
    """
    faults: set[Fault] = set()
    filled = [letter_values(one, policy, _NOW, called={_LEAD: _LONG_NAME}) for one in _incidents(policy)]
    for index, letter in enumerate(policy.letters):
        for values in filled:
            for part, line, message in letter_problems(letter, values):
                at = document.line_of_text(("texts", index, part), line)
                faults.add(Fault(document.file, at, f"The text “{letter.name}”: {message}"))
    return sorted(faults)


def _incidents(policy: Policy) -> Iterator[Incident]:
    """One of which nothing is known yet, and for each severity one of which everything is, at its longest."""
    bare = Incident(
        ref="INC-2026-09-23-001",
        seq=1,
        title="Down",
        severity=policy.default_severity,
        status=policy.statuses[0].name,
        category=policy.statuses[0].category,
        declared_by=Actor.person(_LEAD),
        declared_at=_NOW - timedelta(minutes=1),
    )
    yield bare
    text = "Payments time out for a third of the customers, and some were charged twice. " * 200
    service = max(policy.services, key=lambda one: len(one.title or one.name), default=None)
    full = replace(
        bare,
        title=text[:TITLE_LIMIT],
        status=max((status.name for status in policy.statuses), key=len),
        service=service.name if service else text[:TITLE_LIMIT],
        declared_at=_NOW - timedelta(days=20, hours=20),
        roles={policy.commander: _LEAD},
        last_update=text[:TEXT_LIMIT],
        next_update_at=_NOW + timedelta(days=1),
        summary=text[:TEXT_LIMIT],
        root_cause=text[:TEXT_LIMIT],
        impact=text[:TEXT_LIMIT],
        details={one.title: max(one.choices, key=len, default=text[:TEXT_LIMIT]) for one in policy.details},
    )
    yield from (replace(full, severity=severity.name) for severity in policy.severities)
