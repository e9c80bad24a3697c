"""Every runbook of every pack, walked along every branch to its end; and every incident of the documents has one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from bot.diagnostics.runner import known_checks
from bot.domain.runbook_run import END, Branch, RunKind, StepRule
from bot.paths import RUNBOOKS
from bot.policy.read import POLICY_FILE, read_policy
from bot.runbooks.bind import bind
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.runbook import Runbook
from bot.runbooks.step_text import step_text
from bot.runbooks.structure import ChapterKind

PACKS = sorted(path.parent.name for path in RUNBOOKS.glob(f"*/{POLICY_FILE}"))
#: Nobody walks more at three in the morning.
MOST_STEPS = 40
#: A title that a card shows on one line.
MOST_TITLE = 60
#: What a card has room for.
MOST_TEXT = 3000

#: The incidents of each pack's document, as its sections call them, with the runbooks that are about them.
INCIDENTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "sme-booking": {
        "Error Rate Spike": ["error-rate-spike"],
        "Error Rate Spike: Database Connection Pool Exhausted": ["database-connections"],
        "Error Rate Spike: Code Deployment Issue": ["bad-deployment"],
        "Error Rate Spike: Third-Party API Failure": ["third-party-outage"],
        "Error Rate Spike: Memory Leak": ["memory-leak"],
        "Slow Database Queries": ["slow-queries"],
        "Calendar Sync Failures": ["calendar-sync-failures"],
        "High Booking Failure Rate": ["booking-failures"],
        "Memory Leak / Out of Memory": ["memory-leak"],
        "Database Connection Issues": ["database-connections"],
    },
    "ai-booking": {
        "Connection Pool Monitoring": ["connection-pool"],
        "Database Connection Failures": ["database-connection-failures"],
        "Query Performance": ["query-performance"],
        "High Error Rates": ["high-error-rate"],
        "Slow Response Times": ["slow-responses"],
        "Memory Leaks": ["memory-leak"],
        "CPU Spikes": ["cpu-spikes"],
        "Backup and Restore": ["backup-and-restore"],
        "Point-in-Time Recovery": ["backup-and-restore"],
        "Complete System Failure": ["complete-system-failure"],
        "Data Corruption": ["data-corruption"],
        "Security Breach": ["security-breach"],
    },
    "journey": {
        "API Downtime": ["api-downtime"],
        "Database Connection Issues": ["database-connections"],
        "Sync Engine Failures": ["sync-engine-failures"],
        "Memory/Performance Issues": ["memory-and-performance"],
    },
    "mais": {
        "API Down / 500 Errors": ["api-down"],
        "Failed Webhooks from Stripe": ["stripe-webhooks"],
        "Failed Webhooks from Stripe: Process Stuck Booking Manually": ["booking-by-hand"],
        "Database Connection Loss": ["database-connections-lost"],
        "Double-Booking Incident": ["double-booking"],
        "Double-Booking Incident: Investigate Race Condition": ["double-booking-cause"],
        "Memory Leaks / Performance Degradation": ["memory-and-speed"],
        "Rollback Procedures": ["rolling-back"],
    },
    "schedgen": {
        "High Error Rate (> 5%)": ["high-error-rate"],
        "Slow Response Times (p95 > 10s)": ["slow-responses"],
        "High Resource Utilization (> 80%)": ["high-resource-use"],
        "Queue Depth High (> 500 jobs)": ["queue-depth"],
        "Database Connection Pool Exhausted": ["database-connections-exhausted"],
        "Service Completely Down": ["service-down"],
        "Authentication Failures": ["authentication-failures"],
    },
    # What the five have in common.
    "default": {
        "Errors": ["high-error-rate"],
        "A service is down": ["service-down"],
        "A bad deployment": ["bad-deploy-rollback"],
        "Slow queries": ["slow-queries"],
        "Database connections": ["database-connections-exhausted"],
        "The database cannot be reached": ["database-unreachable"],
        "Memory": ["memory-leak"],
        "CPU": ["high-cpu"],
        "Queues": ["queue-backlog"],
        "Webhooks": ["failed-webhooks"],
        "A provider": ["third-party-outage"],
        "Logins": ["authentication-failures"],
        "Backup and restore": ["backup-restore"],
        "Damaged data": ["data-corruption"],
        "Security": ["security-incident"],
        "Certificates": ["certificate-expired"],
    },
}


@dataclass(frozen=True)
class Walk:
    """A runbook as a run walks it: its steps, and what the chapter of each is for."""

    pack: str
    runbook: Runbook
    steps: tuple[StepRule, ...]
    kinds: tuple[ChapterKind, ...]

    def __str__(self) -> str:
        return f"{self.pack}/{self.runbook.name}"

    @property
    def incidents(self) -> list[str]:
        """Those of the pack's document that it is about."""
        return [incident for incident, names in INCIDENTS[self.pack].items() if self.runbook.name in names]

    @property
    def mends(self) -> bool:
        """Whether it mends something, and is no list to tick off or text to look things up in."""
        mending = {ChapterKind.CAUSES, ChapterKind.MITIGATION, ChapterKind.RESOLUTION, ChapterKind.ROLLBACK}
        acts = any(run.kind is RunKind.ACTION for step in self.steps for run in step.runs)
        return any(self.kind(step) in mending for step in self.steps) or (acts and bool(self.incidents))

    @property
    def reached(self) -> list[StepRule]:
        """The steps that somebody can come to."""
        return [self.steps[number - 1] for number in sorted(reached(self.steps))]

    def kind(self, step: StepRule) -> ChapterKind:
        """What the chapter of a step is for."""
        return self.kinds[step.phase]

    def text(self, step: StepRule) -> str:
        """What a card has of a step besides its title."""
        lines = ("\n" * (self.runbook.text_line - 1) + self.runbook.text).split("\n")
        return step.says or step_text("\n".join(lines[max(step.first, 1) - 1 : step.last]), step.title)


