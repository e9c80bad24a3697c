"""Chapters, steps and blocks."""

from pathlib import Path
from textwrap import dedent

import pytest

from bot.domain.runbook_run import END
from bot.runbooks.parse import Parsed, parse_runbook
from bot.runbooks.structure import WHICH, ChapterKind, Structure


def parse(source: str) -> Parsed:
    return parse_runbook(dedent(source).encode(), name="queue-backlog", path=Path("a.md"))


def structure(source: str) -> Structure:
    parsed = parse(source)
    assert parsed.faults == ()
    return parsed.runbook.structure


def titles(source: str) -> list[str]:
    return [step.title for step in structure(source).steps]


def faults(source: str) -> list[str]:
    return [str(fault) for fault in parse(source).faults]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("## Symptoms", ChapterKind.SYMPTOMS),
        ("### 3. 🔍 Investigation:", ChapterKind.INVESTIGATION),
        ("## Root Causes & Fixes", ChapterKind.CAUSES),
        ("## Common causes/fixes", ChapterKind.CAUSES),
        ("## Most likely", ChapterKind.OTHER),
        ("## LONG-TERM FIXES", ChapterKind.PREVENTION),
        ("**Resolution:**", ChapterKind.RESOLUTION),
        ("**Resolution Verification**:", ChapterKind.VERIFICATION),
        ("__Impact__", ChapterKind.IMPACT),
        ("Roll back\n=========", ChapterKind.ROLLBACK),
        ("## Phase 2: Mitigation (10 min)", ChapterKind.MITIGATION),
        ("## [Escalation](https://example.org)", ChapterKind.ESCALATION),
        ("## What we eat", ChapterKind.OTHER),
        ("## Background", ChapterKind.MEANING),
    ],
)
def test_a_chapter_is_known_by_its_heading(heading: str, kind: ChapterKind) -> None:
    first, *_ = structure(f"{heading}\n\nText.\n\n# Another\n").chapters
    assert first.kind is kind


def test_what_is_below_a_known_heading_belongs_to_it_whatever_it_is_called() -> None:
    chapters = structure("# Queue\n\n## Causes\n\n### Symptoms\n\na\n\n### Fix\n\nb\n\n## Impact\n").chapters
    assert [(chapter.title, chapter.first, chapter.last) for chapter in chapters] == [
        ("Queue", 1, 2), ("Causes", 3, 12), ("Impact", 13, 13),
    ]  # fmt: skip


def test_the_files_title_names_no_chapter_where_others_do() -> None:
    kinds = [chapter.kind for chapter in structure("# Troubleshooting\n\n## Fix\n\nDo it.\n").chapters]
    assert kinds == [ChapterKind.OTHER, ChapterKind.RESOLUTION]
    assert [chapter.kind for chapter in structure("# Fix\n\n## Restart\n\nDo it.\n").chapters] == [
        ChapterKind.RESOLUTION
    ]


