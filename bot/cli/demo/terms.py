"""The story in a policy's own words: its worst severity, its statuses, and what it asks for at the end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.diagnostics.runner import known_checks
from bot.domain.action_rules import ActionRule
from bot.domain.procedures import Form
from bot.domain.rules import Category, Policy
from bot.runbooks.bind import bind
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.runbook import Runbook

#: Minutes that it is watched for, where the policy does not ask for longer.
_WATCHED = 13


@dataclass(frozen=True, slots=True)
class Terms:
    """What the story says, under any policy.

    Attributes:
        severity: the worst.
        target: the diagnostics target that is a database; None where there is none.
        ending: the action that ends whoever holds a lock there; None where the policy has none.
        runbook: the runbook that leads there from a look at its locks; None where the pack has none.
        known, mending: the statuses for a cause that is known, and for a fix on its way; the second may be missing.
        watching: the status in which it is watched.
        minutes: for how long, at least until the commander is asked whether it is over.
        lists: the checklists that are to be complete before it is over.
        answers: what has to be filled in besides when it is resolved, by the field's name.
    """

    severity: str
    target: str | None
    ending: ActionRule | None
    runbook: Runbook | None
    known: str
    mending: str | None
    watching: str
    minutes: int
    lists: tuple[str, ...]
    answers: dict[str, str]


def terms(policy: Policy, catalogue: Catalogue) -> Terms:
    """The story's terms under a pack's policy and runbooks."""
    worst = policy.severities[0].name
    active = [s.name for s in policy.statuses if s.category is Category.ACTIVE]
    known = next((s.name for s in policy.statuses if s.category is Category.ACTIVE and s.cause_known), active[0])
    later = active[active.index(known) + 1 :]
    wanted = policy.first_status(Category.RESOLVED).requires
    watched = int(wanted.watched.total_seconds() // 60) if wanted.watched else 0
    clear = int(policy.alerts.clear_after.total_seconds() // 60)
    target = next((target.name for target in policy.targets if target.kind == "postgres"), None)
    ending = next((rule for rule in policy.actions if target and rule.offered(target, "locks")), None)
    return Terms(
        severity=worst,
        target=target,
        ending=ending,
        runbook=next(filter(_leads(policy, target, ending), catalogue.list()), None),
        known=known,
        mending=later[-1] if later else None,
        watching=policy.first_status(Category.MONITORING).name,
        minutes=max(watched, clear, _WATCHED),
        lists=tuple(_due(policy, worst, wanted.checklists)),
        answers={
            detail.name: detail.choices[0] if detail.choices else "As in the summary."
            for detail in policy.asked(Form.RESOLVE)
            if detail.required
        },
    )


def _leads(policy: Policy, target: str | None, ending: ActionRule | None) -> Callable[[Runbook], bool]:
    """Whether a runbook begins with a look at the target's locks, and leads from there to what ends their holder."""

    def leads(runbook: Runbook) -> bool:
        steps = bind(runbook, policy, checks_of=known_checks).steps
        if not steps or ending is None:
            return False
        looks = any(block.does == f"{target} locks" for block in steps[0].runs)
        ends = (steps[branch.to - 1] for branch in steps[0].branches if branch.on == "WARN" and branch.to)
        return looks and any(block.does == ending.name for step in ends for block in step.runs)

    return leads


def _due(policy: Policy, severity: str, names: tuple[str, ...]) -> Iterator[str]:
    """Those of the required checklists that are for incidents without any condition."""
    for rule in policy.checklists:
        if rule.name in names and rule.meant_for(severity) and not rule.conditions:
            yield rule.name
