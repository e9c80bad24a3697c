"""Open action items across incidents: who sees which, in which order, and whose incidents they are."""

from datetime import date, timedelta

from sqlalchemy import text

from bot.application import items as reading
from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.store import items
from bot.store.incidents import by_id
from tests.integration.conftest import Clock

ALICE, BOB, ERIN = Actor.person("U0ALICE"), Actor.person("U0BOB"), Actor.person("U0ERIN")


async def _declared(muster: Muster, title: str, *, private: bool = False) -> int:
    declared = c.Declare(by=ALICE, title=title, severity="P1", private=private)
    return (await muster.execute(declared)).incident_id


async def _added(muster: Muster, incident: int, text: str, owner: str | None = None, due: date | None = None) -> None:
    await muster.execute(c.AddActionItem(by=ALICE, text=text, owner=owner, due=due), incident_id=incident)


async def _texts(muster: Muster, by: Actor, **asked: object) -> list[str]:
    found = await reading.listed(muster, by, **asked)  # type: ignore[arg-type] # as the tests name them
    return [one.item.text for one in found.items]


async def test_what_is_due_first_comes_first_and_what_is_done_does_not_come(muster: Muster) -> None:
    first, second = await _declared(muster, "One"), await _declared(muster, "Two")
    today = reading.today(muster)
    await _added(muster, first, "no day", "U0BOB")
    await _added(muster, first, "next week", "U0BOB", today + timedelta(days=7))
    await _added(muster, second, "late", "U0BOB", today - timedelta(days=1))
    await _added(muster, second, "nobody's")
    await _added(muster, second, "done", "U0BOB", today)
    await muster.execute(c.FinishActionItem(by=BOB, number=3), incident_id=second)

    assert await _texts(muster, ERIN) == ["late", "next week", "no day", "nobody's"]
    assert await _texts(muster, ERIN, owner="U0BOB") == ["late", "next week", "no day"]
    assert await _texts(muster, ERIN, overdue=True) == ["late"]
    assert await _texts(muster, ERIN, unowned=True) == ["nobody's"]
    assert await _texts(muster, ERIN, owner="U0CAROL") == []
    found = await reading.listed(muster, ERIN, limit=2)
    assert (len(found.items), found.total) == (2, 4)


async def test_a_private_incidents_items_show_only_to_those_in_it(muster: Muster) -> None:
    secret = await _declared(muster, "Somebody was harassed", private=True)
    await _added(muster, secret, "Talk to them", "U0BOB")
    assert await _texts(muster, ERIN) == []
    assert await _texts(muster, ERIN, owner="U0BOB") == []
    assert (await reading.mine(muster, "U0ERIN")).incidents == []
    # Whoever is to do something about it takes part in it.
    assert await _texts(muster, BOB) == ["Talk to them"]
    mine = await reading.mine(muster, "U0BOB")
    assert [one.item.text for one in mine.listed.items] == ["Talk to them"]
    assert [one.title for one in mine.incidents] == ["Somebody was harassed"]


async def test_what_somebody_had_who_left_has_nobody_in_any_incident_and_once(muster: Muster, clock: Clock) -> None:
    incidents = [await _declared(muster, f"Number {n}") for n in range(2)]
    for incident in incidents:
        await _added(muster, incident, "Theirs", "U0BOB")
        await _added(muster, incident, "Another's", "U0ERIN")
    async with muster.database.transaction() as connection:
        assert await items.owners(connection) == ["U0BOB", "U0ERIN"]

    async def has_left(user: str) -> bool:
        return user == "U0BOB"

    assert await reading.look_for_leavers(muster, has_left, most=1) == "U0BOB"
    assert await reading.look_for_leavers(muster, has_left, after="U0BOB") is None
    assert await reading.owner_left(muster, "U0BOB") == 0
    async with muster.database.transaction() as connection:
        for incident in incidents:
            stored = await by_id(connection, incident)
            assert stored is not None
            theirs, other = stored.incident.action_items
            assert (theirs.owner, theirs.left, other.owner) == (None, "U0BOB", "U0ERIN")
    assert await _texts(muster, ERIN, unowned=True) == ["Theirs", "Theirs"]


async def test_only_incidents_with_something_to_do_are_read(muster: Muster) -> None:
    """The plan takes the index of those, once there are many others."""
    async with muster.database.transaction() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.execute(text("EXPLAIN SELECT id FROM incidents WHERE item_owners <> '[]'"))
        assert "incidents_items_idx" in "\n".join(plan.scalars())
