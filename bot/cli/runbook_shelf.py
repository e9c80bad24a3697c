"""Which runbooks a command is about: a pack's, or those of any folder."""

from dataclasses import dataclass
from pathlib import Path

from bot.cli.outcome import USAGE, stop
from bot.cli.packs import policy_of
from bot.diagnostics.runner import known_checks
from bot.domain.errors import UnknownRunbook
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import find_pack
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.overview import Overview, overview
from bot.runbooks.runbook import Runbook
from bot.settings import read_settings

#: Names that are listed to somebody who typed another.
_LISTED = 30


@dataclass(frozen=True, slots=True)
class Shelf:
    """The runbooks under a directory, and the pack that says what they run; None where nobody named one."""

    catalogue: Catalogue
    policy: Policy | None
    directory: Path

    def find(self, typed: str) -> Runbook:
        """The runbook that is called so. Raises UnknownRunbook with the nearest."""
        found = self.catalogue.find(typed)
        if found is None:
            close = self.catalogue.nearest(typed)
            known = [] if close else [runbook.name for runbook in self.catalogue.list()][:_LISTED]
            raise UnknownRunbook(typed=typed, nearest=close, known=known)
        return found

    def seen(self, runbook: Runbook) -> Overview:
        """A runbook with what its blocks run."""
        return overview(runbook, self.policy, checks_of=known_checks)


def shelf(pack: str | None, directory: Path | None) -> Shelf:
    """The runbooks that somebody means.

    Args:
        pack: by name or directory; that of the settings where neither it nor a directory is given.
        directory: any folder of Markdown, searched deep, in place of the pack's.

    Raises:
        PolicyFault, SettingsFault: the pack cannot be read.
    """
    if directory is not None and not directory.is_dir():
        what = "is a file. Give the folder that it is in" if directory.exists() else "does not exist"
        stop(f"{directory} {what}.", status=USAGE)
    policy = policy_of(pack) if pack is not None or directory is None else None
    if directory is None:
        directory = find_pack(pack or read_settings().muster_pack, root=RUNBOOKS)
    return Shelf(Catalogue([directory]), policy, directory)


def near(path: Path) -> str:
    """A file as somebody here would name it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)
