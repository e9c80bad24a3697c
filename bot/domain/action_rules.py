"""What a policy allows to be done to a system: actions, who may, and how what somebody gives for them is read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.errors import DomainError
from bot.domain.naming import nearest
from bot.domain.params import Fact, Param, ParamType, Value, as_text

__all__ = [
    "ABOUT_ONE",
    "COMMAND",
    "ActionRule",
    "Allowed",
    "Approvals",
    "Fact",
    "Param",
    "ParamType",
    "Value",
    "WrongParameter",
    "parse",
]

#: The kind whose values become arguments of a program, which would take `-…` for an option.
COMMAND = "command"

#: What people say about an action that was asked for, before its number: no action can be called so.
ABOUT_ONE = ("approve", "agree", "run", "start", "decline", "cancel")

_NAMED = re.compile(r"([a-z][a-z0-9_]*)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Who may: holders of roles, and people of contacts (or Slack ids). Where nobody is named, everybody in it."""

    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def everybody(self) -> bool:
        """Whether nobody in particular is named."""
        return not self.roles and not self.groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Who has to agree before it runs.

    Attributes:
        count: how many people.
        other_person: whether each of them is somebody else than who asked.
        roles: any of whose holders may agree; groups: contacts or Slack ids that may. Neither: everybody may.
        emergency: whether it may be run without them, by saying why.
    """

    count: int = 1
    other_person: bool = True
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRule:
    """Something that may be done, as the pack declares it.

    Attributes:
        does: what people read before they confirm it.
        options: what only its kind has: a statement, an argv. `bot/diagnostics/actions` understands it.
        target: the target that it is done to; None where its kind needs none.
        offered_on: the names of checks whose result offers it where it is red.
        expires: how long it may be run after somebody asked for it, or it was approved.
        timeout: for one rehearsal, and for one run.
        verify: what is diagnosed afterwards, as `diag` understands it.
    """

    name: str
    kind: str
    does: str
    options: object = None
    title: str = ""
    aliases: tuple[str, ...] = ()
    target: str | None = None
    params: tuple[Param, ...] = ()
    offered_on: tuple[str, ...] = ()
    approvals: Approvals = field(default_factory=Approvals)
    allowed: Allowed = field(default_factory=Allowed)
    expires: timedelta = timedelta(minutes=15)
    timeout: timedelta = timedelta(seconds=30)
    verify: str = ""

    def offered(self, target: str, check: str) -> bool:
        """Whether a red result of a target's check offers it."""
        return check in self.offered_on and self.target in (None, target)

    def filled(self, check: str, facts: Mapping[str, str]) -> dict[str, str]:
        """What a check's facts say for its parameters; `parse` still has to read it."""
        return {
            param.name: facts[param.source.fact]
            for param in self.params
            if param.source is not None and param.source.check == check and param.source.fact in facts
        }


class WrongParameter(DomainError):
    """{what}."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Says everything at once.

        Args:
            faults: sentences by the name of the parameter; by the empty name, what is about none of them.
        """
        super().__init__(what=" ".join(faults.values()).removesuffix("."))
        self.faults: Mapping[str, str] = dict(faults)


def parse(rule: ActionRule, said: Sequence[str] | Mapping[str, object]) -> dict[str, Value]:
    """What somebody gives for the parameters of an action, each checked.

    Args:
        rule: the action.
        said: words in the order of the parameters or as `name=value`, where further words belong to a last text; or
            texts or values by name, of which None and "" say nothing.

    Returns:
        A value for every parameter. Read again, it gives the same.

    Raises:
        WrongParameter: with a sentence for every parameter that is missing or not allowed.
    """
    faults: dict[str, str] = {}
    named = dict(said) if isinstance(said, Mapping) else _by_name(rule, said, faults)
    known = {param.name for param in rule.params}
    for name in named.keys() - known:
        faults[name] = _unknown(name, rule)
    given: dict[str, Value] = {}
    for param in rule.params:
        value = named.get(param.name)
        if value is None or value == "":
            value = param.default
        try:
            if value is None:
                faults.setdefault(param.name, f"{param.label} is missing: write {param.name}={param.example}.")
            else:
                given[param.name] = _checked(param, value, rule)
        except ValueError as error:
            such = "" if param.type is ParamType.TEXT else f" Write {param.name}={param.example}."
            faults[param.name] = f"{param.label}: “{str(value)[:60]}” {error}.{such}"
    if faults:
        raise WrongParameter(faults)
    return given


def _checked(param: Param, said: object, rule: ActionRule) -> Value:
    value = param.value(said)
    if rule.kind == COMMAND and isinstance(value, str) and value.startswith("-"):
        raise ValueError("begins with “-”, which the program would take for an option")
    return value


def _by_name(rule: ActionRule, words: Sequence[str], faults: dict[str, str]) -> dict[str, object]:
    """Words by the parameters that they are for."""
    named: dict[str, object] = {}
    bare: list[str] = []
    for word in words:
        found = _NAMED.fullmatch(word)
        if found is None:
            bare.append(word)
        elif found[1] in named:
            faults[found[1]] = f"`{found[1]}` is given twice. Write it once."
        else:
            named[found[1]] = found[2]
    left = [param for param in rule.params if param.name not in named]
    for number, param in enumerate(left):
        if not bare:
            break
        last = number == len(left) - 1 and param.type is ParamType.TEXT
        named[param.name] = " ".join(bare) if last else bare[0]
        bare = [] if last else bare[1:]
    if bare:
        usage = " ".join(_usage(rule.params)) or "it has no parameters"
        faults[""] = f"“{' '.join(bare)[:60]}” is more than there is to say: {rule.name} {usage}."
    return named


def _usage(params: Iterable[Param]) -> Iterator[str]:
    for param in params:
        yield (
            f"[{param.name}={as_text(param.default)}]" if param.default is not None else f"{param.name}={param.example}"
        )


def _unknown(name: str, rule: ActionRule) -> str:
    known = [param.name for param in rule.params]
    close = nearest(name, known)
    hint = f"Did you mean `{close}`?" if close else f"Known: {', '.join(known) or 'none'}."
    return f"There is no parameter `{name[:40]}`. {hint}"
