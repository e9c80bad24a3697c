"""How the alerts of a group resemble each other, for whoever shows them. Pure."""

from collections.abc import Mapping, Sequence

from bot.store.alerts import Stored


def shared_labels(alerts: Sequence[Stored]) -> Mapping[str, str]:
    """The labels that all of some alerts have with the same value, by name; none of no alerts."""
    if not alerts:
        return {}
    first, *others = [one.alert.labels for one in alerts]
    return {label: first[label] for label in sorted(first) if all(one.get(label) == first[label] for one in others)}


def differing_labels(alerts: Sequence[Stored]) -> Mapping[str, tuple[str, ...]]:
    """The other labels, by name, with all of their values in the order of the alerts.

    A label that some alerts have and others have not differs too.
    """
    shared = shared_labels(alerts)
    found: dict[str, dict[str, None]] = {}
    for one in alerts:
        for label, value in one.alert.labels.items():
            if label not in shared:
                found.setdefault(label, {})[value] = None
    return {label: tuple(found[label]) for label in sorted(found)}
