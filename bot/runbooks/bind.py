"""A runbook's blocks, resolved to what the pack allows: what is not the pack's becomes a fault, and never runs."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from bot.domain.action_rules import WrongParameter, parse
from bot.domain.errors import UnknownTarget
from bot.domain.params import as_text
from bot.domain.rules import Policy, Service, TargetRule, nearest, spoken
from bot.domain.runbook_run import RunKind, Runnable, StepRule
from bot.domain.scopes import ALL, Scope, scope
from bot.policy.faults import Fault, quoted
from bot.policy.targets import TargetSection
from bot.runbooks.asked import Asked, asked, plain
from bot.runbooks.blocks import ACTION, CHECK, LANGUAGES, NAME, TARGET, runs
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Block, Step

#: The names of the checks of a target, such as `bot.diagnostics.runner.known_checks`.
ChecksOf = Callable[[TargetSection], frozenset[str]]

#: Names that a sentence lists at most.
_LISTED = 12


@dataclass(frozen=True, slots=True)
class Bound:
    """What a run of a runbook walks, and what of its blocks the pack does not allow."""

    phases: tuple[str, ...]
    steps: tuple[StepRule, ...]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of one block: what it runs, if anything, and what there is to mend, if anything."""

    runs: Runnable | None = None
    wrong: str = ""


#: A block that is there to be copied.
_COPIED = Resolved()


def bind(runbook: Runbook, policy: Policy, *, checks_of: ChecksOf) -> Bound:
    """What a run of a runbook walks, under a policy.

    Args:
        runbook: its structure may name anything.
        policy: the pack, whose targets, statements and actions are all that can be run.
        checks_of: what the diagnostics know.

    Returns:
        Every step, with those blocks that the pack allows. A block with a fault does not run, except for a query that
        differs from what the pack asks under that name: then the pack's runs.
    """
    resolve = Resolver(runbook.services, policy, checks_of)
    faults: list[Fault] = []
    steps = []
    for step in runbook.structure.steps:
        found = [(block, resolve(block)) for block in step.blocks]
        faults.extend(Fault(str(runbook.path), block.line, one.wrong) for block, one in found if one.wrong)
        steps.append(_rule(step, tuple(one.runs for _, one in found if one.runs is not None)))
    return Bound(runbook.structure.phases, tuple(steps), tuple(faults))


def _rule(step: Step, runs: tuple[Runnable, ...]) -> StepRule:
    return StepRule(
        title=step.title,
        phase=step.phase,
        first=step.first,
        last=step.last,
        says=step.says,
        runs=runs,
        branches=step.branches,
        then=step.then,
        takes=step.takes,
        pick=step.pick,
    )


class _Refused(Exception):
    """A block that does not run, with the sentence that says what to do."""


