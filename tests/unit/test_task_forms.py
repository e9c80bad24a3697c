"""The forms of action items: what they do not show whole is not cut, but stays."""

from dataclasses import replace

from bot.domain import commands as c
from bot.domain.action_item import ActionItem
from bot.slack.views import tasking as views
from bot.slack.views.parts import INPUT
from tests.support.views import ALICE, DEFAULT, filled, incident, inputs, words

REF = incident().ref
LINKS = tuple(f"https://wiki.example/{number}/{'a' * 960}" for number in range(10))


def test_what_a_form_cannot_show_whole_is_not_in_it_and_stays() -> None:
    item = ActionItem(number=3, text="a" * (INPUT + 1), links=LINKS, priority="gone", owner="U0BOB")
    view = views.changing(DEFAULT, REF, item)
    assert not {"text", "links", "priority"} & set(inputs(view))
    assert "task change 3" in words(view)
    command = views.read(filled(view), ALICE)
    assert isinstance(command, c.ChangeActionItem)
    assert (command.text, command.links, command.priority) == (None, None, None)
    assert (command.owner, command.clear) == ("U0BOB", ("due",))


def test_what_a_form_shows_comes_back_whole_and_what_is_emptied_is_empty() -> None:
    item = ActionItem(number=3, text="a" * INPUT, links=LINKS[:3], priority=DEFAULT.review.priorities[0])
    view = views.changing(DEFAULT, REF, item)
    same = views.read(filled(view), ALICE)
    assert isinstance(same, c.ChangeActionItem)
    assert (same.text, same.links, same.priority) == (item.text, item.links, item.priority)
    emptied = views.read(filled(view, links="", priority=None), ALICE)
    assert isinstance(emptied, c.ChangeActionItem)
    assert (emptied.links, emptied.priority) == ((), "")


def test_a_menu_of_priorities_is_there_for_an_item_that_has_none() -> None:
    item = ActionItem(number=3, text="Mend it")
    assert "priority" in inputs(views.changing(DEFAULT, REF, item))
    without = replace(DEFAULT, review=replace(DEFAULT.review, priorities=()))
    assert "priority" not in inputs(views.changing(without, REF, item))


def test_a_new_item_shows_the_links_that_fit_whole() -> None:
    view = views.adding(DEFAULT, REF, text="a" * 8000, links=LINKS)
    added = views.read(filled(view), ALICE)
    assert isinstance(added, c.AddActionItem)
    assert (len(added.text), added.links) == (INPUT, LINKS[:3])
