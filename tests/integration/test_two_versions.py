"""An old and a new version side by side on one database: what the one does not know it leaves to the other."""

from typing import Any

from sqlalchemy import select, text, update

from bot.application.integrity import verify
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.effects import Surface
from bot.domain.errors import UnknownTimer
from bot.domain.evolve import FOLD
from bot.domain.incident import Incident
from bot.domain.timing import UPGRADE
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.postmortem.draft import draft
from bot.store import incidents, migrate, queue
from bot.store import timeline as log
from bot.store.chain import entry_hash
from bot.store.codec import digest_of
from bot.store.tables import incidents as rows
from bot.store.tables import outbox, surfaces, timeline, timers
from tests.integration.post import Post

#: The incident's fields by the number of the rules that they are folded by: whoever changes them raises the number.
FIELDS = (
    "acknowledged_at acknowledged_by action_items actions alerts category channel_id channel_name checklists closed_at "
    "conditions contributing_factors declared_at declared_by details diagnosed diagnostics drill escalated_at "
    "escalated_steps escalations extended identified_at impact last_update last_update_at last_verdict mitigated_at "
    "next_update_at participants private rang ref reopened_at resolved_at review roles root_cause runbooks seq "
    "service severity snoozed status status_at status_page_at summary texts title troubles updates watched_since "
    "watches"
)


async def newer_entry(post: Post, incident_id: int) -> None:
    """A newer version records something that this one has never heard of, and keeps more in the row."""
    async with post.muster.database.transaction() as connection:
        stored = await incidents.lock(connection, id=incident_id)
        assert stored is not None
        payload, now, seq = {"text": "from the future"}, post.muster.now(), stored.incident.seq + 1
        row: dict[str, Any] = {"seq": seq, "at": now, "recorded_at": now, "subject": None, "previous": stored.head}
        row |= {"kind": "hologram_shown", "payload": payload, "digest": digest_of(payload)}
        head = entry_hash(
            ref=stored.incident.ref,
            actor=("bot", "muster"),
            **{name: row[name] for name in ("seq", "at", "recorded_at", "kind", "subject", "digest", "previous")},
        )
        row |= {"incident_id": incident_id, "actor_kind": "bot", "actor_id": "muster", "hash": head}
        await connection.execute(timeline.insert().values(row))
        more = text("state || jsonb_build_object('seq', cast(:seq as int), 'holograms', 1, 'fold', 999)")
        change = update(rows).where(rows.c.id == incident_id).values(state=more.bindparams(seq=seq), head=head)
        await connection.execute(change)


