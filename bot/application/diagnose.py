"""Running a diagnostic of the pack and keeping what it found."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.application.execute import Muster
from bot.diagnostics.result import Report
from bot.diagnostics.runner import checks_of, run
from bot.diagnostics.target import Target
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.errors import UnknownCheck
from bot.domain.rules import TargetRule, nearest, spoken
from bot.domain.scopes import Scope, scope
from bot.policy.targets import TargetSection
from bot.store import evidence


@dataclass(slots=True)
class Diagnostics:
    """The pack's targets, and the values of the settings that they name; nothing of it is what somebody typed."""

    muster: Muster
    value_of: Callable[[str], str | None]

    async def diagnose(self, typed: str) -> Report:
        """Run the checks of a target, of a service's targets, or of all.

        Args:
            typed: what `meant` understands.

        Raises:
            UnknownTarget, UnknownCheck: nothing answers to the words. Whatever is wrong with a target is a result.
        """
        scope = self.meant(typed)
        targets = [self.target(rule) for rule in scope.targets]
        return await run(targets, name=scope.phrase, now=self.muster.now(), only=scope.checks)

    def meant(self, typed: str) -> Scope:
        """What somebody means by words such as `db`, `checkout`, `all` or `db locks`.

        Raises:
            UnknownTarget: the policy has nothing by that name that can be diagnosed.
            UnknownCheck: none of its checks is called so; the error has the nearest that is.
        """
        found = scope(self.muster.policy, typed)
        known = {check.name for rule in found.targets for check in checks_of(self.target(rule))}
        return replace(found, checks=tuple(dict.fromkeys(_check(word, known, found) for word in found.checks)))

    def unset(self, rule: TargetRule) -> tuple[str, ...]:
        """The settings that a target needs and that have no value."""
        named = rule.options.settings() if isinstance(rule.options, TargetSection) else ()
        return tuple(name for name in named if not self.value_of(name))

    def target(self, rule: TargetRule) -> Target:
        """A target of the pack, with the settings of this process."""
        return Target(
            name=rule.name,
            kind=rule.kind,
            options=rule.options,
            title=rule.title,
            thresholds=rule.thresholds,
            timeout_s=rule.timeout.total_seconds(),
            check_timeout_s=rule.check_timeout.total_seconds(),
            value_of=self.value_of,
        )

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


def _check(typed: str, known: Collection[str], found: Scope) -> str:
    """The check that a word means: its name, or how only one of the names begins."""
    said = spoken(typed)
    fitting = [name for name in known if spoken(name) == said] or [n for n in known if spoken(n).startswith(said)]
    if len(fitting) != 1 or not said:
        raise UnknownCheck(typed=typed, target=found.name, known=sorted(known), nearest=nearest(typed, known))
    return fitting[0]
