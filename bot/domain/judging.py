"""What is done about an alert: the first rule of the pack's table that fits decides, and says why. Pure."""

from enum import StrEnum


class Reason(StrEnum):
    """What an alert came to."""

    NEW = "NEW"  # it opened an incident
    SUGGESTED = "SUGGESTED"  # people are asked whether it is one
    JOINED = "JOINED"  # an incident that runs took it up
    REPEAT = "REPEAT"  # it was told before
    RESOLVED = "RESOLVED"  # it is over
    STALE = "STALE"  # something later is known of it
    FLAPPING = "FLAPPING"  # it changes too often to be told each time
    MUTED = "MUTED"  # somebody asked for silence
    MAINTENANCE = "MAINTENANCE"  # it is expected now
    BELOW_THRESHOLD = "BELOW_THRESHOLD"  # the pack ignores it
    NO_INCIDENT = "NO_INCIDENT"  # it would join an incident, and none runs
    DISMISSED = "DISMISSED"  # somebody said that it is no incident
