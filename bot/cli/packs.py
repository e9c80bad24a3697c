"""The pack that a command is about."""

from bot.diagnostics.runner import known_checks, known_thresholds
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.settings import read_settings


def policy_of(pack: str | None) -> Policy:
    """The rules of a pack, by name or directory; that of the settings where none is given.

    Raises:
        PolicyFault, SettingsFault: it cannot be read.
    """
    return read_pack(
        pack or read_settings().muster_pack, root=RUNBOOKS, thresholds_of=known_thresholds, checks_of=known_checks
    )
