"""The text of a step on its card: whatever Markdown it is written in, nothing is lost but what the card says anyway."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.runbooks.step_text import step_text


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("1. **Look.** It hangs.", "It hangs."),
        ("- [ ] Look\n\n  It hangs.", "It hangs."),
        ("1.\t**Look**\n\n\tIt hangs.", "It hangs."),
        ("  * __Look:__ It hangs.", "It hangs."),
        ("### Step 3: Look\n\nIt hangs.", "It hangs."),
        ("Step 3: Look\n---\n\nIt hangs.", "It hangs."),
        ("## Causes\n\n### A lock\n\n1. **Look.** It hangs.\n   Still.", "It hangs.\nStill."),
        ("**Look**\n\nIt hangs.", "It hangs."),
    ],
)
def test_what_the_card_has_as_its_title_is_not_said_twice(lines: str, kept: str) -> None:
    assert step_text(lines, "Look") == kept


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("### A lock\n\nIt hangs.\n\n1. **Look.** Still.", "It hangs.\n\nStill."),
        ("### A lock\n\n```sh\n# it hangs\n```\n\n- [ ] **Look**", "```sh\n# it hangs\n```"),
        ("### Look\n\n1. **Look** here.\n2. There", "here.\n2. There"),
        ("### Step 2: Look\n\n1. Look here\n2. Look there", "1. Look here\n2. Look there"),
        ("### Look\n\n- here\n- there", "- here\n- there"),
    ],
)
def test_what_stands_between_a_heading_and_its_item_is_read_and_a_headings_own_list_stays_one(
    lines: str, kept: str
) -> None:
    assert step_text(lines, "Look") == kept


def test_a_title_that_goes_on_in_the_next_line_is_not_said_twice_either() -> None:
    assert step_text("1. **Is the day\n   free?** Enter it.", "Is the day free?") == "Enter it."


@pytest.mark.parametrize(
    "lines",
    [
        "**This deletes data.**\n\nThen look.",
        "1. Look at the queue, the workers and the log.",
        "1. ✅\n\n   ---",
        "1. **Look.** See [the locks](#locks) and `a -> [b](#b)` for more.",
        "1. **Look.**\n\n   ~~~sh\n   - **OK** → [End](#end)\n   ```check target=db\n   ~~~",
        "1. **Look.**\n\n   | Cause | Fix |\n   |---|---|\n   | OK | → [End](#end) |",
        "1. **Look.**\n   - first\n     - second\n   - **Careful**: not on Fridays\n   - → [End](#end)",
    ],
)
def test_everything_else_is_there(lines: str) -> None:
    words = [line.strip(" 1.").removeprefix("**Look.**").strip() for line in lines.split("\n")]
    text = step_text(lines, "Look")
    assert [word for word in words if word and word not in text] == []


@pytest.mark.parametrize(
    "branch",
    [
        "- **CRITICAL** → [End it](#end)",
        "- **CRITICAL** →\n  [End\n  it](#end)",
        "* `CRITICAL` or **ERROR**: [End it](#end)",
        "1) If **CRITICAL**, go to [End it](#end).",
        "   **CRITICAL** -> [End it](#end)",
        "- **Before**\n  - **CRITICAL** → [End it](#end)",
    ],
)
def test_a_branch_has_a_button_instead_however_it_is_written(branch: str) -> None:
    text = step_text(f"1. **Look.** It hangs.\n\n{_indented(branch)}\n\n   Behind it.", "Look")
    assert "CRITICAL" not in text
    assert "End" not in text
    assert "It hangs." in text
    assert "Behind it." in text


def test_a_branch_that_leads_nowhere_is_text_like_any_other() -> None:
    lines = "1. **Look.**\n\n   - **OK** → [Back](#back)\n   - **WARN** or **ERROR** → [End](#end)"
    assert step_text(lines, "Look", branches={"WARN", "ERROR"}) == "- **OK** → [Back](#back)"


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_a_block_without_a_button_is_there_to_be_read(fence: str) -> None:
    lines = (
        f"1. **Look.**\n\n   {fence}check target=db\n   diag db\n   {fence}\n\n   {fence}sql\n   SELECT 1\n   {fence}"
    )
    assert "diag db" in step_text(lines, "Look", runs={"action"})
    text = step_text(lines, "Look", runs={"check"})
    assert text == f"{fence}sql\nSELECT 1\n{fence}"


def test_a_block_that_does_not_end_hides_nothing_before_it() -> None:
    assert step_text("1. **Look.** It hangs.\n\n   ```check target=db\n   diag db", "Look") == "It hangs."


@given(st.text(alphabet="#-*_`~[]()→>|: 1.ab\t\n", max_size=120), st.text(alphabet="ab #*`", max_size=9))
def test_whatever_is_written_a_text_comes_of_it_and_words_without_a_link_or_a_block_stay(
    lines: str, title: str
) -> None:
    text = step_text(lines, title, runs=())
    if "](#" not in lines and "#" not in lines and "-" not in lines and not title.strip(" #*`"):
        assert {*"".join(text.split())} >= {ch for ch in lines if ch in "ab"}


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.split("\n"))
