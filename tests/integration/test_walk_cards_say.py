"""What the cards of a run of a runbook say and offer when something is missing, too much, or over."""

from dataclasses import replace

import pytest
from sqlalchemy import delete

from bot.domain import commands as c
from bot.domain.runbook_run import Branch, StepRule
from bot.store.tables import runbook_texts as texts
from tests.integration.post import Post
from tests.integration.test_walk_cards import STEPS, begun, card, do, failures, mark, says, steps


async def test_a_closed_incidents_runbook_has_no_buttons_that_do_nothing(post: Post) -> None:
    incident_id, room = await begun(post)
    await do(post, incident_id, c.Resolve(by=post.alice, summary="Over"))
    assert "Hand over" in says(card(room))
    run = card(room)
    await do(post, incident_id, c.Close(by=post.alice))
    assert "button" not in says(run)
    [first] = steps(room)
    assert "button" not in says(first)
    assert "The incident is closed." in first.text


async def test_a_step_whose_text_is_not_there_any_more_says_where_it_can_be_read(post: Post) -> None:
    incident_id, room = await begun(post)
    async with post.muster.database.transaction() as connection:
        await connection.execute(delete(texts))
    await post.everything()
    [first] = steps(room)
    assert "not kept here any more" in first.text
    assert "runbook locks" in first.text
    assert not await failures(post, incident_id)


@pytest.mark.parametrize(
    "word", ["Timeout at the provider of payments, which happens again and again and again", "Ж" * 75]
)
async def test_a_question_with_fifty_answers_has_buttons_for_the_first_and_for_none_of_these(
    post: Post, word: str
) -> None:
    ways = tuple(Branch(on=f"{number} {word}", to=2) for number in range(49))
    asks = StepRule(title="Who waits?", phase=0, pick=True, then=2, branches=(*ways, Branch(on="None of these", to=3)))
    incident_id, room = await begun(post, asks, *STEPS[1:])
    await post.everything()
    [first] = steps(room)
    pressed = [one["text"]["text"] for block in first.blocks for one in block.get("elements", ()) if "value" in one]
    assert {"None of these", "Skip…", "Ask for help…"} <= {*pressed}
    assert pressed[0].startswith("0 ")
    assert f"{53 - len(pressed)} more: type" in first.text
    assert len(pressed) > 8
    await do(post, incident_id, replace(mark(post, 1), branch=49))
    assert "Nobody waits" in steps(room)[-1].text
