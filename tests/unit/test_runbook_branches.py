"""Where steps lead."""

from pathlib import Path

import pytest

from bot.domain.runbook_run import END
from bot.runbooks.branches import Lead, read_lead
from bot.runbooks.parse import Parsed, parse_runbook
from bot.runbooks.structure import Step


def parse(source: str) -> Parsed:
    return parse_runbook(source.encode(), name="queue-backlog", path=Path("a.md"))


def steps(source: str) -> tuple[Step, ...]:
    parsed = parse(source)
    assert parsed.faults == ()
    return parsed.runbook.structure.steps


def ways(source: str) -> list[tuple[str, dict[str, int], int]]:
    return [(step.title, {branch.on: branch.to for branch in step.branches}, step.then) for step in steps(source)]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("**CRITICAL** → [End it](#end-it)", ("CRITICAL",)),
        ("**OK** or **no data** -> [End it](#end-it)", ("OK", "NO_DATA")),
        ("`WARN`, `ERROR`: [End it](#end-it)", ("WARN", "ERROR")),
        ("**Yes:** [End it](#end-it).", ("Yes",)),
        ("**Yes**, go to [End it](#end-it)", ("Yes",)),
        ("**No** (nothing new) → see [End it](#end-it)", ("No",)),
        ("If it hangs, go to [End it](#end-it)", ("it hangs",)),
        ("If **CRITICAL**, go to [End it](#end-it) (5 min)", ("CRITICAL",)),
        ("Only one client → [End it](#end-it)", ("Only one client",)),
        ("→ [End it](#end-it)", ()),
        ("Otherwise, go to [End it](#end-it)", ()),
        ("**Failed**\n→ [End it](#End-It)", ("FAILED",)),
    ],
)
def test_an_item_that_leads_to_a_heading_is_a_branch(text: str, on: tuple[str, ...]) -> None:
    assert read_lead(text, item=True) == Lead(on, "end-it")


@pytest.mark.parametrize(
    "text",
    [
        "[End it](#end-it)",
        "See [End it](#end-it)",
        "**Yes** → [End it](other.md#end-it)",
        "**Yes** → [End it](https://example.org)",
        "**Yes** → [End it](#end-it), or ask",
        "Restart it, as in [End it](#end-it)",
        "**Yes**",
        "",
    ],
)
def test_what_only_mentions_a_heading_is_text(text: str) -> None:
    assert read_lead(text, item=True) is None


def test_a_line_of_a_paragraph_has_to_say_that_it_leads_there() -> None:
    assert read_lead("**Yes** → [a](#a)", item=False) == Lead(("Yes",), "a")
    assert read_lead("**Note**: [a](#a)", item=False) is None


def test_the_example_of_the_documentation() -> None:
    source = """\
## Investigation

1. **Who blocks whom?**

   - **CRITICAL** → [End the blocking session](#end-the-blocking-session)
   - **OK** or **NO_DATA** → [Slow statements](#slow-statements)

2. **Was something deployed in the last hour?**

   - **Yes** → [Roll back](#roll-back)
   - **No** → [Verification](#verification)

## Causes

### End the blocking session

1. End it

### Slow statements

1. Find them
2. End them

### Roll back

Do it.

## Verification

- [ ] Over
"""
    assert ways(source) == [
        ("Who blocks whom?", {"CRITICAL": 4, "OK": 5, "NO_DATA": 5}, 2),
        ("Was something deployed in the last hour?", {"Yes": 7, "No": 8}, 3),
        (
            "Which is it?",
            {"End the blocking session": 4, "Slow statements": 5, "Roll back": 7, "None of these": 8},
            8,
        ),
        ("End it", {}, 8),
        ("Find them", {}, 6),
        ("End them", {}, 8),
        ("Roll back", {}, 8),
        ("Over", {}, END),
    ]


def test_a_link_alone_behind_an_arrow_is_where_it_goes_on() -> None:
    source = "## Fix\n\n1. a\n\n   → [C](#c)\n\n2. b\n\n### C\n\n1. c\n"
    assert ways(source) == [("a", {}, 3), ("b", {}, 3), ("c", {}, END)]


def test_headings_side_by_side_that_are_all_led_to_are_alternatives() -> None:
    source = """\
## Fix

1. Which one?
   - **A** → [Way a](#way-a)
   - **B** → [Way b](#way-b)

### Way a

1. a
2. aa

### Way b

1. b

## Verification

- [ ] Over
"""
    assert ways(source) == [
        ("Which one?", {"A": 2, "B": 4}, 5), ("a", {}, 3), ("aa", {}, 5), ("b", {}, 5), ("Over", {}, END),
    ]  # fmt: skip
    one = source.replace("   - **B** → [Way b](#way-b)\n", "")
    assert [then for _, _, then in ways(one)] == [2, 3, 4, 5, END]


@pytest.mark.parametrize("heading", ["Escalation", "Prevention", "Rollback"])
def test_some_chapters_are_walked_only_where_a_branch_leads_there(heading: str) -> None:
    text = f"## Verification\n\n- [ ] Over?{{}}\n\n## {heading}\n\n1. a\n2. b\n\n## Resolution\n\n1. c\n"
    assert ways(text.format("")) == [("Over?", {}, 2), ("c", {}, END)]
    led = text.format(f"\n  - **No** → [Then](#{heading.lower()})")
    assert ways(led) == [("Over?", {"No": 2}, 4), ("a", {}, 3), ("b", {}, END), ("c", {}, END)]
    assert parse(led).runbook.structure.phases == ("Verification", heading, "Resolution")


def test_a_row_of_a_table_may_lead_somewhere() -> None:
    source = "## Fix\n\n| Cause | Fix |\n|---|---|\n| a | → [B](#b) |\n| c | do |\n\n### A\n\n1. a\n\n### B\n\n1. b\n"
    assert ways(source)[1:3] == [("a", {}, 5), ("c", {}, 4)]


def test_headings_of_one_name_are_told_apart_as_forges_do() -> None:
    source = "## Fix\n\n1. x\n   - **A** → [y](#c--d-1)\n\n### C & D!\n\n1. c\n\n### C & D\n\n1. d\n"
    assert ways(source)[0] == ("x", {"A": 3}, 2)


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("nowhere", "No heading here is called “#nowhere”, so this leads nowhere. Mend the link."),
        ("impact", "There is no step at “#impact” that is walked, so this leads nowhere."),
        ("first", "A branch leads forwards, and “#first” is not behind this step."),
        ("second", "A branch leads forwards, and “#second” is not behind this step."),
    ],
)
def test_what_leads_back_or_nowhere_is_reported_and_stays_text(slug: str, message: str) -> None:
    source = (
        f"## Impact\n\nBad.\n\n## Fix\n\n### First\n\n1. a\n\n### Second\n\n1. b\n   - **No** → [x](#{slug})\n2. c\n"
    )
    parsed = parse(source)
    assert [str(fault) for fault in parsed.faults] == [f"a.md:14: {message}"]
    assert [(step.branches, step.then) for step in parsed.runbook.structure.steps] == [((), 2), ((), 3), ((), END)]


def test_branches_to_one_another_do_not_go_round() -> None:
    source = "## Fix\n\n### A\n\n1. a\n   - **x** → [B](#b)\n\n### B\n\n1. b\n   - **x** → [A](#a)\n"
    parsed = parse(source)
    assert [fault.line for fault in parsed.faults] == [11]
    assert [[branch.to for branch in step.branches] for step in parsed.runbook.structure.steps] == [[2], []]
