"""The example of a review that people have written in: nothing is open in it, and a regeneration leaves it as it is."""

from bot.application.review_questions import questions
from bot.postmortem.merging import merge
from tests.support.example_filled import FILLED, filled
from tests.support.example_review import write
from tests.support.policies import a_policy

POLICY = a_policy()


def test_the_published_example_answers_every_question_and_survives_being_written_again() -> None:
    """If this fails on purpose: `python -m tests.support.example_filled`, and read the difference."""
    text, generated = filled(POLICY), write(POLICY).markdown
    assert FILLED.read_text(encoding="utf-8") == text
    assert questions(text) == []
    assert merge(generated, text, generated).text == text
