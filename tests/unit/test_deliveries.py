"""What people may do about a delivery, by where it stands; no database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as e
from bot.domain.react import react
from bot.domain.standing import DeliveryFacts, Standing
from tests.support.policies import a_policy
from tests.support.timelines import DANA, Story

POLICY = a_policy()
STANDINGS = st.sampled_from(Standing)


def story() -> Story:
    """An incident of which Slack refused something."""
    told = Story(POLICY).do(c.Declare(by=DANA, title="Checkout is down"))
    return told.do(c.RecordFailure(by=DANA, outbox=5, what="a message could not be posted", reason="is_archived"))


def facts(standing: Standing = Standing.REFUSED, *, trouble: bool = True, opening: int | None = None) -> DeliveryFacts:
    return DeliveryFacts(what="the message “update”", standing=standing, trouble=trouble, opening=opening)


@given(STANDINGS)
def test_only_what_was_refused_is_retried(standing: Standing) -> None:
    retry = c.RetryDelivery(by=DANA, outbox=5, facts=facts(standing))
    if standing is Standing.REFUSED:
        assert story().do(retry).incident.troubles == 0
    else:
        with pytest.raises(errors.NotRefused, match=f"Row 5 of the outbox is {standing}"):
            story().do(retry)


@given(STANDINGS)
def test_only_what_slack_may_not_have_is_dropped(standing: Standing) -> None:
    drop = c.DropDelivery(by=DANA, outbox=5, facts=facts(standing), why="said by hand")
    if standing in (Standing.WAITING, Standing.PUT_OFF, Standing.REFUSED):
        assert isinstance(story().do(drop).entries[-1].event, e.DeliveryDropped)
    else:
        with pytest.raises((errors.BeingSent, errors.DeliveryOver)):
            story().do(drop)


def test_what_needs_the_channel_waits_for_it_to_be_there() -> None:
    retry = c.RetryDelivery(by=DANA, outbox=5, facts=facts(trouble=False, opening=1))
    with pytest.raises(errors.ChannelFirst, match="Retry row 1"):
        story().do(retry)
    opened = story().do(c.RecordChannel(by=DANA, channel="C1", name="inc-1"))
    assert isinstance(opened.do(retry).entries[-1].event, e.DeliveryRetried)


def test_what_did_not_count_as_trouble_takes_none_away() -> None:
    assert story().do(c.RetryDelivery(by=DANA, outbox=6, facts=facts(trouble=False))).incident.troubles == 1
    assert story().do(c.DropDelivery(by=DANA, outbox=6, facts=facts(trouble=False))).incident.troubles == 1


def test_a_row_of_another_incident_is_unknown() -> None:
    with pytest.raises(errors.UnknownDelivery, match="no row 7"):
        story().do(c.DropDelivery(by=DANA, outbox=7))


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        (c.RetryDelivery(by=DANA, outbox=5, facts=facts()), f.Requeue(outbox=5)),
        (c.DropDelivery(by=DANA, outbox=5, facts=facts()), f.GiveUp(outbox=5)),
    ],
)
def test_the_row_follows_the_decision_and_the_card_shows_it(command: c.DeliveryCommand, effect: f.Effect) -> None:
    told = story().do(command)
    assert react(told.incident, told.entries[-1], POLICY) == [effect, f.Refresh(surface=f.Surface.SUMMARY)]