class Resolver:
    """Says of a block what it runs. `services` are the runbook's: of two targets that are asked the same, theirs."""

    def __init__(self, services: Iterable[str], policy: Policy, checks_of: ChecksOf) -> None:
        self._services = tuple(services)
        self._policy = policy
        self._checks_of = checks_of
        self._asked = asked(policy)

    def __call__(self, block: Block) -> Resolved:
        """What a block runs. It is never its text."""
        try:
            _once(block)
            if block.language == ACTION:
                return Resolved(self._action(block))
            if block.language == CHECK:
                return Resolved(self._check(block))
            if TARGET in block.named:
                return self._query(block)
            return self._bare(block) if block.language in LANGUAGES else _COPIED
        except _Refused as refused:
            return Resolved(wrong=str(refused))

    def _check(self, block: Block) -> Runnable:
        _only_known(block, (TARGET, NAME))
        meant = self._scope(block)
        return self._runnable(meant, self._names(block, meant))

    def _query(self, block: Block) -> Resolved:
        """A query that says whom it is for: the pack's of that name, or the one that it repeats."""
        _only_known(block, (TARGET, NAME))
        meant = self._scope(block)
        theirs = [one for one in self._asked if one.target in {target.name for target in meant.targets}]
        names = self._names(block, meant)
        if not names:
            body = plain(block.body)
            same = [one.check for one in theirs if one.text == body]
            if not same:
                known = _listed(sorted({one.check for one in theirs} or self._checks(meant.targets)))
                raise _Refused(f"Nothing asks {meant.name} this. Say in `name=` which check it is: {known}.")
            return Resolved(self._runnable(meant, tuple(dict.fromkeys(same))))
        wrong = _differs(block, meant, [one for one in theirs if one.check in names])
        return Resolved(self._runnable(meant, names), wrong)

    def _bare(self, block: Block) -> Resolved:
        """A query that names nothing runs where the pack asks just that, of one target."""
        if NAME in block.named:
            known = _listed([target.name for target in self._policy.targets])
            raise _Refused(f"It names a check and no target. Add `target=`: {known}.")
        body = plain(block.body)
        same = [one for one in self._asked if one.language == block.language and one.text == body]
        if len(same) > 1:
            owned = {name for said in self._services if (own := self._policy.service(said)) for name in own.targets}
            same = [one for one in same if one.target in owned] or same
        targets = list(dict.fromkeys(one.target for one in same))
        if len(targets) > 1:
            raise _Refused(f"{_listed(targets)} are asked this. Add `target=` with one of them.")
        if not same:
            return _COPIED
        return Resolved(self._runnable(scope(self._policy, targets[0]), (same[0].check,)))

    def _scope(self, block: Block) -> Scope:
        """The target, service or everything that a block names: as it is called, not as its name begins."""
        typed = block.named.get(TARGET, "")
        services = [one for one in self._policy.services if one.targets]
        things: list[TargetRule | Service] = [*self._policy.targets, *services]
        words = [word for thing in things for word in (thing.name, *thing.aliases)]
        if not typed.strip():
            raise _Refused(f"It names no target. Write `{block.language} target=…` with one of {_listed(_own(words))}.")
        try:
            meant = scope(self._policy, typed)
        except UnknownTarget:
            meant = None
        if meant is None or meant.checks or spoken(typed) not in {spoken(word) for word in (*words, ALL)}:
            raise _Refused(f"The pack has no target {quoted(typed)}. {_advice(typed, words)}")
        return meant

    def _names(self, block: Block, meant: Scope) -> tuple[str, ...]:
        """The checks that a block picks, as they are called; none for all that there are."""
        known = {spoken(name): name for name in self._checks(meant.targets)}
        found: dict[str, None] = {}
        for typed in block.named.get(NAME, "").split(","):
            if not typed.strip():
                continue
            if spoken(typed) not in known:
                advice = _advice(typed, sorted(known.values()))
                raise _Refused(f"{meant.name} has no check {quoted(typed.strip())}. {advice}")
            found[known[spoken(typed)]] = None
        if NAME in block.named and not found:
            raise _Refused(
                f"`name=` names no check. Leave it out for all, or pick some: {_listed(sorted(known.values()))}."
            )
        return tuple(found)

    def _checks(self, targets: Iterable[TargetRule]) -> list[str]:
        sections = [target.options for target in targets if isinstance(target.options, TargetSection)]
        return sorted({name for section in sections for name in self._checks_of(section)})

    def _runnable(self, meant: Scope, checks: tuple[str, ...]) -> Runnable:
        """A check, in the words that `diag` understands: they must mean this, and nothing else."""
        wanted = Scope(meant.name, meant.targets, checks)
        if scope(self._policy, wanted.phrase) != wanted:
            other = scope(self._policy, wanted.phrase).name
            raise _Refused(f"“{wanted.phrase}” means {quoted(other)} to Muster. Give one of the two another name.")
        return Runnable(kind=RunKind.CHECK, does=wanted.phrase)

    def _action(self, block: Block) -> Runnable:
        known = [word for action in self._policy.actions for word in (action.name, *action.aliases)]
        typed = " ".join(block.words)
        if not typed:
            raise _Refused(f"It names no action. Write `action NAME` with one of {_listed(_own(known))}.")
        rule = self._policy.action(typed)
        if rule is None:
            first = self._policy.action(block.words[0])
            advice = f"Give {first.name} its parameters as `name=value`." if first else _advice(typed, known)
            raise _Refused(f"The pack has no action {quoted(typed)}. {advice}")
        given = {name: value for name, value in block.named.items() if value.strip()}
        try:
            parse(rule, given)
        except WrongParameter as error:
            # What the runbook does not give is asked for when somebody presses the button.
            if wrong := " ".join(sentence for name, sentence in error.faults.items() if name in given):
                raise _Refused(f"{rule.name}: {wrong}") from None
        # As the pack writes them: what cannot be seen in a file, such as marks that turn text round, is not kept.
        given = {param.name: as_text(param.value(given[param.name])) for param in rule.params if param.name in given}
        return Runnable(kind=RunKind.ACTION, does=rule.name, given=given)


def _once(block: Block) -> None:
    """Raises for a key that is given twice: whoever reads the block may take either for what runs."""
    for word in block.words:
        key, equals, _ = word.partition("=")
        if equals and key in block.named and runs(block):
            raise _Refused(f"`{key}` is here twice. Keep one of the two.")


def _only_known(block: Block, known: Collection[str]) -> None:
    """Raises for a key that nothing reads: whoever wrote it meant something, and would get something else."""
    for key in block.named:
        if key not in known:
            raise _Refused(f"{quoted(key)} means nothing in such a block. {_advice(key, known)}")
    if block.language == CHECK and block.words:
        first = next((word for word in block.words if word not in ("=", TARGET)), "…")
        such = f"target={block.named.get(TARGET) or first}"
        raise _Refused(
            f"{quoted(' '.join(block.words))} means nothing here. Write `check {such}`, and checks in `name=`."
        )


def _differs(block: Block, meant: Scope, theirs: Iterable[Asked]) -> str:
    """What is said of a text that is not what the pack asks under that name; empty where it is, or shows nothing."""
    known, body = list(theirs), plain(block.body)
    if not body or not known or any(one.text == body for one in known):
        return ""
    check = known[0].check
    return f"This is not what the pack asks as “{check}” of {meant.name}, which is what runs. Make the two alike."


def _advice(typed: str, known: Collection[str]) -> str:
    close = nearest(typed, known)
    return f"Did you mean {quoted(close)}?" if close else f"Known: {_listed(_own(known))}."


def _own(words: Iterable[str]) -> list[str]:
    """Words, each once."""
    return list(dict.fromkeys(words))


def _listed(names: Collection[str]) -> str:
    """Names in a row; where they are too many, the first."""
    some = list(names)[:_LISTED]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(some) + more or "none yet"
