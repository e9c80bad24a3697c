"""What is typed about the steps of a runbook, and which run is meant."""

from dataclasses import replace
from datetime import date

import pytest

from bot.domain import commands as c
from bot.domain import walking_errors as wrong
from bot.slack.intents import ArgumentMissing, NobodyMentioned, Walk, WhichRun
from bot.slack.parse import parse
from bot.slack.walking import command_of, run_of
from tests.unit.test_acting import ANN, BOB
from tests.unit.test_walking import mark, policy, start, walked


def typed(words: str) -> Walk:
    """What is read of `step WORDS`."""
    read = parse(f"step {words}", by=BOB, policy=policy(), today=date(2026, 3, 14)).intent
    assert isinstance(read, Walk)
    return read


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("done", Walk("done")),
        ("Next!", Walk("done")),
        ("2 skip I may not", Walk("skip", number=2, text="I may not")),
        ("pick > 80 %", Walk("pick", text="> 80 %")),
        ("run 2", Walk("run", place=1)),
        ("run 0", Walk("run", place=0)),
        ("back", Walk("back", place=0)),
        ("#3 back 2", Walk("back", number=3, place=2)),
        ("handoff <@U0EVE> Lunch", Walk("handoff", user="U0EVE", text="Lunch")),
        ("handoff <!subteam^S0ALL> <@U0EVE>", Walk("handoff", user="U0EVE", text="<!subteam^S0ALL>")),
    ],
)
def test_what_became_of_a_step_is_read_as_people_say_it(words: str, wanted: Walk) -> None:
    read = typed(words)
    assert replace(read, text="") == replace(wanted, text="", place=read.place)
    assert (read.place or 0) == (wanted.place or 0)
    if "subteam" not in words:
        assert read.text == wanted.text


def test_a_user_group_leads_nothing() -> None:
    with pytest.raises(NobodyMentioned):
        typed("handoff <!subteam^S0ALL>")


@pytest.mark.parametrize("words", ["", "2", "dance", "12345 done"])
def test_what_means_nothing_is_answered_with_what_does(words: str) -> None:
    with pytest.raises(ArgumentMissing):
        typed(words)


def test_a_number_is_a_runs_and_else_that_of_the_only_step_that_is_next() -> None:
    story = walked().do(mark(1))
    assert run_of(story.incident, typed("1 done")).number == 1
    assert run_of(story.incident, typed("2 done")).number == 1, "as its card says"
    with pytest.raises(wrong.NoSuchRun):
        run_of(story.incident, typed("3 done"))
    story.do(start("other"))
    assert run_of(story.incident, typed("2 done")).number == 2
    with pytest.raises(WhichRun):
        run_of(story.incident, typed("done"))


def test_the_last_run_can_be_gone_back_into_when_none_is_going() -> None:
    story = walked().do(c.StopRunbook(by=ANN, number=1))
    assert run_of(story.incident, typed("back")).number == 1
    with pytest.raises(wrong.NoRunGoing):
        run_of(story.incident, typed("done"))


def test_to_go_back_from_the_first_step_is_to_where_nobody_has_been() -> None:
    story = walked()
    with pytest.raises(wrong.NotThere) as problem:
        story.do(command_of(typed("back"), run_of(story.incident, typed("back")), BOB))
    assert problem.value.details["step"] == 1
