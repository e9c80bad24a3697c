"""What a block of a runbook runs: what the pack allows, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.diagnostics.runner import known_checks
from bot.domain.action_rules import ActionRule, Param, ParamType
from bot.domain.rules import Policy, Service, TargetRule
from bot.domain.runbook_run import Branch, RunKind, Runnable
from bot.policy.targets import TargetSection
from bot.policy.targets.logs import LokiTarget, PatternRule
from bot.policy.targets.prometheus import PrometheusTarget
from bot.policy.targets.prometheus import QueryRule as PromQuery
from bot.policy.targets.sql import QueryRule, SqlTarget
from bot.policy.targets.webhooks import WebhooksTarget
from bot.runbooks.bind import Bound, bind
from bot.runbooks.parse import parse_runbook
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Block, Chapter, ChapterKind, Step, Structure
from tests.support.policies import DATABASE, a_policy

DOUBLED = "SELECT date, count(*)\nFROM booking\nGROUP BY 1 HAVING count(*) > 1"
DEPTH = "sum(queue_depth)"
FAILED = "SELECT failed_at AS at FROM delivery"


def _target(section: TargetSection, *aliases: str) -> TargetRule:
    return TargetRule(name=section.name, kind=section.kind, options=section, aliases=aliases)


BOOKINGS = SqlTarget(
    kind="sql",
    name="booking-data",
    url_from="MUSTER_BOOKINGS_URL",
    queries=(QueryRule(name="doubled", sql=DOUBLED), QueryRule(name="pending", sql="SELECT 1")),
)
METRICS = PrometheusTarget(
    kind="prometheus", name="metrics", url="http://prometheus", queries=(PromQuery(name="queue-depth", query=DEPTH),)
)
LOGS = LokiTarget(
    kind="loki",
    name="logs",
    url="http://loki",
    selector='{app="shop"}',
    patterns=(PatternRule(name="timeouts", match="timed out"),),
)
HOOKS = WebhooksTarget(kind="webhooks", name="hooks", url_from="MUSTER_HOOKS_URL", source="sql", sql=FAILED)
RESTART = ActionRule(
    name="restart",
    kind="command",
    does="Restarts a service.",
    aliases=("start anew",),
    params=(Param(name="service", type=ParamType.CHOICE, choices=("api", "worker")),),
)
END = ActionRule(
    name="end-session",
    kind="end_session",
    does="Ends a session.",
    params=(Param(name="pid", type=ParamType.INTEGER, min=1), Param(name="why", type=ParamType.TEXT, max_length=40)),
)


def a_pack() -> Policy:
    targets = (_target(DATABASE, "orders db"), *map(_target, (BOOKINGS, METRICS, LOGS, HOOKS)))
    services = (Service(name="checkout", aliases=("shop",), targets=("db", "metrics")), Service(name="mail"))
    return replace(a_policy(), targets=targets, services=services, actions=(RESTART, END))


def _runbook(*blocks: Block, services: tuple[str, ...] = ()) -> Runbook:
    chapter = Chapter(
        kind=ChapterKind.INVESTIGATION, title="Investigation", level=2, first=1, last=40, about_last=1, walked=True
    )
    step = Step(
        title="Look", phase=0, first=2, last=40, blocks=blocks, branches=(Branch(on="OK", to=0),), takes="2 min"
    )
    return Runbook(
        name="slow",
        title="Slow",
        text="",
        digest="",
        path=Path("slow.md"),
        services=services,
        structure=Structure(chapters=(chapter,), steps=(step,)),
    )


def bound_of(*blocks: Block, policy: Policy | None = None, services: tuple[str, ...] = ()) -> Bound:
    return bind(_runbook(*blocks, services=services), policy or a_pack(), checks_of=known_checks)


def _runs(*blocks: Block) -> list[str]:
    bound = bound_of(*blocks)
    assert bound.faults == ()
    return [one.does for one in bound.steps[0].runs]


def _refused(block: Block, policy: Policy | None = None) -> str:
    bound = bound_of(block, policy=policy)
    assert bound.steps[0].runs == ()
    (fault,) = bound.faults
    assert (fault.file, fault.line) == ("slow.md", block.line)
    return fault.message


def _check(line: int = 1, /, **named: str) -> Block:
    return Block(language="check", named=named, body="diag it", line=line)


def test_a_step_keeps_all_that_the_runbook_says_of_it() -> None:
    bound = bound_of()
    assert bound.phases == ("Investigation",)
    (step,) = bound.steps
    assert (step.title, step.phase, step.first, step.last, step.takes) == ("Look", 0, 2, 40, "2 min")
    assert step.branches == (Branch(on="OK", to=0),)


@pytest.mark.parametrize(
    ("named", "does"),
    [
        ({"target": "db"}, "db"),
        ({"target": "Orders DB"}, "db"),
        ({"target": "shop"}, "checkout"),
        ({"target": "all", "name": "reachability"}, "all reachability"),
        ({"target": "db", "name": "locks, Connections"}, "db locks connections"),
        ({"target": "shop", "name": "queue_depth"}, "checkout queue-depth"),
    ],
)
def test_a_check_asks_a_target_a_service_or_everything(named: dict[str, str], does: str) -> None:
    assert _runs(_check(1, **named)) == [does]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"target": "dbb"}, "The pack has no target “dbb”. Did you mean “db”?"),
        ({"target": "booking"}, "The pack has no target “booking”. Did you mean “booking-data”?"),
        ({"target": "mail"}, "The pack has no target “mail”. Known: db, orders db, booking-data,"),
        ({"target": "db locks"}, "The pack has no target “db locks”."),
        ({}, "It names no target. Write `check target=…` with one of db, "),
        ({"target": "db", "name": "lock"}, "db has no check “lock”. Did you mean “locks”?"),
        ({"target": "db", "name": "locks,zzz"}, "db has no check “zzz”. Known: "),
        ({"targt": "db"}, "“targt” means nothing in such a block. Did you mean “target”?"),
    ],
)
def test_a_check_that_the_pack_has_not_is_reported_and_does_not_run(named: dict[str, str], message: str) -> None:
    assert _refused(_check(7, **named)).startswith(message)


def test_a_check_without_its_key_is_told_how_to_write_it() -> None:
    block = Block(language="check", words=("db",))
    assert _refused(block) == "“db” means nothing here. Write `check target=db`, and checks in `name=`."


@pytest.mark.parametrize(
    ("language", "named", "body", "does"),
    [
        ("sql", {"target": "booking-data", "name": "doubled"}, DOUBLED, "booking-data doubled"),
        ("psql", {"target": "booking-data", "name": "doubled"}, "", "booking-data doubled"),
        ("sql", {"target": "booking-data"}, f"  {DOUBLED}  ;\n", "booking-data doubled"),
        ("sql", {"target": "db", "name": "locks"}, "SELECT * FROM pg_locks", "db locks"),
        ("promql", {"target": "checkout", "name": "queue-depth"}, DEPTH, "checkout queue-depth"),
        ("sql", {}, DOUBLED.replace("\n", " ") + ";", "booking-data doubled"),
        ("promql", {}, "sum(queue_depth)\n", "metrics queue-depth"),
        ("logql", {}, '{app="shop"} |= "timed out"', "logs timeouts"),
        ("sql", {}, FAILED, "hooks deliveries"),
    ],
)
def test_a_query_runs_the_check_that_asks_it(language: str, named: dict[str, str], body: str, does: str) -> None:
    assert _runs(Block(language=language, named=named, body=body)) == [does]


@pytest.mark.parametrize(
    ("language", "body"),
    [("sql", "DELETE FROM booking"), ("sql", ""), ("promql", DOUBLED), ("sql", DEPTH), ("bash", DOUBLED), ("", "db")],
)
def test_a_block_that_repeats_nothing_of_the_pack_is_there_to_be_copied(language: str, body: str) -> None:
    bound = bound_of(Block(language=language, body=body))
    assert (bound.steps[0].runs, bound.faults) == ((), ())


def test_a_query_that_differs_is_reported_and_the_packs_own_runs() -> None:
    block = Block(
        language="sql", named={"target": "booking-data", "name": "doubled"}, body="DROP TABLE booking", line=9
    )
    bound = bound_of(block)
    assert bound.steps[0].runs == (Runnable(kind=RunKind.CHECK, does="booking-data doubled"),)
    (fault,) = bound.faults
    assert fault.line == 9
    assert fault.message == (
        "This is not what the pack asks as “doubled” of booking-data, which is what runs. Make the two alike."
    )


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (
            {"target": "booking-data"},
            "Nothing asks booking-data this. Say in `name=` which check it is: doubled, pending.",
        ),
        ({"name": "doubled"}, "It names a check and no target. Add `target=`: db, booking-data, metrics, logs, hooks."),
        ({"target": "booking-data", "name": "double"}, "booking-data has no check “double”. Did you mean “doubled”?"),
    ],
)
def test_a_query_of_which_it_is_not_clear_what_it_runs_does_not(named: dict[str, str], message: str) -> None:
    assert _refused(Block(language="sql", named=named, body="SELECT 2")) == message


def test_of_two_targets_that_are_asked_the_same_the_runbooks_own_is_meant() -> None:
    other = PrometheusTarget(kind="prometheus", name="other", url="http://other", queries=METRICS.queries)
    policy = replace(a_pack(), targets=(*a_pack().targets, _target(other)))
    block = Block(language="promql", body=DEPTH)
    assert _refused(block, policy) == "metrics, other are asked this. Add `target=` with one of them."
    bound = bound_of(block, policy=policy, services=("shop",))
    assert [one.does for one in bound.steps[0].runs] == ["metrics queue-depth"]


def test_words_that_mean_another_target_are_no_check_of_this_one() -> None:
    policy = replace(a_pack(), targets=(*a_pack().targets, replace(_target(DATABASE), name="db-locks")))
    message = "“db locks” means “db-locks” to Muster. Give one of the two another name."
    assert _refused(_check(target="db", name="locks"), policy) == message


def _action(*words: str, **named: str) -> Block:
    return Block(language="action", words=words, named=named, body="do something else", line=3)


def test_an_action_keeps_what_the_runbook_gives_and_leaves_the_rest_to_be_asked() -> None:
    bound = bound_of(_action("end-session", pid="4711", why=""), _action("start", "anew"))
    assert bound.faults == ()
    assert bound.steps[0].runs == (
        Runnable(kind=RunKind.ACTION, does="end-session", given={"pid": "4711"}),
        Runnable(kind=RunKind.ACTION, does="restart"),
    )


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (_action(), "It names no action. Write `action NAME` with one of restart, start anew, end-session."),
        (_action("restrat"), "The pack has no action “restrat”. Did you mean “restart”?"),
        (
            _action("restart", "api"),
            "The pack has no action “restart api”. Give restart its parameters as `name=value`.",
        ),
        (_action("restart", servce="api"), "restart: There is no parameter `servce`. Did you mean `service`?"),
        (
            _action("restart", service="ap"),
            "restart: `service`: “ap” is not one of api, worker; did you mean api?. Write service=api.",
        ),
        (_action("end-session", pid="0"), "end-session: `pid`: “0” is too little: 1 is the least. Write pid=1."),
    ],
)
def test_an_action_that_the_pack_does_not_allow_is_reported_and_does_not_run(block: Block, message: str) -> None:
    assert _refused(block) == message


def test_what_can_run_stands_beside_what_cannot() -> None:
    bound = bound_of(_check(target="db"), _check(5, target="nothing"), _check(target="metrics"))
    assert [one.does for one in bound.steps[0].runs] == ["db", "metrics"]
    assert [fault.line for fault in bound.faults] == [5]


def test_a_files_blocks_are_bound_with_the_lines_that_they_stand_in() -> None:
    text = """\
