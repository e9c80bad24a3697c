"""Running a diagnostic of the pack and keeping what it found."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster
from bot.diagnostics.compare import changes, compared, noted
from bot.diagnostics.result import Earlier, Report, Result, Verdict
from bot.diagnostics.runner import Progress, checks_of, run
from bot.diagnostics.target import Target
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain.actor import MUSTER
from bot.domain.errors import DomainError, UnknownCheck, UnknownTarget
from bot.domain.rules import TargetRule, nearest, spoken
from bot.domain.scopes import Scope, scope
from bot.domain.walked import asked_from
from bot.policy.targets import TargetSection
from bot.store import evidence, incidents, measured, runs, surfaces
from bot.store.database import DatabaseUnavailable
from bot.store.runs import Far

Tell = Callable[[Progress], None]

#: Seconds between two looks at how far a run is: Slack takes one change a second of a message.
_APART_S = 1.0
#: What stands for the checks of what the pack does not have any more.
_GONE = "target"
#: How many charts of a run are drawn.
_CHARTS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A report, and the target's name where it is of one only."""

    report: Report
    only: str


@dataclass(slots=True)
class Diagnostics:
    """The pack's targets, and the values of the settings that they name; nothing of it is what somebody typed."""

    muster: Muster
    value_of: Callable[[str], str | None]

    async def diagnose(
        self, typed: str, *, healthy: bool = False, scope: int = measured.EVERYBODY, tell: Tell | None = None
    ) -> Report:
        """Run the checks of a target, of a service's targets, or of all, outside of any incident.

        Args:
            typed: what `meant` understands.
            healthy: whether what is well now is remembered as what is usual.
            scope: the row of a private incident in which it is asked for: nobody else learns of it.
            tell: is told how far it is.

        Raises:
            UnknownTarget, UnknownCheck: nothing answers to the words. Whatever is wrong with a target is a result.
            DatabaseUnavailable: it cannot be remembered, which was asked for.
        """
        found = await self._run(typed, tell)
        try:
            async with self.muster.database.transaction() as connection:
                report = await self._compared(connection, found, scope, healthy=healthy)
        except (DatabaseUnavailable, ProgrammingError):
            # What is wrong may be our own database, or our tables in it, and that must not hide it.
            if healthy:
                raise
            return found.report
        return report

    async def _run(self, typed: str, tell: Tell | None = None) -> Found:
        scope = self.meant(typed)
        targets = [self.target(rule) for rule in scope.targets]
        report = await run(targets, name=scope.phrase, now=self.muster.now(), only=scope.checks, tell=tell)
        return Found(report, targets[0].name if len(targets) == 1 else "")

    async def _compared(
        self, connection: AsyncConnection, found: Found, scope: int, *, healthy: bool = False
    ) -> Report:
        """The report beside what was measured before, which it takes the place of."""
        report, only = found.report, found.only
        names = {result.target or only for result in report.results} - {""}
        if not names:
            return report
        last, well = await measured.known(connection, names, scope=scope)
        # A run that began later may be over before this one.
        last = {key: one for key, one in last.items() if one.at < report.started_at}
        now = noted(report, only)
        await measured.note(connection, _measured(now), scope=scope)
        if healthy:
            good = {key: one for key, one in now.items() if one.verdict is Verdict.OK}
            await measured.note(connection, _measured(good), scope=scope, healthy=True)
        return compared(report, only, _earlier(last), _earlier(well))

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

    async def diagnose_incident(self, incident_id: int, typed: str, run_name: str, watch: bool = False) -> None:  # noqa: FBT001, FBT002 (as its job has it)
        """Run a target's checks for an incident, keep the report and record it; the same run only once.

        Args:
            incident_id: the incident's row.
            typed: what `meant` understands.
            run_name: the run.
            watch: whether nobody asked for it just now, so that people hear only what changed.

        Raises:
            DatabaseUnavailable: it is to be done again.
        """
        async with self.muster.database.transaction() as connection:
            stored = await incidents.by_id(connection, incident_id)
        private = stored is not None and stored.incident.private
        try:
            asked = asked_from(stored.incident, run_name) if stored else None
            card = f.step(asked.run, asked.step) if asked and asked.step else f.diagnostic(run_name)
            found = await self._run(typed) if watch else await self._told(incident_id, typed, run_name, card)
        except (UnknownTarget, UnknownCheck) as error:
            # The pack had it when it was asked for. Whoever waits for it is told.
            found = Found(_gone(typed, error, self.muster.now()), "")
        async with self.muster.database.transaction() as connection:
            report = await self._compared(connection, found, incident_id if private else measured.EVERYBODY)
            evidence_id, kept = await evidence.keep(
                connection,
                incident_id,
                run=run_name,
                target=report.target,
                report=report.to_dict(),
                digest=report.digest(),
            )
            await runs.over(connection, incident_id, run_name)
            before = await evidence.before(connection, incident_id, evidence_id, report.target) if watch else None
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
            watch=watch,
            changes=changes(Report.from_dict(before) if before else None, report) if watch else (),
            charts=_charts(report),
        )
        await self.muster.execute(command, incident_id=incident_id, key=f"diagnostic:{incident_id}:{run_name}")

    async def _told(self, incident_id: int, typed: str, run_name: str, card: str) -> Found:
        """Run it, and have its card say how far it is, at most once a second."""
        self.meant(typed)  # what is wrong with the words shows before anything is begun
        latest: Far | None = None
        over = asyncio.Event()

        def tell(progress: Progress) -> None:
            nonlocal latest
            latest = Far(progress.done, progress.total, progress.waiting)

        async def follow() -> None:
            said: Far | None = None
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_APART_S):
                        await over.wait()
                if over.is_set():
                    return
                if latest is not None and latest != said:
                    said = latest
                    # How far it is may go unsaid; what it finds is not lost by that.
                    with contextlib.suppress(DatabaseUnavailable):
                        async with self.muster.database.transaction() as connection:
                            await runs.note(connection, incident_id, run_name, latest)
                            await surfaces.want(connection, incident_id, card, priority=0)

        async with asyncio.TaskGroup() as group:
            group.create_task(follow())
            try:
                found = await self._run(typed, tell)
            finally:
                over.set()  # what is being noted is noted: to be cut off would cost its connection
        return found


