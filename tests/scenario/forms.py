"""Rules that want something in every form, and what a person sees and does in one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.procedures import Audience, Checklist, Condition, Detail, Form, Item, Letter, Moment, Requirement
from bot.domain.rules import Category, EscalationStep, Policy, Trigger
from bot.messages import to_blocks
from bot.sandbox.kit.blocks import with_blocks
from bot.sandbox.model import Channel, Message
from bot.sandbox.records import Reply
from tests.scenario.stage import Stage


def rules(policy: Policy) -> Policy:
    """A policy that wants something in every form."""
    resolved = Requirement(fields=("summary",), watched_if={"leak": timedelta(minutes=15)}, checklists=("support",))
    identified = Requirement(checklists=("support",))
    wanted = {Category.RESOLVED: resolved, Category.ACTIVE: identified}
    return replace(
        policy,
        conditions=(
            Condition(name="all", title="Everybody is affected", ask="Is everybody affected?", suggests="P1"),
            Condition(name="deployed", title="Deployed lately", ask="A deployment?", advice="Consider rolling back."),
            Condition(name="leak", title="Data leaked", suggests="P1", runbook="slow-queries"),
        ),
        details=(
            Detail(name="next", title="Next step", forms=(Form.UPDATE,), required=True),
            Detail(name="found", title="Found by", forms=(Form.DECLARE,), choices=("An alert", "A customer")),
            Detail(name="tried", title="Tried so far", forms=(Form.ESCALATE, Form.RESOLVE), long=True),
        ),
        checklists=(
            Checklist(name="support", title="Support", at=Moment.DECLARED, items=(Item(text="Tell support"),)),
        ),
        statuses=tuple(replace(s, requires=wanted.get(s.category, s.requires)) for s in policy.statuses),
        escalation=(
            EscalationStep(name="lead", trigger=Trigger.REQUEST, notify=("engineering-lead",), why="The lead decides"),
            EscalationStep(name="desk", trigger=Trigger.REQUEST, notify=("on-call",)),
        ),
        letters=(
            Letter(
                name="sorry",
                title="An apology",
                audience=Audience.CUSTOMERS,
                subject="{{ title }}",
                body="Dear [name],\nwe are on it.",
                to="who lost a booking",
            ),
        ),
    )


def says(bot: Stage, who: str) -> str:
    """What the paragraphs of the form in front of somebody say."""
    view = bot.sandbox.view(who)
    assert view is not None
    return "\n".join(block["text"]["text"] for block in view.blocks if block["type"] == "section")


def value_of(bot: Stage, who: str, field: str) -> Any:
    """What stands in a field of that form."""
    view = bot.sandbox.view(who)
    assert view is not None
    for actions in view.values.values():
        if field in actions:
            state = {name: value for name, value in actions[field].items() if name != "type"}
            (value,) = state.values()
            return value["value"] if isinstance(value, dict) else value
    raise LookupError(field)


def errors(reply: Reply) -> dict[str, str]:
    """The problems that came back, by field."""
    assert reply.body["response_action"] == "errors", reply
    found: dict[str, str] = reply.body["errors"]
    return found


async def choose(bot: Stage, who: str, field: str, value: object) -> None:
    """Chooses in a form that changes with it."""
    reply = await bot.sandbox.click(who, action_id=field, value=value)
    assert (reply.error, reply.status) == (None, 200)


async def press(bot: Stage, who: str, room: Channel, button: str) -> Reply:
    """Presses a button that some message of the bot's might have, such as `severity/P2`."""
    ref = (await bot.incident()).ref
    posted = await bot.app.slack.post(
        room.id, button, to_blocks(f"[Go](button:{button})", ref=ref), outbox_id=f"test {button}"
    )
    return await bot.sandbox.click(who, room.name, posted.ts, button.partition("/")[0])


async def told(bot: Stage, who: str, words: str) -> Message:
    """Waits for a private answer."""
    wanted = words.casefold()
    found = await bot.until(
        lambda s: next((m for m in s.ephemerals(who) if wanted in f"{m.text}{m.blocks}".casefold()), None)
    )
    assert found is not None
    return found


def boxes(room: Channel, name: str = "support") -> tuple[Message, dict[str, Any], dict[str, Any]] | None:
    """The message with a checklist, its block and its boxes."""
    for message in reversed(room.messages):
        for block, element in with_blocks(message.blocks):
            if element["action_id"] == f"tick:{name}":
                return message, block, element
    return None


def ticked(room: Channel) -> list[str]:
    """What the message with the checklist shows as ticked."""
    found = boxes(room)
    assert found is not None
    return [option["value"].split()[-1] for option in found[2].get("initial_options", [])]


async def tick(bot: Stage, who: str, room: Channel, *numbers: int, by: Message | None = None) -> Reply:
    """Leaves these items, and no others, ticked in the message."""
    found = await bot.until(lambda _: boxes(room))
    assert found is not None
    options = found[2]["options"]
    return await bot.sandbox.click(
        who, room.name, (by or found[0]).ts, "tick:support", value=[options[n - 1]["value"] for n in numbers]
    )
