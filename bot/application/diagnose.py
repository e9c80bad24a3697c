"""Running a diagnostic of the pack and keeping what it found."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.application.execute import Muster
from bot.diagnostics.result import Report
from bot.diagnostics.runner import run
from bot.diagnostics.target import Target
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.errors import UnknownTarget
from bot.domain.rules import Policy, TargetRule
from bot.store import evidence


@dataclass(slots=True)
class Diagnostics:
    """The pack's targets, and where each is. Addresses come from settings, never from what somebody typed."""

    muster: Muster
    address_of: Callable[[TargetRule], str | None]

    async def diagnose(self, typed: str) -> Report:
        """Run a target's checks. Raises UnknownTarget; whatever is wrong with the target itself is a result."""
        rule = find_target(self.muster.policy, typed)
        target = Target(
            name=rule.name,
            kind=rule.kind,
            url=self.address_of(rule),
            url_from=rule.url_from,
            thresholds=rule.thresholds,
            timeout_s=rule.timeout.total_seconds(),
        )
        return await run(target, now=self.muster.now())

    async def diagnose_incident(self, incident_id: int, typed: str, run_name: str) -> None:
        """Run a target's checks for an incident, keep the report and record it; the same run only once."""
        report = await self.diagnose(typed)
        async with self.muster.database.transaction() as connection:
            evidence_id, kept = await evidence.keep(
                connection,
                incident_id,
                run=run_name,
                target=report.target,
                report=report.to_dict(),
                digest=report.digest(),
            )
        report = Report.from_dict(kept)
        command = c.RecordDiagnostic(
            by=MUSTER,
            target=report.target,
            run=run_name,
            evidence=evidence_id,
            digest=report.digest(),
            verdict=report.verdict.value,
            findings=report.findings,
            took_ms=report.took_ms,
        )
        await self.muster.execute(command, incident_id=incident_id, key=f"diagnostic:{incident_id}:{run_name}")


def find_target(policy: Policy, typed: str) -> TargetRule:
    """The pack's target that answers to a word. Raises UnknownTarget with the nearest."""
    rule = policy.target(typed)
    if rule is None:
        known = [target.name for target in policy.targets]
        raise UnknownTarget(typed=typed, known=known, nearest=policy.nearest_target(typed))
    return rule