def _gone(typed: str, error: DomainError, now: datetime) -> Report:
    """What is said of a run whose target or check the pack has dropped meanwhile."""
    result = Result(
        check=_GONE,
        title="Target",
        verdict=Verdict.ERROR,
        value=None,
        unit="",
        threshold="none",
        ran="",
        against="",
        took_ms=0,
        explanation=error.sentence,
        next_step=error.hint or "See what `diag` lists.",
    )
    return Report(target=typed, kind="", against="", started_at=now, took_ms=0, results=(result,))


def _charts(report: Report) -> tuple[int, ...]:
    """The places of results with a chart: what is not well before what is, and no more than people look at."""
    places = [place for place, result in enumerate(report.results) if result.chart is not None]
    return tuple(sorted(places, key=lambda place: -report.results[place].verdict.rank)[:_CHARTS])


def _measured(found: Mapping[tuple[str, str], Earlier]) -> list[measured.Measured]:
    return [
        measured.Measured(target=target, check=check, verdict=one.verdict.value, value=one.value, at=one.at)
        for (target, check), one in found.items()
    ]


def _earlier(found: measured.Known) -> dict[tuple[str, str], Earlier]:
    return {
        key: Earlier(verdict=Verdict(one.verdict), value=one.value, at=one.at)
        for key, one in found.items()
        if one.verdict in Verdict.__members__
    }


def _check(typed: str, known: Collection[str], found: Scope) -> str:
    """The check that a word means: its name, or how only one of the names begins."""
    said = spoken(typed)
    fitting = [name for name in known if spoken(name) == said] or [n for n in known if spoken(n).startswith(said)]
    if len(fitting) != 1 or not said:
        close = nearest(typed, sorted(fitting) or known) or min(fitting, default=None)
        raise UnknownCheck(typed=typed, target=found.name, known=sorted(known), nearest=close)
    return fitting[0]
