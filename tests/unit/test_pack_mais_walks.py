"""The runbooks of `mais` as they are walked: where each finding leads, in which order, and how far it is to the end."""

from collections.abc import Iterator

import pytest

from bot.diagnostics.runner import known_checks
from bot.domain.runbook_run import END, RunKind, StepRule
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.bind import bind
from bot.runbooks.catalogue import Catalogue

POLICY = read_pack("mais", root=RUNBOOKS)
BOOKS = {book.name: book for book in Catalogue([RUNBOOKS / "mais"]).list()}
BOUND = {name: bind(book, POLICY, checks_of=known_checks) for name, book in BOOKS.items()}
WALKED = [name for name in BOUND if name != "quick-reference"]
#: What nobody is to walk more of in the middle of the night.
MOST_STEPS = 15


def leads(step: StepRule) -> set[int]:
    """Where a step may lead."""
    on = {branch.to for branch in step.branches}
    return on if step.pick else on | {step.then}


def walks(book: str, number: int = 1) -> Iterator[tuple[StepRule, ...]]:
    """Every way through a runbook, from a step on."""
    if number == END:
        yield ()
        return
    step = BOUND[book].steps[number - 1]
    for onwards in leads(step):
        for rest in walks(book, onwards):
            yield (step, *rest)


def titles(steps: tuple[StepRule, ...]) -> list[str]:
    return [step.title for step in steps]


def actions(step: StepRule) -> list[str]:
    return [one.does for one in step.runs if one.kind is RunKind.ACTION]


@pytest.mark.parametrize("book", BOUND)
def test_every_block_of_a_runbook_is_one_that_the_pack_allows(book: str) -> None:
    assert BOUND[book].faults == ()
    said = [block for step in BOOKS[book].structure.steps for block in step.blocks if block.named or block.words]
    assert len(said) == sum(len(step.runs) for step in BOUND[book].steps)


@pytest.mark.parametrize("book", WALKED)
def test_a_runbook_is_walked_to_its_end_along_every_branch_and_is_not_long(book: str) -> None:
    steps = BOUND[book].steps
    ways = list(walks(book))
    assert max(map(len, ways)) <= MOST_STEPS
    assert [step.title for step in steps if not any(step in way for way in ways)] == []
    assert [step.title for step in steps if len(step.title) > 60] == []
    for number, step in enumerate(steps, start=1):
        assert all(to == END or to > number for to in leads(step))


@pytest.mark.parametrize("book", WALKED)
def test_whoever_walks_a_runbook_checks_that_it_is_over(book: str) -> None:
    phase = BOUND[book].phases.index("Verification")
    checks = [one for step in BOUND[book].steps if step.phase == phase for one in step.runs]
    assert any(one.kind is RunKind.CHECK for one in checks)
    ends_elsewhere = {"Find out whether two raced", "Ask for help", "Stop: treat it as a double booking"}
    for way in walks(book):
        assert any(step.phase == phase for step in way) or ends_elsewhere & set(titles(way))


def test_every_action_of_the_pack_stands_in_a_runbook() -> None:
    used = {name for bound in BOUND.values() for step in bound.steps for name in actions(step)}
    assert used == {rule.name for rule in POLICY.actions}


@pytest.mark.parametrize(
    ("book", "title", "on", "leads_to"),
    [
        ("api-down", "What does the log say?", "ECONNREFUSED", "Go on with the database's runbook"),
        ("api-down", "What does the log say?", "ENOMEM", "Restart the API"),
        ("api-down", "Is the database well?", "CRITICAL", "Go on with the database's runbook"),
        ("api-down", "Can Stripe be reached?", "CRITICAL", "What does Stripe say of itself?"),
        ("api-down", "Was it deployed lately?", "WARN", "Go back to the version before"),
        ("api-down", "Does it answer now?", "CRITICAL", "Which setting is missing?"),
        ("api-down", "Does it answer now?", "OK", "/health and /ready answer as they should"),
        ("stripe-webhooks", "What does the log say?", "BookingConflictError", "Treat it as a double booking, at once"),
        ("stripe-webhooks", "Is the secret right?", "It is right", "Send it again"),
        ("stripe-webhooks", "Is the booking there now?", "CRITICAL", "Is the day still free? Then enter the booking"),
        ("stripe-webhooks", "Send it again", "FAILED", "Is the day still free? Then enter the booking"),
        ("database-connections-lost", "Is the project at Supabase paused?", "CRITICAL", "Resume the project"),
        (
            "database-connections-lost",
            "Is Supabase itself in trouble?",
            "CRITICAL",
            "Tell Supabase's support, and watch its page",
        ),
        (
            "database-connections-lost",
            "Are its connections fewer, and is /ready well?",
            "CRITICAL",
            "Does anything idle for so long?",
        ),
        ("rolling-back", "/health answers 200 OK", "CRITICAL", "It did not help: ask for help"),
        (
            "database-connections-lost",
            "What runs for more than 5 minutes?",
            "CRITICAL",
            "End the session that holds the others up",
        ),
        ("double-booking", "Do two bookings have one day?", "OK", "Find out whether two raced"),
        ("double-booking-cause", "Is the constraint there?", "CRITICAL", "Is a day booked twice?"),
        ("memory-and-speed", "What changed?", "WARN", "Roll it back, if it can be"),
        ("memory-find-the-leak", "What of these is kept?", "WARN", "Remove the listeners again"),
        ("booking-by-hand", "Can Muster enter the booking?", "DONE", "One customer, one booking, one payment"),
    ],
)
def test_a_finding_leads_to_what_mends_it(book: str, title: str, on: str, leads_to: str) -> None:
    (step,) = (step for step in BOUND[book].steps if step.title == title)
    (branch,) = (branch for branch in step.branches if branch.on == on)
    assert BOUND[book].steps[branch.to - 1].title == leads_to


