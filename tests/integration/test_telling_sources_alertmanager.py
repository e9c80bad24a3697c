"""Alertmanagers are silenced while somebody works, and no longer: a strict stand-in, and the real program."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.application.ports import Answer, Refused
from bot.domain.alert_rules import TellKind
from bot.notices.alertmanager import MOST_SILENCES, comment, shared
from tests.support.alertmanager import alertmanager
from tests.support.monitors import Silencer, asked
from tests.support.telling import INCIDENT, NOW, TWO_HOURS, alert, answer, rule, telling

RULE = rule(TellKind.ALERTMANAGER, token_from=None)
DOWN = {"alertname": "InstanceDown", "job": "api", "instance": "api-1:9090", "severity": "critical"}
ALSO = {**DOWN, "instance": "api-2:9090"}
SLOW = {"alertname": "Slow", "job": "api"}
HOSTILE = {
    "alertname": 'it "is" a\\b\nü, x="y"} or {a=~".*',
    "job": "a\\nb\tc'd`e",
    "text": '", {}=~.*<!channel>',
}


class Server(Protocol):
    url: str

    async def silences(self) -> list[dict[str, Any]]: ...


@asynccontextmanager
async def stand_in() -> AsyncIterator[Server]:
    server = Silencer()
    async with asked(server):
        yield server


@asynccontextmanager
async def real() -> AsyncIterator[Server]:
    async with alertmanager() as server:
        yield server


@pytest.fixture(params=[stand_in, real], ids=["stand-in", "real"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with request.param() as made:
        yield made


async def tell(server: Server, *answers: Answer, now: datetime = NOW, silence: timedelta = TWO_HOURS) -> str:
    said = ""
    async with telling(replace(RULE, silence=silence), server.url, now=lambda: now) as sources:
        for one in answers:
            said = await sources.tell(one)
    return said


async def active(server: Server) -> list[dict[str, Any]]:
    return [one for one in await server.silences() if one["status"]["state"] != "expired"]


def matched(silences: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    assert all(each["isEqual"] and not each["isRegex"] for one in silences for each in one["matchers"])
    return [{each["name"]: each["value"] for each in one["matchers"]} for one in silences]


def by_id(silences: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """They are listed in any order."""
    return {one["id"]: one for one in silences}


def ends(silence: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(silence["endsAt"])


async def test_an_acknowledgement_silences_what_its_alerts_have_in_common(server: Server) -> None:
    said = await tell(server, answer("acknowledged", alert(DOWN), alert(SLOW), alert(ALSO)))
    found = await active(server)
    common = {"alertname": "InstanceDown", "job": "api", "severity": "critical"}
    assert sorted(matched(found), key=len) == [SLOW, common]
    assert {one["createdBy"] for one in found} == {"Muster"}
    assert {one["comment"] for one in found} == {f"[{INCIDENT}] Checkout is down. Acknowledged by Bob."}
    assert {ends(one) for one in found} == {NOW + TWO_HOURS}
    assert said == f"2 silences until {NOW + TWO_HOURS:%Y-%m-%d %H:%M} UTC"


async def test_what_is_told_twice_silences_once(server: Server) -> None:
    told = answer("acknowledged", alert(DOWN), alert(SLOW))
    await tell(server, told)
    first = by_id(await server.silences())
    assert await tell(server, told, told, now=NOW + timedelta(minutes=5)) == (
        f"2 silences until {NOW + TWO_HOURS:%Y-%m-%d %H:%M} UTC"
    )
    assert by_id(await server.silences()) == first


async def test_labels_that_try_to_be_something_else_are_matched_as_they_are(server: Server) -> None:
    await tell(server, answer("acknowledged", alert(HOSTILE)), answer("acknowledged", alert(HOSTILE)))
    [silence] = await active(server)
    assert matched([silence]) == [HOSTILE]
    assert await tell(server, answer("resolved", alert(HOSTILE))) == "1 silence ended"
    assert await active(server) == []


async def test_a_resolution_ends_the_silences_of_its_incident_and_no_others(server: Server) -> None:
    other = answer("acknowledged", alert(DOWN), incident="INC-2026-11-21-0012")
    await tell(server, answer("acknowledged", alert(DOWN), alert(SLOW)), other)
    assert await tell(server, answer("resolved", alert(DOWN), alert(SLOW))) == "2 silences ended"
    [left] = await active(server)
    assert left["comment"].startswith("[INC-2026-11-21-0012] ")
    assert await tell(server, answer("resolved", alert(DOWN), alert(SLOW))) == "0 silences ended"


async def test_what_joined_later_does_not_hide_the_silences_from_before(server: Server) -> None:
    await tell(server, answer("acknowledged", alert(DOWN)))
    joined = alert({"alertname": "InstanceDown", "job": "web"})
    assert await tell(server, answer("resolved", alert(DOWN), joined)) == "1 silence ended"


async def test_a_later_acknowledgement_makes_the_silence_longer_and_an_earlier_one_leaves_it(server: Server) -> None:
    for minutes_ago in (90, 0, 90):
        await tell(server, answer("acknowledged", alert(DOWN), at=NOW - timedelta(minutes=minutes_ago)))
    [silence] = await active(server)
    assert ends(silence) == NOW + TWO_HOURS


async def test_more_names_than_may_be_silenced_are_said(server: Server) -> None:
    alerts = [alert({"alertname": f"Alert{number}", "job": "api"}) for number in range(MOST_SILENCES + 3)]
    said = await tell(server, answer("acknowledged", *alerts))
    assert said.startswith(f"{MOST_SILENCES} silences until ")
    assert said.endswith(", 3 more names of alerts left as they are")
    assert len(await active(server)) == MOST_SILENCES
    assert (await tell(server, answer("resolved", *alerts))).startswith(f"{MOST_SILENCES} silences ended")
    assert await active(server) == []


async def test_of_a_private_incident_only_the_reference_is_told(server: Server) -> None:
    await tell(server, answer("acknowledged", alert(DOWN), title="", by="", severity=""))
    [silence] = await active(server)
    assert silence["comment"] == f"[{INCIDENT}] Acknowledged."
    assert await tell(server, answer("resolved", alert(DOWN), title="", by="")) == "1 silence ended"


@pytest.mark.parametrize(
    "labels",
    [{}, {"severity": "critical"}, {"alertname": "", "severity": "critical"}],
    ids=["none", "no name", "empty"],
)
async def test_an_alert_without_a_name_is_not_silenced_for_it_would_silence_others(
    server: Server, labels: dict[str, str]
) -> None:
    assert await tell(server, answer("acknowledged", alert(labels))) == "nothing to silence"
    assert await server.silences() == []


async def test_a_pack_that_allows_no_silence_makes_none(server: Server) -> None:
    assert await tell(server, answer("acknowledged", alert(DOWN)), silence=timedelta()) == "nothing to silence"
    assert await server.silences() == []


async def test_what_comes_too_late_silences_nothing(server: Server) -> None:
    late = NOW + TWO_HOURS
    assert await tell(server, answer("acknowledged", alert(DOWN)), now=late) == "nothing to silence"
    assert await server.silences() == []


async def test_an_alert_of_a_real_alertmanager_is_quiet_until_the_incident_is_resolved() -> None:
    async with alertmanager() as server:
        await server.fire(DOWN, ALSO, SLOW, HOSTILE)
        told = [alert(DOWN), alert(ALSO), alert(HOSTILE)]
        await tell(server, answer("acknowledged", *told))
        quiet = {one["labels"]["alertname"]: len(one["status"]["silencedBy"]) for one in await server.alerts()}
        assert quiet == {"InstanceDown": 1, HOSTILE["alertname"]: 1, "Slow": 0}
        await tell(server, answer("resolved", *told))
        assert [one["status"]["silencedBy"] for one in await server.alerts()] == [[], [], [], []]


async def test_what_cleared_while_it_was_silenced_is_known_by_asking() -> None:
    fired = [DOWN, ALSO, HOSTILE, SLOW]
    async with alertmanager() as server, telling(RULE, server.url) as sources:
        await server.fire(*fired, {**DOWN, "job": "another"})
        called = {frozenset(one["labels"].items()): one["fingerprint"] for one in await server.alerts()}
        every = [alert(one, fingerprint=called[frozenset(one.items())]) for one in fired]
        await sources.tell(answer("acknowledged", *every))
        assert await sources.firing("back", every) == every
        await server.clear(ALSO, SLOW)
        assert await sources.firing("back", every) == [every[0], every[2]]


async def test_what_cannot_be_asked_for_still_fires() -> None:
    named = [alert({"alertname": f"Alert{number}"}, fingerprint=f"{number:016x}") for number in range(MOST_SILENCES)]
    beyond = alert({"alertname": "Another"}, fingerprint="a" * 16)
    nameless, made_up = alert({"severity": "critical"}, fingerprint="b" * 16), alert({"alertname": "Alert1"})
    others = alert(DOWN, source="datadog", fingerprint="c" * 16)
    server = Silencer()
    async with asked(server), telling(RULE, server.url) as sources:
        unknown = [nameless, made_up, others, beyond]
        assert await sources.firing("back", [nameless, made_up, others, *named[1:], named[0], beyond]) == unknown
        assert await sources.firing("back", [others]) == [others]
        server.instead.append(web.json_response(["no alert"]))
        with pytest.raises(Refused, match="its answer is no list of alerts"):
            await sources.firing("back", named)
    async with telling(rule(TellKind.CALLBACK), "http://127.0.0.1:1") as sources:
        assert await sources.firing("back", named) == named


def test_a_label_of_which_only_the_beginning_is_known_is_not_matched() -> None:
    cut = {"query": "select 1, 2, 3…", "a_name_without_en…": "x"}
    assert shared([alert({**DOWN, **cut})]) == [dict(sorted(DOWN.items()))]
    assert shared([alert({**DOWN, "alertname": "A very long na…"})]) == []


async def test_an_alertmanager_below_a_path_and_behind_a_token_is_told() -> None:
    server = Silencer(token="m0nitor-t0ken")
    by = rule(TellKind.ALERTMANAGER)
    async with asked(server), telling(by, f"{server.url}/monitoring/") as sources:
        await sources.tell(answer("acknowledged", alert(DOWN)))
    assert [one.path for one in server.asked] == ["/monitoring/api/v2/silences"] * 2
    assert len(server.kept) == 1


async def test_silences_that_others_made_or_changed_are_left_alone() -> None:
    server = Silencer()
    async with asked(server):
        await tell(server, *(answer("acknowledged", alert({"alertname": name})) for name in "ABCD"))
        theirs, changed, odd, quoted = server.kept.values()
        theirs["createdBy"] = "alice"
        changed["matchers"][0]["isRegex"] = True
        odd["id"] = "../../status"
        quoted["comment"] = f"See {quoted['comment']}"
        told = answer("resolved", *(alert({"alertname": name}) for name in "ABCD"))
        assert await tell(server, told) == "0 silences ended"
    assert "DELETE" not in server.methods()


async def test_a_silence_that_somebody_was_quicker_to_remove_is_gone() -> None:
    server = Silencer()
    async with asked(server):
        await tell(server, answer("acknowledged", alert(DOWN)))
        [one] = server.kept.values()
        server.kept = {"another": one}
        assert await tell(server, answer("resolved", alert(DOWN))) == "1 silence ended"


async def test_another_address_is_a_refusal_that_says_which_is_meant() -> None:
    server = Silencer()
    async with asked(server):
        with pytest.raises(Refused, match="there is no Alertmanager") as refused:
            async with telling(RULE, f"{server.url}/api/v2") as sources:
                await sources.tell(answer("acknowledged", alert(DOWN)))
    assert refused.value.remedy == "Let MONITOR_URL be the Alertmanager's address as people open it, without /api/v2."


def test_a_comment_is_one_line_that_begins_with_the_mark() -> None:
    told = answer("acknowledged", title="a\n[INC-1] b" * 100, by="Bob\n", link="https://muster.example.com/7")
    said = comment(told)
    assert said.startswith(f"[{INCIDENT}] a [INC-1] ba")
    assert said.endswith("…. Acknowledged by Bob. https://muster.example.com/7")
    assert "\n" not in said
    assert len(said) < 400


LABELS = st.dictionaries(st.sampled_from(["alertname", "job", "instance"]), st.sampled_from(["", "a", "b"]))


@given(st.lists(LABELS, max_size=6))
def test_every_alert_with_a_name_has_all_that_its_silence_matches(every: list[dict[str, str]]) -> None:
    sets = {one["alertname"]: one for one in shared([alert(one) for one in every])}
    named = [one for one in every if one.get("alertname")]
    assert sets.keys() == {one["alertname"] for one in named}
    for one in named:
        assert sets[one["alertname"]].items() <= one.items()
        assert all(sets[one["alertname"]].values())
