"""Laws of what a block of a runbook may run: whatever it says, nothing but what the pack allows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diagnostics.runner import known_checks
from bot.domain.rules import Policy
from bot.domain.runbook_run import RunKind, Runnable
from bot.domain.scopes import scope
from bot.policy.targets import TargetSection
from bot.runbooks.bind import bind
from bot.runbooks.parse import parse_runbook
from bot.runbooks.structure import Block
from tests.unit.test_runbook_bind import DEPTH, DOUBLED, FAILED, a_pack, bound_of

_TARGETS = ["db", "orders db", "booking-data", "metrics", "checkout", "shop", "all", "mail", "d", ""]
_CHECKS = ["locks", "doubled", "pending,doubled", "queue-depth", "Reachability", "lock", "all", ""]


@pytest.mark.parametrize("language", ["check", "sql", "promql", "bash"])
def test_of_all_targets_with_all_checks_only_those_run_that_the_pack_has(language: str) -> None:
    blocks = [
        Block(language=language, named={"target": target, "name": name}, body=body)
        for target in _TARGETS
        for name in _CHECKS
        for body in (DOUBLED, "DROP TABLE booking")
    ]
    bound = bound_of(*blocks)
    _all_allowed(bound.steps[0].runs, a_pack())
    assert len({one.does for one in bound.steps[0].runs}) >= 15
    assert len(bound.faults) > len(blocks) / 2


_WORDS = st.sampled_from(["restart", "end-session", "start", "anew", "db", "4711", "api"]) | st.text(max_size=12)
_BODIES = st.sampled_from([DOUBLED, DEPTH, FAILED, "", "DROP TABLE booking", "rm -rf /"])
#: As people write them, with one thing wrong or none, and as nobody does.
_BLOCKS = st.builds(
    Block,
    language=st.sampled_from(["check", "sql", "promql", "bash"]),
    named=st.fixed_dictionaries({"target": st.sampled_from(_TARGETS)}, optional={"name": st.sampled_from(_CHECKS)}),
    body=_BODIES,
) | st.builds(
    Block,
    language=st.sampled_from(["action", "check", "sql", "logql", ""]) | st.text(max_size=6),
    words=st.lists(_WORDS, max_size=2).map(tuple),
    named=st.fixed_dictionaries({}, optional=dict.fromkeys(["pid", "service", "why", "name"], _WORDS))
    | st.dictionaries(_WORDS, _WORDS, max_size=2),
    body=_BODIES | st.text(max_size=30),
)


@given(blocks=st.lists(_BLOCKS, max_size=4))
def test_nothing_runs_that_the_pack_does_not_allow_whatever_the_blocks_say(blocks: list[Block]) -> None:
    bound = bound_of(*blocks)
    _all_allowed(bound.steps[0].runs, a_pack())
    runnable = [block for block in blocks if block.language in ("check", "action") or "target" in block.named]
    assert len(bound.steps[0].runs) + len(bound.faults) >= len(runnable)


def _all_allowed(runs: tuple[Runnable, ...], policy: Policy) -> None:
    for one in runs:
        if one.kind is RunKind.ACTION:
            rule = policy.action(one.does)
            assert rule is not None
            assert rule.name == one.does
            assert one.given.keys() <= {param.name for param in rule.params}
            continue
        meant = scope(policy, one.does)
        assert meant.phrase == one.does
        sections = [target.options for target in meant.targets]
        known = {name for section in sections if isinstance(section, TargetSection) for name in known_checks(section)}
        assert meant.targets
        assert set(meant.checks) <= known
        assert not one.given


_INFO = st.builds(
    "{} {}".format,
    st.sampled_from(["check", "action", "action restart", "sql"]) | st.text(max_size=8),
    st.lists(
        st.sampled_from(["target=db", "name=locks", 'target="orders db"', "pid=1", "service=api", "now"])
        | st.text(max_size=8),
        max_size=3,
    ).map(" ".join),
)


@given(info=_INFO, body=st.sampled_from([DOUBLED, "rm -rf /", "/incident do restart"]) | st.text(max_size=30))
def test_nothing_runs_that_the_pack_does_not_allow_whatever_a_file_says(info: str, body: str) -> None:
    text = f"# Slow\n\n## Investigation\n\n1. Look\n\n   ```{info}\n   {body}\n   ```\n"
    parsed = parse_runbook(text.encode("utf-8", errors="replace"), name="slow", path=Path("slow.md"))
    bound = bind(parsed.runbook, a_pack(), checks_of=known_checks)
    assert bound.steps
    for step in bound.steps:
        _all_allowed(step.runs, a_pack())
