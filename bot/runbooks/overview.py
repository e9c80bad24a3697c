"""A runbook as its run would go: each step with what its blocks would run, or why they would not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.domain.action_rules import Approvals
from bot.domain.errors import DomainError
from bot.domain.params import Param, as_text
from bot.domain.rules import Policy
from bot.domain.runbook_run import RunKind, Runnable
from bot.domain.scopes import ALL, scope
from bot.runbooks.bind import ChecksOf, Resolver
from bot.runbooks.blocks import runs
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Block, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A block that says that it runs something.

    Attributes:
        runs: what it runs; None where it does not, or where no pack was asked.
        wrong: what there is to mend, in a sentence.
        about: what people should know of it before: what it asks, who has to approve; one line each.
    """

    block: Block
    runs: Runnable | None = None
    wrong: str = ""
    about: tuple[str, ...] = ()

    @property
    def phrase(self) -> str:
        """What it runs, as one types it: `db locks`, `restart service=api`. Where it does not run, as it stands."""
        if self.runs is None:
            return " ".join((self.block.language, *self.block.words, *_pairs(self.block.named)))
        return " ".join((self.runs.does, *_pairs(self.runs.given)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step (from 1) as somebody comes to it, in the chapter of that title."""

    number: int
    chapter: str
    step: Step
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All steps of a runbook. `pack` is the name of the one that was asked what they run; empty where none was."""

    runbook: Runbook
    steps: tuple[StepView, ...]
    pack: str = ""

    @property
    def runs(self) -> tuple[Runnable, ...]:
        """Everything that it would run."""
        return tuple(button.runs for step in self.steps for button in step.buttons if button.runs is not None)

    def step(self, number: int) -> StepView | None:
        """A step by its number from 1; None where there is none."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None


def overview(runbook: Runbook, policy: Policy | None, *, checks_of: ChecksOf) -> Overview:
    """What a run of a runbook would come by.

    Args:
        runbook: the runbook.
        policy: the pack that its blocks are looked up in; None leaves them as they stand.
        checks_of: what the diagnostics know of a target's checks.
    """
    written = runbook.structure
    resolve = Resolver(runbook.services, policy, checks_of) if policy else None
    views = tuple(
        StepView(
            number=number,
            chapter=written.phases[step.phase],
            step=step,
            buttons=tuple(button for block in step.blocks if (button := _button(block, policy, resolve))),
        )
        for number, step in enumerate(written.steps, 1)
    )
    return Overview(runbook=runbook, steps=views, pack=policy.name if policy else "")


def _button(block: Block, policy: Policy | None, resolve: Resolver | None) -> Button | None:
    """What a block has; None where it is there to be copied."""
    if policy is None or resolve is None:
        # Without a pack nobody can say whether anything asks what stands in a query that names no target.
        return Button(block=block) if runs(block) else None
    found = resolve(block)
    if found.runs is None:
        return Button(block=block, wrong=found.wrong) if found.wrong else None
    return Button(block=block, runs=found.runs, wrong=found.wrong, about=tuple(about(policy, found.runs)))


def about(policy: Policy, runnable: Runnable) -> Iterator[str]:
    """What the pack says of what a button runs, a line each; no addresses."""
    if runnable.kind is RunKind.CHECK:
        try:
            asked = scope(policy, runnable.does)
        except DomainError as error:
            yield error.sentence
            return
        targets = [f"{target.title or target.name} ({target.kind})" for target in asked.targets]
        named = "everything there is" if asked.name == ALL and not asked.checks else ", ".join(targets)
        yield f"{named}: {', '.join(asked.checks)}" if asked.checks else named
        return
    rule = next((rule for rule in policy.actions if rule.name == runnable.does), None)
    if rule is None:
        yield f"The pack has no action {runnable.does}."
        return
    where = f", on {rule.target}" if rule.target else ""
    yield f"{rule.does.strip().rstrip('.')} ({rule.kind}{where})"
    yield from (f"{param.name}: {_given(param, runnable)}" for param in rule.params)
    yield _approvals(rule.approvals)
    if rule.verify:
        yield f"afterwards: diag {rule.verify}"


def _pairs(named: Mapping[str, str]) -> Iterator[str]:
    for name, value in named.items():
        yield f'{name}="{value}"' if " " in value or not value else f"{name}={value}"


def _given(param: Param, runnable: Runnable) -> str:
    """Where a parameter's value comes from."""
    if param.name in runnable.given:
        return runnable.given[param.name]
    if param.source is not None:
        return f"filled in from the check {param.source.check} ({param.source.fact}), or asked for"
    return f"{as_text(param.default)}, unless somebody says otherwise" if param.default is not None else "asked for"


def _approvals(wanted: Approvals) -> str:
    if not wanted.count:
        return "approvals: none"
    who = " or ".join((*wanted.roles, *wanted.groups))
    by = f", by {who}" if who else ""
    others = ", not by whoever asks" if wanted.other_person else ""
    return f"approvals: {wanted.count}{by}{others}{'; in an emergency none' if wanted.emergency else ''}"
