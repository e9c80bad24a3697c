"""Those whom a policy names, in words that call nobody: a message about a call to come is not the call."""

from collections.abc import Iterable

from bot.domain.rules import SERVICE_OWNERS, Policy
from bot.policy.types import is_slack_id


def named(names: Iterable[str], policy: Policy) -> tuple[str, ...]:
    """The policy's names as people say them; how many are named by their Slack ids alone comes last."""
    words = list(dict.fromkeys(names))
    ids = [name for name in words if is_slack_id(name)]
    titles = {role.name: role.title for role in policy.roles} | {SERVICE_OWNERS: "the service's owners"}
    said = [name if name in policy.contacts else titles.get(name, name) for name in words if name not in ids]
    more = f"{len(ids)} {'person' if len(ids) == 1 else 'people'} more" if said else f"{len(ids)} by name"
    return (*said, *([more] if ids else []))
