"""A program with its arguments as a file has it: a list, and never a line for a shell."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.policy.types import Text

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]{0,80}"
#: They would have another program run than the one that is named.
_NOT_TO_BE_SET = re.compile(r"PATH|LD_\w+|DYLD_\w+|PYTHON\w+|PERL\w+|RUBY\w+|NODE_OPTIONS|BASH_ENV|ENV|IFS")
_SHELLS = frozenset({"sh", "ash", "bash", "csh", "dash", "fish", "ksh", "mksh", "pwsh", "tcsh", "zsh"})
_COMMAND_LINE = re.compile(r"-[a-z]*c[a-z]*|--command(=.*)?", re.IGNORECASE)
_SECRET = re.compile(
    r"-{0,2}[\w-]*(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|credential)s?=.+"
    r"|[a-z][a-z0-9+.-]*://[^\s/@]+:[^\s/@]+@.*|authorization:.+",
    re.IGNORECASE | re.DOTALL,
)

Argument = Annotated[Text, Field(max_length=1000)]
Argv = Annotated[tuple[Argument, ...], Field(min_length=1, max_length=50)]


def _variable(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_VARIABLE, value):
        raise ValueError("is not a variable's name; write one such as KUBECONFIG")
    return value


Variable = Annotated[str, BeforeValidator(_variable), WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE}$"})]


def argv_faults(argv: Sequence[str]) -> Iterator[tuple[int, str]]:
    """What is wrong with a program and its arguments, by the number of the argument."""
    program = argv[0]
    if not program or any(character.isspace() for character in program):
        yield 0, "The program is one word; write its arguments as further entries: [docker, ps, --all]."
    elif "/" in program and not program.startswith("/"):
        yield 0, "Write the program's name, or its path from the root on."
    for index, argument in enumerate(argv):
        if "\0" in argument:
            yield index, "It holds a null character, which no program can be given."
        if _SECRET.fullmatch(argument):  # everybody on the machine can read a program's arguments
            yield index, "It holds a credential; name the setting that has it in `env_from`."
        shell = PurePosixPath(argument).name in _SHELLS
        if shell and index + 1 < len(argv) and _COMMAND_LINE.fullmatch(argv[index + 1]):
            yield index, "There is no shell here: write the program and its arguments, or a script of your own."


def variable_fault(name: str) -> str | None:
    """What is wrong with setting a variable of the environment; None where nothing is."""
    return "It changes which program is run; leave it out." if _NOT_TO_BE_SET.fullmatch(name) else None