---
title: Slow
---
# Slow

## Investigation

1. **Who waits?**

   ```check target=db name=locks
   diag db locks
   ```

2. **And the bookings?**

   ```sql target=booking-data name=doubled
   SELECT 2
   ```

   ```action restart service=everything
   do restart
   ```
"""
    parsed = parse_runbook(text.encode(), name="slow", path=Path("slow.md"))
    bound = bind(parsed.runbook, a_pack(), checks_of=known_checks)
    assert [[one.does for one in step.runs] for step in bound.steps] == [["db locks"], ["booking-data doubled"]]
    assert [(fault.line, fault.message[:20]) for fault in bound.faults] == [
        (16, "This is not what the"),
        (20, "restart: `service`: "),
    ]


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("action restart service=api service=worker", "`service` is here twice. Keep one of the two."),
        ("check target=db target=metrics", "`target` is here twice. Keep one of the two."),
        ("sql target=booking-data name=doubled name=pending", "`name` is here twice. Keep one of the two."),
        ("check target = db", "“target = db” means nothing here. Write `check target=db`, and checks in `name=`."),
        ("check target=d\u042c", "The pack has no target “d\u042c”. Did you mean “db”?"),
        ('check target="db locks"', "The pack has no target “db locks”. Did you mean “logs”?"),
        ("check target=db name=locks,all", "db has no check “all”. Known: cache, "),
        ("check target=db name=", "`name=` names no check. Leave it out for all, or pick some: cache, "),
        ('check target=db name=" , "', "`name=` names no check. Leave it out for all, or pick some: cache, "),
        ("check TARGET=db", "“TARGET” means nothing in such a block. Did you mean “target”?"),
        ("action name=restart service=api", "It names no action. Write `action NAME` with one of "),
        ('action end-session pid="1; SELECT 2"', "end-session: `pid`: “1; SELECT 2” is not a whole number"),
    ],
)
def test_what_could_be_taken_for_something_else_does_not_run(info: str, message: str) -> None:
    bound = _of_file(info)
    assert bound.steps[0].runs == ()
    assert [fault.message[: len(message)] for fault in bound.faults] == [message]


@pytest.mark.parametrize("typed", ["api", "API", '"api"', '"\u202eapi"', "a\u200bpi"])
def test_what_is_given_to_an_action_is_kept_as_the_pack_writes_it(typed: str) -> None:
    bound = _of_file(f"action restart service={typed}")
    assert bound.faults == ()
    assert bound.steps[0].runs == (Runnable(kind=RunKind.ACTION, does="restart", given={"service": "api"}),)


def _of_file(info: str) -> Bound:
    text = f"## Fix\n\n1. Look\n\n   ```{info}\n   ```\n"
    runbook = parse_runbook(text.encode(), name="slow", path=Path("slow.md")).runbook
    return bind(runbook, a_pack(), checks_of=known_checks)
