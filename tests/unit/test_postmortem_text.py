"""Words from outside in Markdown."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain.actor import Actor
from bot.postmortem.text import People, cite, clean, inline, quoted
from bot.postmortem.wording import span

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = st.text(alphabet=st.sampled_from("ab1 \n\\`*_{}[]()<>#+-.!|~&:@/=$\t;'\"w\u202eא"), max_size=40) | st.text(
    max_size=60
)
#: Most of what people write; little of it needs a second look.
PLAIN = st.text(alphabet=st.sampled_from("aZ9w .,:;/()-“→!%'?"), max_size=30)


def words(tokens: str) -> str:
    """Text without what `clean` and `inline` may change: spaces, line ends and the joiner behind an @."""
    return "".join(tokens.replace("⏎", "").replace("\u2060", "").split())


@given(HOSTILE | PLAIN)
def test_a_line_says_the_text_and_nothing_else(text: str) -> None:
    tokens = PARSER.parse(f"Said: {inline(text)} end")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} == {"text"}
    assert words("".join(child.content for child in children)) == words(f"Said: {clean(text)} end")


@given(HOSTILE | PLAIN)
def test_a_line_begins_no_block(text: str) -> None:
    kinds = [token.type for token in PARSER.parse(inline(text)) if token.nesting == 1]
    assert kinds in ([], ["paragraph_open"])


@given(HOSTILE)
def test_a_cell_stays_one_cell(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {inline(text)} | last |"
    cells = [token for token in PARSER.parse(table) if token.type == "inline"]
    assert len(cells) == 4
    assert cells[3].content == "last"


@given(HOSTILE)
def test_a_quotation_holds_only_paragraphs(text: str) -> None:
    kinds = {token.type for token in PARSER.parse(f"{quoted(text)}\n\nAfter.") if token.nesting == 1}
    assert kinds <= {"blockquote_open", "paragraph_open"}


@given(HOSTILE)
def test_no_number_that_a_person_typed_looks_like_a_citation(text: str) -> None:
    assert "#" not in inline(text).replace("\\\\", "").replace("\\#", "")


def test_lines_of_a_quotation_are_kept() -> None:
    html = PARSER.render(quoted("one\ntwo\n\nthree"))
    assert html.count("<br") == 1
    assert html.count("<p>") == 2


def test_a_long_text_is_cut_at_a_word_and_says_so() -> None:
    assert inline("some words that go on", limit=12) == "some words … (cut: 11 characters more)"


@pytest.mark.parametrize("address", ["https://evil.example/x", "www.evil.example", "a@evil.example", "@everyone"])
def test_an_address_or_a_mention_is_not_linked_by_a_forge(address: str) -> None:
    shown = inline(f"see {address} now")
    assert address not in shown


def test_of_many_citations_the_first_are_shown_and_the_others_counted() -> None:
    assert cite(1, 3, 4, 5, 7, 9, 10, most=2) == "#1, #3–#5 and 3 more"  # noqa: RUF001 (a range)


def test_a_citation_leads_to_its_message_where_there_is_a_plain_https_address() -> None:
    links = {
        2: "https://team.slack.com/archives/C1/p1?thread_ts=1.2&cid=C1",
        4: "https://x.example/)(",
        9: "http://x.example",
    }
    assert cite(2, links=links) == f"[#2]({links[2]})"
    assert cite(1, 2, 3, links=links) == "#1–#3"  # noqa: RUF001 (a range)
    assert cite(4, 9, links=links) == "#4, #9"


def test_what_stands_behind_the_beginning_of_a_line_needs_no_escape_for_it() -> None:
    assert inline("1. First") == "1\\. First"
    assert inline("1. First | *second*", begins=False) == "1. First \\| \\*second\\*"


def test_snake_case_stays_readable() -> None:
    assert inline("pool_max_size is 5 * 2") == "pool_max_size is 5 \\* 2"


def test_direction_overrides_are_taken_out() -> None:
    assert inline("ok\u202ededlosner") == "okdedlosner"


def test_slack_tokens_read_as_people_see_them() -> None:
    people = People({"U1": "Dana"})
    said = people.words(
        "<@U1> and <@U2|bob> in <#C1|ops>: <https://x.example|log> &lt;b&gt; <!here> <mailto:a@b.c|a@b.c>"
    )
    assert said == "@Dana and @bob in #ops: log (https://x.example) <b> @here a@b.c"


def test_somebody_unknown_is_shown_by_id() -> None:
    assert People().person("U0NEW") == "`U0NEW`"
    assert People().person("on-call") == "on-call"
    assert People({"U0NEW": "D|na"}).person("U0NEW") == "D\\|na"
    assert People().actor(Actor.monitor("grafana")) == "grafana (monitor)"
    assert People().actor(Actor.cli("root")) == "root (terminal)"


def test_citations_are_drawn_together() -> None:
    assert cite(9, 4, 5, 6, 1, 2) == "#1, #2, #4–#6, #9"  # noqa: RUF001 (a range)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (1_505, "25 min"),
        (4_320, "1 h 12 min"),
        (183_700, "2 d 3 h"),
    ],
)
def test_durations_are_said_in_two_units(seconds: float, said: str) -> None:
    assert span(timedelta(seconds=seconds)) == said
