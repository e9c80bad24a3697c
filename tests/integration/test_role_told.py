"""What somebody who takes a role is told, in Slack."""

from bot.domain import commands as c
from tests.integration.post import Post


async def test_who_is_handed_a_role_reads_how_it_stands_and_the_last_that_happened(post: Post) -> None:
    declared = await post.declare()
    await post.everything()
    ref, erin = declared.incident.ref, post.sandbox.people["erin"].id
    for number in range(1, 7):
        await post.muster.execute(c.AddNote(by=post.alice, text=f"Tried the number {number}"), ref=ref)
    await post.muster.execute(c.PostUpdate(by=post.alice, text="We are failing over."), ref=ref)
    await post.muster.execute(c.AssignRole(by=post.alice, role="commander", user=erin), ref=ref)
    await post.everything()
    told = next(
        message.text
        for channel in post.sandbox.workspace.channels.values()
        if channel.is_im
        for message in channel.messages
        if "You are" in message.text
    )
    assert f"{ref} is {declared.incident.status}" in told
    assert "We are failing over." in told
    assert "Tried the number 6" in told
    assert "Tried the number 2" not in told, "only the last five entries"
    assert "is Incident commander" not in told, "the role itself is no news"
