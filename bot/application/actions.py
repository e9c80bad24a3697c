"""Rehearsing and running the policy's actions: what would happen is told first, and what was asked for is run once."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from bot.application.diagnose import Diagnostics
from bot.application.execute import Muster
from bot.diagnostics import actions
from bot.diagnostics.actions import Ending, Outcome, Rehearsal
from bot.domain import commands as c
from bot.domain.action import Action, Stage
from bot.domain.action_rules import ActionRule
from bot.domain.actor import MUSTER
from bot.domain.incident import Incident
from bot.messages.columns import columns_of
from bot.store import inbox, incidents
from bot.store.database import DatabaseUnavailable

#: How much longer than its time-out a run may take to be told of, before nobody can say what became of it.
_GRACE = timedelta(minutes=1)
#: How long it is surely known which runs were begun: less than keys of what came in are kept.
_REMEMBERED = timedelta(days=6)
#: Seconds between two tries to record an outcome, and how many there are: nobody else knows it.
_AGAIN_S, _TRIES = 2.0, 150


@dataclass(slots=True)
class Actions:
    """What may be done from within an incident."""

    muster: Muster
    diagnostics: Diagnostics

    async def carry(self, incident_id: int, number: int) -> None:
        """Go on with an action as it stands: rehearse it, or run it. Doing it twice is harmless.

        Raises:
            DatabaseUnavailable: it is to be tried again; nothing was run.
        """
        async with self.muster.database.transaction() as connection:
            stored = await incidents.by_id(connection, incident_id)
        action = stored.incident.action(number) if stored else None
        if stored is None or action is None:
            return
        if action.stage is Stage.REHEARSING:
            await self._rehearse(incident_id, stored.incident, action)
        elif action.stage is Stage.RUNNING:
            await self._run(incident_id, stored.incident, action)

    async def _rehearse(self, incident_id: int, incident: Incident, action: Action) -> None:
        rule = self.muster.policy.action(action.name)
        if rule is None:
            found = Rehearsal(ready=False, why_not="The policy has no such action any more.")
        else:
            found = await actions.rehearse(self._action(rule, incident, action), action.given)
        recorded = c.RecordRehearsal(
            by=MUSTER,
            number=action.number,
            ready=found.ready,
            why=f"{found.why_not} {found.next_step}".strip(),
            would=found.lines,
            ran=found.ran,
            against=found.against,
            seen="\n\n".join(part for part in (columns_of(found.rows) if found.rows else "", found.output) if part),
            bound=found.bound,
        )
        await self.muster.execute(recorded, incident_id=incident_id)

    async def _run(self, incident_id: int, incident: Incident, action: Action) -> None:
        """Run it, unless somebody has begun to: whoever comes first does it, and nobody a second time."""
        rule, key, now = (
            self.muster.policy.action(action.name),
            f"action:{incident_id}:{action.number}",
            self.muster.now(),
        )
        async with self.muster.database.transaction() as connection:
            first = await inbox.first_time(connection, key, at=now)
            begun = await inbox.claimed_at(connection, key) or now
        if first and action.started_at and now - action.started_at > _REMEMBERED:
            outcome = Outcome(
                verdict=Ending.UNKNOWN,
                said="It was to be run so long ago that nobody knows any more whether it was.",
                next_step="Look at what it was to be done to before you ask for it again.",
            )
        elif first and rule is None:
            outcome = Outcome(verdict=Ending.REFUSED, said="Nothing was done: the policy has no such action any more.")
        elif first and rule is not None and action.started_at and now - action.started_at > rule.expires:
            outcome = Outcome(
                verdict=Ending.REFUSED,
                said="Nothing was done: nobody could run it in time, and things may be different by now.",
                next_step="Look again, and ask for it anew if it is still wanted.",
            )
        elif first and rule is not None:
            outcome = await actions.perform(self._action(rule, incident, action), action.given, action.bound)
        elif now - begun < (rule.timeout if rule else _GRACE) + _GRACE:
            return  # somebody is at it
        else:
            outcome = Outcome(
                verdict=Ending.UNKNOWN,
                said="The process that ran it ended before it could say how it went.",
                next_step="Look at what it was done to before you ask for it again.",
            )
        await self._record(incident_id, action, outcome)

    async def _record(self, incident_id: int, action: Action, outcome: Outcome) -> None:
        """Record how it went, however long the database takes."""
        shown = columns_of(outcome.rows) if outcome.rows else ""
        recorded = c.RecordAction(
            by=MUSTER,
            number=action.number,
            verdict=outcome.verdict.value,
            said=f"{outcome.said} {outcome.next_step}".strip(),
            ran=outcome.ran,
            against=outcome.against,
            output="\n\n".join(part for part in (shown, outcome.output) if part),
            took_ms=round(outcome.took_ms),
        )
        for left in reversed(range(_TRIES)):
            try:
                await self.muster.execute(recorded, incident_id=incident_id)
            except DatabaseUnavailable:
                if not left:
                    raise
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    def _action(self, rule: ActionRule, incident: Incident, action: Action) -> actions.Action:
        target = self.muster.policy.target(rule.target) if rule.target else None
        return actions.Action(
            rule=rule,
            target=self.diagnostics.target(target) if target else None,
            value_of=self.diagnostics.value_of,
            key=f"{incident.ref}-{action.number}",
        )
