"""Earlier incidents in short, read from a real database."""

from datetime import timedelta

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_events import AlertLine
from bot.domain.digest import Digest, digest_of
from bot.store import incidents
from bot.store.earlier import earlier
from tests.integration.conftest import Clock
from tests.support.walking import begin

ALICE = Actor.person("U0ALICE")


async def declare(muster: Muster, title: str, **more: object) -> str:
    command = c.Declare(by=ALICE, title=title, severity="P1", **more)  # type: ignore[arg-type] # each test says which
    return (await muster.execute(command)).incident.ref


async def test_what_came_before_is_read_in_short_the_newest_first_and_nothing_private(
    muster: Muster, clock: Clock
) -> None:
    first = await declare(muster, "Checkout is down", service="checkout", conditions=("data-loss",))
    line = AlertLine(name="HighErrorRate", title="5xx", source="alertmanager", starts_at=clock())
    alerts = RecordAlerts(
        by=Actor.monitor("am"), group=1, total=1, firing=1, lines=(line,), names=("HighErrorRate",), first_at=clock(),
        sources=("alertmanager",),
    )  # fmt: skip
    tasks = (c.AddActionItem(by=ALICE, text="One"), c.AddActionItem(by=ALICE, text="Two"))
    for command in (alerts, begin(ALICE), begin(ALICE, again=True), *tasks, c.FinishActionItem(by=ALICE, number=1)):
        await muster.execute(command, ref=first)
    clock.advance(minutes=40)
    await muster.execute(c.Resolve(by=MUSTER, summary="Fixed", root_cause="The pool was full"), ref=first)
    await declare(muster, "A secret", private=True)
    second = await declare(muster, "Mail is late", drill=True)
    now, later = await declare(muster, "Checkout is down again"), await declare(muster, "Later")
    async with muster.database.transaction() as connection:
        stored = [await incidents.by_ref(connection, ref) for ref in (second, first, now)]
        ids = [one.id for one in stored if one]
        found = await earlier(connection, ids[-1])
        assert await earlier(connection, ids[-1], limit=1) == found[:1]
    assert [one.ref for one in found] == [second, first]
    assert found == [digest_of(one.incident) for one in stored[:2] if one]
    assert later not in {one.ref for one in found}
    whole: Digest = found[1]
    assert (whole.alerts, whole.runbooks, whole.open_items) == (("HighErrorRate",), ("queue-backlog",), 1)
    assert (whole.conditions, whole.cause, whole.took) == (("data-loss",), "The pool was full", timedelta(minutes=40))
