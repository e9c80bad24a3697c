"""What reaches people when Slack is down: the mail server, and the settings of the pack's webhooks."""

from collections.abc import AsyncIterator

from bot.application.ports import Refused, TryAgain, Unclear
from bot.cli.doctor.finding import Finding, fault
from bot.core import Core, mailer, named_settings
from bot.domain.rules import Policy
from bot.notices.server import Security
from bot.notices.webhook import endpoint

_COSTS = "escalations do not reach people this way, which is how they are reached when Slack is down"


async def look(core: Core) -> AsyncIterator[Finding]:
    """What is found. Nothing is sent: the mail server is greeted and logged in to, webhooks are not called."""
    policy = core.muster.policy
    if policy.mails or core.settings.mail:
        yield await _mail(core)
    for finding in _webhooks(policy):
        yield finding
    if not policy.mails and not policy.webhooks:
        yield Finding(about="Outside of Slack", what="the pack names no e-mail addresses and no webhooks")


async def _mail(core: Core) -> Finding:
    sender = mailer(core.settings)
    if sender is None:
        return fault(
            "E-mail",
            "the pack escalates by e-mail, and MUSTER_SMTP_URL is not set",
            costs=_COSTS,
            mend="set MUSTER_SMTP_URL and MUSTER_MAIL_FROM (docs/notices.md)",
        )
    try:
        await sender.try_out()
    except (TryAgain, Unclear, Refused) as error:
        remedy = error.remedy if isinstance(error, Refused) else ""
        return fault(
            "E-mail",
            f"{sender.server}: {error.reason}",
            costs=_COSTS,
            mend=remedy or "check MUSTER_SMTP_URL, and that this machine may connect to it",
        )
    if sender.server.security is Security.NONE:
        how = "unencrypted"
    else:
        how = "encrypted" + (", logged in" if sender.server.user else "")
    used = "" if core.muster.policy.mails else "; the pack sends no mail"
    return Finding(about="E-mail", what=f"{sender.server} answers, {how}, from {sender.sender.address}{used}")


def _webhooks(policy: Policy) -> list[Finding]:
    value_of = named_settings(policy)
    findings: list[Finding] = []
    for rule in policy.webhooks:
        about = f"Webhook {rule.name}"
        try:
            target = endpoint(rule, value_of)
        except Refused as error:
            findings.append(fault(about, error.reason, costs=_COSTS, mend=error.remedy))
            continue
        if target.encrypted:
            findings.append(Finding(about=about, what=f"set, at {target.host}"))
        else:
            findings.append(
                Finding(
                    about=about,
                    what=f"set, at {target.host}, unencrypted",
                    costs="whoever is on the way can read what it is told, titles of public incidents included",
                    mend=f"let {rule.url_from} begin with https://",
                )
            )
    return findings
