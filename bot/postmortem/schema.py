"""What the review as JSON holds: the shapes, of which `docs/review.schema.json` is made.

`python -m bot.postmortem.schema > docs/review.schema.json` makes it anew. A field may be added under the same version;
one that goes, or comes to mean something else, makes a new one.
"""

import json
import sys
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.postmortem.metrics import Verdict

#: The version of these shapes.
VERSION: Final = "1"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IncidentFacts(_Shape):
    """The incident as the timeline leaves it. Whatever Muster keeps of it besides is here too, and may change."""

    model_config = ConfigDict(extra="allow", frozen=True)

    ref: str = Field(description="Its name, such as INC-2026-02-11-001.")
    title: str
    severity: str
    status: str
    category: str = Field(description="What the status is a kind of: triage, active, monitoring, resolved or closed.")
    service: str | None
    private: bool
    drill: bool
    declared_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    mitigated_at: AwareDatetime | None
    resolved_at: AwareDatetime | None
    closed_at: AwareDatetime | None


class MeasureFacts(_Shape):
    """How a clock came out. Lengths are seconds."""

    verdict: Verdict
    value: float | None = Field(description="How long it ran; null where it did not stop.")
    target: float | None
    late_by: float | None
    severity: str | None = Field(description="The severity that it is held to.")
    entries: list[int] = Field(description="The entries that it was measured from.")


class MetricsFacts(_Shape):
    """The incident's clocks against what the policy promised."""

    detect: MeasureFacts
    acknowledge: MeasureFacts
    identify: MeasureFacts
    mitigate: MeasureFacts
    resolve: MeasureFacts
    silence: MeasureFacts = Field(description="The longest time without an update.")
    updates: list[int] = Field(description="The entries of the updates.")
    silences: list[MeasureFacts] = Field(description="Every time without an update that was longer than promised.")


class SectionFacts(_Shape):
    """A section of the review."""

    name: str | None = Field(
        description="Which of the generated sections it is; null for one of the pack's or people's."
    )
    title: str
    markdown: str
    owner: Literal["generated", "people"] = Field(
        description="Whose it is: generated as long as nobody has written into it."
    )
    entries: list[int] = Field(description="The entries of the timeline that it names.")


class ActorFacts(_Shape):
    """Who did something."""

    kind: str = Field(description="A person, Muster itself, a monitor, or somebody at a terminal.")
    id: str


class EntryFacts(_Shape):
    """An entry of the timeline."""

    seq: int = Field(description="Its number, which the review cites as #12.")
    at: AwareDatetime = Field(description="When it happened.")
    recorded_at: AwareDatetime
    caught_up: bool = Field(
        description="Whether it was read in Slack only later, after a time in which Muster was away."
    )
    moved_from: AwareDatetime | None = Field(
        description="When it was recorded to have happened, where somebody put that right since."
    )
    by: ActorFacts
    kind: str
    event: dict[str, Any] = Field(description="What happened; its fields depend on the kind.")


class ItemFacts(_Shape):
    """An action item."""

    number: int
    text: str
    owner: str | None
    due: str | None = Field(json_schema_extra={"format": "date"})
    priority: str
    sort: str = Field(description="What it is good for: prevent, detect, mitigate, process, or empty.")
    links: list[str]
    done: bool = Field(description="Whether nothing is left to do.")
    dropped: bool = Field(description="Whether it was given up rather than done.")
    evidence: str = Field(description="What shows that it was done, or why it was dropped.")
    tracked: dict[str, str] = Field(description="Where it is filed, by the tracker's name.")


class EvidenceFacts(_Shape):
    """What a diagnostic found."""

    id: int
    entry: int = Field(description="The entry that records it.")
    run: str
    target: str
    verdict: str
    digest: str = Field(description="The SHA-256 of what is kept, in hexadecimal.")
    report: dict[str, Any] | None = Field(description="All that was found; null where only its digest is at hand.")


class ReviewFacts(_Shape):
    """A post-incident review as facts. Times are ISO 8601 in UTC, lengths seconds, entries numbers of the timeline."""

    schema_version: Literal["1"]
    incident: IncidentFacts
    metrics: MetricsFacts
    sections: list[SectionFacts]
    timeline: list[EntryFacts]
    action_items: list[ItemFacts]
    evidence: list[EvidenceFacts]


def schema_json() -> dict[str, Any]:
    """The JSON Schema of `muster review REF --format json`."""
    return {"$schema": _DIALECT, **ReviewFacts.model_json_schema()}


def written() -> str:
    """The schema as its file has it."""
    return json.dumps(schema_json(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written())
