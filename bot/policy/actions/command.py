"""Running a program of the machine that Muster runs on."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from bot.policy.actions.base import ActionSection, Place, placeholders
from bot.policy.argv import Argv, Variable, argv_faults, variable_fault
from bot.policy.targets.base import Wrong
from bot.policy.types import Setting


class CommandAction(ActionSection):
    """A program with its arguments. There is no shell, and a value stays within its argument."""

    kind: Literal["command"]
    argv: Argv = Field(description="The program and its arguments, with `{name}` for each parameter.")
    rehearse: Argv | None = Field(None, description="What shows what would happen, such as with --dry-run=server.")
    env_from: dict[Variable, Setting] = Field(
        default_factory=dict, description="Settings that hold what the program finds in its environment."
    )

    def placeholders(self) -> Iterator[tuple[Place, str]]:
        """Those in braces."""
        for key, argv in self._argvs():
            for index, argument in enumerate(argv):
                for name in placeholders(argument):
                    yield (key, index), name

    def wrong(self) -> Iterator[Wrong]:
        """Programs that a parameter names, shells, credentials, and values that would be options."""
        yield from super().wrong()
        for key, argv in self._argvs():
            if placeholders(argv[0]):
                yield (key, 0), "No parameter may say which program is run. Write its name."
            for index, message in argv_faults(argv):
                yield (key, index), message
        for index, param in enumerate(self.params):
            texts = [*param.choices, *([param.default] if isinstance(param.default, str) else [])]
            if any(text.startswith("-") for text in texts):
                yield ("params", index), "A value that begins with “-” would be an option. Write options into `argv`."
        for name in self.env_from:
            if fault := variable_fault(name):
                yield ("env_from", name), fault

    def _argvs(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield "argv", self.argv
        if self.rehearse is not None:
            yield "rehearse", self.rehearse