async def test_an_entry_of_a_newer_version_is_passed_over_and_kept(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await newer_entry(post, done.incident_id)
    update_posted = c.PostUpdate(by=post.alice, text="failing over")
    outcome = await post.muster.execute(update_posted, ref=done.incident.ref)
    await post.everything()
    assert any("failing over" in text for text in post.texts(str(done.incident.channel_name)))
    async with post.muster.database.transaction() as connection:
        entries = await log.entries_of(connection, done.incident_id)
        state = (await connection.execute(select(rows.c.state).where(rows.c.id == done.incident_id))).scalar_one()
    unknown = [entry.event for entry in entries if isinstance(entry.event, e.Unknown)]
    assert unknown == [e.Unknown(kind="hologram_shown", payload={"text": "from the future"})]
    assert unknown[0].quiet
    assert state["holograms"] == 1, "what the newer version keeps survives our writing"
    assert not (await verify(post.muster.database, done.incident.ref)).faults
    assert "hologram" not in draft(outcome.incident, entries, post.muster.policy, now=post.muster.now()).markdown


async def test_a_delivery_of_a_newer_versions_event_waits_for_that_version(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await newer_entry(post, done.incident_id)
    incident = await post.row(done.incident_id)
    lane = f"{done.incident_id}:room"
    row = {"incident_id": done.incident_id, "lane": lane, "kind": "post", "seq": incident.seq}
    row |= {"payload": {"message": "update", "lane": "room"}, "priority": 0, "created_at": post.muster.now()}
    async with post.muster.database.transaction() as connection:
        await connection.execute(outbox.insert().values(row))
    said = len(post.texts(str(done.incident.channel_name)))
    await post.delivery.drain(lane)
    async with post.muster.database.transaction() as connection:
        last = select(outbox.c.status, outbox.c.error).order_by(outbox.c.id.desc()).limit(1)
        waiting = (await connection.execute(last)).one()
    assert (waiting.status, waiting.error) == ("waiting", "unknown event hologram_shown")
    assert len(post.texts(str(done.incident.channel_name))) == said


async def test_a_surface_of_a_newer_version_disturbs_nothing(post: Post) -> None:
    done = await post.declare()
    async with post.muster.database.transaction() as connection:
        await connection.execute(surfaces.insert().values(incident_id=done.incident_id, name="hologram"))
    await post.delivery.drain(f"{done.incident_id}:room")
    await post.surfaces.refresh(done.incident_id, Surface.TOPIC)
    await Upkeep(Timers(post.muster), post.delivery, post.surfaces).once()
    assert post.sandbox.channel(str(done.incident.channel_name)).topic


async def test_a_row_that_older_rules_wrote_is_folded_anew_before_anything_is_built_on_it(post: Post) -> None:
    done = await post.declare()
    await post.muster.execute(c.Acknowledge(by=post.alice), ref=done.incident.ref)
    async with post.muster.database.transaction() as connection:
        # As if the version that wrote it had known of no acknowledgements, and counted no rules.
        older = text("state - 'acknowledged_at' - 'fold' || '{\"roles\": {}}'")
        await connection.execute(update(rows).where(rows.c.id == done.incident_id).values(state=older))
    outcome = await post.muster.execute(c.AddNote(by=post.alice, text="pool at 98 %"), ref=done.incident.ref)
    assert outcome.incident.acknowledged_at is not None
    assert outcome.incident.roles == {"commander": post.alice.id}
    assert not (await verify(post.muster.database, done.incident.ref)).faults


async def test_a_timer_that_nobody_here_knows_is_left_to_others_for_an_hour(post: Post) -> None:
    done = await post.declare()
    now = post.muster.now()
    row = {"incident_id": done.incident_id, "name": "escalate:by-pigeon", "due_at": now}
    async with post.muster.database.transaction() as connection:
        await connection.execute(timers.insert().values(row))
    ours = Upkeep(Timers(post.muster), post.delivery, post.surfaces)
    await ours.once()
    armed = select(timers.c.armed).where(timers.c.name == row["name"])
    async with post.muster.database.transaction() as connection:
        assert await connection.scalar(armed)
        await connection.execute(update(timers).where(timers.c.name == row["name"]).values(due_at=now - UPGRADE))
    await ours.once()
    async with post.muster.database.transaction() as connection:
        assert not await connection.scalar(armed), "the step is gone from the pack"


def test_an_unknown_timer_is_told_in_a_sentence() -> None:
    assert "“escalate:by-pigeon”" in str(UnknownTimer(name="escalate:by-pigeon", ref="INC-2026-01-31-001"))


async def test_the_schema_of_a_newer_version_is_good_enough(post: Post) -> None:
    assert not migrate.is_behind(migrate.head())
    assert not migrate.is_behind("9999")
    assert migrate.is_behind("0001")
    assert migrate.is_behind(None)


def test_whoever_changes_the_incidents_fields_raises_the_number_of_the_rules() -> None:
    assert (FOLD, sorted(Incident.__dataclass_fields__)) == (8, FIELDS.split())


async def test_a_diagnostic_and_a_review_whose_jobs_were_lost_are_done_all_the_same(post: Post) -> None:
    done = await post.declare()
    await post.muster.execute(c.RequestDiagnostic(by=post.alice, target="db", run="run-1"), ref=done.incident.ref)
    await post.muster.execute(c.RequestReview(by=post.alice), ref=done.incident.ref)
    lost = text("delete from pgqueuer where entrypoint in ('check', 'review')")
    async with post.muster.database.transaction() as connection:
        await connection.execute(lost)
    clock, ours = post.muster.now, Upkeep(Timers(post.muster), post.delivery, post.surfaces)
    await ours.once()
    assert await jobs(post) == [], "they may only be waiting for their turn"
    post.muster.now = lambda: clock() + (UPGRADE / 10)
    await ours.once()
    await ours.once()
    assert await jobs(post) == [queue.CHECK, queue.REVIEW], "once each, however often it is looked"


async def jobs(post: Post) -> list[str]:
    found = text("select entrypoint from pgqueuer where entrypoint in ('check', 'review') order by entrypoint")
    async with post.muster.database.transaction() as connection:
        return list((await connection.execute(found)).scalars())
