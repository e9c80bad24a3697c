"""What stands after `diag`, and what it means."""

from dataclasses import replace

import pytest

from bot.domain.errors import UnknownTarget
from bot.domain.procedures import FirstLook
from bot.domain.rules import Policy, Service, TargetRule
from bot.domain.scopes import first_looks, scope, scopes
from tests.support.policies import a_policy


def a_wider_policy() -> Policy:
    targets = (
        TargetRule(name="db", kind="postgres", title="Orders", aliases=("database", "orders db")),
        TargetRule(name="web", kind="http", aliases=("site",)),
        TargetRule(name="webhooks", kind="http"),
    )
    services = (
        Service(name="checkout", aliases=("shop",), targets=("db", "web")),
        Service(name="database", targets=("db",)),
        Service(name="mail"),
    )
    return replace(a_policy(), targets=targets, services=services)


@pytest.mark.parametrize(
    ("typed", "name", "targets", "checks"),
    [
        ("db", "db", ["db"], ()),
        ("DB", "db", ["db"], ()),
        ("orders db", "db", ["db"], ()),
        ("site", "web", ["web"], ()),
        ("web", "web", ["web"], ()),
        ("checkout", "checkout", ["db", "web"], ()),
        ("shop", "checkout", ["db", "web"], ()),
        ("check", "checkout", ["db", "web"], ()),
        # A service of that very name goes before what is also said for a target.
        ("database", "database", ["db"], ()),
        ("all", "all", ["db", "web", "webhooks"], ()),
        ("db locks", "db", ["db"], ("locks",)),
        ("orders db locks cache", "db", ["db"], ("locks", "cache")),
        ("all reachability", "all", ["db", "web", "webhooks"], ("reachability",)),
    ],
)
def test_words_mean_a_target_a_service_or_everything(
    typed: str, name: str, targets: list[str], checks: tuple[str, ...]
) -> None:
    found = scope(a_wider_policy(), typed)
    assert (found.name, [target.name for target in found.targets], found.checks) == (name, targets, checks)
    assert scope(a_wider_policy(), found.phrase) == found


@pytest.mark.parametrize(("typed", "nearest"), [("chekout", "checkout"), ("w", "web"), ("mail", None), ("", None)])
def test_what_means_nothing_or_several_things_is_refused_with_the_nearest(typed: str, nearest: str | None) -> None:
    with pytest.raises(UnknownTarget) as refused:
        scope(a_wider_policy(), typed)
    assert refused.value.details["nearest"] == nearest
    assert refused.value.details["known"] == ["db", "web", "webhooks", "checkout", "database"]


def test_everything_that_can_be_asked_for_is_offered_once() -> None:
    offered = [(one.name, what) for one, what in scopes(a_wider_policy())]
    assert offered == [
        ("db", "Orders"),
        ("web", "http"),
        ("webhooks", "http"),
        ("checkout", "checkout, with db, web"),
        ("database", "database, with db"),
        ("all", "everything there is"),
    ]


def test_where_there_is_one_target_everything_is_that() -> None:
    assert [one.name for one, _ in scopes(a_policy())] == ["db", "checkout"]
    assert [target.name for target in scope(a_policy(), "all").targets] == ["db"]


@pytest.mark.parametrize(
    ("severity", "service", "title", "run"),
    [
        ("P1", None, "It hangs", ("db",)),
        ("P2", None, "It hangs", ()),
        ("P2", "checkout", "It hangs", ("web", "db")),
        ("P1", "checkout", "It hangs", ("db", "web")),
        ("P3", None, "[FIRING] highqueuedepth on worker-2", ("all",)),
    ],
)
def test_what_runs_at_a_declaration_is_for_its_severity_service_or_alert(
    severity: str, service: str | None, title: str, run: tuple[str, ...]
) -> None:
    looks = (
        FirstLook(run=("database",), severities=("P1",)),
        FirstLook(run=("web", "db"), services=("checkout",)),
        FirstLook(run=("all",), alerts=("HighQueueDepth",)),
    )
    policy = replace(a_wider_policy(), first_looks=looks, services=a_wider_policy().services[:1])
    assert first_looks(policy, severity, service, title) == run
