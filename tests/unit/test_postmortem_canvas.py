"""The review as a Slack canvas."""

import re

from hypothesis import given, settings
from markdown_it import MarkdownIt

from bot.postmortem.canvas import CELL_LIMIT, SIZE_LIMIT, to_canvas
from bot.sandbox.canvas import unsupported
from tests.support.any_markdown import markdowns
from tests.support.example_review import write
from tests.support.policies import a_policy

PARSER = MarkdownIt("commonmark").enable("table")


def test_the_example_is_a_canvas_with_every_section_of_it() -> None:
    markdown = write(a_policy()).markdown
    made = to_canvas(markdown)
    assert made.title == "Post-incident review: Checkout answers 500 to one request in three"
    assert not made.cut
    assert unsupported(made.markdown) is None
    assert re.findall(r"(?m)^## .*", made.markdown) == re.findall(r"(?m)^## .*", markdown)
    assert "| #4 | 23:07:30 | Muster | **Escalated** to Priya Nair: unacknowledged after 5 min |" in made.markdown


def test_what_a_canvas_has_no_form_for_is_said_in_another() -> None:
    made = to_canvas(
        "# T\n\n#### Deep\n\n> a\n> > b\n>\n> - c\n\n- one\n  1. two\n\n     > three\n\n![alt](https://i.example/p.png)\n"
    )
    assert made.markdown == "### Deep\n\n> a\n> \n> b\n> \n> c\n\n- one\n    - two\n        three\n\nalt\n"


def test_a_long_table_is_several_with_the_same_head() -> None:
    rows = "".join(f"| {n} | x | y |\n" for n in range(250))
    tables = to_canvas(f"| A | B | C |\n|---|---|---|\n{rows}").markdown.strip().split("\n\n")
    assert {table.split("\n")[0] for table in tables} == {"| A | B | C |"}
    assert all(3 * (table.count("\n") + 1 - 1) <= CELL_LIMIT for table in tables)
    assert [int(line.split()[1]) for table in tables for line in table.split("\n")[2:]] == list(range(250))


def test_links_stand_in_sentences_and_only_their_words_in_tables() -> None:
    made = to_canvas("See [#7](https://s.example/p7).\n\n| Entry |\n|---|\n| [#7](https://s.example/p7) |\n").markdown
    assert made == "See [#7](https://s.example/p7).\n\n| Entry |\n| --- |\n| #7 |\n"


def test_what_is_too_long_ends_with_where_the_whole_is() -> None:
    made = to_canvas("# T\n\n" + "é" * 400 + "\n\n" + "x" * 900, whole="It is in `the` file.", limit=1_000)
    assert made.cut
    assert len(made.markdown.encode()) <= 1_000
    assert made.markdown.endswith("\n\nThe rest is too long for a canvas. It is in \\`the\\` file.\n")
    assert "é" * 400 in made.markdown
    assert "x" * 9 not in made.markdown
    assert SIZE_LIMIT < 1024 * 1024


@settings(max_examples=150, deadline=None)
@given(markdowns())
def test_whatever_people_write_is_taken_by_slack_and_mentions_nobody(markdown: str) -> None:
    made = to_canvas(markdown).markdown
    assert unsupported(made) is None
    assert not re.search(r"\]\([@#]|<[@#!]|@\w", made)
    tokens = [token for inline in PARSER.parse(made) for token in inline.children or []]
    assert not [token for token in tokens if token.type in {"image", "html_inline"}]
    leads = [str(token.attrGet("href")) for token in tokens if token.type == "link_open"]
    assert all(lead.startswith("https://") for lead in leads)
