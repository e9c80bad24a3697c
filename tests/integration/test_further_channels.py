"""Further channels of a severity: whoever cannot be reached keeps nobody else waiting."""

from dataclasses import replace

from sqlalchemy import select

from bot.domain import commands as c
from bot.domain.events import DeliveryFailed
from bot.store import timeline as log
from bot.store.tables import outbox
from tests.integration.post import Post


async def test_a_channel_that_is_not_there_is_told_with_a_remedy_and_nobody_waits_for_it(post: Post) -> None:
    policy = post.muster.policy
    worst = replace(policy.severities[0], announce=("nowhere", "general"))
    post.muster.policy = replace(policy, severities=(worst, *policy.severities[1:]))
    declared = [await post.declare() for _ in range(2)]
    await post.everything()
    for one in declared:
        async with post.muster.database.transaction() as connection:
            entries = await log.entries_of(connection, one.incident_id)
            rows = select(outbox.c.lane, outbox.c.status).where(
                outbox.c.incident_id == one.incident_id, outbox.c.lane.startswith("channel:")
            )
            told = {row.lane: row.status for row in await connection.execute(rows)}
        assert told == {"channel:nowhere": "refused", "channel:general": "sent"}
        [failure] = [entry.event for entry in entries if isinstance(entry.event, DeliveryFailed)]
        assert (failure.reason, "#nowhere" in failure.remedy) == ("channel_not_found", True)


async def test_of_a_private_incident_no_further_channel_hears(post: Post) -> None:
    policy = post.muster.policy
    levels = tuple(replace(s, announce=("general",)) for s in policy.severities)
    post.muster.policy = replace(policy, severities=levels)
    declared = await post.declare(private=True)
    await post.everything()
    who = post.alice
    await post.muster.execute(c.ChangeSeverity(by=who, severity="P2"), ref=declared.incident.ref)
    await post.muster.execute(c.Resolve(by=who, summary="Done", override="Drill"), ref=declared.incident.ref)
    await post.muster.execute(c.Reopen(by=who, why="Again"), ref=declared.incident.ref)
    async with post.muster.database.transaction() as connection:
        lanes = (
            await connection.execute(select(outbox.c.lane).where(outbox.c.incident_id == declared.incident_id))
        ).scalars()
        assert not [lane for lane in lanes if not lane.startswith(f"{declared.incident_id}:")]
