"""Earlier incidents that were like one: what counts, how much, and what is never shown."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.digest import Digest, digest_of
from bot.postmortem.draft import draft
from bot.postmortem.similar import SHOWN, similar, words
from tests.support.policies import a_policy
from tests.support.timelines import DANA, START, Story

NOW = Digest(
    ref="INC-2026-02-11-001",
    title="Checkout answers 500",
    declared_at=START,
    service="checkout",
    alerts=("HighErrorRate", "Watchdog"),
    cause="The stock check held connections of the warehouse",
    conditions=("data-loss",),
    runbooks=("pool",),
)


def earlier(number: int, **more: object) -> Digest:
    plain = Digest(ref=f"INC-2026-01-01-{number:03d}", title="Mail is late", declared_at=START - timedelta(days=number))
    return replace(plain, **more)  # type: ignore[arg-type] # each test says which


def refs(*others: Digest) -> list[str]:
    return [match.digest.ref[-3:] for match in similar(NOW, others)]


def test_the_same_alert_says_more_than_the_same_service_and_that_more_than_words() -> None:
    others = (
        earlier(1, cause="The warehouse held up the stock"),
        earlier(2, service="Checkout"),
        earlier(3, alerts=("HighErrorRate",)),
        earlier(4),
    )
    assert refs(*others) == ["003", "002", "001"]
    first = similar(NOW, others)[0]
    assert (first.alerts, first.service, first.words) == (("HighErrorRate",), None, ())


def test_what_every_incident_has_says_little() -> None:
    always = [earlier(n, alerts=("Watchdog",), service="checkout") for n in range(1, 60)]
    rare = earlier(60, alerts=("HighErrorRate",))
    assert refs(*always, rare)[0] == "060"
    assert similar(replace(NOW, alerts=("Watchdog",), service=None), always) == []


def test_one_word_in_common_is_not_enough_and_common_words_are_none() -> None:
    assert refs(earlier(1, title="The warehouse closed")) == []
    assert words("The cause was that they could not after all") == ()
    assert words("Bücher fehlen, Bücher!") == ("bücher", "fehlen")


def test_a_runbook_or_a_condition_counts_too() -> None:
    assert refs(earlier(1, runbooks=("pool",)), earlier(2, conditions=("data-loss",))) == ["001", "002"]


def test_private_incidents_itself_and_drills_are_never_shown() -> None:
    same = {"service": "checkout", "alerts": ("HighErrorRate",)}
    assert refs(earlier(1, private=True, **same), earlier(2, drill=True, **same), replace(NOW, title="Itself")) == []
    assert similar(replace(NOW, private=True), [earlier(1, private=True, **same)]) == []


_DIGESTS = st.builds(
    earlier,
    st.integers(1, 900),
    title=st.text(max_size=30),
    cause=st.text(max_size=60) | st.just(NOW.cause),
    service=st.sampled_from(["checkout", "mail", None]),
    alerts=st.sampled_from([(), ("HighErrorRate",), ("Watchdog", "HighErrorRate")]),
    private=st.booleans(),
    drill=st.booleans(),
)


@given(st.lists(_DIGESTS, max_size=20, unique_by=lambda one: one.ref))
def test_whatever_came_before_the_order_in_which_it_is_given_changes_nothing(others: list[Digest]) -> None:
    found = similar(NOW, others)
    assert found == similar(NOW, others[::-1])
    assert len(found) <= SHOWN
    assert all(not match.digest.private and not match.digest.drill for match in found)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


def test_the_review_says_which_when_how_long_and_why_and_no_title_breaks_its_table() -> None:
    policy = a_policy()
    story = Story(policy).do(c.Declare(by=DANA, title="Checkout hangs", severity="P1", service="checkout"), minutes=0)
    story.do(c.Resolve(by=DANA, summary="Fixed", root_cause="The warehouse was slow to answer"))
    before = earlier(
        39,
        title="Pay | <b> @here",
        service="checkout",
        cause="Warehouse",
        resolved_at=START - timedelta(days=39, minutes=-72),
        open_items=2,
    )
    text = draft(story.incident, story.entries, policy, now=story.now, extra={"similar": [before]}).markdown
    row = next(line for line in text.split("\n") if line.startswith("| `INC-2026-01-01-039` |"))
    assert row == (
        "| `INC-2026-01-01-039` | Pay \\| \\<b> @\u2060here | 3 January 2026 | 1 h 12 min | "
        "same service checkout; same words warehouse | 2 | #1, #2 |"
    )
    assert "## Similar incidents" not in draft(story.incident, story.entries, policy, now=story.now).markdown


def test_an_incident_in_short_has_what_is_compared() -> None:
    story = Story(a_policy()).do(c.Declare(by=DANA, title="Checkout hangs", severity="P1", service="checkout"))
    story.do(c.AddActionItem(by=DANA, text="Mend it")).do(c.RecordCause(by=DANA, text="The pool"))
    found = digest_of(story.do(c.Resolve(by=DANA, summary="Fixed"), minutes=8).incident)
    assert (found.service, found.cause, found.open_items) == ("checkout", "The pool", 1)
    assert found.took == timedelta(minutes=10)
