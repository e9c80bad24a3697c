"""Programs of the machine that Muster runs on, as a target: `docker`, `kubectl`, `systemctl`, `pm2`."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.argv import Argv, Variable, argv_faults, variable_fault
from bot.policy.paths import path_fault
from bot.policy.targets.base import TargetSection, Wrong, settings_of
from bot.policy.targets.web import Severe
from bot.policy.types import Line, Name, Section, Setting

Limit = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Status = Annotated[int, Field(ge=0, le=255, strict=True)]
Pattern = Annotated[Line, Field(min_length=1)]


class CommandRule(Section):
    """A program with its arguments, and by what it is judged: how it ends, what it says, or a number in that."""

    name: Name = Field(description="A word for it, which is its check's name too.")
    title: Line = Field("", description="What people read of it.")
    argv: Argv = Field(description="The program and its arguments. No shell reads them.")
    env_from: dict[Variable, Setting] = Field(
        default_factory=dict, description="Settings that hold what the program finds in its environment."
    )
    status: tuple[Status, ...] = Field((0,), min_length=1, max_length=20, description="Exit statuses that are well.")
    match: Pattern | None = Field(None, description="A regular expression that must be found in what it says.")
    absent: Pattern | None = Field(None, description="A regular expression that must not be found in what it says.")
    number: Pattern | None = Field(None, description="A regular expression whose one group is the number to judge.")
    path: Line | None = Field(None, description="The JSONPath of the number to judge.", alias="json")
    warn: Limit | None = Field(None, description="From this number on it warns.")
    critical: Limit | None = Field(None, description="From this number on it is critical.")
    below: bool = Field(False, strict=True, description="Whether low numbers are the bad ones.")
    unit: Annotated[Line, Field(max_length=20)] = Field("", description="What is counted: `%`, `restarts`.")
    verdict: Severe = Field(Severe.CRITICAL, description="How bad a status, `match` or `absent` is that is not well.")
    next_step: Line = Field("", description="What to do where it is bad.")

    def wrong(self) -> Iterator[Wrong]:
        """Shells, patterns that are none, and limits without a number."""
        for index, message in argv_faults(self.argv):
            yield ("argv", index), message
        for name in self.env_from:
            if fault := variable_fault(name):
                yield ("env_from", name), fault
        yield from self._wrong_patterns()
        yield from self._wrong_limits()

    def _wrong_patterns(self) -> Iterator[Wrong]:
        for key in ("match", "absent", "number"):
            try:
                groups = re.compile(getattr(self, key) or "").groups
            except (re.error, RecursionError, OverflowError) as error:
                yield (key,), f"It is no regular expression: {error}. Write one such as restarts: ([0-9]+)."
                continue
            if key == "number" and self.number is not None and groups != 1:
                yield (key,), "It needs one group, around the number: restarts: ([0-9]+)."
        if self.path is not None and (fault := path_fault(self.path, such_as="$.status.restarts")):
            yield ("json",), f"“{self.path}” {fault}."
        if self.path is not None and self.number is not None:
            yield ("json",), "There is one number to judge: write `number` or `json`."

    def _wrong_limits(self) -> Iterator[Wrong]:
        if self.number is None and self.path is None:
            for key in ("warn", "critical", "below", "unit"):
                if key in self.model_fields_set:
                    yield (key,), "There is no number to judge: add `number` or `json`, or leave this out."
        elif self.warn is not None and self.critical is not None:
            if self.below and self.critical > self.warn:
                yield ("critical",), "With `below`, `critical` is at or under `warn`: the lower a number, the worse."
            if not self.below and self.critical < self.warn:
                yield ("critical",), "`critical` is at or over `warn`. Where low is bad, add `below: true`."


class CommandTarget(TargetSection):
    """What programs say that the pack allows to be run, with just these arguments."""

    kind: Literal["command"]
    commands: Annotated[tuple[CommandRule, ...], Field(min_length=1, max_length=20)] = Field(
        description="What is run, a check for each."
    )

    def wrong(self) -> Iterator[Wrong]:
        """Names that stand twice, and what is wrong with each command."""
        yield from super().wrong()
        taken = {"reachability"}
        for index, rule in enumerate(self.commands):
            if rule.name in taken:
                yield ("commands", index, "name"), f"There is a check “{rule.name}” already. Give this another name."
            taken.add(rule.name)
            for where, message in rule.wrong():
                yield ("commands", index, *where), message

    def settings(self) -> Iterator[str]:
        """The names of the settings that it reads, of every command too."""
        yield from super().settings()
        for rule in self.commands:
            yield from settings_of(rule)
