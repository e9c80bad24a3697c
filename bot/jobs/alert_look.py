"""A group of alerts as its message may show it: nothing that is private, and which mute silences it. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.alert_group import Group, Running
from bot.domain.alert_rules import Mute
from bot.domain.judging import Judge, Reason
from bot.domain.rules import Policy
from bot.store.alert_reading import Found
from bot.store.alerts import Stored


def shown_of(found: Found) -> Found:
    """A group as everybody may see it: of a private incident it is known that there is one, and nothing else."""
    if not found.private:
        return found
    group: Group = replace(found.group, running=Running(service=None, private=True))
    return replace(
        found, group=group, incident_title="", channel_id=None, settled_by=None, settled_at=None, settled_why=""
    )


def mute_of(in_force: Sequence[Mute], some: Sequence[Stored], policy: Policy) -> Mute | None:
    """The mute that holds longest of those in force that silence all of these alerts which fire, or else all of them.

    Args:
        in_force: the mutes that hold now.
        some: alerts.
        policy: which services they are of is as it says.

    Returns:
        None where one of them is heard.
    """
    meant = [one.alert for one in some if one.known.firing] or [one.alert for one in some]
    for mute in sorted(in_force, key=lambda mute: mute.until, reverse=True):
        judge = Judge(policy, [mute], mute.since)
        if meant and all(judge.judge(alert).quiet is Reason.MUTED for alert in meant):
            return mute
    return None