@cache
def walks(pack: str) -> tuple[Walk, ...]:
    """All runbooks of a pack."""
    policy = read_policy(RUNBOOKS / pack, checks_of=known_checks)
    found = []
    for runbook in Catalogue([RUNBOOKS / pack]).list():
        kinds = tuple(chapter.kind for chapter in runbook.structure.chapters if chapter.walked)
        found.append(Walk(pack, runbook, bind(runbook, policy, checks_of=known_checks).steps, kinds))
    return tuple(found)


def ways(step: StepRule) -> set[int]:
    """Where a step can lead: to the one after it, and along its branches."""
    return {step.then, *(branch.to for branch in step.branches)}


def reached(steps: Sequence[StepRule]) -> set[int]:
    """The steps that can be come to from the first, depth first."""
    seen: set[int] = set()
    ahead = [1] if steps else []
    while ahead:
        number = ahead.pop()
        if number != END and number not in seen:
            seen.add(number)
            ahead.extend(ways(steps[number - 1]))
    return seen


def longest(steps: Sequence[StepRule]) -> int:
    """How many steps the longest way has, where all lead forwards."""
    from_here = {END: 0}
    for number in range(len(steps), 0, -1):
        from_here[number] = 1 + max(from_here[way] for way in ways(steps[number - 1]))
    return from_here[min(1, len(steps))]


def leading_back(steps: Sequence[StepRule]) -> Iterator[str]:
    """What leads back, to itself, or to a step that is not there."""
    for number, step in enumerate(steps, 1):
        for way in ways(step):
            if way != END and not number < way <= len(steps):
                yield f"{number} leads to {way}"


def test_a_walk_finds_what_leads_back_and_what_nobody_comes_to() -> None:
    def step(then: int, *to: int) -> StepRule:
        return StepRule(title="It", phase=0, then=then, branches=tuple(Branch(on="Yes", to=one) for one in to))

    there = [step(2, 4), step(4), step(4), step(END)]
    assert (list(leading_back(there)), reached(there), longest(there)) == ([], {1, 2, 4}, 3)
    assert list(leading_back([step(2), step(END, 1), step(3), step(5)])) == [
        "2 leads to 1",
        "3 leads to 3",
        "4 leads to 5",
    ]


