"""The DNS checks against a real name server over UDP."""

from typing import Any

import pytest

from bot.diagnostics.result import Result, Verdict
from bot.policy.targets.network import DnsTarget
from tests.support.nameserver import (
    TTL_S,
    Answers,
    failing,
    forged,
    from_zone,
    garbage,
    nameserver,
    silent,
    truncated,
)
from tests.support.ports import Behaviour, Flood, babbles, nobody, resets, serving
from tests.support.ports import silent as silent_over_tcp
from tests.support.targets import a_target, asked, by_check

ZONE = {
    ("shop.example.com", "A"): ["192.0.2.10", "192.0.2.11"],
    ("shop.example.com", "AAAA"): ["2001:db8::10"],
    ("www.example.com", "CNAME"): ["Shop.Example.com."],
    ("example.com", "MX"): ["10 mail.example.com.", "20 spare.example.com."],
    ("example.com", "TXT"): ['"v=spf1 include:" "example.net -all"', '"site=1"'],
    ("example.com", "NS"): ["ns1.example.com."],
}


async def found(answers: Answers | None = None, **section: Any) -> dict[str, Result]:
    async with nameserver(answers or from_zone(ZONE)) as port:
        return by_check(await asked(a_target("dns", resolver="127.0.0.1", resolver_port=port, **section)))


@pytest.mark.parametrize(
    ("host", "record", "expect"),
    [
        ("shop.example.com", "A", ["192.0.2.11", "192.0.2.10"]),
        ("shop.example.com", "AAAA", ["2001:0DB8:0::10"]),
        ("www.example.com", "CNAME", ["shop.example.com"]),
        ("example.com", "MX", ["10 mail.example.com", "spare.example.com."]),
        ("example.com", "TXT", ["v=spf1 include:example.net -all"]),
        ("example.com", "NS", ["NS1.example.com"]),
        ("shop.example.com", "A", []),
    ],
)
async def test_records_that_are_as_expected_are_ok_however_they_are_written(
    host: str, record: str, expect: list[str]
) -> None:
    results = await found(host=host, record=record, expect=expect)
    assert {result.verdict for result in results.values()} == {Verdict.OK}
    records = results["records"]
    assert records.title == f"{record} records"
    assert f"{TTL_S} s" in records.explanation
    assert records.rows is not None
    assert len(records.rows.rows) == records.value
    assert records.ran.startswith(f"DNS query for {record} of {host} to 127.0.0.1:")


async def test_an_expected_value_that_is_not_there_is_critical_and_named() -> None:
    records = (await found(host="shop.example.com", expect=["192.0.2.10", "192.0.2.99"]))["records"]
    assert records.verdict is Verdict.CRITICAL
    assert records.explanation.startswith("shop.example.com lacks 192.0.2.99")
    assert records.rows is not None
    assert records.rows.rows == (("192.0.2.10", "yes"), ("192.0.2.11", "no"))


async def test_a_value_besides_the_expected_ones_is_a_warning() -> None:
    records = (await found(host="shop.example.com", expect=["192.0.2.10"]))["records"]
    assert records.verdict is Verdict.WARN
    assert "192.0.2.11 besides" in records.explanation


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("gone.example.com", "There is no name gone.example.com."),
        ("www.example.com", "www.example.com has no A records."),
    ],
)
async def test_a_name_without_records_is_critical_though_its_server_answers(host: str, said: str) -> None:
    results = await found(host=host)
    assert results["reachability"].verdict is Verdict.OK
    assert results["records"].verdict is Verdict.CRITICAL
    assert results["records"].explanation == said


@pytest.mark.parametrize(("answers", "said"), [(failing, "SERVFAIL"), (garbage, "in time"), (silent, "in time")])
async def test_a_name_server_that_says_nothing_of_use_is_critical(answers: Answers, said: str) -> None:
    results = await found(answers, host="shop.example.com", timeout=0.3)
    assert results["reachability"].verdict is Verdict.CRITICAL
    assert said in results["reachability"].explanation
    assert results["records"].verdict is Verdict.NO_DATA


@pytest.mark.parametrize("behaviour", [silent_over_tcp, resets, babbles, Flood()])
async def test_an_answer_that_is_too_long_for_udp_and_goes_wrong_over_tcp_is_critical(behaviour: Behaviour) -> None:
    async with serving(behaviour) as port, nameserver(truncated, port):
        target = a_target(
            "dns", host="shop.example.com", record="TXT", resolver="127.0.0.1", resolver_port=port, timeout=0.5
        )
        report = await asked(target)
    assert report.results[0].verdict is Verdict.CRITICAL
    assert "no usable answer" in report.results[0].explanation
    assert report.results[1].verdict is Verdict.NO_DATA
    if isinstance(behaviour, Flood):
        assert behaviour.megabytes < 20


async def test_answers_to_other_questions_are_not_listened_to() -> None:
    results = await found(forged, host="shop.example.com", timeout=0.3)
    assert results["reachability"].verdict is Verdict.CRITICAL
    assert results["records"].verdict is Verdict.NO_DATA


async def test_a_resolver_that_is_not_there_is_critical() -> None:
    target = a_target("dns", host="shop.example.com", resolver="127.0.0.1", resolver_port=nobody(), timeout=0.3)
    unknown = a_target("dns", host="shop.example.com", resolver="nowhere.invalid")
    assert (await asked(target)).results[0].verdict is Verdict.CRITICAL
    assert "nowhere.invalid is not known" in (await asked(unknown)).results[0].explanation


async def test_a_name_that_dns_cannot_ask_for_is_an_error() -> None:
    result = (await found(host="a" * 70 + ".example.com"))["reachability"]
    assert result.verdict is Verdict.ERROR
    assert result.explanation.startswith("The question could not be asked")


async def test_slow_answers_are_judged_by_their_limits() -> None:
    results = await found(host="shop.example.com", thresholds={"latency_warn_ms": 0})
    assert results["reachability"].verdict is Verdict.WARN


def test_an_expected_address_of_the_wrong_kind_is_pointed_out() -> None:
    section = {"kind": "dns", "name": "it", "host": "example.com"}
    wrong = DnsTarget.model_validate(section | {"record": "AAAA", "expect": ["2001:db8::1", "192.0.2.1"]})
    assert [path for path, _ in wrong.wrong()] == [("expect", 1)]
    assert not list(DnsTarget.model_validate(section | {"record": "TXT", "expect": ["anything"]}).wrong())
