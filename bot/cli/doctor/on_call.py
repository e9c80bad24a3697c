"""Who is on call now: what rotations and providers say."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

from bot.application.on_call import who
from bot.application.ports import Refused, TryAgain, Unclear
from bot.cli.doctor.finding import Finding, fault
from bot.cli.on_call import asking
from bot.core import Core, named_settings
from bot.domain.procedures import ProviderRule, Rotation
from bot.notices.oncall import Providers
from bot.notices.web import host_of
from bot.slack.directory import Directory

_NO_SCOPE = "missing_scope"


async def look(core: Core) -> AsyncIterator[Finding]:
    """What is found: each rotation's turn, and what each provider answers when it is asked once."""
    policy = core.muster.policy
    for rotation in policy.rotations:
        yield _turn(rotation, core)
    if not policy.providers:
        return
    value_of = named_settings(policy)
    async with asking(core) as (providers, slack):
        for rule in policy.providers:
            yield await _asked(rule, providers, slack, host_of(value_of(rule.url_from) or ""), _fallback(core, rule))


def _turn(rotation: Rotation, core: Core) -> Finding:
    zone = core.muster.policy.calendar.zone
    local = core.muster.now().astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    said = f"{rotation.on_call(local)} by turn, at {local:%H:%M} in {zone}"
    return Finding(about=f"On call: {rotation.contact}", what=said)


async def _asked(rule: ProviderRule, providers: Providers, slack: Directory, host: str, meanwhile: str) -> Finding:
    about = f"On call: {rule.contact}"
    try:
        answer = await who(rule, providers.ask, slack.member_with)
    except (TryAgain, Unclear, Refused) as error:
        remedy = error.remedy if isinstance(error, Refused) else ""
        if error.reason == _NO_SCOPE:
            remedy = "paste the manifest again (muster manifest has users:read.email by now) and reinstall the app"
        return fault(
            about,
            f"the provider{f' at {host}' if host else ''}: {error.reason}",
            costs=f"a running bot calls whom it last named, for a day; then {meanwhile}",
            mend=remedy or f"check {rule.url_from}, and that this machine may connect to it",
        )
    said = f"{', '.join(answer.people)}, says {host}"
    if answer.unknown:
        return fault(
            about,
            f"{said}; nobody in Slack has {', '.join(answer.unknown)}",
            costs="whoever that is, is not called",
            mend="let the provider have the addresses that they have in Slack",
        )
    return Finding(about=about, what=said)


def _fallback(core: Core, rule: ProviderRule) -> str:
    people = core.muster.policy.contacts.get(rule.contact, ())
    return f"{', '.join(people)}, as the pack has it" if people else "nobody: the contact has no people of its own"
