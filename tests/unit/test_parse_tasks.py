"""What people type about action items, as Slack sends it, to what they want."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.slack.intents import Look, NotADate, NotATaskNumber, UsageProblem
from bot.slack.parse import parse
from bot.slack.task_intents import FillTask, ListTasks, ShowTask
from bot.slack.tasking import WhichTasks

ALICE = Actor.person("U0ALICE")
SATURDAY = date(2026, 2, 14)
POLICY = read_pack("default", root=RUNBOOKS)


def intent(text: str, today: date = SATURDAY) -> Any:
    return parse(text, by=ALICE, policy=POLICY, today=today).intent


def added(text: str, **more: Any) -> c.AddActionItem:
    return c.AddActionItem(by=ALICE, text=text, **more)


def changed(number: int, **more: Any) -> c.ChangeActionItem:
    return c.ChangeActionItem(by=ALICE, number=number, **more)


FULL = {"owner": "U1", "due": date(2026, 2, 20), "priority": "high", "sort": "detect"}


@pytest.mark.parametrize(
    "text",
    [
        "Mend it <@U1|bob> by friday !high #detect",
        "Mend it #detect !high by friday <@U1>",
        "Mend it !high, #detect <@U1>, by friday.",
        "Mend !high it #detect <@U1> by 20 Feb",
        "Mend it <#C1|detect> !high by 20th february 2026 <@U1>",
        "Mend it !high by Feb 20, 2026 <@U1> #detect",
    ],
)
def test_the_marks_stand_in_any_order(text: str) -> None:
    assert intent(f"task {text}") == added("Mend it", **FULL)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("tomorrow", date(2026, 2, 15)),
        ("in 2 weeks", date(2026, 2, 28)),
        ("in a month", date(2026, 3, 14)),
        ("by in 1 month", date(2026, 3, 14)),
        ("by 13 feb", date(2027, 2, 13)),
        ("by 29 February", date(2028, 2, 29)),
    ],
)
def test_a_day_is_said_as_people_say_it(text: str, due: date) -> None:
    assert intent(f"task Mend it {text}") == added("Mend it", due=due)


@pytest.mark.parametrize("text", ["Mend it by 30 feb", "Mend it by 29 feb 2027", "Mend it by 2026-02-30"])
def test_a_day_that_there_is_not_is_asked_about(text: str) -> None:
    with pytest.raises(NotADate):
        intent(f"task {text}")


@pytest.mark.parametrize(
    ("typed", "text", "links"),
    [
        ("Read <https://x.example/a?b=1&amp;c=2>", "Read", ("https://x.example/a?b=1&c=2",)),
        ("Read <https://x.example/a|the page> twice", "Read the page twice", ("https://x.example/a",)),
        ("Read https://x.example/a.", "Read", ("https://x.example/a",)),
        ("<https://x.example/a> is wrong", "https://x.example/a is wrong", ("https://x.example/a",)),
        ("Read &lt;https://x.example/a&gt; by tomorrow", "Read <https://x.example/a>", ("https://x.example/a",)),
        ("Mail <mailto:bob@x.example|bob@x.example>", "Mail bob@x.example", ()),
    ],
)
def test_links_in_the_text_are_the_items_links(typed: str, text: str, links: tuple[str, ...]) -> None:
    found = intent(f"task {typed}")
    assert (found.text, found.links) == (text, links)


@pytest.mark.parametrize(
    "text",
    [
        "3 replicas are too few",
        "drop the old table",
        "change the alert",
        "Fix issue #12",
        "Ask #payments",
        "Do it now!",
        "done is better than perfect",
    ],
)
def test_what_only_looks_like_a_mark_or_a_number_is_text(text: str) -> None:
    assert intent(f"task {text}") == added(text)


def test_a_group_is_mentioned_but_owns_nothing() -> None:
    found = intent("task Ask <!subteam^S0LEADS00|@leads> about it")
    assert found.owner is None


def test_a_priority_that_there_is_not_is_left_for_the_policy_to_refuse() -> None:
    assert intent("task Mend it !huge") == added("Mend it", priority="huge")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("task 3", ShowTask(3)),
        ("task #3", ShowTask(3)),
        ("task new", FillTask()),
        ("task change 3", FillTask(3)),
        (
            "task done 3 See <https://x.example/a>",
            c.FinishActionItem(by=ALICE, number=3, evidence="See https://x.example/a"),
        ),
        ("task 3 done It rang", c.FinishActionItem(by=ALICE, number=3, evidence="It rang")),
        ("task drop 3 They are gone", c.DropActionItem(by=ALICE, number=3, why="They are gone")),
        ("task reopen #3 It came back", c.ReopenActionItem(by=ALICE, number=3, why="It came back")),
        ("task 3 by friday", changed(3, due=date(2026, 2, 20))),
        ("task 3 <@U1|bob> by friday !high #detect", changed(3, **FULL)),
        ("task 3 me", changed(3, owner="U0ALICE")),
        ("task 3 nobody", changed(3, clear=("owner",))),
        ("task 3 no date !low", changed(3, clear=("due",), priority="low")),
        ("task change 3 Mend all of it !low", changed(3, text="Mend all of it", priority="low")),
        ("task 3 https://x.example/a", changed(3, links=("https://x.example/a",))),
    ],
)
def test_an_item_is_meant_by_its_number(text: str, expected: object) -> None:
    assert intent(text) == expected


def test_a_kind_that_is_misspelt_is_left_for_the_policy_to_refuse() -> None:
    assert intent("task Mend it #prevnt") == added("Mend it", sort="prevnt")


def test_what_is_done_is_said_by_its_number() -> None:
    with pytest.raises(NotATaskNumber):
        intent("task done")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tasks", Look.TASKS),
        ("tasks mine", ListTasks(owner="U0ALICE")),
        ("tasks all", ListTasks()),
        ("tasks overdue", ListTasks(overdue=True)),
        ("tasks all overdue", ListTasks(overdue=True)),
        ("tasks by <@U1|bob>", ListTasks(owner="U1")),
        ("tasks of <@U1|bob> overdue", ListTasks(owner="U1", overdue=True)),
        ("tasks nobody", ListTasks(unowned=True)),
    ],
)
def test_lists_are_asked_for_in_words(text: str, expected: object) -> None:
    assert intent(text) == expected


def test_a_list_that_there_is_not_says_which_there_are() -> None:
    with pytest.raises(WhichTasks) as caught:
        intent("tasks yesterday")
    assert "tasks mine" in caught.value.sentence


@given(st.text(st.sampled_from("<>@#!|&;.,: \n03aUS1/-byhtps\u201d"), max_size=60))
def test_whatever_is_typed_is_read_or_asked_about(text: str) -> None:
    for start in ("task ", "tasks ", "task 3 ", "task change 3 "):
        try:
            intent(start + text)
        except UsageProblem:
            continue