def test_every_pack_has_its_incidents_here() -> None:
    assert set(INCIDENTS) == set(PACKS)


@pytest.mark.parametrize("pack", PACKS)
def test_every_way_through_a_runbook_ends(pack: str) -> None:
    assert [f"{walk}: {wrong}" for walk in walks(pack) for wrong in leading_back(walk.steps)] == []
    assert [str(walk) for walk in walks(pack) if longest(walk.steps) > MOST_STEPS] == []


@pytest.mark.parametrize("pack", PACKS)
def test_somebody_comes_to_every_step_of_a_runbook(pack: str) -> None:
    assert [f"{walk}: {step.title}" for walk in walks(pack) for step in walk.steps if step not in walk.reached] == []


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_mended_is_verified_or_somebody_is_asked_for_help(pack: str) -> None:
    """The last step of each way is one of the verification; or of a chapter that only a branch leads to."""
    ends = {ChapterKind.VERIFICATION, ChapterKind.ESCALATION, ChapterKind.PREVENTION, ChapterKind.ROLLBACK}
    mending = [walk for walk in walks(pack) if walk.mends]
    last = [(walk, step) for walk in mending for step in walk.reached if END in ways(step)]
    assert [f"{walk}: {step.title}" for walk, step in last if walk.kind(step) not in ends] == []
    verified = {str(walk) for walk in mending for step in walk.reached if walk.kind(step) is ChapterKind.VERIFICATION}
    assert [str(walk) for walk in mending if str(walk) not in verified] == []


@pytest.mark.parametrize("pack", PACKS)
def test_a_step_fits_its_card(pack: str) -> None:
    steps = [(walk, step) for walk in walks(pack) for step in walk.steps]
    assert [f"{walk}: {step.first}" for walk, step in steps if not step.title] == []
    assert [f"{walk}: {step.title}" for walk, step in steps if len(walk.text(step)) > MOST_TEXT] == []
    words = [(walk, step.title, [branch.on for branch in step.branches]) for walk, step in steps]
    assert [f"{walk}: {title}" for walk, title, said in words if len(set(said)) < len(said)] == []


@pytest.mark.parametrize("pack", PACKS)
def test_a_step_says_what_to_do_on_one_line(pack: str) -> None:
    """Of a table, the cause is the title; and whom to call, and what to do in the long run, are read as sentences."""
    read = {ChapterKind.ESCALATION, ChapterKind.PREVENTION}
    steps = [(walk, step) for walk in walks(pack) if walk.mends for step in walk.steps]
    titles = [(walk, step.title) for walk, step in steps if not step.says and walk.kind(step) not in read]
    assert [f"{walk}: {title}" for walk, title in titles if len(title) > MOST_TITLE] == []


@pytest.mark.parametrize(("pack", "incident"), [(pack, one) for pack, found in INCIDENTS.items() for one in found])
def test_an_incident_of_the_documents_has_a_runbook_that_looks(pack: str, incident: str) -> None:
    books = [walk for walk in walks(pack) if incident in walk.incidents]
    assert {walk.runbook.name for walk in books} == set(INCIDENTS[pack][incident])
    for walk in books:
        assert walk.mends, "it mends nothing"
        looks = [run.does for step in walk.steps for run in step.runs if run.kind is RunKind.CHECK]
        assert looks, "none of its steps runs a check"


@pytest.mark.parametrize("pack", PACKS)
def test_the_runbook_of_an_incident_is_found_by_what_people_see(pack: str) -> None:
    books = [walk.runbook for walk in walks(pack) if walk.incidents]
    known = [(book.symptoms, book.services or pack == "default", book.owner, book.reviewed) for book in books]
    assert [book.name for book, said in zip(books, known, strict=True) if not all(said)] == []
