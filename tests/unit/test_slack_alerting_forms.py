"""The forms that a group's card opens, and what its alerts have in common."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.alert_view import differing_labels, shared_labels
from bot.domain.actor import Actor
from bot.domain.alert import Alert, AlertStatus, Known
from bot.domain.alert_group import Group, GroupState
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.slack.views import alerting as views
from bot.slack.views.forms import FORMS, field_of
from bot.slack.views.parts import values
from bot.store.alert_reading import Card, Found
from bot.store.alerts import Stored
from tests.support.views import HOSTILE, LINE, filled

ALICE = Actor.person("U0ALICE")
POLICY = read_pack("default", root=RUNBOOKS)
NOW = datetime(2026, 3, 14, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def found(**changes: Any) -> Found:
    group = Group(
        id=12,
        key="service=payments",
        state=GroupState.SUGGESTED,
        title="HighErrorRate on <!channel>",
        severity="P2",
        rank=1,
        service="payments",
        window=HOUR,
        source="alertmanager",
        first_seen=NOW,
        last_seen=NOW,
        alerts=3,
        firing=2,
        **changes,
    )
    card = Card(wanted=1, shown=1, digest=None, channel=None, ts=None, tried_at=None, failures=0)
    return Found(
        group=group, card=card, private=False, incident_title="", channel_id=None, settled_by=None, settled_at=None,
        settled_why="", tell_at=None,
    )  # fmt: skip


def incident(number: int, service: str | None, *, private: bool = False) -> Incident:
    return Incident(
        ref=f"INC-2026-03-14-00{number}",
        title="It is down",
        severity="P2",
        status="investigating",
        category=POLICY.statuses[0].category,
        declared_at=NOW,
        seq=1,
        declared_by=ALICE,
        service=service,
        private=private,
    )


def field(view: dict[str, Any], name: str) -> dict[str, Any]:
    element: dict[str, Any] = next(
        b["element"] for b in view["blocks"] if b.get("element", {}).get("action_id") == name
    )
    return element


def test_declaring_offers_what_the_rules_say() -> None:
    view = views.declaring(found(why="rule “critical”"), POLICY)
    assert field(view, "title")["initial_value"] == "HighErrorRate on <!channel>"
    assert field(view, "severity")["initial_option"]["value"] == "P2"
    said = str(view["blocks"])
    assert "payments" in said
    assert "rule “critical”" in said
    assert "3 alerts, 2 firing" in said
    assert "*HighErrorRate on @channel*" in said


def test_a_severity_that_the_pack_dropped_gives_way_to_the_usual_one() -> None:
    one = found()
    one.group.severity = "P77"
    chosen = field(views.declaring(one, POLICY), "severity")["initial_option"]["value"]
    assert chosen == POLICY.default_severity


def test_the_incidents_of_its_service_are_offered_first_and_private_ones_without_their_title() -> None:
    offered = [incident(4, None), incident(3, "web"), incident(2, "payments", private=True), incident(1, "payments")]
    options = field(views.attaching(found(), offered), "incident")["options"]
    assert [option["value"][-1] for option in options] == ["2", "1", "4", "3"]
    assert "a private incident" in options[0]["text"]["text"]
    assert "It is down" in options[1]["text"]["text"]


def test_without_an_open_incident_there_is_nothing_to_attach_to() -> None:
    with pytest.raises(views.NothingToJoin):
        views.attaching(found(), [])


def test_a_form_for_a_mute_offers_four_lengths_and_a_time() -> None:
    view = views.muting(found())
    lengths = [option["value"] for option in field(view, "lasts")["options"]]
    assert lengths == ["15m", "1h", "4h", "24h", "until"]
    assert field(view, "until")["type"] == "datetimepicker"
    assert [views.read_lasts({"lasts": one}, NOW) for one in lengths[:2]] == [timedelta(minutes=15), HOUR]
    in_two_hours = str(int((NOW + 2 * HOUR).timestamp()))
    assert views.read_lasts({"lasts": "until", "until": in_two_hours}, NOW) == 2 * HOUR
    assert views.read_lasts({"lasts": "1h", "until": in_two_hours}, NOW) == 2 * HOUR


@pytest.mark.parametrize(
    ("filled", "error"),
    [
        ({"lasts": "until"}, views.NoTimeChosen),
        ({"lasts": "9999999h"}, views.NoTimeChosen),
        ({}, views.NoTimeChosen),
        ({"until": "9" * 30}, views.NoTimeChosen),
        ({"until": "soon"}, views.NoTimeChosen),
        ({"lasts": "1h", "until": str(int(NOW.timestamp()) - 60)}, views.TimeIsOver),
    ],
)
def test_a_time_that_cannot_be_is_shown_at_its_field(filled: dict[str, Any], error: type[DomainError]) -> None:
    with pytest.raises(error) as caught:
        views.read_lasts(filled, NOW)
    assert field_of(caught.value, POLICY, views.MUTE) == "until"


def test_a_picked_time_comes_back_in_seconds() -> None:
    picked = {"type": "datetimepicker", "selected_date_time": 1_773_500_400}
    empty = {"type": "datetimepicker", "selected_date_time": None}
    assert values({"state": {"values": {"a": {"a": picked}, "b": {"b": empty}}}}) == {"a": "1773500400", "b": None}


def test_each_form_is_listened_for_and_keeps_its_group() -> None:
    made = views.declaring(found(), POLICY), views.attaching(found(), [incident(1, None)]), views.muting(found())
    for view in (*made, views.dismissing(found())):
        assert view["callback_id"] in FORMS
        assert views.group_named(view) == "12"
        assert max(len(view["title"]["text"]), len(view["submit"]["text"])) <= 24


def test_the_forms_are_within_slacks_limits_whatever_a_monitor_says() -> None:
    one = found(why=HOSTILE * 60)
    one.group.title, one.group.service = HOSTILE * 60, LINE * 3
    many = [replace(incident(1, None), ref=f"INC-2026-03-14-{n:03d}", title=HOSTILE * 4) for n in range(1, 150)]
    for view in (
        views.declaring(one, POLICY),
        views.attaching(one, many),
        views.muting(one),
        views.dismissing(one),
    ):
        assert filled(view)["callback_id"] == view["callback_id"]
        assert "<!" not in str([block.get("text") for block in view["blocks"]])


def test_what_is_said_of_a_group_can_ping_nobody() -> None:
    one = replace(found(), settled_by="U1> <!channel", settled_why="<!here> no")
    said = views.no_incident(one)
    assert "<!" not in f"{said.text}{said.blocks}"
    assert "Somebody said" in said.text


# What alerts have in common


def stored(labels: dict[str, str]) -> Stored:
    alert = Alert(
        source="grafana", fingerprint=str(labels), status=AlertStatus.FIRING, title="A", labels=labels, starts_at=NOW
    )
    known = Known(
        status=AlertStatus.FIRING, starts_at=NOW, ends_at=None, digest=b"", firings=1, first_seen=NOW, last_seen=NOW
    )
    return Stored(alert=alert, known=known, reason="NEW", why="")


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz")), max_size=5))
def test_each_label_is_shared_or_differs_and_no_value_is_lost(labels: list[dict[str, str]]) -> None:
    some = [stored(one) for one in labels]
    shared, differing = shared_labels(some), differing_labels(some)
    assert set(shared) | set(differing) == {label for one in labels for label in one}
    assert not set(shared) & set(differing)
    for label, value in shared.items():
        assert all(one[label] == value for one in labels)
    for label, several in differing.items():
        assert set(several) == {one[label] for one in labels if label in one}
        assert len(several) > 1 or any(label not in one for one in labels)
