"""What monitors tell, and a message with the buttons of a group's card."""

from collections.abc import Sequence
from dataclasses import replace

from bot.application.ingest_alerts import Ingest, Told
from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Matcher
from bot.domain.rules import Policy, Service
from bot.messages import to_blocks
from bot.sandbox.model import Channel, View
from bot.sandbox.server import Sandbox
from bot.store import alert_groups
from bot.store.alert_reading import Found
from tests.scenario.stage import Stage
from tests.support.patience import patient

BUTTONS = ("alert_declare", "alert_attach", "alert_mute", "alert_dismiss")


def rules(policy: Policy) -> Policy:
    """A policy by which people decide of what is not critical."""
    table = AlertRules(
        rules=(AlertRule(name="down", do=Decision.DECLARE, when=Matcher(severities=("critical",)), severity="P1"),),
        severities={"warning": "P3"},
    )
    services = (*policy.services, Service(name="payments"), Service(name="web"))
    return replace(policy, alerts=table, services=services)


def alarm(bot: Stage, name: str = "HighErrorRate", service: str = "payments", **labels: str) -> Alert:
    """An alert that fires."""
    said = {"alertname": name, "severity": "warning", "service": service, **labels}
    return Alert(
        source="alertmanager",
        fingerprint=f"{sorted(said.items())}"[:128],
        status=AlertStatus.FIRING,
        title=f"{name} of {service}",
        labels={label: value for label, value in said.items() if value},
        starts_at=bot.clock(),
    )


@patient
async def fire(bot: Stage, *alarms: Alert) -> Sequence[Told]:
    """A monitor tells of alerts."""
    return await Ingest(bot.core.muster).take(alarms, "test")


async def group(bot: Stage, *alarms: Alert) -> int:
    """The same, of one group: its number."""
    (told,) = await fire(bot, *alarms)
    assert told.group is not None
    return told.group


@patient
async def state(bot: Stage, number: int) -> Found:
    """How a group stands."""
    async with bot.core.database.transaction(within=30) as connection:
        found = await alert_groups.find(connection, number)
    assert found is not None
    return found


async def press(bot: Stage, who: str, value: int | str, *buttons: str) -> None:
    """Presses buttons as a group's card has them, one after the other; the value is the group's number."""
    blocks = to_blocks(" ".join(f"[Go](button:{button})" for button in BUTTONS), ref=str(value))
    posted = await bot.app.slack.post("general", "A card", blocks, outbox_id=f"test {value}")
    for button in buttons:
        reply = await bot.sandbox.click(who, "general", posted.ts, button)
        assert (reply.error, reply.status) == (None, 200)
        assert reply.seconds < 3


async def form(bot: Stage, who: str, button: str, value: int | str) -> View:
    """Presses a button and waits for its form."""
    await press(bot, who, value, button)
    return await bot.until(lambda sandbox: opened(sandbox, who, button))


def opened(sandbox: Sandbox, who: str, button: str) -> View | None:
    """The form of a button in front of somebody, once it is filled."""
    view = sandbox.view(who)
    return view if view is not None and view.callback_id == button else None


async def room_of(bot: Stage, ref: str, who: str) -> Channel:
    """An incident's channel, once somebody is in it."""
    person = bot.sandbox.people[who].id

    def there(sandbox: Sandbox) -> Channel | None:
        rooms = (room for room in sandbox.workspace.channels.values() if (room.name or "").startswith(ref.lower()))
        return next((room for room in rooms if person in room.members), None)

    return await bot.until(there)


def read_by(bot: Stage, who: str) -> str:
    """All that the form in front of somebody shows."""
    view = bot.sandbox.view(who)
    assert view is not None
    return str(view.blocks)
