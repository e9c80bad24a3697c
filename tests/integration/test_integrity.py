"""Finding what was changed around the application: in the row, the evidence and the reviews too."""

import pytest
from sqlalchemy import text

from bot.application.diagnose import Diagnostics
from bot.application.execute import Muster
from bot.application.integrity import verify
from bot.application.review import write_review
from bot.domain import commands as c
from bot.domain.actor import Actor

ALICE = Actor.person("U0ALICE")


@pytest.fixture
async def ref(muster: Muster) -> str:
    done = await muster.execute(c.Declare(by=ALICE, title="Checkout is down", severity="P1"))
    url = muster.database.url
    await Diagnostics(muster, lambda _name: url).diagnose_incident(done.incident_id, "db", "run-1")
    await muster.execute(c.Resolve(by=ALICE, summary="rolled back"), ref=done.incident.ref)
    await write_review(muster, done.incident_id, {})
    return done.incident.ref


async def test_a_whole_record_verifies(muster: Muster, ref: str) -> None:
    found = await verify(muster.database, ref)
    assert (found.faults, found.redacted, found.entries) == ((), (), 4)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("""update incidents set state = jsonb_set(state, '{summary}', '"nothing happened"')""", "summary"),
        ("""update evidence set report = jsonb_set(report, '{results,0,verdict}', '"CRITICAL"')""", "evidence 1"),
        ("update evidence set report = '{}'", "evidence 1"),
        ("delete from evidence", "evidence 1"),
        ("update reviews set markdown = replace(markdown, 'rolled back', 'ignored')", "version 1 of the review"),
        ("delete from reviews", "version 1 of the review"),
    ],
)
async def test_what_was_altered_beside_the_timeline_is_found(
    muster: Muster, ref: str, statement: str, fault: str
) -> None:
    async with muster.database.transaction() as connection:
        await connection.execute(text(statement))
    found = await verify(muster.database, ref)
    assert [one for one in found.faults if fault in one], found


async def test_a_redaction_is_named_and_no_fault(muster: Muster, ref: str) -> None:
    await muster.execute(c.AddNote(by=ALICE, text="the password is hunter2"), ref=ref)
    async with muster.database.transaction() as connection:
        redact = "update timeline set payload = '{\"text\": \"\"}', redacted_at = now() where kind = 'note_added'"
        await connection.execute(text(redact))
    found = await verify(muster.database, ref)
    assert (found.faults, found.redacted) == ((), (5,))
