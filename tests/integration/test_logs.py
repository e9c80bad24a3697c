"""What is logged of an incident says which it is about, and nothing of what people said."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from bot.application import logs
from bot.domain import commands as c
from bot.domain.effects import Surface
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.sandbox import Fault
from bot.store import timers
from bot.store.tables import incidents, outbox
from tests.integration.conftest import Clock
from tests.integration.post import Post
from tests.support.logs import Written, logged

SECRET = "Somebody was harassed"


def upkeep(post: Post) -> Upkeep:
    return Upkeep(Timers(post.muster), post.delivery, post.surfaces)


def saying(written: Written, words: str) -> dict[str, Any]:
    """The one record with these words."""
    [record] = [one for one in written.records if words in one["message"]]
    return record


async def test_what_is_executed_says_which_incident_it_was(post: Post) -> None:
    with logged() as written, logs.about(event="Ev0X"):
        done = await post.declare()
    assert saying(written, "#1 Declared") == {
        **saying(written, "#1 Declared"),
        "incident": done.incident.ref,
        "event": "Ev0X",
        "logger": "bot.application.execute",
    }


async def test_a_delivery_that_is_put_off_and_one_that_is_refused_say_which_row_it_was(post: Post) -> None:
    done = await post.declare()
    lane = f"{done.incident_id}:room"
    post.sandbox.faults.add(Fault(method="conversations.create", http_status=500))
    with logged() as written, logs.about():
        await post.delivery.drain(lane)
    late = saying(written, "put off")
    assert (late["incident"], late["lane"], late["level"]) == (done.incident.ref, lane, "WARNING")
    assert isinstance(late["outbox"], int)
    post.sandbox.faults.add(Fault(method="chat.postMessage", error="restricted_action"))
    await post.let_leases_run_out()
    with logged() as written, logs.about():
        await post.delivery.drain(lane)
    refused = saying(written, "refused: restricted_action")
    assert (refused["incident"], refused["lane"]) == (done.incident.ref, lane)
    assert refused["outbox"] > late["outbox"]


async def test_a_surface_that_is_refused_says_which_it_was(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P2"), ref=done.incident.ref)
    post.sandbox.faults.add(Fault(method="conversations.setTopic", error="restricted_action"))
    with logged() as written, logs.about():
        await post.surfaces.refresh(done.incident_id, Surface.TOPIC)
    refused = saying(written, "surface topic refused")
    assert (refused["incident"], refused["lane"]) == (done.incident.ref, f"{done.incident_id}:surface:topic")


async def test_a_timer_that_fires_says_which_it_was_and_whose(post: Post, clock: Clock) -> None:
    first, second = await post.declare(), await post.declare()
    await post.muster.execute(c.Acknowledge(by=post.alice), ref=second.incident.ref)
    async with post.muster.database.transaction() as connection:
        [called] = [
            t for t in await timers.pending(connection, first.incident_id) if t.name == "escalate:p1-unacknowledged"
        ]
    clock.time = called.due_at
    with logged() as written, logs.about():
        await Timers(post.muster).fire(called.incident_id, called.name, called.generation)
    escalated = saying(written, "Escalated by muster")
    assert (escalated["incident"], escalated["timer"]) == (first.incident.ref, called.name)
    clock.advance(minutes=50)
    with logged() as written:
        await upkeep(post).once()
    rung = [one for one in written.records if "s late" in one["message"]]
    assert {one["incident"] for one in rung} == {first.incident.ref, second.incident.ref}
    assert all(one["level"] == "WARNING" and one["timer"] in one["message"] for one in rung)


async def test_a_fault_of_ours_is_one_line_with_where_it_was_and_without_the_words_that_it_met(post: Post) -> None:
    done = await post.declare(private=True)
    async with post.muster.database.transaction() as connection:
        await connection.execute(update(outbox).values(created_at=outbox.c.created_at - timedelta(days=9000)))
        bad = update(incidents).where(incidents.c.id == done.incident_id)
        words = text("jsonb_set(state, '{declared_at}', to_jsonb(cast(:words as text)))").bindparams(words=SECRET)
        await connection.execute(bad.values(state=words))
    with logged() as written:
        await upkeep(post).once()
    broken = [one for one in written.records if "exc_info" in one]
    assert any("ValidationError: 1 validation error" in one["exc_info"] for one in broken)
    assert "harassed" not in written.text


@pytest.mark.parametrize("fault", [{"http_status": 500}, {"lose_answer": True}, {"error": "invalid_blocks"}], ids=str)
async def test_nothing_that_people_said_in_a_private_incident_and_no_token_is_logged(
    post: Post, clock: Clock, fault: dict[str, Any]
) -> None:
    with logged() as written, logs.about():
        done = await post.declare(private=True, title=SECRET, description=SECRET)
        ref, bob = done.incident.ref, post.sandbox.people["bob"].id
        await post.everything()
        for method in ("chat.postMessage", "conversations.setTopic", "conversations.invite", "chat.update"):
            post.sandbox.faults.add(Fault(method=method, **fault, times=2))
        room = str((await post.row(done.incident_id)).channel_id)
        for command in (
            c.Acknowledge(by=post.alice),
            c.PostUpdate(by=post.alice, text=SECRET),
            c.AssignRole(by=post.alice, role="scribe", user=bob),
            c.ChangeSeverity(by=post.alice, severity="P2", why=SECRET),
            c.ChangeStatus(by=post.alice, status="monitoring", note=SECRET),
            c.Escalate(by=post.alice, why=SECRET, people=(bob,)),
            c.AddNote(by=post.alice, text=SECRET),
            c.CaptureMessage(by=post.alice, channel=room, ts="1.0", user=post.alice.id, text=SECRET),
            c.AddActionItem(by=post.alice, text=SECRET),
            c.Resolve(by=post.alice, summary=SECRET, root_cause=SECRET, impact=SECRET),
            c.Reopen(by=post.alice, why=SECRET),
        ):
            await post.muster.execute(command, incident_id=done.incident_id)
            await post.everything()
        clock.advance(days=1)
        await upkeep(post).once()
        await post.everything()
    assert "harassed" not in written.text.casefold()
    assert post.sandbox.bot_token not in written.text
    assert post.sandbox.signing_secret not in written.text
    assert "xoxb-" not in written.text
    assert written.about(incident=ref, level="INFO")
    assert any(one["level"] in ("WARNING", "ERROR") and one["incident"] == ref for one in written.records)
