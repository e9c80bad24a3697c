"""What stands in the channel of an incident that an alert opened."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from bot.application.ingest_alerts import Ingest
from bot.domain.alert_rules import AlertRule, AlertRules, Decision
from bot.domain.events import DiagnosticRequested
from bot.store import alerts, incidents, timeline
from bot.store.tables import alert_groups as groups
from tests.integration.conftest import Clock
from tests.integration.post import Post
from tests.integration.test_ingest_alerts import alert

DECLARES = AlertRules(rules=(AlertRule(name="all", do=Decision.DECLARE),))
SUGGESTS = AlertRules()


async def test_the_runbook_that_names_the_alert_is_offered_where_no_rule_names_one(post: Post, clock: Clock) -> None:
    post.muster.policy = replace(post.muster.policy, alerts=DECLARES)
    [told] = await Ingest(post.muster).take([alert("CertificateExpiry", at=clock(), service="")], "test")
    await post.everything()
    room = next(
        one for one in post.sandbox.workspace.channels.values() if one.name.startswith(str(told.incident).lower())
    )
    opened = next(m for m in room.messages if "alert opened this" in m.text)
    assert "alert CertificateExpiry" in str(opened.blocks)
    assert "Walk the runbook" in str(opened.blocks)


async def test_what_never_was_an_incident_is_forgotten_after_a_while_and_what_fires_on_is_not(
    post: Post, clock: Clock
) -> None:
    post.muster.policy = replace(post.muster.policy, alerts=SUGGESTS)
    ingest = Ingest(post.muster)
    old, steady = alert("Old", at=clock(), service="a"), alert("Steady", at=clock(), service="b")
    await ingest.take([old, steady], "test")
    clock.advance(days=100)
    await ingest.take([steady], "test")
    async with post.muster.database.transaction() as connection:
        await alerts.forget(connection, clock() - timedelta(days=7), clock() - timedelta(days=90))
        assert await connection.scalar(select(func.count()).select_from(groups)) == 1


async def test_what_the_rule_wants_looked_at_is_diagnosed_at_once_and_said(post: Post, clock: Clock) -> None:
    rule = AlertRule(name="all", do=Decision.DECLARE, run=("db", "no-such-target"))
    post.muster.policy = replace(post.muster.policy, first_looks=(), alerts=AlertRules(rules=(rule,)))
    [told] = await Ingest(post.muster).take([alert(at=clock())], "test")
    async with post.muster.database.transaction() as connection:
        stored = await incidents.by_ref(connection, str(told.incident))
        assert stored is not None
        events = [entry.event for entry in await timeline.entries_of(connection, stored.id)]
    asked = [event for event in events if isinstance(event, DiagnosticRequested)]
    assert [(event.target, event.run) for event in asked] == [("db", f"alert-{told.group}-1")]
    await post.everything()
    room = str((await post.row(stored.id)).channel_name)
    assert any("being looked at" in text for text in post.texts(room))
