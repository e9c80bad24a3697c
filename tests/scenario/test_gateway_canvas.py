"""The gateway's canvases and Home tabs, against the sandbox's Web API."""

import pytest

from bot.application.ports import Refused, TryAgain, Unclear
from bot.sandbox.records import Fault
from bot.sandbox.server import Sandbox
from bot.slack.gateway import SlackWeb
from tests.scenario.test_gateway import methods, sandbox, slack

__all__ = ["sandbox", "slack"]


async def test_a_canvas_is_made_once_and_written_anew_after(sandbox: Sandbox, slack: SlackWeb) -> None:
    general = sandbox.channel("general")
    made = await slack.put_canvas(general.id, "Review of INC-1", "#### Cause\n\n> - a full disk", None)
    assert await slack.put_canvas(general.id, "Review of INC-1", "## Cause\n\nA full disk", made) == made
    (kept,) = sandbox.workspace.canvases.values()
    assert (general.canvas, kept.title, kept.markdown) == (made, "Review of INC-1", "## Cause\n\nA full disk")
    assert methods(sandbox) == ["conversations.canvases.create", "canvases.edit"]
    assert await slack.canvas_link(made) == f"{sandbox.url}docs/T0SANDBOX1/{made}"


@pytest.mark.parametrize("peoples", [False, True], ids=["its own", "a further tab"])
async def test_a_canvas_whose_answer_was_lost_is_found_again(
    sandbox: Sandbox, slack: SlackWeb, *, peoples: bool
) -> None:
    general = sandbox.channel("general").id
    if peoples:
        await sandbox.write_canvas("alice", "general", "Our notes")
    sandbox.faults.add(Fault(method=f"{'' if peoples else 'conversations.'}canvases.create", lose_answer=True))
    with pytest.raises(Unclear):
        await slack.put_canvas(general, "Review", "One", None)
    found = await slack.put_canvas(general, "Review", "Two", None)
    kept = {canvas.markdown: canvas.id for canvas in sandbox.workspace.canvases.values()}
    assert kept.pop("Two") == found
    assert list(kept) == (["Our notes"] if peoples else [])


async def test_what_people_wrote_in_a_canvas_of_theirs_is_not_overwritten(sandbox: Sandbox, slack: SlackWeb) -> None:
    theirs = await sandbox.write_canvas("alice", "general", "Our notes", title="Review")
    ours = await slack.put_canvas(sandbox.channel("general").id, "Review", "One", None)
    assert (ours != theirs.id, theirs.markdown) == (True, "Our notes")
    assert sandbox.workspace.canvases[ours].channel == sandbox.channel("general").id


async def test_a_canvas_that_somebody_deleted_is_made_anew(sandbox: Sandbox, slack: SlackWeb) -> None:
    general = sandbox.channel("general").id
    first = await slack.put_canvas(general, "Review", "One", None)
    await sandbox.delete_canvas("bob", first)
    assert await slack.canvas_link(first) is None
    second = await slack.put_canvas(general, "Review", "Two", first)
    assert (second != first, sandbox.workspace.canvases[second].markdown) == (True, "Two")


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("canvas_disabled_user_team", "switched off"),
        ("team_tier_cannot_create_channel_canvases", "plan has no canvases"),
        ("missing_scope", "Add the scope canvases:write"),
    ],
)
async def test_a_workspace_without_canvases_is_a_refusal_with_a_remedy(
    sandbox: Sandbox, slack: SlackWeb, reason: str, remedy: str
) -> None:
    sandbox.faults.add(Fault(method="conversations.canvases.create", error=reason))
    with pytest.raises(Refused) as caught:
        await slack.put_canvas(sandbox.channel("general").id, "Review", "One", None)
    assert caught.value.reason == reason
    assert remedy in caught.value.remedy


async def test_a_refused_edit_is_no_reason_for_another_canvas(sandbox: Sandbox, slack: SlackWeb) -> None:
    general = sandbox.channel("general").id
    made = await slack.put_canvas(general, "Review", "One", None)
    sandbox.faults.add(Fault(method="canvases.edit", error="restricted_action"))
    with pytest.raises(Refused):
        await slack.put_canvas(general, "Review", "Two", made)
    assert list(sandbox.workspace.canvases) == [made]


async def test_a_home_tab_shows_what_was_published_last(sandbox: Sandbox, slack: SlackWeb) -> None:
    bob = sandbox.people["bob"].id
    await slack.publish_home(bob, [{"type": "divider"}])
    await slack.publish_home(bob, [{"type": "header", "text": {"type": "plain_text", "text": "Your tasks"}}])
    view = await sandbox.open_home("bob")
    assert view is not None
    assert ([block["type"] for block in view.blocks], view.callback_id) == (["header"], "")


async def test_a_home_tab_that_is_off_or_of_nobody_is_a_refusal(sandbox: Sandbox, slack: SlackWeb) -> None:
    bob = sandbox.people["bob"].id
    sandbox.workspace.home_tab = False
    with pytest.raises(Refused) as caught:
        await slack.publish_home(bob, [{"type": "divider"}])
    assert "Home tab" in caught.value.remedy
    sandbox.workspace.home_tab = True
    await sandbox.leave_workspace("bob")
    with pytest.raises(Refused):
        await slack.publish_home(bob, [{"type": "divider"}])
    sandbox.faults.add(Fault(method="views.publish", lose_answer=True))
    with pytest.raises(TryAgain):
        await slack.publish_home(sandbox.people["carol"].id, [{"type": "divider"}])
