"""The visit: one look after the other, printed as it is found."""

from collections.abc import AsyncIterator

from bot.cli.doctor import alerts, database, exports, notices, on_call, slack
from bot.cli.doctor.finding import Finding, fault, show
from bot.cli.outcome import FAULT, OK
from bot.cli.terminal import say
from bot.core import Core, core
from bot.diagnostics.result import Verdict
from bot.policy.faults import PolicyFault
from bot.runbooks.check import check_pack
from bot.settings import Settings, read_settings


async def visit() -> int:
    """Look at everything; returns the exit status. Raises SettingsFault where a setting cannot be read."""
    settings = read_settings()
    faults = 0
    async for finding in _look(settings):
        faults += show([finding])
    say("")
    if faults:
        say(f"{faults} to mend." if faults > 1 else "One thing to mend.", style="bold")
        return FAULT
    say("All is well.", style="bold green")
    return OK


async def _look(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with core(settings) as built:
            yield _pack(built)
            async for finding in database.look(built):
                yield finding
            async for finding in _targets(built):
                yield finding
            async for finding in slack.look(settings, built.muster.now, built.muster.policy.alerts.channel):
                yield finding
            for finding in alerts.look(built):
                yield finding
            async for finding in notices.look(built):
                yield finding
            async for finding in on_call.look(built):
                yield finding
            async for finding in exports.look(settings):
                yield finding
    except PolicyFault as error:
        yield fault(
            "Policy pack",
            f"{settings.muster_pack} is not right: {error.faults[0]}",
            costs="the bot does not start, and the rest could not be looked at",
            mend="muster check lists everything; a running bot keeps the rules that it has, and its /readyz says so",
        )


def _pack(built: Core) -> Finding:
    policy = built.muster.policy
    faults = check_pack(built.pack)
    if faults:
        return fault(
            "Policy pack",
            f"{policy.name}: {len(faults)} to mend, the first at {faults[0]}",
            costs="what was not understood in a runbook is not offered",
            mend="run muster check",
        )
    asked = {*(rule.contact for rule in policy.rotations), *(rule.contact for rule in policy.providers)}
    nobody = [name for name, people in policy.contacts.items() if not people and name not in asked]
    if nobody:
        return Finding(
            about="Policy pack",
            what=f"{policy.name}: nobody stands behind {', '.join(nobody)}",
            costs="escalations to them are posted and announced, and nobody is called",
            mend=f"put Slack ids under contacts in {built.pack}/policy.yaml",
        )
    runbooks = len(built.catalogue.list())
    return Finding(about="Policy pack", what=f"{policy.name}: {len(policy.severities)} severities, {runbooks} runbooks")


async def _targets(built: Core) -> AsyncIterator[Finding]:
    for rule in built.muster.policy.targets:
        unset = built.diagnostics.unset(rule)
        if unset:
            yield fault(
                f"Diagnostics of {rule.name}",
                f"{', '.join(unset)} is not set",
                costs=f"diag {rule.name} can only say so",
                mend=f"set {', '.join(unset)}; docs/kinds.md says to what",
            )
            continue
        report = await built.diagnostics.diagnose(rule.name)
        first = report.results[0]
        if first.verdict in (Verdict.CRITICAL, Verdict.ERROR):
            yield fault(
                f"Diagnostics of {rule.name}",
                f"{report.against}: {first.explanation}",
                costs=f"diag {rule.name} finds nothing, in an incident of all times",
                mend=first.next_step or "check the address and the role",
            )
        else:
            yield Finding(about=f"Diagnostics of {rule.name}", what=f"{report.against} answers in {report.took_ms} ms")
