"""The example's review once people have written in it. `python -m tests.support.example_filled` writes it anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.application.review_questions import questions
from bot.domain.rules import Policy
from tests.support.example_review import write
from tests.support.policies import a_policy

FILLED: Final = Path(__file__).resolve().parents[2] / "docs" / "example-review-published.md"
#: What people answer, by how the question begins.
_ANSWERS: Final[Mapping[str, str]] = {
    "how many users": (
        "About 1,900 customers in all regions saw an error page after *Pay*. They could look around, fill their "
        "basket and log in."
    ),
    "which other services": ("Refunds, which take their connections from the same pool: 14 of them were done by hand."),
    "what did it cost": "230 orders that nobody placed again, about 11,500 €, and two days of work in support.",
    "was any data lost": (
        "None. Finance compared the orders with the payment provider's list on 12 February: each payment has its "
        "order, and no order was paid twice."
    ),
    "was an agreement": (
        "The agreement on 99.9 % in a month holds, at 99.92 %. Both partners who pay by API were told on the "
        "morning after."
    ),
    "what made it worse": (
        "- The pool's size is that of 2024, when checkout had half the servers.\n"
        "- The call to the warehouse had a time-out of 60 seconds, which nobody had ever chosen.\n"
        "- The deploy went out at 22:40, with one person on call."
    ),
    "(why 2 of 5)": (
        "**Why 2 of 5**: why was that call inside it? The stock had to be right at the moment of the order, "
        "and that was the shortest way."
    ),
    "(why 3 of 5)": (
        "**Why 3 of 5**: why did nobody see what that costs? The review of the change looked at what is sold, and the "
        "load test answers for the warehouse in 5 ms."
    ),
    "(why 4 of 5)": "**Why 4 of 5**: why is the load test so fast? Its stand-ins are made for speed, and are nobody's.",
    "(why 5 of 5)": (
        "**Why 5 of 5**: what would have to be otherwise? Stand-ins are as slow as the real one on its worst day, and "
        "a call to others inside a transaction fails the build."
    ),
    "what would have had it declared": (
        "The rule that pages waits for five minutes above 30 %. At 10 % over one minute it would have rung at 22:59."
    ),
    "what should change in": (
        "Step 2 is of no use while whoever holds the connections goes on asking: it should come after the roll-"
        "back, and say so."
    ),
    "what else helped": (
        "- Bob had the deploy in mind and said so at once, although he was not sure.\n"
        "- The roll-back was approved within half a minute."
    ),
    "where were we lucky": (
        "It was shortly before midnight. At noon six times as many orders would have failed, and the partners' as well."
    ),
    "what should be different": (
        "Nobody was told anything for half an hour while we looked. Priya takes over the updates as soon as she "
        "is there, without being asked."
    ),
    "what did we learn": (
        "A pool that is full looks like a slow database. Look at who holds the connections before anybody makes "
        "it larger."
    ),
    "what has to change": (
        "What we ask of others stays outside of transactions, and the build sees to that; the pool warns before "
        "it is empty."
    ),
}


def filled(policy: Policy) -> str:
    """The example's review with an answer to every question.

    Raises:
        StopIteration: a question has no answer here yet.
    """
    text = write(policy).markdown
    for question in questions(text):
        answer = next(said for begins, said in _ANSWERS.items() if question.what.startswith(begins))
        text = text.replace(question.line, answer, 1)
    return text


if __name__ == "__main__":
    FILLED.write_text(filled(a_policy()), encoding="utf-8")