def test_a_double_booking_has_the_customer_called_before_anything_is_changed() -> None:
    for way in walks("double-booking"):
        changes = [place for place, step in enumerate(way) if actions(step)]
        if changes:
            assert titles(way).index("Call the couple that came second, now") < changes[0]


def test_which_booking_is_kept_is_asked_in_the_documents_order() -> None:
    first, second, third = (
        "Was one payment clearly the first?",
        "Was one booking clearly made first?",
        "What do the customers wish?",
    )
    asked = {
        tuple(title for title in titles(way) if title in (first, second, third)) for way in walks("double-booking")
    }
    assert asked == {(), (first,), (first, second), (first, second, third)}
    (rule,) = (step for step in BOUND["double-booking"].steps if step.title == first)
    leads_to = {branch.on: BOUND["double-booking"].steps[branch.to - 1].title for branch in rule.branches}
    cancel = "Cancel the other booking"
    assert leads_to == {"OK": cancel, "Yes": cancel, "WARN": second, "No": second}
    for way in walks("double-booking"):
        done = [name for step in way for name in actions(step)]
        assert done in ([], ["cancel-booking", "refund", "mark-refunded", "note-offer"])


@pytest.mark.parametrize(
    ("way", "does"),
    [
        ("Code: the Docker image", ["stop-container", "remove-container", "start-version"]),
        ("Code: the commit", ["restart"]),
        ("Code: the link", ["switch-release", "restart"]),
        ("Database: a migration of Prisma's", ["back-up-database", "forget-migration"]),
        ("Database: a script by hand", ["back-up-database"]),
        ("Database: from a backup", ["back-up-database", "restart"]),
        ("Settings", ["restore-settings", "restart"]),
        ("Stripe's API version", ["restart"]),
        ("The webhook's endpoint", []),
    ],
)
def test_every_way_to_roll_back_ends_with_the_nine_things_to_check(way: str, does: list[str]) -> None:
    (pick,) = (step for step in BOUND["rolling-back"].steps if step.pick)
    (branch,) = (branch for branch in pick.branches if branch.on == way)
    helped = [rest for rest in walks("rolling-back", branch.to) if titles(rest)[-1] != "It did not help: ask for help"]
    assert helped
    for rest in helped:
        assert [name for step in rest for name in actions(step)] == does
        assert titles(rest)[-9:] == [
            "/health answers 200 OK",
            '/ready answers {"ok":true}',
            "A booking works from beginning to end",
            "The database can be reached",
            "Stripe's webhooks are processed",
            "The error logs have no new errors",
            "It has been watched for 30 minutes",
            "The incident's log is up to date",
            "The team knows about the rollback",
        ]


@pytest.mark.parametrize("name", [rule.name for rule in POLICY.actions])
def test_what_changes_a_system_is_agreed_to_by_somebody_else(name: str) -> None:
    (rule,) = (one for one in POLICY.actions if one.name == name)
    alone = {"note-offer", "remove-container", "start-version", "back-up-database"}
    assert rule.approvals.count == (0 if name in alone else 1)
    if name in {"refund", "enter-booking", "cancel-booking", "mark-refunded", "forget-migration"}:
        assert not rule.approvals.emergency
        assert not rule.allowed.everybody
