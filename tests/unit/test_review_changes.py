"""What is said of the differences of two versions of a review."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.postmortem.changes import Changed, Changes, between, unified

BEFORE = "# Review\n\n## Metrics\n\n| A | 1 |\n| B | 2 |\n\n## Timeline\n\n| #1 | a |\n\n## Alerts\n\nNone.\n"
AFTER = (
    "# Review\n\n## Metrics\n\n| A | 1 |\n| B | 3 |\n\n## Timeline\n\n| #1 | a |\n| #2 | b |\n| #3 | c |\n\n"
    "## Lessons\n\nMany.\n"
)
LINES = st.lists(st.sampled_from(("## A", "## B", "a", "b", "c", "", "| x |", "```")), max_size=12).map("\n".join)


def test_changes_are_told_by_section() -> None:
    found = between(BEFORE, AFTER)
    assert found.sections == (
        Changed("Metrics", changed=(("| B | 2 |", "| B | 3 |"),)),
        Changed("Timeline", added=("| #2 | b |", "| #3 | c |")),
        Changed("Lessons", added=("## Lessons", "Many."), new=True),
        Changed("Alerts", removed=("## Alerts", "None."), gone=True),
    )
    assert found.summary == "Metrics: 1 line changed; Timeline: 2 lines new; Lessons: new; Alerts: removed"


def test_a_section_with_several_sorts_of_changes_is_one_clause() -> None:
    found = between("## A\na\nb\nc\nd\n", "## A\nx\nb\nd\ne\nf\n")
    assert found.summary == "A: 2 lines new, 1 changed, 1 removed"


def test_many_sections_are_counted() -> None:
    after = "".join(f"## {n}\nx\n" for n in range(8))
    assert between("", after).summary.endswith("5: new; 2 more sections")


def test_line_ends_and_blank_lines_are_no_change() -> None:
    assert not between("## A\n\na\n", "## A\r\na\r\n\r\n")
    assert Changes().summary == "Nothing changed"


def test_a_diff_names_the_section_of_each_hunk() -> None:
    assert unified(BEFORE, AFTER).splitlines()[:7] == [
        "@@ -3,5 +3,5 @@ Metrics",
        " ## Metrics",
        " ",
        " | A | 1 |",
        "-| B | 2 |",
        "+| B | 3 |",
        " ",
    ]
    assert "@@ -8,4 +8,6 @@ Timeline\n" in unified(BEFORE, AFTER)


def test_a_diff_is_bounded_and_says_what_it_leaves_out() -> None:
    shown = unified("", "x" * 900 + "\n" + "y\n" * 99, most=10, width=20).splitlines()
    assert len(shown) == 11
    assert shown[1] == "+" + "x" * 19 + "… (cut: 881 characters more)"
    assert shown[-1] == "… 91 more lines of differences"


def test_a_diff_holds_nothing_that_moves_a_terminal() -> None:
    assert unified("", "a\x1b[2Jb\x00\ud800\x0bc\u202ed\n") == "@@ -0,0 +1,1 @@ Top of the document\n+a[2Jb cd\n"


@settings(max_examples=150, deadline=None)
@given(LINES, LINES)
def test_a_diff_holds_all_that_was_added_and_removed(before: str, after: str) -> None:
    assert unified(before, before) == ""
    assert not between(before, before)
    found = between(before, after)
    lines = [line for line in unified(before, after, most=1000).splitlines() if line[1:].strip()]
    came = [line for one in found.sections for line in (*one.added, *(new for _, new in one.changed))]
    went = [line for one in found.sections for line in (*one.removed, *(old for old, _ in one.changed))]
    assert len([line for line in lines if line[0] == "+"]) >= len(came)
    assert len([line for line in lines if line[0] == "-"]) >= len(went)
