"""One runbook's file, read within bounds."""

from dataclasses import dataclass
from pathlib import Path

from bot.policy.faults import Fault
from bot.runbooks.parse import parse_runbook
from bot.runbooks.runbook import Runbook

#: Bytes. A longer file is not read: it is no runbook, and one of them must not fill the memory.
LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file said: a runbook, unless it could not be read, and what was not understood."""

    runbook: Runbook | None
    faults: tuple[Fault, ...]


def load_runbook(path: Path, *, name: str) -> Loaded:
    """Reads a runbook's file; what stands in the way becomes a fault."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        return Loaded(None, (Fault(str(path), 1, f"The file cannot be read: {error.strerror or error}."),))
    if len(content) > LARGEST_FILE:
        message = f"The file is larger than {LARGEST_FILE // 1024} KiB and was left out. Split it."
        return Loaded(None, (Fault(str(path), 1, message),))
    parsed = parse_runbook(content, name=name, path=path)
    return Loaded(parsed.runbook, parsed.faults)
