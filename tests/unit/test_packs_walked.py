"""The runbooks of `default` and `sme-booking`, as they are walked: no way is long, and all that they name is used."""

from collections.abc import Sequence
from functools import cache

import pytest

from bot.diagnostics.runner import known_checks
from bot.domain.rules import Policy
from bot.domain.runbook_run import END, RunKind, StepRule
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.bind import bind
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.runbook import Runbook

PACKS = ("default", "sme-booking")
BOOKS = [(pack, book) for pack in PACKS for book in Catalogue([RUNBOOKS / pack]).list()]
EACH = pytest.mark.parametrize(
    ("pack", "book"), BOOKS, ids=lambda value: value if isinstance(value, str) else value.name
)
#: More is no runbook for three in the morning.
LONGEST_WAY = 15


@cache
def policy(pack: str) -> Policy:
    return read_pack(pack, root=RUNBOOKS)


def walked(pack: str, runbook: Runbook) -> Sequence[StepRule]:
    """The steps of a runbook in which nothing is wrong."""
    bound = bind(runbook, policy(pack), checks_of=known_checks)
    assert bound.faults == ()
    return bound.steps


@EACH
def test_no_way_through_a_runbook_is_long(pack: str, book: Runbook) -> None:
    steps = walked(pack, book)
    come_to = [1] * (len(steps) + 1)
    for number, step in enumerate(steps, start=1):
        for then in (step.then, *(branch.to for branch in step.branches)):
            come_to[then] = max(come_to[then], come_to[number] + 1)
    assert max(come_to[1:]) <= LONGEST_WAY


@EACH
def test_each_block_that_names_something_of_the_pack_has_its_button(pack: str, book: Runbook) -> None:
    for step, rule in zip(book.structure.steps, walked(pack, book), strict=True):
        named = [block for block in step.blocks if block.language in ("check", "action") or "target" in block.named]
        assert len(rule.runs) == len(named), step.title


@pytest.mark.parametrize("pack", PACKS)
def test_each_action_and_each_target_of_a_pack_stands_in_a_runbook(pack: str) -> None:
    runs = [run for name, book in BOOKS if name == pack for step in walked(pack, book) for run in step.runs]
    assert {run.does for run in runs if run.kind is RunKind.ACTION} == {one.name for one in policy(pack).actions}
    assert {one.name for one in policy(pack).targets} <= {
        run.does.split()[0] for run in runs if run.kind is RunKind.CHECK
    }


def step_of(name: str, title: str) -> tuple[Sequence[StepRule], StepRule]:
    """The steps of a runbook of `default`, and the one with a title."""
    steps = next(walked(pack, book) for pack, book in BOOKS if (pack, book.name) == ("default", name))
    return steps, next(step for step in steps if step.title == title)


@pytest.mark.parametrize(
    ("book", "title", "action"),
    [
        ("database-connections-exhausted", "End the session at the root", "end-session"),
        ("database-connections-exhausted", "End what has idled for longest", "end-idle"),
        ("database-connections-exhausted", "Cancel the longest statement", "cancel-statement"),
        ("slow-queries", "Cancel the longest statement", "cancel-statement"),
        ("bad-deploy-rollback", "End the migration's session", "end-session"),
    ],
)
def test_a_step_of_default_ends_what_it_speaks_of_and_not_what_another_check_found(
    book: str, title: str, action: str
) -> None:
    _, step = step_of(book, title)
    assert [run.does for run in step.runs] == [action]


@pytest.mark.parametrize(
    ("action", "check"),
    [("end-session", "locks"), ("end-idle", "idle_in_transaction"), ("cancel-statement", "long_statements")],
)
def test_an_action_of_default_takes_its_session_from_the_check_that_offers_it(action: str, check: str) -> None:
    rule = policy("default").action(action)
    assert rule is not None
    assert rule.offered_on == (check,)
    assert rule.filled(check, {"pid": "4711"}) == {"pid": "4711"}


def test_a_database_that_refuses_everybody_is_not_taken_for_one_session_that_blocks_many() -> None:
    steps, first = step_of("database-connections-exhausted", "Does the database let us in?")
    assert {branch.on: steps[branch.to - 1].title for branch in first.branches} == {"CRITICAL": "Which is it?"}


@pytest.mark.parametrize("book", [book.name for pack, book in BOOKS if pack == "default"])
def test_whoever_finds_no_cause_and_sees_no_end_is_led_to_whom_to_call(book: str) -> None:
    """“None of these” leads to the verification, and what does not hold there to the escalation."""
    runbook = next(one for pack, one in BOOKS if (pack, one.name) == ("default", book))
    phases = bind(runbook, policy("default"), checks_of=known_checks).phases
    steps = walked("default", runbook)
    (verifying,) = (place for place, phase in enumerate(phases) if phase == "Verification")
    (first, *_) = (step for step in steps if step.phase == verifying)
    failed = next((branch.to for branch in first.branches if branch.on == "FAILED"), END)
    assert failed != END
    assert phases[steps[failed - 1].phase] == "Escalation"
