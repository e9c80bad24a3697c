"""The review as a page."""

import re

import pytest
from hypothesis import given, settings

from bot.domain import commands as c
from bot.postmortem.draft import draft
from bot.postmortem.export import to_html, to_markdown
from bot.postmortem.markup import rows_shown
from bot.postmortem.page import FOLD_FROM
from tests.support.any_markdown import markdowns
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, Story

POLICY = a_policy()
HOSTILE = "<script>alert(1)</script> | [x](javascript:alert(1)) ![](https://t.example/p.png) (#1)\n# Heading"
HEAD = "| Entry | Time | Who | What |\n|---|---|---|---|\n"


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
    assert html.count("href=") == html.count('href="#e') + html.count('href="#s-') > 0
    assert "src=" not in html
    assert "url(" not in html
    assert "default-src 'none'" in html


def test_a_citation_leads_to_its_row_and_a_number_somebody_typed_does_not() -> None:
    html = page(told())
    assert html.count('id="e1"') == 1
    summary = html.split("<blockquote", 1)[1].split("</blockquote>", 1)[0]
    assert "(#1)" in summary
    assert 'href="#e1"' in html.split("</blockquote>", 1)[1]


def test_a_row_whose_number_leads_to_slack_is_still_where_citations_lead() -> None:
    row = "| [#12](https://s.example/p?a=1&b=2)–[#15](https://s.example/q) | 10:00:00 | Dana | Note |"  # noqa: RUF001
    html = to_html(f"See #12, [#12](https://s.example/p), #13 and #16.\n\n{HEAD}{row}\n")
    assert '<a id="e12" href="https://s.example/p?a=1&amp;b=2">#12</a>' in html
    assert '<a id="e15" href="https://s.example/q">#15</a>' in html
    seen = html.split("See ", 1)[1].split("</p>", 1)[0]
    assert seen == '<a href="#e12">#12</a>, <a href="#e12">#12</a>, <a href="#e12">#13</a> and #16.'
    assert rows_shown(f"{HEAD}{row}\n") == {12, 15}


def test_the_page_is_titled_by_the_review_and_lists_its_sections() -> None:
    html = to_html("# Post-incident review: <b>\n\n## Same\n\n## Same\n\n## A & B\n")
    assert "<title>Post-incident review: &lt;b&gt;</title>" in html
    assert re.findall(r'<li><a href="#([^"]+)"', html) == ["s-same", "s-same-2", "s-a-b"]
    assert re.findall(r'<h2 dir="auto" id="([^"]+)"', html) == ["s-same", "s-same-2", "s-a-b"]


def test_a_page_without_a_heading_has_a_title_still() -> None:
    assert "<title>Post-incident review</title>" in to_html("Only words")


@pytest.mark.parametrize(
    ("markdown", "before", "after"),
    [
        ("# R\n\n## At a glance\n\nfacts\n\n## Summary\n", "facts", "Summary</h2>"),
        ("# R\n\n## At a glance\n\nfacts\n\n## The course of it\n\nwords\n", "The course of it</h2>", "words</p>"),
        ("# R\n\n## Impact\n", "</h1>", "Impact</h2>"),
        ("words\n", "words</p>", "</main>"),
    ],
)
def test_the_picture_stands_where_it_belongs(markdown: str, before: str, after: str) -> None:
    body = to_html(markdown, "<svg></svg>").split("<main>")[1]
    assert body.index(before) < body.index("<svg") < body.index(after)


def test_what_is_no_svg_is_no_picture() -> None:
    with pytest.raises(ValueError, match="no SVG"):
        to_html("words", "<script>")


def test_only_what_tells_little_of_a_long_timeline_is_folded() -> None:
    quiet = "".join(f"| #{n} | 10:00:{n} | Dana | Note {n} |\n" for n in range(10, 10 + FOLD_FROM))
    short = to_html(f"{HEAD}| #1 | 09:00:00 | Dana | **Declared P1** |\n| #2 | 09:01:00 | Dana | Note |\n")
    assert "<summary>" not in short.split("<main>")[1]
    html = to_html(
        f"See #11.\n\n{HEAD}| #1 | 09:00:00 | Dana | **Declared P1** |\n{quiet}| #99 | 11:00:00 | D | 📌 x |\n"
    )
    folded = html.split("<details>")[1].split("</details>")[0]
    assert f"<summary>{FOLD_FROM} more entries, 10:00:10 to 10:00:39</summary>" in folded
    assert 'id="e11"' in folded
    assert 'href="#e11"' in html
    assert html.count('<tr class="key">') == 2
    assert "Declared" not in folded


def test_peoples_words_questions_and_verdicts_are_told_apart() -> None:
    html = to_html(
        "> **This was a drill** (#1).\n\n> It broke.\n\n— Dana (#2)\n\n_To be filled in by Bob: why?_\n\n"
        "| Check | Verdict |\n|---|---|\n| OK | OK |\n| x | **late** by 2 min |\n"
    )
    assert html.count('<figure class="note">') == html.count('<figure class="said">') == 1
    assert re.search(r'<figcaption dir="auto">— Dana \(#2\)\s*</figcaption></figure>', html)
    assert '<p dir="auto" class="ask">' in html
    assert '<td dir="auto">OK</td>' in html
    assert '<strong class="mark green">OK</strong>' in html
    assert '<strong class="mark red">late</strong> by 2 min' in html


def test_markdown_is_what_is_kept() -> None:
    assert to_markdown("# As it is") == "# As it is"


@settings(max_examples=80, deadline=None)
@given(markdowns())
def test_whatever_people_write_the_page_runs_and_fetches_nothing_and_closes_what_it_opens(markdown: str) -> None:
    body = to_html(markdown, "<svg></svg>").split("<main>")[1]
    for tag in ("figure", "table", "details", "blockquote", "div", "a", "td"):
        assert len(re.findall(rf"<{tag}[\s>]", body)) == body.count(f"</{tag}>")
    assert not re.search(r"<(?:script|ac:|iframe|object)", body)
    assert set(re.findall(r'href="([a-z]+):', body)) <= {"https"}
    anchors = re.findall(r' id="(e\d+)"', body)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#(e\d+)"', body)) <= set(anchors)
