"""From one typed line, or a form, to a furnished channel."""

from bot.domain.events import Declared
from tests.scenario.stage import Stage, shown


async def test_one_line_opens_a_channel_with_everything_in_it(any_bot: Stage) -> None:
    reply = await any_bot.command("alice", "declare P1 Checkout is down --service checkout")
    assert "is declared as p1" in shown(reply)
    incident = await any_bot.incident()

    channel = await any_bot.until(lambda s: s.workspace.find_channel(f"{incident.ref.lower()}-checkout-is-down"))
    await any_bot.until(lambda _: len(channel.bookmarks) > 0 and channel.topic and channel.purpose and channel.pins)
    announced = await any_bot.hear("incidents", "Checkout is down")

    people = any_bot.sandbox.people
    assert "Checkout is down" in channel.messages[1].text or await any_bot.hear(channel, "Checkout is down")
    assert {people["alice"].id, people["dave"].id, people["carol"].id} <= set(channel.members)
    assert "P1" in channel.topic
    assert announced.metadata
    assert (await any_bot.incident()).service == "checkout"


async def test_every_call_that_a_declaration_makes_is_taken_by_slack(bot: Stage) -> None:
    await bot.declare()
    await bot.sandbox.quiet(timeout=30)
    assert [(call.method, call.error, call.params) for call in bot.sandbox.calls if not call.ok] == []


async def test_without_a_title_a_form_opens_at_once_with_what_was_typed(bot: Stage) -> None:
    await bot.command("bob", "declare sev2 --service payments --private")
    view = bot.sandbox.view("bob")
    assert view is not None

    reply = await bot.sandbox.submit("bob", {"title": "Cards are refused", "description": "Since 09:10"})
    assert reply.error is None
    shown_after = bot.sandbox.view("bob")
    assert shown_after is not None
    assert "INC-" in str(shown_after.blocks)

    (declared,) = await bot.recorded(Declared)
    assert (declared.title, declared.severity, declared.service) == ("Cards are refused", "P2", "payments")
    assert declared.private
    assert declared.description == "Since 09:10"


async def test_people_type_as_phones_make_them(bot: Stage) -> None:
    await bot.command("alice", "DECLARE\u00a0SEV-1: “Search & checkout” are\u00a0down \u2014service search")
    (declared,) = await bot.recorded(Declared)
    assert (declared.severity, declared.service) == ("P1", "search")
    assert declared.title == "“Search & checkout” are down"


async def test_a_private_incident_is_announced_nowhere(bot: Stage) -> None:
    channel = await bot.declare("P2 Somebody was harassed --private")
    await bot.sandbox.quiet(timeout=30)
    assert channel.is_private
    assert "harassed" not in str([m.text + str(m.blocks) for m in bot.sandbox.channel("incidents").messages])
    assert "harassed" not in channel.name


async def test_a_drill_says_so(bot: Stage) -> None:
    channel = await bot.declare("P1 Lights are out --drill")
    message = await bot.hear(channel, "Lights are out")
    assert "DRILL" in message.text


async def test_a_command_told_twice_declares_once(any_bot: Stage) -> None:
    await any_bot.declare()
    await any_bot.sandbox.redeliver()
    await any_bot.sandbox.quiet(timeout=30)
    assert await any_bot.count() == 1
