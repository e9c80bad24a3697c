"""The review as a page and as JSON."""

import json

from bot.domain import commands as c
from bot.postmortem.draft import draft
from bot.postmortem.export import to_html, to_json, to_markdown
from bot.postmortem.metrics import measure
from bot.postmortem.record import read
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, Story

POLICY = a_policy()
HOSTILE = "<script>alert(1)</script> | [x](javascript:alert(1)) ![](https://t.example/p.png) (#1)\n# Heading"


def told() -> Story:
    story = Story(POLICY).do(c.Declare(by=DANA, title=HOSTILE, severity="P1"))
    return story.do(c.AddNote(by=BOB, text=HOSTILE)).do(c.Resolve(by=BOB, summary=HOSTILE))


def page(story: Story) -> str:
    return to_html(draft(story.incident, story.entries, POLICY, now=story.now).markdown)


def test_hostile_text_is_only_text_on_the_page() -> None:
    html = page(told())
    assert "<script" not in html
    assert "<img" not in html
    assert "javascript:alert(1)" in html  # said, and linked nowhere
    assert 'href="javascript' not in html
    assert html.count("<h1") == 1


def test_nothing_is_fetched_and_every_link_stays_on_the_page() -> None:
    html = page(told())
    assert html.count("href=") == html.count('href="#e') > 0
    assert "src=" not in html
    assert "default-src 'none'" in html


def test_a_citation_leads_to_its_row_and_a_number_somebody_typed_does_not() -> None:
    html = page(told())
    assert html.count('id="e1"') == 1
    summary = html.split("<blockquote", 1)[1].split("</blockquote>", 1)[0]
    assert "(#1)" in summary
    assert 'href="#e1"' in html.split("</blockquote>", 1)[1]


def test_the_page_is_titled_by_the_review() -> None:
    assert "<title>Post-incident review: &lt;script&gt;" in page(told())


def test_a_page_without_a_heading_has_a_title_still() -> None:
    assert "<title>Post-incident review</title>" in to_html("Only words")


def test_markdown_is_what_is_kept() -> None:
    assert to_markdown("# As it is") == "# As it is"


def test_json_holds_the_incident_the_clocks_and_the_whole_timeline() -> None:
    story = told()
    metrics = measure(read(story.entries), POLICY, now=story.now)
    facts = json.loads(json.dumps(to_json(story.incident, story.entries, metrics)))
    assert facts["incident"]["ref"] == story.incident.ref
    assert [entry["kind"] for entry in facts["timeline"]] == ["declared", "note_added", "resolved"]
    assert facts["metrics"]["resolve"] == {
        "verdict": "kept",
        "value": 120.0,
        "target": 3600.0,
        "late_by": None,
        "severity": "P1",
        "entries": [1, 3],
    }
