"""The story: a nightly report, started by hand in the daytime, holds the orders while people try to pay."""

from collections.abc import Callable
from datetime import timedelta

from bot.cli.demo.director import Director
from bot.cli.demo.terms import Terms, terms
from bot.cli.demo.trouble import trouble
from bot.domain.rules import Policy
from bot.sandbox import Channel, File, Sandbox
from bot.sandbox.model import Message

#: What the story skips in all; it is started that much before now.
LASTS = timedelta(minutes=39)


async def tell(director: Director) -> tuple[Channel, File]:
    """Play every scene; returns the incident's channel and the review as it was uploaded. Raises Failed."""
    core = director.stage.app.core
    said = terms(core.muster.policy, core.catalogue)
    async with trouble(director.stage.database_url) as fault:
        card = await warn(director, core.muster.policy)
        channel = await declare(director, said, card)
        await take(director, channel)
        await look(director, channel, said)
        await tell_people(director, channel, said)
        await follow(director, channel, said)
        if await propose(director, channel, said):
            await end(director, channel)
        await fault.end()
    await mend(director, channel, said)
    await calm(director, channel)
    await verify(director, channel, said)
    await resolve(director, channel, said)
    return channel, await review(director, channel, core.muster.policy)


async def warn(director: Director, policy: Policy) -> Message:
    """A monitor posts alerts, and people are asked about them in one message, which counts them; returns it."""
    await director.later(0, "A monitor finds that checkout is slow. Whether that is an incident is for people to say.")
    await director.fires({"checkout-1": 9})
    where = director.sandbox.channel(policy.alerts.channel)
    card = await director.hear(where, "is this an incident")
    await director.later(1, "Two more of the same come, and the message counts them.")
    await director.fires({"checkout-2": 14, "checkout-3": 12})
    await director.until(lambda _: "3 of 3" in str(card.blocks) or None, "the message that counts three")
    director.again(card)
    return card


async def declare(director: Director, said: Terms, card: Message) -> Channel:
    """Support notices as well, and somebody makes an incident of the alerts."""
    await director.say(
        "dave", "Nine customers in ten minutes say that paying by card hangs. Is something up?", "general"
    )
    await director.later(1, "Support notices as well, so Bob makes an incident of it.")
    await director.press("bob", "Declare…", "alert_declare", director.sandbox.workspace.channels[card.channel])
    await director.fill_in("bob", {"title": "Checkout hangs for card payments", "severity": said.severity})
    channel = await director.until(
        lambda sandbox: next((c for c in sandbox.workspace.channels.values() if "checkout-hangs" in c.name), None),
        "the incident's channel",
    )
    await director.until(lambda _: channel.pins, "the pinned summary card")
    await director.until(
        lambda sandbox: any(
            "checkout hangs" in str(m.blocks).casefold() for m in sandbox.channel("incidents").messages
        ),
        "the announcement",
    )
    return channel


async def take(director: Director, channel: Channel) -> None:
    """Somebody takes responsibility; the escalation clock stops."""
    await director.later(2, "Two minutes later Carol takes it. The escalation clock stops.")
    await director.press("carol", "Acknowledge", "ack", channel)
    await director.hear(channel, "acknowledged")


async def look(director: Director, channel: Channel, said: Terms) -> None:
    """The diagnostics run against the real database of this demo, and find a real lock."""
    if said.target:
        await director.later(2, "What is wrong? The diagnostics look at a real database, and it really is ill.")
        await director.command("carol", f"diag {said.target}", channel.name)
        await director.hear(channel, "blocked")
    await director.later(1)
    clue = await director.say(
        "bob",
        "Somebody started the nightly report by hand, for the board meeting. It takes a lock on orders.",
        channel.name,
    )
    await director.pin("alice", clue)


async def tell_people(director: Director, channel: Channel, said: Terms) -> None:
    """Two updates: one by command, one as a reply in the thread. Then more people are called."""
    await director.later(2, "Everyone is told, by command and by a plain reply in the thread.")
    await director.command(
        "carol",
        "update Card payments hang for everyone. A report blocks the orders; we are about to end it.",
        channel.name,
    )
    update = await director.hear(channel, "about to end it")
    await director.command("carol", f"status {said.known} A report holds a lock on the orders", channel.name)
    await director.hear(channel, "holds a lock")
    await director.later(3)
    await director.say(
        "erin",
        "Status page is up: card payments are slow, we know why, next news in 15 minutes.",
        channel.name,
        thread=update.thread_ts or update.ts,
    )
    await director.later(1, "Ending it needs somebody's word, so more people are called.")
    await director.command(
        "carol", "escalate Ending the report costs the board its figures. Who decides? @alice --now", channel.name
    )
    await director.hear(channel, "who decides")
    await director.hear(director.sandbox.channel("incidents"), "was escalated")
    await director.until(_called("alice"), "the direct message to Alice")
    await director.later(2)
    await director.say("alice", "I do. End it, the board can wait.", channel.name, thread=update.thread_ts or update.ts)


async def follow(director: Director, channel: Channel, said: Terms) -> None:
    """The runbook is walked: it looks by itself, and says where that leads."""
    if said.runbook is None:
        return
    await director.later(0, "The runbook is walked from here. It looks by itself, and says where that leads.")
    await director.press("carol", "Walk the runbook", "runbook", channel)
    await director.press("carol", "Look", "check", channel)
    await director.until(lambda _: any("leads to" in m.text for m in channel.messages), "the branch")


