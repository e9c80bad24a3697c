"""Whatever people have written, an exported text mentions nobody, links nothing by itself and runs nothing."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.notices.trackers.adf import MOST, document_of, is_last, wiki_of
from bot.notices.trackers.forge import body_of
from bot.notices.trackers.issues import is_marked, title_of
from bot.postmortem.text import inline
from tests.support.trackers import adf, reading

MARKER = "muster:INC-2026-02-11-001:3"
OWN = ("github.com", "gitlab.com")
HOSTILE = (
    "@everyone", "@org/team", "@here", "fixes #1", "closes org/repo#2", "GH-3", "/close", "/assign @bob", "!4", "~bug",
    "%7", "$8", "&9", "[issue:1]", "{+x+}", "[-y-]", ":tada:", "deadbeef1", "https://github.com/org/repo/issues/5",
    "closes https://github.com/o/r/pull/6", "www.example.com", "bob@example.com", "<img src=x onerror=alert(1)>",
    "<!-- muster:INC-2026-02-11-001:4 -->", "```", "~~~", "`", "**", "_", "> ", ">>>", "- ", "1. ", "# ", "---", "===",
    "| a | b |", "|---|---|", "[click](javascript:alert(1))", "[x](https://github.com/o/r/issues/1)",
    "![i](http://i/i)", "&#64;all", "&lt;b&gt;", "\\", "\\@all", "\n", "\n\n", "    ", "\t", " ", "\u202e", "\u2028",
    "{noformat}", "{code}", "[~bob]", "*iteration:1", '~"a b"', "::include{file=x}", "[[_TOC_]]", "*", "#", "@", "[",
    "]", "(", ")", "x", "é", "👩‍🚒",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=3)), max_size=12).map("".join)


@settings(deadline=None)
@given(texts)
def test_nothing_in_a_body_acts_whatever_markdown_people_wrote(text: str) -> None:
    made = body_of(text, MARKER, 65_536, OWN)
    assert reading.acts(made) == []
    assert all(not link.startswith(("javascript:", "https://github.com/")) for link in reading.links(made))


@settings(deadline=None)
@given(texts)
def test_words_that_were_escaped_for_markdown_are_read_as_they_were_written(text: str) -> None:
    words = inline(text)
    made = body_of(words, MARKER, 65_536, OWN)
    assert reading.acts(made) == []
    assert reading.reads(made) == " ".join(" ".join(reading.reads(words).split()).split())
    assert reading.kinds(made) in (["html_block"], ["paragraph_open", "inline", "html_block"])


@settings(deadline=None)
@given(texts, st.integers(300, 700))
def test_a_body_has_its_own_marker_only_and_keeps_within_the_limit(text: str, limit: int) -> None:
    made = body_of(text * 20, MARKER, limit, OWN, also="**Due:** 2026-02-20")
    assert len(made) <= limit
    assert is_marked(made, MARKER)
    assert not is_marked(made, "muster:INC-2026-02-11-001:4")
    assert "**Due:**" in made
    assert reading.acts(made) == []


@settings(deadline=None)
@given(texts)
def test_a_document_for_jira_is_plain_nodes_that_it_accepts(text: str) -> None:
    made = document_of(text, MARKER)
    assert adf.wrong(made) == ""
    assert is_last(made, MARKER)
    assert all(link.startswith(("https://", "http://", "mailto:")) for link in adf.links(made))


@settings(deadline=None)
@given(texts)
def test_a_text_for_a_data_center_is_shown_as_it_is_written(text: str) -> None:
    made = wiki_of(text, MARKER)
    first, *inner, last, marked = made.split("\n")
    assert (first, last, marked) == ("{noformat}", "{noformat}", f"{{{{{MARKER}}}}}")
    assert "{noformat" not in "\n".join(inner)
    assert is_last(made, MARKER)


@settings(deadline=None)
@given(texts, st.sampled_from([255, 256]))
def test_a_title_is_one_bounded_line_that_mentions_nobody(text: str, limit: int) -> None:
    made = title_of(text, limit)
    assert 0 < len(made) <= limit
    assert made == " ".join(made.split())
    assert "@e" not in made
    assert "#1" not in made
    assert "://" not in made


def test_what_is_well_meant_keeps_its_form() -> None:
    markdown = (
        "# Why\n\nThe **pool** was *full*; see [the incident](https://example.slack.com/archives/C1/p1).\n\n"
        "- one\n  - two\n- `select 1`\n\n3. three\n\n> said\n\n```sql\nselect 1;\n```\n\n"
        "| who | what |\n|---|---|\n| Dana | a \\| b |\n\n---\n"
    )
    made = body_of(markdown, MARKER, 65_536, OWN)
    assert reading.kinds(made) == reading.kinds(f"{markdown}\n<!-- {MARKER} -->")
    assert reading.reads(made) == reading.reads(markdown)
    assert reading.links(made) == ["https://example.slack.com/archives/C1/p1"]
    document = document_of(markdown, MARKER)
    assert adf.links(document) == ["https://example.slack.com/archives/C1/p1"]
    assert "who · what\nDana · a | b" in adf.texts(document)


def test_a_link_to_the_tracker_itself_is_shown_and_leads_nowhere() -> None:
    made = body_of("see [the fix](https://github.com/org/repo/pull/6)", MARKER, 65_536, OWN)
    assert reading.reads(made) == "see the fix (https://github.com/org/repo/pull/6)"
    assert reading.links(made) == []
    assert reading.acts(made) == []


@pytest.mark.parametrize(
    "text", ["x" * 200_000, "* a\n" * 40_000, "> a\n\n" * 30_000, "[" * 50_000, "`a " * 60_000, "@a " * 70_000]
)
def test_an_endless_text_is_cut_and_says_so(text: str) -> None:
    made = body_of(text, MARKER, 65_536, OWN)
    assert len(made) <= 65_536
    assert "cut: the whole text" in made
    document = document_of(text, MARKER)
    assert len(json.dumps(document)) <= MOST
    assert "cut: the whole text" in adf.texts(document)
