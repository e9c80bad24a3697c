"""What stands in the channel of an incident that an alert opened."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from bot.application.ingest_alerts import Ingest
from bot.domain.alert_rules import AlertRule, AlertRules, Decision
from bot.store import alerts
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
