"""The targets of the packs: what they are judged by, where their advice leads, and what means which of them."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from bot.diagnostics.runner import checks_of
from bot.diagnostics.target import Target
from bot.domain.rules import Policy
from bot.domain.scopes import first_looks, scope
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.stand_in_tables import QUEUES, TABLES
from tests.support.stand_ins import ENDPOINTS

PACKS = ("sme-booking", "ai-booking", "journey", "mais", "schedgen")


@cache
def policy(pack: str) -> Policy:
    return read_pack(pack, root=RUNBOOKS)


def judged(pack: str) -> Iterator[tuple[str, str]]:
    """What a pack's endpoints, databases and queues are judged by: a target and a check."""
    for rule in policy(pack).targets:
        options: Any = rule.options
        for assertion in getattr(options, "assertions", ()):
            yield rule.name, assertion.name
        for query in options.queries if rule.kind == "sql" else ():
            if query.warn is not None or query.critical is not None:
                yield rule.name, query.name
        for queue in options.queues if rule.kind == "redis" else ():
            if queue.warn is not None or queue.critical is not None:
                yield rule.name, f"queue_{queue.name}"


@pytest.mark.parametrize("pack", PACKS)
def test_every_judgement_of_a_pack_has_been_seen_well_and_ill(pack: str) -> None:
    seen = {(each.target, fault.check) for each in (*ENDPOINTS, *TABLES) if each.pack == pack for fault in each.faults}
    seen |= {("queues", fault.check) for fault in QUEUES if pack == "schedgen"}
    assert [one for one in judged(pack) if one not in seen] == []
    kinds = {"http", "sql", "redis"}
    names = {rule.name for rule in policy(pack).targets if rule.kind in kinds}
    assert names - {each.target for each in (*ENDPOINTS, *TABLES) if each.pack == pack} <= {"queues"}


@pytest.mark.parametrize("pack", PACKS)
def test_the_advice_of_a_target_leads_to_a_runbook_or_a_diagnosis_of_its_pack(pack: str) -> None:
    text = (RUNBOOKS / pack / "policy.yaml").read_text(encoding="utf-8").partition("\ntargets:\n")[2]
    books = set(re.findall(r"/incident\s+runbook\s+([\w-]+)", text))
    assert books
    assert sorted(book for book in books if not (RUNBOOKS / pack / f"{book}.md").is_file()) == []
    for name in re.findall(r"/incident\s+diag\s+([\w-]+)", text):
        assert scope(policy(pack), name).targets


@pytest.mark.parametrize("pack", PACKS)
def test_diag_db_means_the_one_database_and_a_service_all_of_its_targets(pack: str) -> None:
    rules = policy(pack)
    found = scope(rules, "db")
    assert [one.name for one in found.targets] == ["db"]
    assert [one.name for one in rules.targets if one.kind == "postgres"] == ["db"]
    for service in rules.services:
        if service.targets:
            assert {one.name for one in scope(rules, service.name).targets} == set(service.targets)
    unused = {one.name for one in rules.targets} - {name for service in rules.services for name in service.targets}
    assert unused == set()


@pytest.mark.parametrize("pack", PACKS)
def test_every_target_is_titled_and_of_a_kind_that_knows_its_checks(pack: str) -> None:
    for rule in policy(pack).targets:
        assert rule.title
        assert checks_of(Target(name=rule.name, kind=rule.kind, options=rule.options))


@pytest.mark.parametrize(
    ("pack", "name", "expected"),
    [
        ("sme-booking", "health", {"latency_warn_ms": 300, "latency_crit_ms": 5000}),
        ("ai-booking", "health", {"latency_warn_ms": 500, "latency_crit_ms": 2000}),
        ("ai-booking", "health-detailed", {"latency_warn_ms": 500, "latency_crit_ms": 2000}),
        ("journey", "health", {"latency_crit_ms": 5000}),
        ("journey", "journeys-endpoint", {"latency_crit_ms": 5000}),
        ("mais", "health", {"latency_warn_ms": 3000, "latency_crit_ms": 5000}),
        ("mais", "machine", {"disk_warn_percent": 80, "memory_warn_percent": 80}),
        ("schedgen", "backend-health", {"latency_warn_ms": 2000, "latency_crit_ms": 10_000}),
        ("schedgen", "machine", {"memory_warn_percent": 80}),
    ],
)
def test_what_is_measured_in_time_and_per_cent_has_the_documents_limits(
    pack: str, name: str, expected: dict[str, float]
) -> None:
    (rule,) = (one for one in policy(pack).targets if one.name == name)
    assert rule.thresholds == expected
    patience = 0.9 * min(rule.check_timeout, rule.timeout).total_seconds()
    assert patience > expected.get("latency_crit_ms", 0) / 1000


@pytest.mark.parametrize(
    ("pack", "pool"), [("sme-booking", 10), ("ai-booking", None), ("journey", None), ("mais", 10), ("schedgen", 50)]
)
def test_the_pool_is_as_large_as_the_document_says(pack: str, pool: int | None) -> None:
    options: Any = policy(pack).targets[0].options
    assert options.pool == pool


def test_an_alert_of_schedgen_looks_at_what_its_section_looks_at() -> None:
    rules = policy("schedgen")
    looks = {
        alert: first_looks(rules, "SEV-2", None, f"[FIRING] {alert} since 14:02")
        for alert in ("HighErrorRate", "HighQueueDepth", "DatabaseConnectionPoolExhausted", "ServiceDown")
    }
    assert looks == {
        "HighErrorRate": ("application",),
        "HighQueueDepth": ("queue",),
        "DatabaseConnectionPoolExhausted": ("db",),
        "ServiceDown": ("application", "database", "redis", "minio"),
    }
    assert first_looks(rules, "SEV-1", None, "Nothing can be reached") == ()


@pytest.mark.parametrize("pack", PACKS)
def test_a_service_that_is_named_is_looked_at_by_itself(pack: str) -> None:
    rules = policy(pack)
    for service in rules.services:
        looks = first_looks(rules, rules.severities[0].name, service.name, "Something is wrong")
        assert bool(looks) is bool(service.targets) or pack == "schedgen"
        assert all(scope(rules, one).targets for one in looks)


def test_no_address_of_an_organisation_stands_in_a_target() -> None:
    public = re.compile(r"(^|\.)(google|twilio|stripe|stripestatus|vapi|render|supabase|zeabur|gohighlevel|airtable)\.")
    for pack in PACKS:
        for rule in policy(pack).targets:
            url = getattr(rule.options, "url", None)
            assert url is None or public.search(url.split("/")[2]), url
