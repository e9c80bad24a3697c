"""The review of an odd timeline, of a long one, and with links: a correct document, and never a broken table."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.clocks import deadlines
from bot.domain.evolve import evolve, fold
from bot.domain.runbook_run import Outcome
from bot.domain.timeline import Entry
from bot.postmortem import rows
from bot.postmortem.draft import draft
from bot.postmortem.promises import BESIDE
from tests.support.any_story import POLICY, stories
from tests.support.timelines import BOB, DANA, NAMES, START, Story

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
#: Everything that could mean something to a Markdown parser, a forge or a reader's eye.
HOSTILE = st.text(
    alphabet=st.sampled_from("ab1 |\n\r\\`*_~<>[]()#!&;:/@.-+=\u202e\u2066אب\u0301\u200b\u200d\ufeff👩🚒\u2028\x00"),
    min_size=1,
    max_size=40,
) | st.sampled_from(["<script>", "| a | b |\n|---|---|", "<!channel>", "[x](javascript:y)", "](https://x", "&lt;b>"])


def text_of(entries: list[Entry], links: dict[int, str] | None = None) -> str:
    return draft(fold(entries), entries, POLICY, now=entries[-1].at, names=NAMES, links=links or {}).markdown


def entries_of(*events: e.Event, by: Actor = DANA, at: datetime = START) -> list[Entry]:
    """A declaration and some events, a minute apart."""
    opening = e.Declared(ref="INC-1", title="Down", severity="P1", status="investigating", channel_name="inc-1")
    return [
        Entry(seq=seq, at=at + timedelta(minutes=seq), recorded_at=at + timedelta(minutes=seq), by=by, event=event)
        for seq, event in enumerate((opening, *events), start=1)
    ]


def tables(markdown: str) -> list[list[list[str]]]:
    """The tables as a reader of Markdown sees them: rows of the texts of their cells."""
    found: list[list[list[str]]] = []
    for at, token in enumerate(tokens := PARSER.parse(markdown)):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("td_open", "th_open"):
            found[-1][-1].append(shown(tokens[at + 1]))
    return found


def shown(token: Token) -> str:
    return "".join(child.content for child in token.children or [])


def timeline(markdown: str) -> list[list[str]]:
    return [row for table in tables(markdown) if table[0] == ["Entry", "Time", "Who", "What"] for row in table[1:]]


@settings(max_examples=100, deadline=None)
@given(st.lists(HOSTILE, min_size=8, max_size=8))
def test_whatever_people_type_every_table_has_its_rows_and_columns_and_nothing_is_html(said: list[str]) -> None:
    one, two, three, four, five, six, seven, eight = said
    entries = entries_of(
        e.MessageCaptured(channel="C1", ts="1.1", user="U0BOB", text=one, via="thread"),
        e.NoteAdded(text=two),
        e.RoleAssigned(role="scribe", user=three, note=four),
        e.Escalated(level=1, why=five, names=(six,), people=(), severity="P1", emails=(one,), webhooks=(two,)),
        e.ActionItemAdded(number=1, text=three, owner=seven, priority=eight, sort=six),
        e.ActionItemDone(number=1, text=three, evidence=eight),
        e.DiagnosticRecorded(
            target=seven, run=one, evidence=1, digest=two, verdict=three, findings=(four, five), took_ms=1
        ),
        e.RunbookOpened(name=one, title=two, digest=three),
        e.ConditionSet(condition=four, title=five, why=six),
        e.DeliveryFailed(outbox=1, what=one, reason=two, final=True),
        e.UpdatePosted(number=1, text=seven, severity=eight, status=one, details={two: three}),
        e.Resolved(summary=one, root_cause=two, impact=three, before="fixing", status=four, contributing_factors=five),
        by=Actor.monitor(eight),
    )
    markdown = text_of(entries)
    parsed = PARSER.parse(markdown)
    kinds = {token.type for token in parsed} | {child.type for token in parsed for child in token.children or []}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "s_open", "fence", "code_block", "hr"}
    assert len(tables(markdown)) == len(re.findall(r"(?m)^\|(?:---\|)+$", markdown))
    for table, head in zip(tables(markdown), re.findall(r"(?m)^\|(?:---\|)+$", markdown), strict=True):
        assert {len(row) for row in table} == {head.count("---")}
    assert len(timeline(markdown)) == len(entries)
    assert sum(len(table) + 1 for table in tables(markdown)) == len(re.findall(r"(?m)^\|", markdown))


def test_an_entry_of_a_kind_that_only_a_newer_version_knows_is_passed_over_and_counted() -> None:
    odd = e.Unknown(kind="hologram_shown", payload={"text": "| <b> |"})
    markdown = text_of(entries_of(odd, e.NoteAdded(text="Here"), odd))
    assert [row[0] for row in timeline(markdown)] == ["#1", "#3"]
    assert "hologram" not in markdown
    assert "from entries #1 to #4" in markdown


def test_events_with_odd_payloads_are_told_as_far_as_they_go() -> None:
    odd: list[e.Event] = [
        e.MessageEdited(channel="C1", ts="9.9", before="", text="Edited before it was seen"),
        e.MessageDeleted(channel="C1", ts="9.9"),
        e.MessagePinned(channel="C1", ts="8.8", user="U0BOB", first=True),
        e.ActionItemDone(number=7, text="Never added"),
        e.DiagnosticRecorded(target="", run="", evidence=0, digest="", verdict="", findings=(), took_ms=-1),
        e.ClockMissed(clock="moon", due_at=START),
        e.StepMarked(number=9, runbook="", step=0, item="", phase="", outcome=Outcome.DONE, then=0, took_ms=0),
        e.UpdatePosted(number=0, text="", severity="", status=""),
        e.AlertsCounted(total=0, firing=0),
    ]
    assert [row[0] for row in timeline(text_of(entries_of(*odd)))] == ["#1", "#2", "#3", "#5", "#6", "#7", "#8", "#9"]


def test_a_message_that_was_read_again_after_it_was_gone_is_one_row() -> None:
    said = e.MessageCaptured(channel="C1", ts="1.1", user="U0BOB", text="Here", via="thread")
    gone = e.MessageDeleted(channel="C1", ts="1.1")
    found = timeline(text_of(entries_of(said, gone, replace(said, text="Here again"))))
    assert found[1:] == [["#2, #4", "14:04:00", "Bob Okafor", "“Here again” (edited, #4)"]]


def test_somebody_who_left_is_shown_by_id_or_as_slack_calls_them() -> None:
    entries = entries_of(e.NoteAdded(text="One"), by=Actor.person("U0GONE"))
    assert timeline(text_of(entries))[1][2] == "U0GONE"
    told = draft(fold(entries), entries, POLICY, now=START, names={"U0GONE": "deleted user"}).markdown
    assert timeline(told)[1][2] == "deleted user"
    blank = draft(fold(entries), entries, POLICY, now=START, names={"U0GONE": "\u202e \u200e"}).markdown
    assert timeline(blank)[1][2] == "U0GONE", "a name that shows nothing is none"


def test_what_came_out_of_order_stands_where_it_happened_and_no_time_is_less_than_nothing() -> None:
    entries = entries_of(
        e.Escalated(level=1, why="Help", names=("on-call",), people=(), severity="P1"),
        e.Acknowledged(severity="P1", role="commander"),
        e.NoteAdded(text="Long before"),
        e.Resolved(summary="Over", before="fixing", status="resolved"),
    )
    entries[2] = replace(entries[2], at=START - timedelta(hours=1))
    entries[3] = replace(entries[3], at=START - timedelta(days=400))
    markdown = text_of(entries)
    assert [row[0] for row in timeline(markdown)] == ["#4", "#3", "#1", "#2", "#5"]
    assert not re.search(r"(?<![\w-])-\d+ (?:s|min|h|d)\b", markdown)


def test_the_number_of_an_entry_leads_to_its_message_in_slack_from_its_row_alone() -> None:
    home = "https://team.slack.com/archives/C1/p1770851900000100?thread_ts=1770851900.000100&cid=C1"
    note = e.NoteAdded(text="One")
    markdown = text_of(entries_of(note, note, note), {2: home, 4: home})
    assert f"| [#2]({home}) | 14:04:00 |" in markdown
    assert f"| [#4]({home}) | 14:06:00 |" in markdown
    assert markdown.count("](https://") == 2
    assert "a number leads to the message in Slack" in markdown


@pytest.mark.parametrize(
    "address",
    [
        "http://x.example/a",
        "javascript:alert(1)",
        "https://x/) | <b>",
        "https://x.example/a b",
        f"https://x/{'a' * 500}",
    ],
)
def test_an_address_that_is_no_plain_link_is_not_linked(address: str) -> None:
    assert "](" not in text_of(entries_of(e.NoteAdded(text="One")), {2: address})


def long_story() -> list[Entry]:
    """So many messages that they are folded: two people in turn, a pin, a note and a pause."""
    told: list[e.Event] = []
    for number in range(rows.FOLD_ABOVE + 100):
        user = "U0BOB" if number % 3 else "U0DANA"
        told.append(e.MessageCaptured(channel="C1", ts=f"{number}.0", user=user, text=f"Word {number}", via="thread"))
        if number == 11:
            told.append(e.NoteAdded(text="Between them"))
    told.append(e.MessagePinned(channel="C1", ts="5.0", user="U0DANA", first=True))
    entries = entries_of(*told)
    return [moved(entry, START + timedelta(seconds=entry.seq)) for entry in entries]


def moved(entry: Entry, at: datetime) -> Entry:
    return replace(entry, at=at, recorded_at=at)


def test_of_a_long_timeline_messages_are_counted_and_all_else_stands() -> None:
    entries = long_story()
    found = timeline(markdown := text_of(entries))
    assert found[1] == ["#2–#6", "14:02:02", "Bob Okafor (3), Dana Moss (2)", "5 messages, until 14:02:06"]  # noqa: RUF001
    assert found[2][3].startswith("📌 “Word 5”")
    assert found[3] == ["#8–#13", "14:02:08", "Bob Okafor (4), Dana Moss (2)", "6 messages, until 14:02:13"]  # noqa: RUF001
    assert found[4][3] == "Note: “Between them”"
    assert len(found) == 6
    assert f"counted there, and not shown: {rows.FOLD_ABOVE + 99} of them" in markdown


def test_a_pause_ends_a_row_of_messages_and_so_does_midnight() -> None:
    entries = long_story()
    later = [moved(entry, entry.at + timedelta(minutes=11 * (entry.seq > 900))) for entry in entries]
    assert len(timeline(text_of(later))) == 7
    overnight = [moved(entry, entry.at + timedelta(hours=9, minutes=50)) for entry in entries]
    assert len(timeline(text_of(overnight))) == 7


def test_a_timeline_that_is_not_long_shows_every_message() -> None:
    assert len(timeline(text_of(long_story()[:200]))) == 200


@settings(max_examples=60, deadline=None)
@given(stories())
def test_what_the_promises_pass_over_moves_no_clock(story: Story) -> None:
    incident = evolve(None, story.entries[0])
    for entry in story.entries[1:]:
        before, incident = incident, evolve(incident, entry)
        if isinstance(entry.event, BESIDE):
            assert deadlines(before, POLICY) == deadlines(incident, POLICY)


def test_an_action_item_stands_as_it_is_by_now() -> None:
    story = Story(POLICY).do(c.Declare(by=DANA, title="Down", severity="P1"))
    story.do(c.AddActionItem(by=BOB, text="Alert sooner", owner="U0BOB"))
    entries = [
        *story.entries,
        *(
            replace(entry, seq=entry.seq + 1)
            for entry in entries_of(
                e.ActionItemChanged(number=1, text="Alert at 80 %", owner="U0DANA", priority="high", sort="detect"),
                e.ActionItemDone(number=1, text="Alert at 80 %", evidence="Rule 14"),
            )[1:]
        ),
    ]
    (found,) = [table for table in tables(text_of(entries)) if table[0][0] == "Item"]
    assert found == [
        ["Item", "What", "Kind", "Priority", "Owner", "Due", "State", "Entries"],
        ["1", "Alert at 80 %", "detect", "high", "Dana Moss", "—", "done: “Rule 14”", "#2–#4"],  # noqa: RUF001
    ]


def test_muster_itself_is_named_as_such() -> None:
    assert timeline(text_of(entries_of(e.NoteAdded(text="One"), by=MUSTER)))[1][2] == "Muster"
