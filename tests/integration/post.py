"""A desk with the jobs on it, beside a sandbox: a test delivers each lane and shows each surface when it says so."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, update

from bot.application.execute import Muster, Outcome
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.incident import Incident
from bot.jobs.delivery import Delivery
from bot.jobs.desk import Desk
from bot.jobs.surfaces import Surfaces
from bot.sandbox import Sandbox
from bot.store import incidents
from bot.store.tables import lanes as leases
from bot.store.tables import outbox, surfaces


@dataclass
class Post:
    """The jobs on a desk, and the sandbox that they deliver to."""

    sandbox: Sandbox
    muster: Muster
    desk: Desk
    delivery: Delivery
    surfaces: Surfaces
    outcomes: list[tuple[str, str]]

    @property
    def alice(self) -> Actor:
        return Actor.person(self.sandbox.people["alice"].id)

    async def declare(self, **more: Any) -> Outcome:
        command = c.Declare(by=self.alice, title="Checkout is down", severity="P1")
        return await self.muster.execute(replace(command, **more))

    async def everything(self) -> None:
        """Drain lanes and refresh surfaces until nothing is waiting; what was put off is due at once."""
        while True:
            await self.let_leases_run_out()
            async with self.muster.database.transaction() as connection:
                lanes = (
                    await connection.execute(
                        select(outbox.c.lane).distinct().where(outbox.c.status.in_(("waiting", "sending")))
                    )
                ).scalars().all()  # fmt: skip
                stale = (
                    await connection.execute(
                        select(surfaces.c.incident_id, surfaces.c.name).where(surfaces.c.shown < surfaces.c.wanted)
                    )
                ).all()  # fmt: skip
            before = len(self.sandbox.calls)
            for lane in lanes:
                await self.delivery.drain(lane)
            for incident_id, name in stale:
                await self.surfaces.refresh(incident_id, name)
            if not lanes and len(self.sandbox.calls) == before:
                return

    async def let_leases_run_out(self) -> None:
        """As if time had passed: whoever held a lane is taken to be dead, and what was put off is due."""
        async with self.muster.database.transaction() as connection:
            await connection.execute(update(leases).values(until=func.now()))

    async def row(self, incident_id: int) -> Incident:
        async with self.muster.database.transaction() as connection:
            stored = await incidents.by_id(connection, incident_id)
        assert stored is not None
        return stored.incident

    def texts(self, channel: str) -> list[str]:
        mine = self.sandbox.people["muster"].id
        return [m.text for m in self.sandbox.channel(channel).messages if m.user == mine and not m.subtype]

    def methods(self, since: int = 0) -> list[str]:
        return [call.method for call in self.sandbox.calls[since:]]
