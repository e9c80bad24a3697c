"""What people type to have something filed elsewhere."""

import pytest

from bot.slack.exporting import items, review
from bot.slack.intents import ArgumentMissing, FileElsewhere


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("file 3 github", FileElsewhere("github", (3,))),
        ("file #3, #4 and 3 in GitLab.", FileElsewhere("gitlab", (3, 4))),
        ("export all open items to Jira", FileElsewhere("jira")),
        ("file all github", FileElsewhere("github")),
        ("file 2 trello", FileElsewhere("trello", (2,))),
        ("File the insurance claim", None),
        ("file a ticket with the vendor", None),
        ("file 3 claims with the insurance", None),
        ("Alert on the pool", None),
        ("", None),
    ],
)
def test_items_are_filed_by_number_or_all_and_a_sentence_stays_an_items_text(
    typed: str, meant: FileElsewhere | None
) -> None:
    assert items(typed) == meant


def test_the_review_goes_to_one_system() -> None:
    assert review("to Confluence") == FileElsewhere("confluence", review=True)
    with pytest.raises(ArgumentMissing):
        review("")


def test_a_system_that_is_missing_is_asked_for() -> None:
    with pytest.raises(ArgumentMissing):
        items("file 3")
