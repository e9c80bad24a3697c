"""The judges of certificates and of DNS answers, on values alone."""

import ssl
from datetime import UTC, datetime

import pytest

from bot.diagnostics.checks.network.certificate import DAYS, by_days, distrusted
from bot.diagnostics.checks.network.dns import Answer, by_records
from bot.diagnostics.checks.network.port import by_latency, joined
from bot.diagnostics.result import Verdict
from bot.policy.targets.network import DnsTarget, Record

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def until(text: str) -> dict[str, object]:
    return {"notAfter": text, "notBefore": "Jan  1 00:00:00 2026 GMT", "subjectAltName": (("DNS", "shop.example.com"),)}


@pytest.mark.parametrize(
    ("ends", "verdict", "days"),
    [
        ("Mar 22 12:00:01 2026 GMT", Verdict.OK, 21.0),
        ("Mar 22 12:00:00 2026 GMT", Verdict.WARN, 21.0),
        ("Mar  8 12:00:01 2026 GMT", Verdict.WARN, 7.0),
        ("Mar  8 12:00:00 2026 GMT", Verdict.CRITICAL, 7.0),
        ("Mar  2 12:00:00 2026 GMT", Verdict.CRITICAL, 1.0),
    ],
)
def test_a_certificate_is_judged_by_the_days_it_has_left(ends: str, verdict: Verdict, days: float) -> None:
    measured = by_days(until(ends), DAYS, now=NOW, ran="it")
    assert (measured.verdict, measured.value) == (verdict, days)
    assert bool(measured.next_step) is (verdict is not Verdict.OK)


def test_a_single_day_is_said_as_one() -> None:
    measured = by_days(until("Mar  2 12:00:00 2026 GMT"), DAYS, now=NOW, ran="it")
    assert measured.explanation == "Trusted, and valid for another day, until 2026-03-02 12:00 UTC."


def test_many_names_are_counted() -> None:
    names = tuple(("DNS", f"n{number}.example.com") for number in range(12))
    rows = by_days(until("Mar 22 12:00:01 2026 GMT") | {"subjectAltName": names}, DAYS, now=NOW, ran="it").rows
    assert rows is not None
    assert str(rows.rows[0][1]).endswith("n9.example.com and 2 more")


def test_a_refused_certificate_that_could_not_be_read_is_still_told() -> None:
    measured = distrusted(ssl.SSLCertVerificationError(1, "certificate verify failed"), {}, now=NOW, ran="it")
    assert measured.verdict is Verdict.CRITICAL
    assert measured.rows is None
    assert measured.next_step == "Look at the certificates that the server sends."


def test_many_missing_values_are_counted() -> None:
    options = DnsTarget(
        kind="dns",
        name="it",
        host="example.com",
        record=Record.NS,
        expect=tuple(f"ns{n}.example.com" for n in range(7)),
    )
    measured = by_records(Answer(("other.example.com",), 60), options)
    assert measured.explanation.startswith("example.com lacks ns0.example.com, ")
    assert "ns4.example.com and 2 more" in measured.explanation


def test_other_texts_beside_the_expected_one_are_no_warning() -> None:
    options = DnsTarget(kind="dns", name="it", host="example.com", record=Record.TXT, expect=("v=spf1 -all",))
    assert by_records(Answer(("site=1", "v=spf1 -all"), 60), options).verdict is Verdict.OK


@pytest.mark.parametrize(("took_ms", "verdict"), [(199, "OK"), (200, "WARN"), (2000, "CRITICAL")])
def test_latency_is_judged_by_its_limits(took_ms: float, verdict: str) -> None:
    limits = {"latency_warn_ms": 200.0, "latency_crit_ms": 2000.0}
    assert by_latency(took_ms, limits, did="It answered", ran="it").verdict == verdict


def test_an_ipv6_address_stands_in_brackets_before_its_port() -> None:
    assert joined("2001:db8::1", 25) == "[2001:db8::1]:25"