async def propose(director: Director, channel: Channel, said: Terms) -> Message | None:
    """What ending the report would do is shown, with who has to agree; returns that card."""
    if said.ending is None:
        return None
    title = said.ending.title
    if said.runbook is not None:
        await director.press("carol", "Go on", "done", channel)
    await director.later(0, "It is ended from here: first it is shown what that does, and somebody else approves.")
    await director.press("carol", f"{title}…", "act" if said.runbook is None else "check", channel)
    return await director.hear(channel, f"{title}: not run yet")


async def end(director: Director, channel: Channel) -> None:
    """The report is ended from within the channel, once somebody else has agreed."""
    await director.press("alice", "Approve", "agree", channel)
    await director.press("carol", "Run it now", "run", channel)
    await director.hear(channel, "ended session")


async def verify(director: Director, channel: Channel, said: Terms) -> None:
    """The rest of the runbook is walked, as far as there is time for it."""
    if said.runbook is None:
        return
    await director.later(1, "The runbook goes on: is it really over? What is left out says why, for the review.")
    await director.press("carol", "Done", "done", channel)
    await director.press("alice", "Look", "check", channel)
    await director.press("alice", "Done", "done", channel)
    await director.press("alice", "Give up…", "stop", channel)
    await director.fill_in("alice", {"why": "The rest is for tomorrow, when the report has run."})
    await director.hear(channel, "gave up the runbook")


async def mend(director: Director, channel: Channel, said: Terms) -> None:
    """The fault is gone, and the same diagnostics say so."""
    await director.later(2, "The report is ended, and the same diagnostics say what that did.")
    if said.mending:
        text = f"status {said.mending} The report was ended, payments go through again"
        await director.command("carol", text, channel.name)
        await director.hear(channel, "payments go through")
    if said.target:
        await director.command("carol", f"diag {said.target}", channel.name)
        await director.hear(channel, "blocked sessions")
    await director.later(3)
    await director.command("carol", f"status {said.watching} All waiting payments went through", channel.name)
    await director.hear(channel, "went through")
    await director.command(
        "carol", "update Card payments work again. We keep an eye on it for a quarter of an hour.", channel.name
    )
    await director.hear(channel, "an eye on it")
    await director.command("carol", "task Give the report a lock time-out and a replica @bob by friday", channel.name)
    await director.hear(channel, "lock time-out")


async def calm(director: Director, channel: Channel) -> None:
    """The monitor says that it is over; it is still people who resolve the incident."""
    await director.later(0, "The monitor says that it is over. Muster waits whether that lasts, and then asks.")
    await director.clears()
    # It is counted from when the incident heard of it, and its card says so.
    await director.hear(channel, "alerts have been clear", ever=True)


async def resolve(director: Director, channel: Channel, said: Terms) -> None:
    """The commander is asked whether it is over, and the form asks what the review will need."""
    for name in said.lists:
        await director.tick("carol", name, channel)
    await director.later(
        said.minutes,
        f"{_quiet(said.minutes)} without a fault. The commander is asked whether it is over. The form asks for what "
        "the review needs.",
    )
    await director.ring()
    await director.hear(channel, "alerts have cleared", ever=True)
    await director.press("carol", "Resolve", "resolve", channel)
    await director.fill_in(
        "carol",
        {
            "summary": "The report was ended; payments went through and none was lost.",
            "impact": "For 18 minutes nobody could pay by card. 212 payments waited, none failed.",
            "root_cause": "The nightly report locks the orders exclusively, and was started in the daytime.",
            "contributing_factors": "Anyone may start it, and nothing limits how long it waits or holds.",
            **said.answers,
        },
    )
    await director.hear(channel, "none was lost")


async def review(director: Director, channel: Channel, policy: Policy) -> File:
    """The review is there: somebody answers a question of it, and it is published; returns the file of that version."""
    await director.later(0, "And the review has written itself. What only people know, it asks them.")
    card = await director.hear(channel, "only people can answer", ever=True)
    await director.press("bob", "Write…", "review_write", channel)
    await director.fill_in(
        "bob", {"answer-0": "Whoever paid by card: 212 people waited, up to 18 minutes. By invoice nobody noticed."}
    )
    await director.until(lambda _: "written in by" in str(card.blocks) or None, "Bob's words on the review's card")
    director.again(card)
    if not policy.review.approvals:
        await director.later(5, "His words stay, however often it is written anew. Then everybody may read it.")
        await director.press("carol", "Publish…", "review_publish", channel)
        await director.fill_in("carol", {"summary": "A report took a lock that payments wait for. It gets a time-out."})
        await director.hear(channel, "is published")
    else:
        await director.command("carol", "review", channel.name)
    return await director.until(_reviewed(channel), "the review with Bob's words")


def _reviewed(channel: Channel) -> Callable[[Sandbox], File | None]:
    """The newest file of the review that has Bob's words."""

    def found(_: Sandbox) -> File | None:
        files = (file for message in reversed(channel.messages) for file in message.files)
        return next((file for file in files if b"212 people waited" in (file.content or b"")), None)

    return found


def _quiet(minutes: int) -> str:
    return f"{minutes} minutes" if minutes > 15 else "A quarter of an hour"


def _called(who: str) -> Callable[[Sandbox], Channel | None]:
    """Whether somebody was written to directly."""

    def direct(sandbox: Sandbox) -> Channel | None:
        user = sandbox.people[who].id
        channels = sandbox.workspace.channels.values()
        return next((c for c in channels if c.is_im and user in c.members and c.messages), None)

    return direct
