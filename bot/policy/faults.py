"""What is wrong in a pack's files, and in which line."""

from collections.abc import Iterable
from dataclasses import dataclass

_QUOTED = 60


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend. It prints as `file:line: message`, which editors and CI make a link of."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class PolicyFault(Exception):
    """A pack that cannot be used. `faults` has at least one entry, in the order of the file's lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def quoted(text: object) -> str:
    """What somebody wrote, for repeating in a message: on one line, printable, and not longer than needed."""
    shown = "".join(ch if ch.isprintable() else " " for ch in str(text))
    return f"“{shown if len(shown) <= _QUOTED else shown[: _QUOTED - 1] + '…'}”"
