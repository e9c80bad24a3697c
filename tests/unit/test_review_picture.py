"""The picture of an incident's course: what it shows, what it leaves out, and that it can be drawn of anything."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET  # only what we wrote ourselves is read

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import events as e
from bot.domain.timeline import Entry
from bot.postmortem.drawing import to_svg
from bot.postmortem.layout import layout
from bot.postmortem.lettering import width
from bot.postmortem.marks import LaneKind, Mark, Picture, Stretch, Tone
from bot.postmortem.picture import picture, words
from bot.postmortem.record import read
from bot.postmortem.sheet import Shape, Sheet
from bot.postmortem.ticks import ticks
from tests.support.any_story import stories
from tests.support.courses import (
    HOSTILE,
    START,
    Course,
    acted,
    alerts,
    began,
    declared,
    escalated,
    everything,
    far_too_much,
    found,
    resolved,
    update,
    worse,
)
from tests.support.policies import a_policy, minutes
from tests.support.timelines import Story

POLICY = a_policy()
NOW = START + minutes(120)


def drawn(entries: Sequence[Entry], now: datetime = NOW) -> Picture:
    made = picture(entries, POLICY, now=now)
    assert made is not None
    return made


def lane(shown: Picture, kind: LaneKind) -> list[Mark]:
    return [mark for lane in shown.lanes if lane.kind is kind for mark in lane.marks]


def labels(shown: Picture, kind: LaneKind) -> list[str]:
    return [mark.label for mark in lane(shown, kind)]


def cited(shown: Picture) -> Iterator[int]:
    marks = [mark for one in shown.lanes for mark in one.marks]
    citing: list[Stretch | Mark] = [*shown.phases, *shown.severities, *shown.silences, *marks]
    for each in citing:
        assert each.cites, each
        yield from each.cites
    yield from shown.left_out.cites if shown.left_out else ()


def lies_on(one: Shape, other: Shape) -> bool:
    """Whether two texts are on each other, by widths that are rather too wide."""

    def edges(text: Shape) -> tuple[float, float]:
        wide = width(text.text, text.size)
        left = text.at[0] - {"start": 0.0, "middle": wide / 2, "end": wide}[text.anchor]
        return left, left + wide

    (left, right), (start, end) = edges(one), edges(other)
    return abs(one.at[1] - other.at[1]) < max(one.size, other.size) * 0.9 and left < end - 1 and start < right - 1


def sound(sheet: Sheet) -> None:
    """What holds for every sheet: it is bounded, on its paper, and no text lies on another."""
    assert 60 < sheet.height < 1400
    assert len(sheet.shapes) < 3000
    for shape in sheet.shapes:
        assert all(-1 <= place <= 1700 for place in shape.at), shape  # which also is no infinity, and a number
        if shape.kind == "box":
            assert min(shape.at[2:]) > 0, shape
    texts = [shape for shape in sheet.shapes if shape.kind == "text"]
    assert not [(one.text, other.text) for one, other in combinations(texts, 2) if lies_on(one, other)]


def test_phases_and_severities_follow_each_other_from_the_declaration_on() -> None:
    shown = drawn(everything())
    statuses = ["investigating", "fixing", "monitoring", "resolved", "investigating", "monitoring", "resolved"]
    assert [phase.name for phase in shown.phases] == statuses
    assert [phase.look for phase in shown.phases][:5] == ["triage", "active", "monitoring", "resolved", "active"]
    assert [(one.name, one.look) for one in shown.severities] == [("P2", "rank1"), ("P1", "rank0"), ("P3", "rank2")]
    for stretches in (shown.phases, shown.severities):
        assert stretches[0].since == shown.declared
        assert all(before.until == after.since for before, after in pairwise(stretches))
    assert (shown.phases[-1].until, shown.severities[-1].until) == (shown.end, shown.over)


def test_what_happened_is_on_its_lane_with_its_entry() -> None:
    shown = picture(read(everything()), POLICY, now=NOW, names={"U0LEAD": "Ida Berg"})
    assert shown is not None
    moments = ["declared", "acknowledged", "cause found", "resolved", "reopened", "resolved"]
    assert labels(shown, LaneKind.MOMENTS) == moments
    assert lane(shown, LaneKind.MOMENTS)[1].cites == (5,)
    assert labels(shown, LaneKind.ALERTS) == ["CheckoutErrorsHigh +1", "WorkerLag +1", "all clear"]
    assert labels(shown, LaneKind.UPDATES) == [f"update {number}" for number in range(1, 6)]
    assert labels(shown, LaneKind.ESCALATIONS) == ["on-call", "engineering-lead, Ida Berg"]
    assert [each.name for each in shown.lanes if each.kind is LaneKind.DIAGNOSTICS] == ["orders-db", "checkout"]
    actions = [(mark.label, mark.tone) for mark in lane(shown, LaneKind.ACTIONS)]
    assert actions == [
        ("End the idle sessions", Tone.GOOD),
        ("Roll back deploy 482 (failed)", Tone.BAD),
        ("Roll back again", Tone.GOOD),
    ]


def test_a_bar_lasts_from_what_began_it_until_what_ended_it() -> None:
    shown = drawn(everything())
    (runbook,) = lane(shown, LaneKind.RUNBOOKS)
    assert (runbook.at, runbook.until) == (START + minutes(11), START + minutes(62))
    firing = lane(shown, LaneKind.ALERTS)[0]
    assert (firing.at, firing.until) == (START - minutes(4), START + minutes(63))
    assert [runbook.open, firing.open] == [False, False]


def test_what_has_not_ended_lasts_until_now() -> None:
    tell = Course().at(0, declared()).at(1, alerts("Down")).at(2, began(1))
    tell.at(3, e.ActionStarted(number=1, title="Restart"))
    shown = drawn(tell.entries)
    bars = [mark for kind in LaneKind for mark in lane(shown, kind) if mark.until]
    assert [(mark.until, mark.open) for mark in bars] == [(NOW, True)] * 3
    assert (shown.end, shown.over) == (NOW, None)
    assert "until now" in words(shown)


def test_a_verdict_is_told_where_it_changed_and_coloured_everywhere() -> None:
    marks = lane(drawn(everything()), LaneKind.DIAGNOSTICS)[:7]
    assert [mark.label for mark in marks] == ["critical", "warning", "", "critical", "well", "critical", "well"]
    reds = [mark.tone for mark in marks]
    assert reds == [Tone.BAD, Tone.WARN, Tone.WARN, Tone.BAD, Tone.GOOD, Tone.BAD, Tone.GOOD]


def test_time_without_an_update_shows_from_when_one_was_promised() -> None:
    tell = Course().at(0, declared()).at(0, worse("P1")).at(40, update(1)).at(50, resolved())
    (silence,) = drawn(tell.entries).silences
    assert (silence.since, silence.until, silence.cites) == (START + minutes(15), START + minutes(40), (2, 3))


def test_what_came_long_after_is_left_out_and_said() -> None:
    shown = drawn(everything())
    assert shown.left_out is not None
    assert (shown.left_out.cites, shown.left_out.count) == ((len(everything()),), 1)
    assert shown.end < START + minutes(120)
    assert "1 mark is not drawn: the last came 1 d 14 h after it was over" in to_svg(shown)


def test_an_alert_that_fired_for_days_before_does_not_press_the_rest_together() -> None:
    old = replace(alerts("Disk"), first_at=START - timedelta(days=9))
    shown = drawn(Course().at(0, declared()).at(1, old).at(10, resolved()).entries)
    assert shown.start == START - minutes(15)
    assert labels(shown, LaneKind.ALERTS) == ["← Disk"]


@pytest.mark.parametrize("entries", [[], Course().at(0, update(1)).entries], ids=["nothing", "no declaration"])
def test_what_does_not_begin_with_a_declaration_has_no_picture(entries: list[Entry]) -> None:
    assert picture(entries, POLICY, now=NOW) is None


@pytest.mark.parametrize("now", [START, START - timedelta(days=1), datetime.max.replace(tzinfo=UTC)])
def test_one_entry_is_a_picture_at_any_time(now: datetime) -> None:
    shown = drawn(Course().at(0, declared(HOSTILE, status="unheard of")).entries, now)
    assert [phase.name for phase in shown.phases] == ["unheard of"]
    assert shown.start < shown.end
    sound(layout(shown))
    ET.fromstring(to_svg(shown))


def test_an_incident_that_was_over_at_once_and_one_whose_times_go_back_are_drawn() -> None:
    at_once = drawn(Course().at(0, declared(), resolved()).entries)
    back = drawn(Course().at(0, declared()).at(9, worse("P1")).at(5, worse("P3")).at(-7, resolved()).entries)
    for shown in (at_once, back):
        assert shown.start < shown.end
        assert all(one.since <= one.until for one in (*shown.phases, *shown.severities))
        sound(layout(shown))


def test_the_same_timeline_gives_the_same_picture_whenever_it_is_drawn() -> None:
    svg = to_svg(drawn(everything()))
    assert svg == to_svg(drawn(everything(), NOW + timedelta(days=400)))


@settings(max_examples=40, deadline=None)
@given(stories(), st.lists(st.integers(-5000, 5000), min_size=31, max_size=31))
def test_of_any_timeline_every_mark_cites_an_entry_and_nothing_lies_on_anything(
    story: Story, shifts: list[int]
) -> None:
    moved = [
        replace(entry, at=entry.at + minutes(shift)) if entry.seq > 1 and shift % 3 == 0 else entry
        for entry, shift in zip(story.entries, shifts * 9, strict=False)
    ]
    for entries in (story.entries, moved):
        shown = drawn(entries, story.now)
        assert set(cited(shown)) <= {entry.seq for entry in entries}
        sound(layout(shown))
        svg = to_svg(shown)
        ET.fromstring(svg)
        assert not re.search(r"<script|nan|inf\b|\u202e", svg)


def test_ten_thousand_entries_are_drawn_together_and_counted() -> None:
    entries = far_too_much(10_000)
    shown = drawn(entries)
    assert max(len(each.marks) for each in shown.lanes) <= 64
    assert max(len(shown.phases), len(shown.severities)) <= 64
    assert sum(mark.count for mark in lane(shown, LaneKind.UPDATES)) == len(entries) // 9
    assert set(cited(shown)) <= {entry.seq for entry in entries}
    sheet = layout(shown)
    sound(sheet)
    assert any("is drawn together" in shape.text for shape in sheet.shapes)
    assert [mark.label for mark in lane(shown, LaneKind.MOMENTS)][::62][0] == "declared"
    assert lane(shown, LaneKind.MOMENTS)[-1].label == "resolved"
    assert len(to_svg(shown)) < 250_000
    assert len(words(shown)) < 1000


def test_hostile_words_are_only_words() -> None:
    tell = Course().at(0, declared(HOSTILE)).at(1, escalated(HOSTILE)).at(2, found(HOSTILE, HOSTILE))
    tell.at(3, began(1, HOSTILE), acted(1, HOSTILE, HOSTILE), alerts(HOSTILE))
    root = ET.fromstring(to_svg(drawn(tell.entries)))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {*("svg", "title", "desc", "style", "defs", "pattern", "rect", "line", "text", "circle", "polygon")}
    said = "".join(root.itertext())
    assert "<script>alert(1)</script>" in said
    assert not set("\u202e\u202c\ufffe\x00") & set(said)


def test_the_svg_needs_nothing_else_and_says_what_it_shows() -> None:
    svg = to_svg(drawn(everything()))
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("viewBox", "").startswith("0 0 900 ")
    named = [element.text for element in root if element.tag.endswith(("title", "desc"))]
    ids = [root.get("aria-labelledby"), root.get("aria-describedby")]
    assert [element.get("id") for element in root][:2] == ids
    assert named == [
        "The course of INC-2026-02-11-001 Checkout answers 500 to one request in three",
        words(drawn(everything())),
    ]
    assert not re.search(r"href|src=|@import|url\((?!#)|<script|style=", svg)
    classes = {name for element in root.iter() for name in (element.get("class") or "").split()}
    assert not [name for name in classes - {"course"} if f".{name} " not in svg and f".{name}," not in svg]


def test_marks_lead_to_the_rows_that_the_page_has() -> None:
    svg = to_svg(drawn(everything()), linked={5, 8})
    assert set(re.findall(r'href="([^"]*)"', svg)) == {"#e5", "#e8"}


def test_the_sentence_says_what_the_picture_shows() -> None:
    assert words(drawn(everything())) == (
        "INC-2026-02-11-001 Checkout answers 500 to one request in three: from 11 February 2026, 23:01 UTC until "
        "12 February 2026, 00:51 UTC, P2 then P1 then P3; investigating for 47 min, fixing for 15 min, monitoring for "
        "12 min, investigating for 15 min, monitoring for 11 min; 5 updates, 2 escalations, 10 diagnostics, 1 runbook, "
        "3 actions, 2 times without an update for longer than promised."
    )


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(minutes=1), ["23:01:00", "23:01:10", "23:01:20", "23:01:30", "23:01:40", "23:01:50", "23:02:00"]),
        (timedelta(minutes=50), ["23:10", "23:20", "23:30", "23:40", "23:50"]),
        (timedelta(hours=9), ["00:00 12 Feb", "02:00", "04:00", "06:00", "08:00"]),
        (timedelta(days=6), ["12 Feb", "13 Feb", "14 Feb", "15 Feb", "16 Feb", "17 Feb"]),
    ],
)
def test_times_are_round(length: timedelta, shown: list[str]) -> None:
    assert [f"{time} {today}".strip() for _, time, today in ticks(START, START + length, most=8)] == shown


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_times_are_few_and_within(one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    moments = [at for at, _, _ in ticks(start, end, most=8)]
    assert len(moments) <= 9
    assert all(start <= at <= end for at in moments)
