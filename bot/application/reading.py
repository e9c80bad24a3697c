"""Reading a whole pack, as it is read before it is put in force while Muster runs."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from bot.diagnostics.runner import known_checks, known_thresholds
from bot.domain.rules import Policy
from bot.messages import Mails, Messages
from bot.messages.check import check_templates
from bot.messages.check_mail import check_mails
from bot.paths import RUNBOOKS, TEMPLATES
from bot.policy.faults import Fault, PolicyFault
from bot.policy.read import find_pack, read_policy
from bot.runbooks.check import check_pack

_logger = logging.getLogger(__name__)


def read_whole(name_or_dir: str, *, root: Path, templates: Path = TEMPLATES) -> Policy:
    """The rules of a pack in which nothing is wrong: neither in them, nor in its runbooks, nor in its templates.

    Args:
        name_or_dir: a pack's name under `root`, or its directory.
        root: the directory of the packs that come with Muster.
        templates: the directory with `packs/`.

    Raises:
        PolicyFault: it has every fault found, with file and line.
    """
    directory = find_pack(name_or_dir, root=root)
    policy = read_policy(directory, thresholds_of=known_thresholds, checks_of=known_checks)
    faults = sorted({*check_pack(directory), *_in_templates(policy.name, templates)})
    if faults:
        raise PolicyFault(faults)
    return policy


def _in_templates(pack: str, root: Path) -> Iterator[Fault]:
    """Faults in a pack's own templates; ours are the same as when Muster began."""
    if (root / "packs" / pack).is_dir():
        yield from check_templates(Messages(pack=pack, root=root))
        yield from check_mails(Mails(pack=pack, root=root))


class PackOnDisk:
    """The pack as it is on the disk: what is wrong with it, and since when, while another is in force."""

    def __init__(self, name_or_dir: str, now: Callable[[], datetime], *, root: Path = RUNBOOKS) -> None:
        """Nothing is read yet.

        Args:
            name_or_dir: a pack's name under `root`, or its directory.
            now: the clock.
            root: the directory of the packs that come with Muster.
        """
        self._name, self._now, self._root = name_or_dir, now, root
        self.faults: tuple[Fault, ...] = ()
        self._since: datetime | None = None

    def read(self) -> Policy | None:
        """The rules as they are now; None where something is wrong, and the log has each fault on a line."""
        try:
            policy = read_whole(self._name, root=self._root)
        except PolicyFault as error:
            policy, self.faults = None, tuple(error.faults)
        else:
            self.faults, self._since = (), None
        if self.faults:
            self._since = self._since or self._now()
            _logger.error("the pack was not put in force, the old one stays: %d to mend", len(self.faults))
        for fault in self.faults:
            _logger.error("%s", fault)
        return policy

    def trouble(self) -> str | None:
        """That the pack on the disk is not the one in force; None when it is, or was not read again."""
        if not self.faults or self._since is None:
            return None
        number = "a fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        return f"the pack on disk has {number} since {self._since:%Y-%m-%d %H:%M} UTC: {self.faults[0]}"
