"""Why something about alerts cannot be done."""

from bot.domain.errors import DomainError


class UnknownGroup(DomainError):
    """There are no alerts of that number. See which there are with `alerts`."""

    command = "alerts"


class GroupTaken(DomainError):
    """{ref} has these alerts already."""

    command = "alerts"


class GroupOver(DomainError):
    """These alerts are over, and what fires now is in another group. See `alerts`."""

    command = "alerts"


class UnknownMute(DomainError):
    """There is no mute of that number in force. See `mutes`."""

    command = "mutes"


class NothingToMute(DomainError):
    """What should be muted? Name an alert, or say `service=…` or another label, such as `mute HighErrorRate for 1h`."""

    command = "mute"


class MuteTooLong(DomainError):
    """A mute lasts from one minute to 30 days. For longer, change the pack's rules."""

    command = "mute"
