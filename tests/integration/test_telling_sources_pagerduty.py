"""PagerDuty is told that its incidents are acknowledged and resolved, by a strict stand-in for its REST API."""

import pytest
from aiohttp import web

from bot.application.ports import Refused
from bot.domain.alert_rules import TellKind
from bot.notices.pagerduty import MOST_INCIDENTS, USUAL_URL
from bot.notices.telling import line
from bot.notices.web import Web
from tests.support.monitors import SENDER, TOKEN, Pager, asked
from tests.support.telling import TOKEN_SETTING, alert, answer, rule, telling


def pager(**incidents: str) -> Pager:
    return Pager(token=TOKEN, incidents=dict(incidents))


async def tell(server: Pager, what: str, *ids: str, sender: str = SENDER, token: str = TOKEN) -> str:
    alerts = [alert({}, source="pagerduty", reference=one) for one in ids]
    async with asked(server), telling(rule(TellKind.PAGERDUTY, sender=sender), server.url, token=token) as sources:
        return await sources.tell(answer(what, *alerts))


@pytest.mark.parametrize("what", ["acknowledged", "resolved"])
async def test_its_incidents_are_told_of_once_each_in_somebodys_name(what: str) -> None:
    server = pager(PT4KHLK="triggered", Q0A1B2C3D4E5F6="acknowledged")
    assert await tell(server, what, "PT4KHLK", "Q0A1B2C3D4E5F6", "PT4KHLK") == f"2 PagerDuty incidents {what}"
    assert server.incidents == {"PT4KHLK": what, "Q0A1B2C3D4E5F6": what}
    assert [one.headers["From"] for one in server.asked] == [SENDER] * 2
    assert server.asked[0].body == {"incident": {"type": "incident_reference", "status": what}}


@pytest.mark.parametrize(("what", "state"), [("acknowledged", "acknowledged"), ("resolved", "resolved")])
async def test_what_is_so_already_counts_as_done(what: str, state: str) -> None:
    server = pager(PT4KHLK=state)
    assert await tell(server, what, "PT4KHLK") == f"1 PagerDuty incident {what}"


async def test_what_is_resolved_there_is_not_opened_by_an_acknowledgement() -> None:
    server = pager(PT4KHLK="resolved")
    assert await tell(server, "acknowledged", "PT4KHLK") == "1 PagerDuty incident acknowledged"
    assert server.incidents == {"PT4KHLK": "resolved"}


async def test_alerts_that_name_no_incident_are_nothing_to_it() -> None:
    server = pager()
    assert await tell(server, "resolved", "") == "nothing to tell PagerDuty"
    assert server.asked == []


async def test_an_incident_that_is_gone_keeps_no_other_from_being_told() -> None:
    server = pager(PT4KHLK="triggered")
    with pytest.raises(Refused, match="http_404 PagerDuty has no incident PGONE") as refused:
        await tell(server, "resolved", "PGONE", "PT4KHLK")
    assert TOKEN_SETTING in refused.value.remedy
    assert server.incidents == {"PT4KHLK": "resolved"}


@pytest.mark.parametrize("one", ["../users/PABC", "P1/../P2", "P1?x=1", "P 1", "Ü" * 5, "P" * 33])
async def test_what_is_no_id_is_never_a_part_of_an_address(one: str) -> None:
    server = pager(PT4KHLK="triggered")
    with pytest.raises(Refused, match="is not the id of a PagerDuty incident"):
        await tell(server, "resolved", one, "PT4KHLK")
    assert [each.path for each in server.asked] == ["/incidents/PT4KHLK"]


async def test_a_sender_whom_it_does_not_know_is_named_by_the_packs_key() -> None:
    with pytest.raises(Refused, match=r"http_400 PT4KHLK: .*Requester User Not Found") as refused:
        await tell(pager(PT4KHLK="triggered"), "resolved", "PT4KHLK", sender="")
    assert "`sender`" in refused.value.remedy


@pytest.mark.parametrize("said", [b"<html>", b'{"error": "no"}', b'{"error": {"errors": [7, "No way"]}}'])
async def test_an_error_that_it_does_not_explain_is_a_refusal_and_not_taken_for_done(said: bytes) -> None:
    server = pager(PT4KHLK="triggered")
    server.instead.append(web.Response(status=400, body=said))
    with pytest.raises(Refused, match="http_400 PT4KHLK: "):
        await tell(server, "resolved", "PT4KHLK")


async def test_a_wrong_key_ends_it_at_once_and_names_its_setting() -> None:
    server = pager(PT4KHLK="triggered", P2="triggered")
    with pytest.raises(Refused, match="http_401") as refused:
        await tell(server, "resolved", "PT4KHLK", "P2", token="another")
    assert TOKEN_SETTING in refused.value.remedy
    assert len(server.asked) == 1


async def test_without_a_key_it_is_not_asked() -> None:
    server = pager(PT4KHLK="triggered")
    by = rule(TellKind.PAGERDUTY, token_from=None)
    async with asked(server), telling(by, server.url) as sources:
        with pytest.raises(Refused, match="there is no key") as refused:
            await sources.tell(answer("resolved", alert({}, reference="PT4KHLK")))
    assert "`token_from`" in refused.value.remedy
    assert server.asked == []


async def test_more_incidents_than_are_told_of_are_said() -> None:
    ids = [f"P{number}" for number in range(MOST_INCIDENTS + 2)]
    server = pager(**dict.fromkeys(ids, "triggered"))
    assert (
        await tell(server, "resolved", *ids)
        == f"{MOST_INCIDENTS} PagerDuty incidents resolved, 2 more left as they are"
    )
    assert len(server.asked) == MOST_INCIDENTS


async def test_nothing_of_the_incident_itself_goes_out() -> None:
    server = pager(PT4KHLK="triggered")
    await tell(server, "resolved", "PT4KHLK")
    [one] = server.asked
    assert "Checkout" not in str(one)
    assert "Bob" not in str(one)


def test_it_is_asked_at_its_usual_address_unless_a_setting_says_otherwise() -> None:
    by, web = rule(TellKind.PAGERDUTY, url_from=None), Web(1)
    assert line(by, {TOKEN_SETTING: TOKEN}.get, web, usual=USUAL_URL).url == "https://api.pagerduty.com"
