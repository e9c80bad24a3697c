"""The runbooks of `ai-booking` and `journey` can be walked to their ends, whichever branch is taken."""

from collections.abc import Iterator
from functools import cache

import pytest

from bot.diagnostics.runner import known_checks
from bot.domain.rules import Policy
from bot.domain.runbook_run import END, RunKind, StepRule
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.bind import Bound, bind
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.runbook import Runbook

PACKS = ("ai-booking", "journey")
BOOKS = {(pack, book.name): book for pack in PACKS for book in Catalogue([RUNBOOKS / pack]).list()}
#: What every runbook about a fault does, besides looking.
ACTS = {
    ("ai-booking", "connection-pool"): ["end-query", "end-idle", "set-pool", "deploy-commit", "restart-service"],
    ("ai-booking", "database-connection-failures"): ["resume-database", "set-pool", "restart-service"],
    ("ai-booking", "query-performance"): ["end-query", "end-session"],
    ("ai-booking", "high-error-rate"): ["roll-back"],
    ("ai-booking", "slow-responses"): ["scale-service", "roll-back"],
    ("ai-booking", "memory-leak"): ["restart-service", "roll-back"],
    ("ai-booking", "cpu-spikes"): ["roll-back", "restart-service", "scale-service"],
    ("ai-booking", "backup-and-restore"): ["back-up", "list-backup", "stop-service", "start-service"],
    ("ai-booking", "complete-system-failure"): ["resume-database", "deploy-commit"],
    ("ai-booking", "data-corruption"): ["stop-service", "back-up", "start-service"],
    ("ai-booking", "security-breach"): ["stop-service", "end-session", "deploy-commit"],
    ("journey", "api-downtime"): ["restart-service"],
    ("journey", "database-connections"): ["end-session", "restart-service"],
    ("journey", "sync-engine-failures"): [
        "test-ghl",
        "test-airtable",
        "sync-client",
        "sync-again",
        "sync-reset",
        "sync-skipping",
    ],
    ("journey", "memory-and-performance"): ["restart-service"],
}


@cache
def policy(pack: str) -> Policy:
    return read_pack(pack, root=RUNBOOKS)


@cache
def bound(pack: str, name: str) -> Bound:
    return bind(BOOKS[pack, name], policy(pack), checks_of=known_checks)


def ways(step: StepRule) -> list[int]:
    """Where a step may lead."""
    return [*(branch.to for branch in step.branches), *([] if step.pick else [step.then])]


def done(steps: tuple[StepRule, ...]) -> Iterator[str]:
    """The actions of steps, in order."""
    for step in steps:
        yield from (run.does for run in step.runs if run.kind is RunKind.ACTION)


every_book = pytest.mark.parametrize(("pack", "name"), BOOKS, ids="-".join)


@every_book
def test_every_block_is_something_that_the_pack_allows(pack: str, name: str) -> None:
    assert bound(pack, name).faults == ()


@every_book
def test_each_way_through_it_ends_within_15_steps_and_no_step_is_out_of_reach(pack: str, name: str) -> None:
    steps = bound(pack, name).steps
    assert steps
    longest, reached = {END: 0}, {1}
    for number, step in reversed(list(enumerate(steps, start=1))):
        longest[number] = 1 + max(longest[to] for to in ways(step))
    for number, step in enumerate(steps, start=1):
        reached |= set(ways(step)) if number in reached else set()
    assert longest[1] <= 15
    assert reached - {END} == set(range(1, len(steps) + 1))


@every_book
def test_a_step_has_a_title_that_is_read_at_a_glance(pack: str, name: str) -> None:
    assert [step.title for step in bound(pack, name).steps if len(step.title) > 60] == []


@pytest.mark.parametrize(("pack", "name"), ACTS, ids="-".join)
def test_a_runbook_does_what_its_section_has_people_do_and_then_verifies(pack: str, name: str) -> None:
    found = bound(pack, name)
    actions = list(done(found.steps))
    assert [action for action in ACTS[pack, name] if action not in actions] == []
    verified = [step for step in found.steps if found.phases[step.phase] == "Verification"]
    assert any(run.kind is RunKind.CHECK for step in verified for run in step.runs)


@pytest.mark.parametrize(("pack", "name"), ACTS, ids="-".join)
def test_whoever_finds_no_cause_and_sees_no_end_is_led_to_whom_to_call(pack: str, name: str) -> None:
    """“None of these” leads to the verification, and what does not hold there to the escalation."""
    found = bound(pack, name)
    first = next(step for step in found.steps if found.phases[step.phase] == "Verification")
    (failed,) = (branch.to for branch in first.branches if branch.on == "FAILED")
    assert found.phases[found.steps[failed - 1].phase] == "Escalation"


