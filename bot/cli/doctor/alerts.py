"""Monitors: whether any may post its alerts, and whether they can be told what became of them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.application.ports import Refused
from bot.cli.doctor.finding import Finding, fault
from bot.core import Core, named_settings
from bot.domain.alert_rules import TellBack, TellKind
from bot.messages.filters import plural
from bot.notices.sources import reach
from bot.notices.telling import PATIENCE_S
from bot.notices.web import ValueOf, Web, host_of

#: What a rule is for, said of one that cannot be followed.
_COSTS = {
    TellKind.ALERTMANAGER: "it goes on notifying people of what somebody works on already",
    TellKind.PAGERDUTY: "it goes on calling people about what somebody works on already",
    TellKind.CALLBACK: "it does not hear that somebody works on its alerts, or that they are over",
}


def look(core: Core) -> Iterator[Finding]:
    """What is found. No monitor is called."""
    policy = core.muster.policy
    rules, senders = policy.alerts.rules, core.settings.muster_webhook_tokens
    if senders:
        what = f"{plural(len(senders), 'monitor')} may post: {', '.join(senders)}"
        yield Finding(about="Alerts", what=f"{what}; {plural(len(rules), 'rule')} to judge by")
    elif rules:
        yield Finding(
            about="Alerts",
            what=f"MUSTER_WEBHOOK_TOKENS is not set, and the pack has {plural(len(rules), 'rule')} for alerts",
            costs="what monitors post is refused: no alert becomes an incident",
            mend="set MUSTER_WEBHOOK_TOKENS to NAME:SECRET, a pair for each monitor, and have it send its secret "
            "(docs/alerts.md)",
        )
    value_of, web = named_settings(policy), Web(PATIENCE_S)
    for rule in policy.alerts.tell_back:
        yield _told(rule, value_of, web)


def _told(rule: TellBack, value_of: ValueOf, web: Web) -> Finding:
    about = f"Telling {rule.name} back"
    try:
        line = reach(rule, value_of, web)
    except Refused as error:
        return fault(about, error.reason, costs=f"{_COSTS[rule.kind]}, and commanders are told so", mend=error.remedy)
    where = f"set, at {host_of(line.url)}"
    if urlsplit(line.url).scheme == "https":
        return Finding(about=about, what=where)
    if not line.token:
        return Finding(about=about, what=f"{where}, unencrypted, without a token")
    return Finding(
        about=about,
        what=f"{where}, unencrypted",
        costs="whoever is on the way can read its token, and do with it what Muster may",
        mend=f"let {line.address_setting} begin with https://",
    )
