"""One line of the doctor's report."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text

from bot.cli.terminal import STYLES, legible, out


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at and how it is; where it is not well, also what that `costs` and how to `mend` it.

    A `fault` makes the doctor's exit status 1; what is only worth knowing does not.
    """

    about: str
    what: str
    fault: bool = False
    costs: str = ""
    mend: str = ""


def fault(about: str, what: str, *, costs: str, mend: str) -> Finding:
    """Something that is wrong."""
    return Finding(about=about, what=what, fault=True, costs=costs, mend=mend)


def show(findings: Iterable[Finding]) -> int:
    """Print findings; returns how many faults are among them."""
    faults = 0
    for one in findings:
        mark = "✗" if one.fault else "!" if one.costs else "✓"
        line = Text(f"{mark} ", style=STYLES[mark]).append(f"{one.about}: ", style="bold")
        out().print(line.append(legible(one.what), style="not bold"))
        faults += one.fault
        if one.costs:
            out().print(Text(f"    costs: {legible(one.costs)}\n    mend:  {legible(one.mend)}"))
    return faults
