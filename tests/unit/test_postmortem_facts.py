"""The review as JSON, and the schema that is published of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from bot.domain import commands as c
from bot.domain.events import Unknown
from bot.domain.procedures import DocumentPart
from bot.postmortem.draft import draft
from bot.postmortem.export import to_json
from bot.postmortem.metrics import Clock, measure
from bot.postmortem.record import read
from bot.postmortem.schema import MetricsFacts, ReviewFacts, written
from tests.support.any_story import POLICY, stories
from tests.support.example_review import tell
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, Story

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "review.schema.json"
MARKDOWN = "# R\n\n## Summary\n\nDown (#1–#3, #9).\n\n## Our lessons\n\nTyped \\#2.\n\n## Ours\n\nMore (#3).\n"  # noqa: RUF001


def facts(story: Story, **more: Any) -> dict[str, Any]:
    metrics = measure(read(story.entries), story.policy, now=story.now)
    made: dict[str, Any] = json.loads(json.dumps(to_json(story.incident, story.entries, metrics, **more)))
    return made


def told() -> Story:
    story = Story(a_policy()).do(c.Declare(by=DANA, title="Down", severity="P1"))
    return story.do(c.AddNote(by=BOB, text="Looking")).do(c.Resolve(by=BOB, summary="Up"))


def test_json_holds_the_incident_the_clocks_and_the_whole_timeline() -> None:
    story = told()
    found = facts(story)
    assert found["incident"]["ref"] == story.incident.ref
    assert [entry["kind"] for entry in found["timeline"]] == ["declared", "note_added", "resolved"]
    assert found["timeline"][0]["by"] == {"kind": "person", "id": "U0DANA"}
    assert found["metrics"]["resolve"] == {
        "verdict": "kept",
        "value": 120.0,
        "target": 3600.0,
        "late_by": None,
        "severity": "P1",
        "entries": [1, 3],
    }


def test_a_section_says_whose_it_is_and_which_entries_it_names() -> None:
    generated = MARKDOWN.replace("\n\n## Ours\n\nMore (#3).\n", "  \n").replace("Typed", "Nobody typed")
    document = [DocumentPart(section="lessons", title="Our lessons")]
    found = facts(told(), markdown=MARKDOWN, generated=generated, document=document)["sections"]
    assert [(one["name"], one["title"], one["owner"], one["entries"]) for one in found] == [
        ("summary", "Summary", "generated", [1, 2, 3]),
        ("lessons", "Our lessons", "people", []),
        (None, "Ours", "people", [3]),
    ]
    assert found[2]["markdown"] == "More (#3)."


def test_action_items_and_evidence_are_told_in_full() -> None:
    story, reports = tell(a_policy())
    found = facts(story, reports={number: report.to_dict() for number, report in reports.items()})
    assert found["action_items"][0] | {"due": "2026-02-20", "owner": "U0BOB"} == found["action_items"][0]
    evidence = found["evidence"][0]
    assert (evidence["id"], evidence["entry"], evidence["verdict"]) == (7, 7, "CRITICAL")
    assert evidence["report"]["target"] == "db"
    assert facts(story)["evidence"][0]["report"] is None


def test_an_entry_of_a_newer_version_is_told_as_it_is_kept() -> None:
    story = told()
    story.entries[1] = replace(story.entries[1], event=Unknown(kind="sung", payload={"song": "x"}))
    assert facts(story)["timeline"][1] | {"kind": "sung", "event": {"song": "x"}} == facts(story)["timeline"][1]


@settings(max_examples=40, deadline=None)
@given(stories())
def test_what_is_told_of_any_incident_is_what_the_schema_says(story: Story) -> None:
    markdown = draft(story.incident, story.entries, POLICY, now=story.now).markdown
    found = facts(story, markdown=markdown)
    assert ReviewFacts.model_validate_json(json.dumps(found), strict=False).model_dump(mode="json") == found
    assert {one["owner"] for one in found["sections"]} == {"generated"}
    seqs = {entry["seq"] for entry in found["timeline"]}
    assert all(set(one["entries"]) <= seqs for one in found["sections"])


def test_the_schema_has_every_clock() -> None:
    assert set(MetricsFacts.model_fields) == {*map(str, Clock), "updates", "silences"}


def test_the_schema_in_the_documentation_is_this_versions() -> None:
    """`python -m bot.postmortem.schema > docs/review.schema.json` makes it so."""
    assert SCHEMA.read_text(encoding="utf-8") == written()
    assert json.loads(written())["additionalProperties"] is False
