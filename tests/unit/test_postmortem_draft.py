"""The review's text."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.events import Event, kind_of
from bot.domain.procedures import Detail, Form, Requirement
from bot.domain.review_events import ReviewEvent
from bot.domain.rules import Category
from bot.paths import TEMPLATES
from bot.postmortem import lines
from bot.postmortem.draft import Draft, draft
from bot.postmortem.tables import ROW_LIMIT
from tests.support.example_review import EXAMPLE, write
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, Story

POLICY = a_policy()
MESSAGE: dict[str, Any] = {"channel": "C1", "ts": "1.000100"}


def declared(**details: Any) -> Story:
    given = {"title": "Checkout is down", "severity": "P1", **details}
    return Story(POLICY).do(c.Declare(by=DANA, **given), minutes=0)


def captured(text: str = "Pool is full") -> Story:
    return declared().do(c.CaptureMessage(by=BOB, user="U0BOB", text=text, **MESSAGE))


def written(story: Story) -> Draft:
    return draft(story.incident, story.entries, POLICY, now=story.now, names=NAMES)


def row(story: Story, seq: int) -> str:
    """The timeline's row that begins with an entry."""
    return next(line for line in written(story).markdown.split("\n") if line.startswith(f"| #{seq}"))


def section(story: Story, heading: str) -> str:
    return written(story).markdown.split(f"\n## {heading}\n")[1].split("\n## ")[0].strip()


def test_the_example_is_what_the_code_writes() -> None:
    """If this fails on purpose: `python -m tests.support.example_review`, and read the difference."""
    assert EXAMPLE.read_text(encoding="utf-8") == write(POLICY).markdown


def test_the_review_of_what_is_over_does_not_change_with_the_time() -> None:
    story = declared().do(c.Resolve(by=BOB, summary="Fixed"))
    early = written(story)
    story.do(minutes=600)
    assert written(story) == early
    assert early.upto == 2


def test_writing_the_review_does_not_change_the_next_one() -> None:
    story = declared().do(c.Resolve(by=BOB, summary="Fixed"))
    before = section(story, "Timeline")
    story.do(c.RequestReview(by=BOB)).do(c.RecordReview(by=MUSTER, version=1, digest="d", upto=2))
    assert section(story, "Timeline") == before


def test_the_review_of_what_still_runs_says_as_of_when() -> None:
    assert "This is how things stood on 11 February 2026, 14:02 UTC" in written(declared()).markdown


def test_a_drill_and_a_private_incident_are_marked() -> None:
    text = written(declared(drill=True, private=True)).markdown
    assert "**This was a drill** (#1)" in text
    assert "**Private**" in text


def test_what_nobody_has_said_is_asked_of_the_commander_by_name() -> None:
    story = declared().do(c.Acknowledge(by=BOB)).do(c.Resolve(by=DANA, summary="Fixed"))
    asked = "_To be filled in by the incident commander (Bob Okafor): what made this possible, and how do we know?_"
    assert section(story, "Root cause") == asked


def test_nobody_is_asked_by_name_where_nobody_leads() -> None:
    assert "incident commander (nobody yet)" in section(declared(), "Root cause")


def test_what_people_said_is_quoted_with_its_entry() -> None:
    story = declared().do(c.Resolve(by=DANA, summary="Fixed", root_cause="A deploy", contributing_factors="Haste"))
    assert section(story, "Root cause") == "> A deploy\n\n— Dana Moss (#2)"
    assert section(story, "Contributing factors") == "> Haste\n\n— Dana Moss (#2)"


def test_a_second_resolution_replaces_the_cause_and_adds_to_the_summary() -> None:
    story = declared().do(c.Resolve(by=DANA, summary="Restarted", root_cause="Memory")).do(c.Reopen(by=BOB))
    story.do(c.Resolve(by=BOB, summary="Rolled back", root_cause="The deploy"))
    assert "Restarted" in section(story, "Summary")
    assert "Rolled back" in section(story, "Summary")
    assert "Memory" not in section(story, "Root cause")


def test_quiet_entries_are_not_told() -> None:
    story = (
        declared().do(c.RecordChannel(by=MUSTER, channel="C1", name="inc")).do(c.RecordJoin(by=MUSTER, user="U0BOB"))
    )
    assert [line for line in section(story, "Timeline").split("\n") if line.startswith(("| #2", "| #3"))] == []


def test_what_was_filled_in_besides_and_why_it_was_gone_on_with_stand_in_their_rows() -> None:
    detail = Detail(name="users", title="Users *affected*", forms=(Form.UPDATE,))
    wanted = Requirement(watched=timedelta(minutes=15))
    statuses = tuple(replace(s, requires=wanted) if s.category is Category.RESOLVED else s for s in POLICY.statuses)
    story = Story(replace(POLICY, details=(detail,), statuses=statuses))
    story.do(c.Declare(by=DANA, title="Checkout is down", severity="P1"), minutes=0)
    story.do(c.PostUpdate(by=BOB, text="Failing over", details={"users": "All *of them*"}))
    story.do(c.Resolve(by=BOB, summary="It works", override="A | wedding"))
    assert row(story, 2).endswith("“Failing over” · Users \\*affected\\*: “All \\*of them\\*” |")
    assert "gone on with all the same, though it was not watched for 15 min" in row(story, 3)
    assert "“A \\| wedding”" in row(story, 3)


