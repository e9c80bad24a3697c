"""A record that was corrected, in the database: the chain holds, also where a text was taken out of it."""

from datetime import timedelta

from sqlalchemy import text

from bot.application.execute import Muster
from bot.application.integrity import verify
from bot.application.queries import happened_at, story
from bot.domain import commands as c
from bot.domain.actor import Actor

ALICE = Actor.person("U0ALICE")


async def test_a_redacted_entry_is_hidden_and_shown_and_the_chain_holds(muster: Muster) -> None:
    done = await muster.execute(c.Declare(by=ALICE, title="Checkout is down", severity="P1"))
    ref = done.incident.ref
    await muster.execute(c.AddNote(by=ALICE, text="the password is hunter2"), ref=ref)
    await muster.execute(c.AnnotateEntry(by=ALICE, about=2, text="It was changed since"), ref=ref)
    await muster.execute(c.HideEntry(by=ALICE, about=2, why="a password"), ref=ref)
    async with muster.database.transaction() as connection:
        redact = "update timeline set payload = '{\"text\": \"\"}', redacted_at = now() where kind = 'note_added'"
        await connection.execute(text(redact))
    found = await verify(muster.database, ref)
    assert (found.faults, found.redacted) == ((), (2,))
    told = await story(muster.database, done.incident_id, last=30)
    assert ([entry.seq for entry in told.entries], list(told.corrections.hides)) == ([1], [2])

    assert not (await muster.execute(c.HideEntry(by=ALICE, about=2, why="again"), ref=ref)).entries
    await muster.execute(c.ShowEntry(by=ALICE, about=2), ref=ref)
    told = await story(muster.database, done.incident_id, last=30)
    assert [entry.seq for entry in told.entries] == [1, 2]
    assert [note.seq for note in told.corrections.notes[2]] == [3]
    assert (await verify(muster.database, ref)).faults == ()


async def test_an_entry_is_moved_from_where_it_was_moved_to(muster: Muster) -> None:
    done = await muster.execute(c.Declare(by=ALICE, title="Checkout is down", severity="P1"))
    ref, row, added = done.incident.ref, done.incident_id, done.incident.declared_at - timedelta(minutes=5)
    await muster.execute(c.AddEntry(by=ALICE, happened_at=added, text="Deploy"), ref=ref)
    assert await happened_at(muster.database, row, 2) == added
    earlier = added - timedelta(hours=1)
    await muster.execute(c.MoveEntry(by=ALICE, about=2, happened_at=earlier, why="Its log"), ref=ref)
    assert await happened_at(muster.database, row, 2) == earlier
    assert await happened_at(muster.database, row, 9) is None