def test_lines_are_the_files_with_its_front_matter() -> None:
    written = structure("---\ntitle: a\n---\n\nIntro.\n\n## Fix\n\n1. One\n2. Two\n")
    assert [(chapter.title, chapter.first, chapter.last) for chapter in written.chapters] == [
        ("a", 5, 6),
        ("Fix", 7, 10),
    ]
    assert [(step.first, step.last) for step in written.steps] == [(9, 9), (10, 10)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Fix\n\n### Step 1: Look\n\n1. no\n\n### Step 2 \u2013 Act\n\n- [ ] no\n", ["Look", "Act"]),
        ("## Fix\n\n**Step 1: Look**\n```\nx\n```\n\n**Step 2: Act**\n", ["Look", "Act"]),
        ("## Fix\n\n- [ ] One\n- [x] Two\n- three\n\n1. no\n", ["One", "Two"]),
        ("## Fix\n\n- no\n\n1. **One thing.** And more.\n2) other\n", ["One thing", "other"]),
        ("## Fix\n\n1. First of all. Then more.\n2. `a.b` is it? Yes.\n", ["First of all", "a.b is it?"]),
        ("## Fix\n\nText.\n\n### 1. Restart\n\n- no\n\n### Scale\n\nMore.\n", ["Restart", "Scale"]),
        ("## Fix\n\nLook for:\n\n- no\n\nDo\n\n- Restart it\n- Scale it\n", ["Restart it", "Scale it"]),
        ("## Fix\n\nLook for:\n- no\n", ["Fix"]),
        ("## Fix\n\nRestart it.\n", ["Fix"]),
        ("## Fix\n\n", []),
        ("## Notes\n\n- no\n\nText.\n", []),
        ("## Notes\n\n1. One\n2. Two\n", ["One", "Two"]),
        ("## Table of contents\n\n1. [Fix](#fix)\n2. [Notes](#notes)\n", []),
        ("# Queue\n\n## Step 1: Look\n\na\n\n## Step 2: Act\n\nb\n", ["Look", "Act"]),
        ("## Impact\n\n1. no\n", []),
        ("## Escalation\n\n1. no\n", []),
        ("## Verification\n\n- [ ] yes\n\n## Rollback\n\n1. no\n", ["yes"]),
        ("## Rollback\n\n1. yes\n\n## Verification\n", ["yes"]),
        ("1. Without any heading\n", ["Without any heading"]),
    ],
)
def test_steps_are_found_in_the_order_of_preference(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


def test_what_stands_between_two_steps_belongs_to_the_one_before_and_a_heading_to_the_one_after() -> None:
    written = structure("""\
        ## Fix

        Read this first.

        1. One

        Between.

        ### Restart

        Why.

        1. Two
        2. Three

        ### Notes
        """)
    assert [(step.title, step.first, step.last) for step in written.steps] == [
        ("One", 5, 7), ("Two", 9, 13), ("Three", 14, 16),
    ]  # fmt: skip
    assert written.chapters[0].about_last == 4


def test_a_chapters_steps_know_its_place_among_those_that_are_walked() -> None:
    written = structure("## Symptoms\n\n- a\n\n## Investigation\n\n1. b\n\n## Impact\n\n## Fix\n\n1. c\n")
    assert written.phases == ("Investigation", "Fix")
    assert [(step.title, step.phase) for step in written.steps] == [("b", 0), ("c", 1)]


def test_causes_are_alternatives_and_each_leads_behind_the_chapter() -> None:
    written = structure("""\
        ## Causes and fixes

        It is one of two.

        ### Cause 1: The `pool`

        1. Look
        2. Enlarge it

        ### Cause 2: A deployment

        Undo it.

        ## Verification

        - [ ] Over
        """)
    assert [(step.title, step.first, step.last, step.then) for step in written.steps] == [
        (WHICH, 3, 3, 5),
        ("Look", 5, 7, 3),
        ("Enlarge it", 8, 8, 5),
        ("A deployment", 10, 12, 5),
        ("Over", 16, 16, END),
    ]
    pick = written.steps[0]
    assert pick.pick
    assert [(branch.on, branch.to) for branch in pick.branches] == [
        ("The pool", 2), ("A deployment", 4), ("None of these", 5),
    ]  # fmt: skip


def test_steps_before_the_causes_come_first() -> None:
    written = structure("## Causes\n\n1. Look\n\n### A\n\na\n\n### B\n\nb\n")
    assert [(step.title, step.first, step.last, step.then) for step in written.steps] == [
        ("Look", 3, 3, 2), (WHICH, 1, 1, END), ("A", 5, 7, END), ("B", 9, 11, END),
    ]  # fmt: skip


def test_a_table_of_causes_is_alternatives_in_any_chapter_that_is_walked() -> None:
    written = structure("""\
        ## Fix

        | Error | Cause | Solution | Time |
        |---|---|---|---|
        | `401` | Key *expired* | Renew it: `a \\| b` | 5 min |
        | 429 | Too many | Wait | |

        Ask if unsure.

        1. Restart
        """)
    assert [(step.title, step.first, step.last, step.says, step.takes, step.then) for step in written.steps] == [
        (WHICH, 3, 8, "", "", 4),
        ("401: Key expired", 5, 5, "Renew it: `a | b`", "5 min", 4),
        ("429: Too many", 6, 6, "Wait", "", 4),
        ("Restart", 10, 10, "", "", END),
    ]


def test_a_table_within_a_step_or_of_something_else_is_text() -> None:
    assert titles("## Fix\n\n1. Look\n\n   | Cause | Fix |\n   |---|---|\n   | a | b |\n") == ["Look"]
    assert titles("## Fix\n\n| Cause | Runbook |\n|---|---|\n| a | b |\n") == ["Fix"]
    assert titles("## Impact\n\n| Cause | Fix |\n|---|---|\n| a | b |\n") == []


def test_blocks_say_what_they_run_and_others_are_there_to_be_copied() -> None:
    (step,) = structure("""\
        ## Fix

        1. Look

           ```check target=db name=locks,size
           diag db locks
           ```

           ```bash
           rm -rf /
           ```

           - deeper

             ~~~Action restart service="a b" "two words" x=
             do it

               indented
             ~~~

           ```sql
           select 1
           ```

           ```python target=app
           ```
        """).steps
    assert [(block.language, block.words, dict(block.named), block.line) for block in step.blocks] == [
        ("check", (), {"target": "db", "name": "locks,size"}, 5),
        ("action", ("restart", "two words"), {"service": "a b", "x": ""}, 15),
        ("sql", (), {}, 21),
        ("python", (), {"target": "app"}, 25),
    ]
    assert [block.body for block in step.blocks] == ["diag db locks", "do it\n\n  indented", "select 1", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Text\n\n```sh\nls\n", ["a.md:3: This block does not end. Close it with a line of ```"]),
        ("Text\n\n```sh\nls", ["a.md:3: This block does not end. Close it with a line of ```"]),
        ("```sh\nls\n```", []),
        ("````\n```\n````\n", []),
        ("1. a\n   ```\n   b\n2. c\n", ["a.md:2: This block does not end. Close it with a line of ```"]),
        (
            "a\n\n<script>\nalert(1)\n</script>\n",
            ["a.md:3: HTML is shown as text. Write it as Markdown, or as code between backticks."],
        ),
        (
            "a\nb <b>c</b> <i>d</i>\n",
            ["a.md:2: HTML is shown as text. Write it as Markdown, or as code between backticks."],
        ),
        ("`<b>` \\<b> <https://example.org> 1 < 2 > 0 a<br>b\n", []),
        ("<!-- a comment -->\n", []),
        ("## Impact\n\n```check target=db\n```\n", []),
    ],
)
def test_what_cannot_be_walked_is_reported_with_its_line(text: str, expected: list[str]) -> None:
    assert faults(text) == expected


def test_of_very_many_steps_the_first_hundred_are_walked() -> None:
    source = (
        "## Fix\n\n"
        + "".join(f"{number}. Step {number}\n" for number in range(1, 131))
        + "\n## Verification\n\n- [ ] Over\n"
    )
    written = parse(source).runbook.structure
    assert len(written.steps) == 100
    assert (written.steps[-1].first, written.steps[-1].last, written.steps[-1].then) == (102, 133, END)
    assert written.phases == ("Fix",)
    assert faults(source) == ["a.md:103: There are more than 100 steps; the others are not walked. Split the runbook."]
