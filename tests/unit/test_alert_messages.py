"""What people read about alerts in an incident: what opened it, what joined, that all is clear."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.application.present import about, about_entry
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.alert_events import AlertLine, AlertsCleared, AlertsJoined
from bot.domain.alert_tally import AlertTally
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.messages import Message, Messages
from bot.messages.check import problems
from bot.messages.sample_incidents import ALI, BEA, NOW, REF, incidents
from bot.messages.sample_policy import POLICY
from bot.postmortem.draft import draft
from bot.sandbox.kit.message import check_message
from tests.support.policies import a_policy
from tests.support.timelines import Story

MESSAGES = Messages()
_ALL = list(incidents("Payments time out."))
FRESH, BUSY, PRIVATE = _ALL[0], replace(_ALL[1], severity="P2"), _ALL[3]
LINKS = {"graph": "https://prometheus.example/graph", "silence": "https://alertmanager.example/#/silences/new"}


def line(number: int = 1, **more: Any) -> AlertLine:
    given_: dict[str, Any] = {
        "name": "HighErrorRate", "title": "Payments answer with errors", "source": "alertmanager", "starts_at": NOW,
        "labels": {"alertname": "HighErrorRate", "instance": f"web-{number}"}, "links": LINKS, "text": "4.2 % fail",
    }  # fmt: skip
    return AlertLine(**given_ | more)


def joined(**more: Any) -> AlertsJoined:
    given_: dict[str, Any] = {
        "group": 7, "opened": False, "total": 47, "firing": 12, "new": 5, "lines": (line(1), line(2)),
        "names": ("HighErrorRate", "SlowQueries"), "sources": ("alertmanager",), "first_at": NOW,
        "why": "rule “payments”: nobody can pay", "severity": "P2",
    }  # fmt: skip
    return AlertsJoined(**given_ | more)


def post(name: str, event: e.Event, incident: Incident = BUSY, policy: Policy = POLICY) -> Message:
    entry = Entry(seq=8, at=NOW, recorded_at=NOW, by=Actor.monitor("alertmanager"), event=event)
    message = MESSAGES.render(name, ref=incident.ref, **about_entry(incident, entry, policy, {}))
    assert problems(message) == []
    check_message(message.blocks)
    return message


def buttons(message: Message) -> dict[str, str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element.get("value", "") for row in rows for element in row}


def test_an_incident_that_alerts_opened_begins_with_what_fires_why_and_the_runbook() -> None:
    message = post(
        "alerts_opened", joined(opened=True, total=42, firing=40, runbook="queue-backlog", flapping=2), FRESH
    )
    text = message.text
    assert text.startswith(":bell: 42 alerts opened this, 40 fire now")
    assert "HighErrorRate: Payments answer with errors · since <!date^" in text
    assert (
        "instance=web-1 · <https://prometheus.example/graph|Graph> · <https://alertmanager.example/#/silences/new|"
        in text
    )
    assert "alertname=" not in text
    assert "and 40 more: /incident alerts" in text
    assert "2 come and go: they are told of less often." in text
    assert "Why this is an incident: " in text
    assert "rule “payments”: nobody can pay" in text
    assert buttons(message)["runbook"] == f"{REF} queue-backlog"


def test_a_lone_alert_is_told_once_and_the_runbook_is_looked_for() -> None:
    message = post("alerts_opened", joined(opened=True, total=1, firing=1, lines=(line(),)))
    assert message.text.startswith(":bell: One alert opened this")
    assert "4.2 % fail" not in message.text, "the card above quotes it"
    assert " more" not in message.text
    assert buttons(message)["runbook"] == REF


def test_the_runbook_of_earlier_alerts_is_offered_where_these_name_none() -> None:
    incident = replace(BUSY, alerts=AlertTally(total=1, firing=1, runbook="queue-backlog"))
    assert buttons(post("alerts_opened", joined(opened=True), incident))["runbook"] == f"{REF} queue-backlog"


def test_what_is_diagnosed_by_itself_is_announced_where_alerts_opened_the_incident() -> None:
    looked = replace(joined(opened=True), run=("db",))
    assert "db is being looked at" in post("alerts_opened", looked).text
    assert "looked at" not in post("alerts_opened", joined(opened=True)).text


def test_who_declared_it_from_a_suggestion_is_named_beside_what_the_pack_says() -> None:
    assert f"<@{ALI}> said so. Of the alerts the pack says: rule" in post("alerts_opened", joined(opened=True)).text
    by_rule = replace(BUSY, declared_by=Actor.monitor("alertmanager"))
    assert "Why this is an incident: rule" in post("alerts_opened", joined(opened=True), by_rule).text


def test_alerts_that_join_are_told_by_name_with_their_number() -> None:
    text = post("alerts_joined", joined()).text
    assert text.startswith(":bell: 5 more alerts: HighErrorRate, SlowQueries. 12 of 47 fire now.")
    assert "and 3 more: /incident alerts" in text
    first = post("alerts_joined", joined(total=5, firing=5)).text
    assert first.startswith(":bell: 5 alerts joined: HighErrorRate, SlowQueries. 5 of 5 fire now.")
    assert "Why here: rule “payments”: nobody can pay" in text


def test_alerts_that_are_not_new_fire_again() -> None:
    again = joined(new=0, lines=(), names=(), flapping=1)
    text = post("alerts_joined", again).text
    assert "Alerts fire again: 12 of 47 do now." in text
    assert "One comes and goes: it is told of less often." in text
    assert "Why here" not in text
    assert "The alert fires again." in post("alerts_joined", replace(again, total=1, firing=1)).text
    named = post("alerts_joined", replace(again, names=("HighErrorRate",), lines=(line(),))).text
    assert "Alerts fire again: HighErrorRate. 12 of 47 do now." in named
    assert "Graph" in named


def test_worse_alerts_suggest_a_severity_once_somebody_has_taken_the_incident_up() -> None:
    worse = joined(severity="P1")
    message = post("alerts_joined", worse)
    assert "By the pack's rules these are P1, Critical, which is worse than P2." in message.text
    assert "/incident severity P1" in message.text
    assert buttons(message)["severity"] == f"{REF} P1"
    for event, incident in (
        (worse, replace(BUSY, acknowledged_at=None)),
        (joined(severity="P3"), BUSY),
        (joined(severity="P2"), BUSY),
        (joined(severity="dropped"), BUSY),
    ):
        assert "worse" not in post("alerts_joined", event, incident).text


def test_the_commander_is_asked_whether_it_is_over_when_all_alerts_are_clear() -> None:
    message = post("alerts_cleared", AlertsCleared(total=12, since=NOW))
    assert "All 12 alerts have cleared, and nothing has fired since <!date^" in message.text
    assert f"<@{BEA}>, is it over?" in message.text
    assert "nothing has to be done" in message.text
    assert buttons(message)["resolve"] == REF


@pytest.mark.parametrize(
    ("incident", "says"),
    [
        (replace(BUSY, roles={}, acknowledged_by=Actor.person(ALI)), f"<@{ALI}>, is it over?"),
        (replace(BUSY, roles={}, acknowledged_by=None), "Is it over?"),
    ],
)
def test_without_a_commander_whoever_acknowledged_is_asked_and_else_nobody_in_particular(
    incident: Incident, says: str
) -> None:
    assert says in post("alerts_cleared", AlertsCleared(total=1, since=NOW), incident).text


def test_it_is_said_when_an_incident_resolves_itself() -> None:
    ends = AlertsCleared(total=1, since=NOW, ends_at=NOW + timedelta(minutes=30))
    text = post("alerts_cleared", ends).text
    assert "The alert has cleared" in text
    assert "it resolves itself <!date^" in text
    assert "unless an alert fires again" in text


def test_nobody_is_asked_about_what_is_over_already() -> None:
    message = post("alerts_cleared", AlertsCleared(total=1, since=NOW), _ALL[4])
    assert "over?" not in message.text
    assert buttons(message) == {}


def test_the_pinned_card_counts_alerts_in_one_line_and_says_nothing_of_none() -> None:
    def shown(name: str, incident: Incident, **tally: Any) -> str:
        incident = replace(incident, alerts=AlertTally(**tally))
        more = {"behind": None} if name == "show" else {}
        return MESSAGES.render(name, ref=REF, **about(incident, POLICY, {}), **more).text

    names = ("HighErrorRate", "SlowQueries", "DiskFull", "PodCrashLooping")
    firing = {"total": 40, "firing": 12, "names": names, "first_at": NOW}
    line_ = ":bell: 12 of 40 alerts fire: HighErrorRate, SlowQueries, DiskFull and 1 more · since <!date^"
    assert line_ in shown("summary", BUSY, **firing)
    assert line_ in shown("show", BUSY, **firing)
    assert "All 40 alerts have been clear since <!date^" in shown("summary", BUSY, total=40, quiet_since=NOW)
    assert "Its alert fires: DiskFull" in shown("summary", BUSY, total=1, firing=1, names=("DiskFull",))
    assert "alert" not in shown("summary", FRESH)
    private = shown("show", PRIVATE, **firing)
    assert "12 of 40 alerts fire" in private
    assert "HighErrorRate" not in private, "it may be read outside of the channel"


def test_each_event_of_alerts_is_a_sentence_of_the_timeline() -> None:
    def sentence(event: e.Event, incident: Incident = BUSY) -> str:
        entry = Entry(seq=8, at=NOW, recorded_at=NOW, by=Actor.monitor("alertmanager"), event=event)
        return MESSAGES.line("entry", incident=incident, entry=entry, policy=POLICY)

    assert sentence(joined(opened=True)).startswith("47 alerts, 12 firing, opened this: HighErrorRate, SlowQueries")
    assert sentence(joined()) == "5 more alerts joined, 12 of 47 fire: HighErrorRate, SlowQueries"
    assert sentence(joined(), PRIVATE) == "5 more alerts joined, 12 of 47 fire"
    assert sentence(joined(new=0, names=())) == "alerts fire again, 12 of 47"
    assert sentence(e.AlertsCounted(total=9, firing=2)) == "2 of 9 alerts fire"
    assert "clear since <!date^" in sentence(AlertsCleared(total=9, since=NOW, ends_at=NOW))


def test_the_review_tells_of_alerts() -> None:
    story = Story(a_policy()).do(c.Declare(by=Actor.monitor("alertmanager"), title="Down", severity="P1"), minutes=0)
    more: dict[str, Any] = {"by": Actor.monitor("alertmanager"), "group": 7, "first_at": story.now}
    story.do(c.RecordAlerts(**more, total=3, firing=3, opened=True, names=("A", "B|*"), why="rule “x”: <b>"))
    story.do(c.RecordAlerts(**more, total=5, firing=2, names=("C",)))
    story.do(c.RecordAlerts(**more, total=5, firing=0))
    story.do(c.RecordAlerts(**more, total=5, firing=1))
    text = draft(story.incident, story.entries, a_policy(), now=story.now).markdown
    assert "**Alerts** opened it: 3 of 3 fired: A, B" in text
    assert "**2 more alerts**; 2 of 5 fired: C" in text
    assert "**Alerts fired again**, 1 of 5" in text
    assert "x”: \\<b>" in text