@pytest.mark.parametrize("pack", PACKS)
def test_no_action_of_the_pack_is_without_a_runbook_that_asks_for_it(pack: str) -> None:
    asked = {name for each, book in BOOKS if each == pack for name in done(bound(pack, book).steps)}
    assert {action.name for action in policy(pack).actions} == asked


def leads(pack: str, name: str, title: str) -> dict[str, str]:
    """The branches of a step, each with the title of the step that it leads to."""
    steps = bound(pack, name).steps
    (step,) = (one for one in steps if one.title == title)
    return {branch.on: steps[branch.to - 1].title for branch in step.branches}


def heading(book: Runbook, line: int) -> str:
    """The heading that a line of the file stands under."""
    first = book.text_line
    before = book.text.split("\n")[: line - first + 1]
    return next(text.strip("# ") for text in reversed(before) if text.startswith("#"))


def test_the_decision_tree_of_journey_is_that_of_the_document() -> None:
    book, steps = BOOKS["journey", "api-downtime"], bound("journey", "api-downtime").steps

    def under(title: str) -> dict[str, str]:
        (step,) = (one for one in steps if one.title == title)
        return {branch.on: heading(book, steps[branch.to - 1].first) for branch in step.branches}

    assert under("Does the health check fail?") == {
        "CRITICAL": "It fails: what does Zeabur say?",
        "ERROR": "It fails: what does Zeabur say?",
        "OK": "It does not: which endpoints fail?",
        "WARN": "It does not: which endpoints fail?",
    }
    assert under("What became of the container?") == {
        "It crashed": "It crashed on an exception",
        "Its build failed": "The build failed",
        "It is at its resource limits": "Out of memory",
        "It runs": "Is it the database?",
    }
    assert under("Does the key endpoint answer?") == {
        "All endpoints fail": "Is it the database?",
        "One fails": "A bug in one endpoint",
        "None fails": "Verification",
    }
    assert under("Is the database well?") == {
        "WARN": "The database has trouble",
        "CRITICAL": "The database has trouble",
        "OK": "The connection pool is used up",
    }


@pytest.mark.parametrize(
    ("pack", "name", "title", "on", "to"),
    [
        (
            "ai-booking",
            "connection-pool",
            "Does a query run for long, or idle in a transaction?",
            "CRITICAL",
            "End queries that run for long",
        ),
        (
            "ai-booking",
            "database-connection-failures",
            "What does the Render dashboard say of the database?",
            "CRITICAL",
            "Start the database again",
        ),
        ("ai-booking", "high-error-rate", "Was something deployed lately?", "WARN", "Roll the deployment back"),
        ("ai-booking", "high-error-rate", "Are the providers well?", "CRITICAL", "Disable what needs the provider"),
        ("ai-booking", "slow-responses", "Does the cache hit?", "WARN", "Let the cache's entries live longer"),
        ("ai-booking", "memory-leak", "Is it up?", "CRITICAL", "Restart the service"),
        ("ai-booking", "complete-system-failure", "Is data lost or corrupt?", "Yes", "Say that data is lost"),
        ("ai-booking", "security-breach", "Are they still in, or is the way in open?", "Yes", "Isolate the systems"),
        (
            "journey",
            "database-connections",
            "Does the database answer?",
            "CRITICAL",
            "Is it silent, or are its connections taken?",
        ),
        ("journey", "database-connections", "Does somebody wait for a lock?", "WARN", "Find the query"),
        ("journey", "database-connections", "How many connections are open?", "CRITICAL", "Restart the API service"),
        (
            "journey",
            "sync-engine-failures",
            "Sync the client once more",
            "DONE",
            "The client's sync ends without an error",
        ),
    ],
)
def test_what_a_step_finds_leads_to_what_mends_it(pack: str, name: str, title: str, on: str, to: str) -> None:
    assert leads(pack, name, title)[on] == to


def test_each_error_of_sync_engine_leads_to_its_fix() -> None:
    steps = bound("journey", "sync-engine-failures").steps
    (pick,) = (step for step in steps if step.pick)
    fixes = {branch.on.split(":")[0]: steps[branch.to - 1].says for branch in pick.branches[:5]}
    assert fixes == {
        "401 Unauthorized": "Refresh the GHL token",
        "429 Too Many Requests": "Wait 60 s, sync less often",
        "Validation Error": "Check the client's configuration, mend the data",
        "ETIMEDOUT": "Try again; firewall, DNS",
        "PrismaClientKnownRequestError": "Check the schema, mend the data",
    }
