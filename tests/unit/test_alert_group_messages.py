"""What people read about alerts in their channel and in answers: groups, lists and mutes."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alert import Alert, AlertStatus, Known, LinkKind
from bot.domain.alert_group import Group, GroupState, Running
from bot.domain.alert_rules import Maintenance, Matcher, Mute
from bot.messages import Message
from bot.messages.check import problems
from bot.messages.sample_incidents import BEA, NOW, REF
from bot.messages.sample_policy import POLICY
from bot.sandbox.kit.message import check_message
from bot.store.alert_reading import Card, Found
from bot.store.alerts import Stored
from tests.unit.test_alert_messages import BUSY, LINKS, MESSAGES, buttons, joined, line, post

HOSTILE = [
    "<!channel> everybody",
    "<@U0EVIL> *bold* _it_ ~no~",
    "[x](https://evil.example) <https://evil.example|x>",
    "`code` ```fence``` \n\n# Heading\n- **a:** b",
    "[Approve](button:approve)",
    "\u202edecrease\u2066 & < > \x00",
    "🔥" * 200,
    "x" * 200,
    "{{ incident.ref }} {% raw %}",
]


def group(**more: Any) -> Group:
    given_: dict[str, Any] = {
        "id": 7, "key": "service=checkout", "state": GroupState.SUGGESTED, "title": "Payments answer with errors",
        "severity": "P2", "rank": 1, "service": "checkout", "window": timedelta(minutes=30), "source": "alertmanager",
        "first_seen": NOW, "last_seen": NOW + timedelta(minutes=9), "why": "rule “payments”: nobody can pay",
        "alerts": 5, "firing": 3, "card": True,
    }  # fmt: skip
    return Group(**given_ | more)


def found(of: Group, **more: Any) -> Found:
    card = Card(wanted=1, shown=0, digest=None, channel=None, ts=None, tried_at=None, failures=0)
    given_: dict[str, Any] = {
        "group": of, "card": card, "private": False, "incident_title": "", "channel_id": None, "settled_by": None,
        "settled_at": None, "settled_why": "", "tell_at": None,
    }  # fmt: skip
    return Found(**given_ | more)


def stored(number: int = 1, *, firing: bool = True, flapping: bool = False, **more: Any) -> Stored:
    status = AlertStatus.FIRING if firing else AlertStatus.RESOLVED
    alert: dict[str, Any] = {
        "source": "alertmanager", "fingerprint": f"f{number}", "status": status, "starts_at": NOW,
        "title": "Payments answer with errors", "text": "4.2 % fail",
        "labels": {"alertname": "HighErrorRate", "env": "prod", "instance": f"web-{number}"},
        "links": {LinkKind(kind): url for kind, url in LINKS.items()},
    }  # fmt: skip
    known = Known(
        status=status, starts_at=NOW, ends_at=None if firing else NOW, digest=b"", firings=number, first_seen=NOW,
        last_seen=NOW, flapping=flapping,
    )  # fmt: skip
    return Stored(alert=Alert(**alert | more), known=known, reason="SUGGESTED", why="rule “payments”: nobody can pay")


def card(of: Group, name: str = "alert_group", alerts: Any = None, **more: Any) -> Message:
    own: dict[str, Any] = {
        "shared": {"env": "prod"},
        "differing": {"instance": ("web-1", "web-2")},
        "owners": (),
        "muted": None,
        "instead_of": None,
    }
    settled = {key: more.pop(key) for key in list(more) if key not in own}
    context: dict[str, Any] = own | more | {
        "group": of, "found": found(of, **settled), "alerts": [stored(1), stored(2)] if alerts is None else alerts,
        "policy": POLICY, "severity": POLICY.find_severity(of.severity), "command": "/incident",
    }  # fmt: skip
    message = MESSAGES.render(name, **context)
    assert problems(message) == []
    check_message(message.blocks)
    return message


def test_a_suggestion_asks_with_all_that_is_needed_to_decide() -> None:
    message = card(group(), alerts=[stored(1), stored(2, flapping=True)])
    text = message.text
    assert text.startswith(":large_orange_circle: P2 · Payments answer with errors")
    assert "Is this an incident?" in text
    for part in ("Firing: 3 of 5", "From: Alertmanager", "Service: Checkout", "Owner: on-call", "4.2 % fail"):
        assert part in text, part
    assert "First seen: <!date^" in text
    assert "Labels: env=prod" in text
    assert "instance: web-1 web-2" in text
    assert "<https://alertmanager.example/#/silences/new|Silence it there>" in text
    assert "One comes and goes" in text
    assert "Why it stands here: rule “payments”: nobody can pay" in text
    assert buttons(message) == dict.fromkeys(("alert_declare", "alert_attach", "alert_mute", "alert_dismiss"), "7")
    assert '"style": "primary"' in json.dumps(message.blocks)


def test_a_suggestion_pings_nobody_unless_the_rule_names_an_owner() -> None:
    assert "<@" not in card(group(), owners=(BEA,)).text
    assert f"Owner: <@{BEA}>" in card(group(owner="on-call"), owners=(BEA,)).text


def test_a_suggestion_that_has_cleared_keeps_its_buttons_and_is_calm() -> None:
    message = card(group(firing=0), alerts=[stored(1, firing=False)])
    assert message.text.startswith(":white_check_mark:")
    assert "Nothing has to be done." in message.text
    assert len(buttons(message)) == 4
    assert '"style": "primary"' not in json.dumps(message.blocks)


def test_the_card_of_a_group_that_an_incident_has_leads_there() -> None:
    taken = group(state=GroupState.INCIDENT, running=Running("checkout", 3, REF))
    more: dict[str, Any] = {
        "incident_title": "Nobody can pay",
        "channel_id": "C0ROOM",
        "settled_by": BEA,
        "settled_at": NOW,
    }
    message = card(taken, **more)
    assert f"{REF} has it: Nobody can pay · <#C0ROOM> · decided by <@{BEA}>" in message.text
    assert buttons(message) == {}
    assert f"{REF} had it, and is over" in card(replace(taken, ended=True), **more).text


def test_nothing_of_a_private_incident_is_on_the_card_of_its_alerts() -> None:
    taken = group(state=GroupState.INCIDENT, running=Running("checkout", 3, REF, private=True))
    message = card(taken, private=True, incident_title="A secret", channel_id="C0ROOM", settled_by=BEA)
    assert "A private incident has it." in message.text
    shown = f"{message.text}{message.blocks}"
    assert not [word for word in (REF, "A secret", "C0ROOM", BEA, "web-1", "4.2 %") if word in shown]


def test_a_dismissed_group_says_by_whom_and_why_and_can_still_be_declared() -> None:
    settled: dict[str, Any] = {"settled_by": BEA, "settled_at": NOW, "settled_why": "A load test."}
    message = card(group(state=GroupState.DISMISSED), **settled)
    assert f"No incident, says <@{BEA}> <!date^" in message.text
    assert ": A load test." in message.text
    assert buttons(message) == {"alert_declare": "7"}


def test_a_muted_group_says_until_when_by_whom_and_why() -> None:
    silent = group(state=GroupState.DISMISSED)
    said: dict[str, Any] = {
        "settled_by": BEA,
        "settled_at": NOW,
        "settled_why": "muted until 2026-11-21 05:00 UTC: A load test.",
    }
    mute = Mute(id=3, when=Matcher(), by=f"person:{BEA}", why="A load test.", since=NOW, until=NOW)
    assert f"by <@{BEA}>: A load test." in card(silent, muted=mute, **said).text
    assert "/incident unmute 3 ends the mute" in card(silent, muted=mute, **said).text
    after = card(silent, **said).text
    assert f"No longer muted. <@{BEA}> had it muted until 2026-11-21 05:00 UTC: A load test." in after
    assert "unmute" not in after
    assert ":mute:" not in after
    listed = MESSAGES.render("alert_list", groups=[found(silent, **said)], incident=None).text
    assert ":mute: muted until 2026-11-21 05:00 UTC" in listed
    calm = card(group(), muted=mute)
    assert len(buttons(calm)) == 4, "a suggestion that somebody muted by a command"
    assert '"style": "primary"' not in json.dumps(calm.blocks)


def test_what_only_the_first_of_many_have_in_common_is_said_of_those_alone() -> None:
    many = [stored(number) for number in range(50)]
    for name in ("alert_group", "alert_show"):
        text = card(group(alerts=2250), name, many).text
        assert "Labels of the first 50 of 2250: env=prod" in text
        assert "The first 50 of 2250 differ in:" in text
        assert "They differ in:" in card(group(alerts=50), name, many).text


def test_a_card_that_stands_elsewhere_says_why_and_how_to_mend_it() -> None:
    text = card(group(), instead_of="alerts").text
    assert "It stands here because Muster can't write in #alerts. Create that channel, or invite Muster there." in text
    assert "It stands here" not in card(group()).text


def test_a_reason_that_only_begins_like_a_mute_is_none() -> None:
    said: dict[str, Any] = {"settled_by": BEA, "settled_at": NOW, "settled_why": "muted speakers, nothing else"}
    dismissed = group(state=GroupState.DISMISSED)
    assert f"No incident, says <@{BEA}>" in card(dismissed, **said).text
    assert ": muted speakers, nothing else" in card(dismissed, **said).text
    assert "no incident" in MESSAGES.render("alert_list", groups=[found(dismissed, **said)], incident=None).text


def test_a_group_that_is_over_has_no_buttons() -> None:
    message = card(group(state=GroupState.OVER, firing=0))
    assert "It is over." in message.text
    assert buttons(message) == {}


def test_the_list_says_how_each_group_stands_and_how_to_see_it() -> None:
    groups = [found(group()), found(group(id=8, state=GroupState.OVER, firing=0, alerts=1))]
    text = MESSAGES.render("alert_list", groups=groups, incident=None).text
    assert "P2 · Payments answer with errors · /incident alerts 7" in text
    assert "3 of 5 alerts fire" in text
    assert "waits for somebody to decide" in text
    assert "Its alert is clear" in text
    assert f"Alerts of {REF}" in MESSAGES.render("alert_list", groups=groups, incident=BUSY).text
    assert "No monitor has told of anything." in MESSAGES.render("alert_list", groups=(), incident=None).text


def test_a_group_is_shown_with_each_alert_and_what_came_of_it() -> None:
    quiet = replace(stored(4, firing=False, flapping=True), reason="MAINTENANCE", why="maintenance “Move”")
    text = card(group(alerts=60), name="alert_show", alerts=[stored(1), quiet]).text
    assert "Fires since <!date^" in text
    assert "fired 4 times" in text
    assert "comes and goes · instance=web-4" in text
    assert "Expected, during maintenance: maintenance “Move”" in text
    assert "and 58 more" in text


def test_mutes_say_what_until_when_by_whom_why_and_how_to_end_them() -> None:
    until = NOW + timedelta(hours=1)
    when = Matcher(alerts=("HighErrorRate",), services=("payments",), labels={"env": ("prod",)})
    mute = Mute(id=3, when=when, by=f"person:{BEA}", why="A load test.", since=NOW, until=until)
    move = Maintenance(name="Move", when=Matcher(services=("db",)), begins=NOW, ends=until, why="Agreed.")
    for text in (
        MESSAGES.render("mute_list", mutes=[mute], maintenance=[move]).text,
        MESSAGES.render("muted", mute=mute).text,
    ):
        assert "HighErrorRate of payments where env is prod" in text
        assert f"<@{BEA}>" in text
        assert "A load test." in text
        assert "/incident unmute 3" in text
        assert "until <!date^" in text
    assert "Move · everything of db" in MESSAGES.render("mute_list", mutes=(), maintenance=[move]).text
    assert "Nobody has muted anything." in MESSAGES.render("mute_list", mutes=(), maintenance=()).text


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_monitor_says_is_text(text: str) -> None:
    evil = line(name=text, title=text, labels={text[:60]: text, "a": text}, text=text, links={"graph": text})
    alert = stored(title=text, text=text, labels={"alertname": text, text[:60]: text}, links={LinkKind.GRAPH: text})
    mute = Mute(
        id=1, when=Matcher(alerts=(text,), labels={text: (text,)}), by=f"person:{BEA}", why=text, since=NOW, until=NOW
    )
    own: dict[str, Any] = {"shared": {text: text}, "differing": {text: (text, text)}, "alerts": [alert] * 12}
    messages = [
        post("alerts_opened", joined(opened=True, lines=(evil,) * 5, names=(text,), why=text)),
        post("alerts_joined", joined(lines=(evil,) * 5, names=(text,) * 10, why=text)),
        *(card(group(title=text, why=text, service=text), name=name, **own) for name in ("alert_group", "alert_show")),
        MESSAGES.render("alert_list", groups=[found(group(title=text))] * 30, incident=None),
        MESSAGES.render("mute_list", mutes=[mute] * 30, maintenance=()),
        MESSAGES.render("muted", mute=mute),
    ]
    for message in messages:
        assert problems(message) == []
        shown = f"{message.text}{message.blocks}"
        assert "<!channel" not in shown
        assert "<@U0EVIL" not in shown
        assert "<https://evil" not in shown
        assert "'approve'" not in shown
        assert "\u202e" not in shown
