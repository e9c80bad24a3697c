"""Text on its way to Slack: escaping, cutting, and the filters that make mentions, dates and links."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diagnostics.result import Rows
from bot.domain.actor import MUSTER, Actor
from bot.messages import escape, to_mrkdwn
from bot.messages.cut import cut
from bot.messages.filters import (
    address,
    ago,
    channel,
    clock,
    columns,
    duration,
    join,
    link,
    mention,
    plural,
    slack_text,
    when,
)
from bot.messages.limits import CUT_NOTE
from bot.messages.runs import Run, clean, fence, literal, mrkdwn, plain, plain_text, quote


def test_control_characters_are_escaped_once() -> None:
    assert escape("a & b <c>") == "a &amp; b &lt;c&gt;"
    assert to_mrkdwn("&lt;!channel&gt;") == "&amp;lt;!channel&amp;gt;"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<!channel> help", "&lt;!channel&gt; help"),
        ("*bold* text", "∗bold∗ text"),  # noqa: RUF001
        ("~gone~", "∼gone∼"),  # noqa: RUF001
        ("_slanted_", "ˍslantedˍ"),
        ("`code`", "ˋcodeˋ"),  # noqa: RUF001
        ("> quoted", "› quoted"),  # noqa: RUF001
    ],
)
def test_text_from_outside_neither_pings_nor_formats(written: str, shown: str) -> None:
    assert to_mrkdwn(written) == shown


@pytest.mark.parametrize("text", ["snake_case_name", "2*3*4", "SELECT * FROM jobs", "a - b", ":pushpin: noted"])
def test_harmless_formatting_characters_stay_as_they_are(text: str) -> None:
    assert to_mrkdwn(text) == text


def test_direction_overrides_and_control_characters_are_left_out() -> None:
    assert clean("a\u202eb\x00c\x1b[1m\r\nd\ud800") == "abc[1m\nd"


def test_styles_are_closed_on_each_line_and_touch_the_words() -> None:
    bold = frozenset({"bold"})
    assert mrkdwn([Run(" one \ntwo", styles=bold), Run(" plain")]) == "*one* \n*two* plain"


def test_a_value_in_code_can_not_end_the_code() -> None:
    assert mrkdwn([Run("a`b", styles=frozenset({"code"}))]) == "`aˋb`"  # noqa: RUF001
    assert fence(literal("x\n```\n<!here>")) == "```\nx\n`\u200b`\u200b`\n&lt;!here&gt;\n```"


def test_every_line_of_a_quotation_is_quoted() -> None:
    assert quote(literal("one\n\n> two")) == "> one\n>\n> › two"  # noqa: RUF001


def test_long_text_is_cut_at_a_sentence_with_a_note() -> None:
    text = "The first sentence. " * 20
    short = cut(literal(text), 200)
    assert len(short) <= 200
    assert short.endswith(f"The first sentence. {CUT_NOTE}")


def test_long_text_without_sentences_is_cut_at_a_word() -> None:
    short = cut(literal("word " * 100), 120)
    assert short.removesuffix(CUT_NOTE).strip().endswith("word")


def test_a_cut_header_ends_in_an_ellipsis() -> None:
    assert cut(literal("Checkout " * 40), 150, shape=plain_text, note="…").endswith("Checkout…")


def test_a_cut_code_block_is_closed_before_the_note() -> None:
    short = cut(literal("line of a log\n" * 400), 500, shape=fence)
    assert short.count("```") == 2
    assert short.endswith(f"```\n{CUT_NOTE}")


@given(st.text(), st.integers(60, 400), st.sampled_from([mrkdwn, quote, fence, plain_text]))
def test_a_cut_keeps_to_its_limit_and_splits_no_escape(text: str, limit: int, shape) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    short = cut(literal(text * 30), limit, shape=shape)
    assert len(short) <= limit
    rest = short.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest
    assert "<" not in rest


@given(st.integers(0, 40))
def test_a_cut_splits_no_token(size: int) -> None:
    runs = [Run("x" * size), *mention("U123456789").runs, Run(" and more words that do not fit in here" * 3)]
    short = cut(runs, 60)
    assert short.count("<") == short.count(">") == short.count("<@U123456789>")


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("U01ABC", "<@U01ABC>"),
        ("W01ABC", "<@W01ABC>"),
        ("S01ABCDEF", "<!subteam^S01ABCDEF>"),
        (None, "nobody yet"),
        ("alice", "alice"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("U01|x> <!here", "U01|x&gt; &lt;!here"),
    ],
)
def test_only_slack_ids_become_mentions(who: str | None, shown: str) -> None:
    assert mrkdwn(mention(who).runs) == shown


def test_channels_are_links_by_id_and_words_by_name() -> None:
    assert mrkdwn(channel("C01AB").runs) == "<#C01AB>"
    assert mrkdwn(channel("incidents").runs) == "#incidents"


def test_a_moment_is_shown_in_each_readers_zone_with_utc_beside_it() -> None:
    moment = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
    assert mrkdwn(when(moment).runs) == "<!date^1795230900^{date_short_pretty} at {time}|2026-11-21 03:15 UTC>"
    assert mrkdwn(clock(moment).runs) == "<!date^1795230900^{time}|03:15 UTC>"
    assert mrkdwn(when(None).runs) == "not set"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        when(datetime(2026, 11, 21))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("length", "shown"),
    [(4, "4 s"), (240, "4 min"), (4_320, "1 h 12 min"), (7_200, "2 h"), (266_400, "3 d 2 h"), (None, "not set")],
)
def test_lengths_of_time_have_two_units_at_most(length: float | None, shown: str) -> None:
    assert duration(length) == shown


def test_how_long_ago_something_was_reads_well() -> None:
    assert ago(timedelta(minutes=4)) == "4 min ago"
    assert ago(0.2) == "just now"


def test_links_go_to_the_web_only() -> None:
    assert mrkdwn(link("https://x.io/a b", "here").runs) == "here"
    assert mrkdwn(link("javascript:alert(1)", "here").runs) == "here"
    assert (
        mrkdwn(link("https://x.io/?q=<a|b>&c", "a | <b>").runs) == "<https://x.io/?q=%3Ca%7Cb%3E&amp;c|a ¦ &lt;b&gt;>"
    )


def test_typed_slack_markup_is_read_as_words() -> None:
    typed = "<@U1|bob> saw &lt;500&gt; on <https://x.io|x.io> in <#C1|ops> <!channel> <!subteam^S1|@oncall> <@U2>"
    assert plain(slack_text(typed).runs) == "@bob saw <500> on x.io (https://x.io) in #ops @channel @oncall @U2"


def test_typed_mentions_stay_people_only_when_asked() -> None:
    assert mrkdwn(slack_text("<@U1|bob> <!here>", ping=True).runs) == "<@U1> @here"


def test_text_that_was_decoded_before_is_left_as_it_is() -> None:
    assert plain(slack_text("a < b and c > d & e").runs) == "a < b and c > d & e"


def test_backticks_of_our_own_sentences_are_code() -> None:
    assert mrkdwn(slack_text("Try `ack` now", code=True).runs) == "Try `ack` now"


def test_joined_mentions_stay_mentions() -> None:
    assert mrkdwn(join([mention("U1"), "bob & co"]).runs) == "<@U1>, bob &amp; co"


def test_counts_agree_with_their_nouns() -> None:
    assert (plural(1, "update"), plural(3, "update"), plural(2, "reply", "replies")) == (
        "1 update",
        "3 updates",
        "2 replies",
    )


def test_actors_are_people_or_names() -> None:
    assert mrkdwn(mention(Actor.person("U01ABC")).runs) == "<@U01ABC>"
    assert mrkdwn(mention(MUSTER).runs) == "Muster"
    assert mrkdwn(mention(Actor.monitor("alertmanager")).runs) == "alertmanager"


@pytest.mark.parametrize(
    ("against", "shown"),
    [
        ("postgresql://db.internal:5432/app", "app on db.internal:5432"),
        ("postgresql://db/app?sslmode=require", "app on db"),
        ("postgresql:///app?host=/var/run/postgresql", "app on Muster's own host"),
        ("postgresql:///app?host=db.internal", "app on db.internal"),
        ("postgresql://a:1,b:2/app", "postgresql://a:1,b:2/app"),
        ("(MUSTER_DIAG_DB_URL is not set)", "(MUSTER_DIAG_DB_URL is not set)"),
    ],
)
def test_an_address_is_said_in_words(against: str, shown: str) -> None:
    assert address(against) == shown


def test_a_table_stands_in_columns_that_fit_a_window() -> None:
    rows = [(1, "idle", None, "app", 1.5, "select " + "x, " * 60), (20, "active", None, "app", 12.0, "update y")]
    text = plain(columns(Rows.of(("pid", "state", "waits for", "role", "s", "query"), rows)).runs)
    lines = text.split("\n")
    assert lines[0] == "pid  state   s    query"
    assert lines[1].startswith("1    idle    1.5  select x, x,")
    assert lines[2] == "20   active  12   update y"
    assert lines[3:] == ["", "In every row: role app"]
    assert all(len(line) <= 84 for line in lines)


def test_columns_without_room_are_left_out_and_rows_that_are_not_shown_are_counted() -> None:
    names = [f"column {n}" for n in range(9)]
    rows = [[f"{'long value ' * 3}{n}{m}" for n in range(9)] for m in range(30)]
    lines = plain(columns(Rows.of(names, rows), most=4).runs).split("\n")
    assert "column 0" in lines[0]
    assert "column 8" in lines[0]
    assert "column 5" not in lines[0]
    assert max(map(len, lines)) <= 84
    assert lines[-1] == "… and 26 more"


def test_rows_that_are_all_alike_are_shown_as_they_are() -> None:
    assert plain(columns(Rows.of(("a", "b"), [(1, 2), (1, 2)])).runs) == "a  b\n1  2\n1  2"
    assert plain(columns(Rows.of(("a", "b"), [])).runs) == ""
