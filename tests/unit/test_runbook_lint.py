"""Advice on runbooks: what could be better to walk, and is no fault."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.domain.procedures import FirstLook
from bot.domain.rules import Policy, Service, TargetRule
from bot.policy.targets.sql import QueryRule, SqlTarget
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.lint import Advice, lint, lint_runbook
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Block, Chapter, ChapterKind, Step, Structure
from tests.support.policies import a_policy

TODAY = date(2026, 11, 21)


def _policy() -> Policy:
    section = SqlTarget(
        kind="sql", name="bookings", url_from="MUSTER_URL", queries=(QueryRule(name="doubled", sql="SELECT 1"),)
    )
    target = TargetRule(name="bookings", kind="sql", options=section)
    services = (Service(name="checkout", targets=("db", "bookings")), Service(name="mail"))
    looks = (FirstLook(run=("db",), alerts=("HighQueueDepth",)),)
    return replace(a_policy(), targets=(*a_policy().targets, target), services=services, first_looks=looks)


def _chapter(kind: ChapterKind, title: str, first: int, last: int) -> Chapter:
    walked = kind in (ChapterKind.INVESTIGATION, ChapterKind.VERIFICATION)
    return Chapter(kind=kind, title=title, level=2, first=first, last=last, about_last=first, walked=walked)


def _runbook(*blocks: Block, text: str = "# Slow\n", chapters: tuple[Chapter, ...] = ()) -> Runbook:
    """A runbook that nothing is to be said of, but for what a test puts in."""
    structure = Structure(
        chapters=(
            *chapters,
            _chapter(ChapterKind.INVESTIGATION, "Investigation", 40, 50),
            _chapter(ChapterKind.VERIFICATION, "Verification", 51, 52),
        ),
        steps=(Step(title="Look", phase=0, first=41, last=50, blocks=blocks),),
    )
    return Runbook(
        name="slow",
        title="Slow",
        text=text,
        digest="",
        path=Path("slow.md"),
        text_line=6,
        services=("checkout",),
        alerts=("HighQueueDepth",),
        reviewed=TODAY,
        structure=structure,
        lines={"services": 2, "alerts": 3, "reviewed": 4},
    )


RUNS = Block(language="check", named={"target": "db"}, line=42)


def _said(runbook: Runbook, policy: Policy | None = None) -> list[tuple[int, str]]:
    advice = lint_runbook(runbook, policy or _policy(), TODAY)
    assert {one.file for one in advice} <= {"slow.md"}
    return [(one.line, one.message) for one in advice]


def test_a_runbook_that_is_as_it_should_be_gets_no_advice() -> None:
    assert _said(_runbook(RUNS)) == []


def test_advice_reads_as_a_fault_does() -> None:
    assert str(Advice("slow.md", 3, "Do this.")) == "slow.md:3: Do this."


def test_a_runbook_without_steps_or_without_a_verification_is_said_to_be() -> None:
    bare = replace(_runbook(RUNS), structure=Structure())
    assert _said(bare) == [(6, "Nobody can be walked through it: it has no steps. Number what there is to do.")]
    whole = _runbook(RUNS)
    open_ended = replace(whole, structure=replace(whole.structure, chapters=whole.structure.chapters[:1]))
    ((line, message),) = _said(open_ended)
    assert (line, message[:52]) == (6, "Nothing says how one knows that it is over. Add a ch")


@pytest.mark.parametrize(
    ("reviewed", "line", "message"),
    [
        (None, 1, "Nobody has said when it was last reviewed. Read it, and write `reviewed: 2026-11-21` on top."),
        (date(2025, 11, 20), 4, "It was last reviewed over a year ago. Read it, mend it, and write"),
        (date(2024, 7, 1), 4, "It was last reviewed 2 years ago."),
    ],
)
def test_a_runbook_that_nobody_reviewed_for_a_year_is_named(reviewed: date | None, line: int, message: str) -> None:
    ((at, said),) = _said(replace(_runbook(RUNS), reviewed=reviewed))
    assert at == line
    assert said.startswith(message)


def test_a_review_of_a_year_ago_still_counts() -> None:
    assert _said(replace(_runbook(RUNS), reviewed=date(2025, 11, 21))) == []


def test_a_runbook_in_which_nothing_runs_is_named_where_its_service_has_targets() -> None:
    assert _said(_runbook()) == [
        (6, "Nothing in it runs, though db, bookings can be asked. Add a block such as ```check target=db.")
    ]
    assert _said(replace(_runbook(), services=("mail",))) == []


def test_services_and_alerts_that_the_pack_does_not_know_are_named() -> None:
    assert _said(
        replace(_runbook(RUNS), services=("chekout",), alerts=("HighQueueDepht", "[prod] highqueuedepth"))
    ) == [
        (2, "The policy has no service “chekout”. Did you mean “checkout”?"),
        (3, "Nothing is diagnosed by itself for the alert “HighQueueDepht”. Did you mean “HighQueueDepth”?"),
    ]


def test_alerts_are_not_looked_at_where_the_pack_diagnoses_by_none() -> None:
    assert _said(replace(_runbook(RUNS), alerts=("Anything",)), replace(_policy(), first_looks=())) == []


def test_a_list_under_a_heading_that_is_no_chapter_is_named() -> None:
    text = "# Slow\n\n- what this is\n\n## Odds and ends\n\n- Restart it\n- Call them\n\n## Numbers\n\nNone.\n"
    chapters = (
        replace(_chapter(ChapterKind.OTHER, "Slow", 6, 9), level=1),
        _chapter(ChapterKind.OTHER, "Odds and ends", 10, 14),
        _chapter(ChapterKind.OTHER, "Numbers", 15, 17),
    )
    ((line, message),) = _said(_runbook(RUNS, text=text, chapters=chapters))
    assert line == 10
    assert message.startswith("“Odds and ends” is no chapter that Muster knows: its list is read, not walked.")


def test_a_query_that_no_target_asks_is_said_to_be_for_copying() -> None:
    asked = Block(language="sql", body="SELECT 1;", line=42)
    assert _said(_runbook(asked)) == []
    ((line, message),) = _said(_runbook(RUNS, Block(language="sql", body="SELECT 2", line=45)))
    assert line == 45
    assert message.startswith("No target is asked this sql: it is shown for copying.")


def test_a_query_in_whose_place_a_check_of_our_own_runs_is_named() -> None:
    named = {"target": "db", "name": "locks"}
    ((line, message),) = _said(_runbook(Block(language="sql", named=named, body="SELECT * FROM pg_locks", line=44)))
    assert line == 44
    assert "Write ```check target=db name=locks, and copy this one from a block that says only `sql`." in message


def test_a_block_that_has_a_fault_gets_no_advice_besides() -> None:
    wrong = Block(language="sql", named={"target": "bookings", "name": "doubled"}, body="SELECT 2", line=44)
    assert _said(_runbook(RUNS, wrong)) == []


def test_a_block_that_runs_something_outside_of_every_step_is_named() -> None:
    text = "# Slow\n\n```check target=db\n```\n\n```sql\nSELECT 2\n```\n"
    assert _said(_runbook(RUNS, text=text)) == [
        (8, "It stands in no step, so that it has no button. Move it into one.")
    ]


@pytest.mark.parametrize(
    ("body", "instead"),
    [("/incident diag db", "```check target=db"), ("diag db locks", "```check target=db name=locks")],
)
def test_a_block_that_says_what_to_type_could_have_a_button(body: str, instead: str) -> None:
    text = f"# Slow\n\n```\n{body}\n```\n"
    assert _said(_runbook(RUNS, text=text)) == [(8, f"It is shown for copying. Write {instead}, and it has a button.")]


def test_what_nobody_can_ask_is_left_as_it_is() -> None:
    assert _said(_runbook(RUNS, text="# Slow\n\n```\n/incident diag nothing\n```\n")) == []


def test_without_a_pack_only_the_runbooks_themselves_count(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# B\n\nJust text.\n")
    (tmp_path / "a.md").write_text("---\nservices: [nobody]\nreviewed: 2026-11-01\n---\n# A\n\nJust text.\n")
    advice = lint(Catalogue([tmp_path]), None, TODAY)
    assert [(Path(one.file).name, one.line) for one in advice] == [("a.md", 5), ("b.md", 1), ("b.md", 1)]


@pytest.mark.parametrize(
    ("info", "word"),
    [
        ("check{target=db}", "check"),
        ("{.action restart}", "action"),
        ("acti\u043en restart", "action"),
        ("checks db", "check"),
    ],
)
def test_a_block_that_begins_almost_like_one_that_runs_is_named(info: str, word: str) -> None:
    text = f"# Slow\n\n```{info}\nit\n```\n"
    message = f"It is shown for copying. If it is to run, begin it with ```{word} and a blank."
    assert _said(_runbook(RUNS, text=text)) == [(8, message)]


@pytest.mark.parametrize("info", ["", "sh", "yaml title=a", "console {linenos}"])
def test_a_block_of_another_kind_is_not(info: str) -> None:
    assert _said(_runbook(RUNS, text=f"# Slow\n\n```{info}\nit\n```\n")) == []