def test_a_new_day_has_its_own_heading() -> None:
    story = declared().do(c.AddNote(by=BOB, text="Still at it"), minutes=600)
    assert [line for line in section(story, "Timeline").split("\n") if line.startswith("###")] == [
        "### 11 February 2026, UTC",
        "### 12 February 2026, UTC",
    ]


def test_an_edited_message_is_one_row_with_its_last_text() -> None:
    story = captured().do(c.EditMessage(by=BOB, text="Pool is *not* full", **MESSAGE))
    assert row(story, 2) == "| #2, #3 | 14:03:00 | Bob Okafor | “Pool is \\*not\\* full” (edited, #3) |"


def test_a_deleted_message_keeps_its_words() -> None:
    story = captured().do(c.DeleteMessage(by=BOB, **MESSAGE))
    assert "“Pool is full” (deleted in Slack, #3)" in row(story, 2)


def test_a_pinned_message_is_marked_until_the_last_pin_is_off() -> None:
    story = captured().do(c.PinMessage(by=DANA, user="U0DANA", **MESSAGE))
    assert "📌 “Pool is full” (pinned, #3)" in row(story, 2)
    assert "📌" not in row(story.do(c.UnpinMessage(by=DANA, user="U0DANA", **MESSAGE)), 2)


def test_a_long_message_is_cut_in_its_row() -> None:
    assert f"(cut: {1_200 - ROW_LIMIT:,} characters more)" in row(captured("letter" * 200), 2)


def test_reminders_in_a_row_are_one_row() -> None:
    story = declared().fire("update", minutes=15).fire("update", minutes=15).fire("update", minutes=15)
    assert row(story, 2).endswith("| **Update overdue**: reminded 3 times, the last at 14:47:00 |")
    assert row(story, 2).startswith("| #2–#4 |")  # noqa: RUF001 (a range)


def test_an_escalation_shows_who_answered_it() -> None:
    story = declared().fire("escalate:on-call", minutes=5).do(c.Acknowledge(by=BOB), minutes=3)
    found = section(story, "Escalations")
    assert "| #2, #3 | 11 February 2026, 14:07 UTC | Priya Nair |" in found
    assert "Bob Okafor acknowledged after 3 min" in found


def test_a_role_shows_who_had_it_before() -> None:
    story = declared().do(c.AssignRole(by=DANA, role="lead", user="U0BOB"))
    story.do(c.AssignRole(by=BOB, role="lead", user="U0DANA"))
    assert "| Incident commander | Dana Moss | 11 February 2026, 14:04 UTC | Bob Okafor | #2, #3 |" in section(
        story, "Roles and who took part"
    )


def test_what_went_well_is_seen_with_its_entries() -> None:
    story = declared().do(c.Acknowledge(by=BOB), minutes=2).do(c.PostUpdate(by=BOB, text="Looking"), minutes=5)
    story.do(c.Resolve(by=BOB, summary="Fixed"), minutes=5)
    found = section(story, "What went well")
    assert "- Acknowledged within 2 min; the target at P1 is 5 min (#1, #2)" in found
    assert "- 1 update, never more than 7 min apart; the target is 15 min (#3)" in found


def test_what_to_improve_is_seen_with_its_entries() -> None:
    story = declared(severity="P2").do(c.ChangeSeverity(by=BOB, severity="P1"), minutes=20)
    story.do(c.Resolve(by=BOB, summary="Fixed"), minutes=41).do(c.Reopen(by=BOB, why="Not | fixed"))
    found = section(story, "What to improve")
    assert "- No update for 41 min; P1 asks for one every 15 min (#2, #3)" in found
    assert "- The severity was raised from P2 to P1 20 min after the declaration (#2)" in found
    assert "- It was reopened after it had been resolved: “Not \\| fixed” (#4)" in found
    assert "- Nobody took the role Incident commander (#1, #4)" in found


def test_a_report_that_another_version_wrote_gives_way_to_the_entry() -> None:
    story = declared().do(
        c.RecordDiagnostic(
            by=MUSTER, target="db", run="r", evidence=3, digest="ab" * 32, verdict="WARN", findings=("Slow",), took_ms=5
        )
    )
    text = draft(story.incident, story.entries, POLICY, now=story.now, reports={3: {"odd": True}}).markdown
    assert "| #2 | — | — | Slow | — |" in text


def test_every_entry_that_is_told_has_its_sentence() -> None:
    found = lines.Lines("small", {})
    told = [t for t in get_args(Event) if not t.quiet and t not in get_args(ReviewEvent)]
    assert [kind_of(t) for t in told if not callable(getattr(found, kind_of(t)))] == []


def test_a_pack_brings_its_own_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = TEMPLATES / lines.ROOM
    room = tmp_path / lines.ROOM
    room.mkdir()
    (room / "lines.md.j2").write_text((ours / "lines.md.j2").read_text(encoding="utf-8"), encoding="utf-8")
    (room / "review.md.j2").write_text("ours", encoding="utf-8")
    pack = tmp_path / "packs" / "special" / lines.ROOM
    pack.mkdir(parents=True)
    (pack / "review.md.j2").write_text("Theirs: {{ record.opening.title }}", encoding="utf-8")
    monkeypatch.setattr("bot.postmortem.lines.TEMPLATES", tmp_path)
    story = declared(title="*Down*")
    special = draft(story.incident, story.entries, a_policy("special"), now=story.now + timedelta(days=1))
    assert special.markdown == "Theirs: \\*Down\\*\n"
