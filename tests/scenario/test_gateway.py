"""The gateway's less travelled ways, against the sandbox's Web API."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.application.ports import Refused, TryAgain
from bot.sandbox.records import Fault
from bot.sandbox.server import Sandbox
from bot.slack.gateway import SlackWeb


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(now=lambda: datetime.now(UTC))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def slack(sandbox: Sandbox) -> AsyncIterator[SlackWeb]:
    made = SlackWeb(sandbox.bot_token, sandbox.api_url)
    yield made
    await made.close()


def methods(sandbox: Sandbox) -> list[str]:
    return [call.method for call in sandbox.calls]


async def test_a_channel_is_adopted_only_if_the_bot_made_it(sandbox: Sandbox, slack: SlackWeb) -> None:
    made = await slack.create_channel("inc-1", private=False)
    assert await slack.our_channel("inc-1", private=False) == made
    assert await slack.our_channel("general", private=False) is None
    assert await slack.our_channel("nothing", private=False) is None
    secret = await slack.create_channel("inc-2", private=True)
    assert await slack.our_channel("inc-2", private=True) == secret


async def test_a_taken_name_is_refused_as_such(slack: SlackWeb) -> None:
    with pytest.raises(Refused) as caught:
        await slack.create_channel("general", private=False)
    assert caught.value.reason == "name_taken"


async def test_a_channel_is_found_once_by_name_and_joined(sandbox: Sandbox, slack: SlackWeb) -> None:
    payments = sandbox.channel("payments")
    assert await slack.find_channel("payments") == payments.id
    assert await slack.find_channel("payments") == payments.id
    assert methods(sandbox).count("conversations.list") == 1
    assert sandbox.workspace.bot.id in payments.members
    assert await slack.find_channel("nothing") is None
    assert await slack.find_channel(payments.id) == payments.id


async def test_a_channel_that_is_gone_is_looked_for_again(sandbox: Sandbox, slack: SlackWeb) -> None:
    first = await slack.find_channel("payments")
    assert first is not None
    await sandbox.archive("alice", "payments")
    with pytest.raises(Refused):
        await slack.post(first, "Hello", [], outbox_id="1")
    assert await slack.find_channel("payments") is None


async def test_a_channel_that_may_not_be_joined_is_found_all_the_same(sandbox: Sandbox, slack: SlackWeb) -> None:
    sandbox.faults.add(Fault(method="conversations.join", error="restricted_action"))
    assert await slack.find_channel("payments") == sandbox.channel("payments").id


async def test_paging_goes_through_every_page(sandbox: Sandbox, slack: SlackWeb) -> None:
    for number in range(1050):
        await sandbox.create_channel("alice", f"team-{number:04}")
    assert await slack.find_channel("team-1049") == sandbox.channel("team-1049").id
    assert methods(sandbox).count("conversations.list") == 2


async def test_an_own_post_is_found_by_its_outbox_id(sandbox: Sandbox, slack: SlackWeb) -> None:
    general = sandbox.channel("general").id
    root = await slack.post(general, "One", [], outbox_id="1")
    reply = await slack.post(general, "Two", [], outbox_id="2", thread_ts=root.ts)
    for number in range(120):
        await slack.post(general, "Other", [], outbox_id=f"other-{number}")
    assert (found := await slack.find_post(general, "1")) is not None
    assert found.ts == root.ts
    assert (found := await slack.find_post(general, "2", thread_ts=root.ts)) is not None
    assert found.ts == reply.ts
    assert await slack.find_post(general, "3") is None
    assert await slack.find_post(general, "3", thread_ts=root.ts) is None


async def test_a_direct_message_is_found_by_the_person(sandbox: Sandbox, slack: SlackWeb) -> None:
    bob = sandbox.people["bob"].id
    sent = await slack.post(bob, "Hello", [], outbox_id="7")
    assert sent.channel.startswith("D")
    assert (found := await slack.find_post(bob, "7")) is not None
    assert found.ts == sent.ts


async def test_a_message_is_read_wherever_it_hangs(sandbox: Sandbox, slack: SlackWeb) -> None:
    root = await sandbox.say("bob", "general", "Hello &amp; <all>")
    reply = await sandbox.say("carol", "general", "Hi", thread_ts=root)
    channel = sandbox.channel("general").id
    assert (found := await slack.read_message(channel, root)) is not None
    assert (found.user, found.text) == (sandbox.people["bob"].id, "Hello &amp; <all>")
    assert (found := await slack.read_message(channel, reply)) is not None
    assert (found.text, found.thread_ts) == ("Hi", root)
    assert await slack.read_message(channel, "1.000001") is None


async def test_those_who_cannot_come_keep_nobody_out_and_are_named(sandbox: Sandbox, slack: SlackWeb) -> None:
    room = await slack.create_channel("inc-1", private=False)
    people = sandbox.people
    with pytest.raises(Refused) as caught:
        await slack.invite(room.id, [people["bob"].id, "U0NOBODY", people["carol"].id])
    assert caught.value.reason == "U0NOBODY: user_not_found"
    members = sandbox.channel("inc-1").members
    assert {people["bob"].id, people["carol"].id} <= set(members)
    with pytest.raises(Refused):
        await slack.invite(room.id, ["U0NOBODY"])
    await slack.invite(room.id, [people["bob"].id])
    await slack.invite(room.id, [people["bob"].id, sandbox.workspace.bot.id])


async def test_a_hundred_are_invited_at_a_time(sandbox: Sandbox, slack: SlackWeb) -> None:
    room = await slack.create_channel("inc-1", private=False)
    with pytest.raises(Refused):
        await slack.invite(room.id, [f"U0NOBODY{number:03}" for number in range(150)])
    assert methods(sandbox).count("conversations.invite") == 2


async def test_a_group_has_its_members(sandbox: Sandbox, slack: SlackWeb) -> None:
    assert list(await slack.members_of_group("S0SUPPORT2")) == [sandbox.people["dave"].id]


async def test_what_is_so_already_is_fine(sandbox: Sandbox, slack: SlackWeb) -> None:
    general = sandbox.channel("general").id
    sent = await slack.post(general, "Hello", [], outbox_id="1")
    for _ in range(2):
        await slack.pin(general, sent.ts)
        await slack.react(general, sent.ts, "pushpin", on=True)
    for _ in range(2):
        await slack.react(general, sent.ts, "pushpin", on=False)
    await slack.react(general, "1.000001", "pushpin", on=True)
    await slack.join(general)


async def test_a_bookmark_is_added_once_and_changed_after(sandbox: Sandbox, slack: SlackWeb) -> None:
    general = sandbox.channel("general")
    first = await slack.put_bookmark(general.id, "Updates", "https://a.example", None, look=False)
    assert await slack.put_bookmark(general.id, "Updates", "https://b.example", None, look=True) == first
    assert await slack.put_bookmark(general.id, "News", "https://c.example", first, look=False) == first
    assert [(mark.title, mark.link) for mark in general.bookmarks] == [("News", "https://c.example")]
    general.bookmarks.clear()
    assert await slack.put_bookmark(general.id, "News", "https://c.example", first, look=False) != first


async def test_an_upload_is_found_by_its_name(sandbox: Sandbox, slack: SlackWeb) -> None:
    general = sandbox.channel("general").id
    assert not await slack.find_upload(general, "review.md")
    await slack.upload(general, filename="review.md", title="Review", content="# Häfen", comment="Here")
    assert await slack.find_upload(general, "review.md")
    (file,) = [f for m in sandbox.channel("general").messages for f in m.files]
    assert file.content == "# Häfen".encode()


async def test_a_name_is_asked_once(sandbox: Sandbox, slack: SlackWeb) -> None:
    assert await slack.name_of(sandbox.people["bob"].id) == "Bob Lindqvist"
    assert await slack.name_of(sandbox.people["bob"].id) == "Bob Lindqvist"
    assert await slack.name_of("U0NOBODY") is None
    assert methods(sandbox) == ["users.info", "users.info"]


async def test_a_link_to_a_message_costs_no_call_of_its_own(sandbox: Sandbox, slack: SlackWeb) -> None:
    link = await slack.permalink("C1", "1712345678.000100")
    assert link.endswith("/archives/C1/p1712345678000100")
    await slack.permalink("C1", "1712345678.000200")
    assert methods(sandbox) == ["auth.test"]


async def test_trouble_with_the_token_is_named(sandbox: Sandbox, slack: SlackWeb) -> None:
    assert await slack.trouble() is None
    assert slack.known is not None
    assert slack.known.user_id == sandbox.workspace.bot.id
    assert "chat:write" in slack.known.scopes
    stranger = SlackWeb("xoxb-another", sandbox.api_url)
    assert await stranger.trouble() == "invalid_auth"
    await stranger.close()


async def test_a_hanging_slack_is_not_ready(sandbox: Sandbox, slack: SlackWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.directory._PATIENCE", 0.1)
    sandbox.faults.add(Fault(method="auth.test", stall=1))
    assert await slack.trouble() == "Slack does not answer"


async def test_a_response_url_that_is_used_up_is_a_refusal(sandbox: Sandbox, slack: SlackWeb) -> None:
    with pytest.raises(Refused):
        await slack.respond(f"{sandbox.url}response/nothing", "Hello", [])


async def test_nobody_listening_surely_did_nothing() -> None:
    nowhere = SlackWeb("xoxb-1", "http://127.0.0.1:9/api/")
    with pytest.raises(TryAgain):
        await nowhere.post("C1", "Hello", [], outbox_id="1")
    assert await nowhere.trouble() == "Slack can't be reached"
    await nowhere.close()
