"""Who may post alerts: with a token of theirs, or with their source's own signature of what they post."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import hdrs
from multidict import CIMultiDict

from bot.web.webhooks.auth import GRAFANA_TIMES, Gate, Unknown

BODY = b'{"alerts": []}'
NOW = datetime(2026, 3, 14, 3, 5, tzinfo=UTC)
TOKENS = {
    "prom": "alpha-secret",
    "sentry": "beta-secret",
    "pagerduty-eu": "gamma-secret",
    "grafana-ops": "delta-secret",
}
SENTRY, PAGERDUTY, GRAFANA = "Sentry-Hook-Signature", "X-PagerDuty-Signature", "X-Grafana-Alerting-Signature"


def signed(secret: str, body: bytes = BODY) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def bearer(token: str, source: str = "alertmanager", tokens: dict[str, str] = TOKENS) -> str | None:
    return Gate(tokens).bearer(source, CIMultiDict({hdrs.AUTHORIZATION: f"Bearer {token}"}))


def by_signature(source: str, **headers: str) -> str:
    sent = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    gate = Gate(TOKENS)
    assert gate.bearer(source, sent) is None
    return gate.signature(source, sent, BODY, NOW)


def test_a_senders_name_is_that_of_the_pair_whose_secret_it_sends() -> None:
    assert bearer("alpha-secret") == "prom"
    assert bearer("delta-secret") == "grafana-ops"
    assert Gate(TOKENS).bearer("generic", CIMultiDict({"authorization": "bearer  beta-secret "})) == "sentry"


@pytest.mark.parametrize(
    "token", ["", "alpha-secre", "alpha-secrets", "Alpha-secret", "prom", "prom:alpha-secret", "ä\udcff", "x" * 100_000]
)
def test_any_other_token_is_refused_and_the_answer_does_not_say_how_near_it_was(token: str) -> None:
    with pytest.raises(Unknown) as refused:
        bearer(token)
    assert str(refused.value) == "Send a secret of MUSTER_WEBHOOK_TOKENS as Authorization: Bearer SECRET."


@pytest.mark.parametrize("source", ["alertmanager", "sentry"])
def test_without_any_token_set_the_answer_names_the_setting(source: str) -> None:
    for headers in ({}, {hdrs.AUTHORIZATION: "Bearer x"}, {SENTRY: signed("")}):
        with pytest.raises(Unknown, match="set MUSTER_WEBHOOK_TOKENS to name:secret pairs"):
            Gate({}).bearer(source, CIMultiDict(headers))


@pytest.mark.parametrize(
    "headers", [{}, {hdrs.AUTHORIZATION: "Basic cHJvbTphbHBoYS1zZWNyZXQ="}, {SENTRY: signed("beta-secret")}]
)
def test_where_a_source_has_no_signature_of_its_own_a_token_is_needed(headers: dict[str, str]) -> None:
    with pytest.raises(Unknown):
        Gate(TOKENS).bearer("datadog", CIMultiDict(headers))


def test_every_secret_is_compared_in_constant_time_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    really = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return really(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    for token in ("alpha-secret", "delta-secret"):
        compared.clear()
        bearer(token)
        # As many as there are secrets, and all as long.
        assert compared == [(32, 32)] * len(TOKENS)
    compared.clear()
    by_signature("pagerduty", X_PagerDuty_Signature=f"v1={signed('gamma-secret')},v1={signed('other')}")
    assert compared == [(64, 64)] * 2


def test_each_sources_own_signature_is_enough() -> None:
    assert by_signature("sentry", Sentry_Hook_Signature=signed("beta-secret")) == "sentry"
    assert by_signature("grafana", X_Grafana_Alerting_Signature=signed("delta-secret")) == "grafana-ops"
    old_and_new = f"v1={signed('old')}, v1={signed('gamma-secret')}"
    assert by_signature("pagerduty", X_PagerDuty_Signature=old_and_new) == "pagerduty-eu"


@pytest.mark.parametrize(
    ("source", "header", "value"),
    [
        ("sentry", SENTRY, signed("gamma-secret")),
        ("sentry", SENTRY, signed("beta-secret", b"another body")),
        ("sentry", SENTRY, ""),
        ("sentry", SENTRY, "ä\udcff"),
        ("pagerduty", PAGERDUTY, signed("gamma-secret")),
        ("pagerduty", PAGERDUTY, f"v0={signed('gamma-secret')}"),
        ("pagerduty", PAGERDUTY, f"v1={signed('alpha-secret')}"),
        ("pagerduty", PAGERDUTY, ",,v1=,"),
        ("grafana", GRAFANA, signed("beta-secret")),
        ("grafana", GRAFANA, f"sha256={signed('delta-secret')}"),
    ],
)
def test_a_signature_of_something_else_or_with_another_key_is_refused(source: str, header: str, value: str) -> None:
    with pytest.raises(Unknown, match=header):
        by_signature(source, **{header: value})


def test_spaces_around_a_secret_are_none_of_it_and_an_empty_one_lets_nobody_in() -> None:
    assert bearer("alpha", tokens={" prom ": " alpha "}) == "prom"
    for token in ("", " ", "\t"):
        with pytest.raises(Unknown, match="MUSTER_WEBHOOK_TOKENS"):
            bearer(token, tokens={"prom": "", "other": "  "})
    with pytest.raises(Unknown):
        Gate({"sentry": ""}).bearer("sentry", CIMultiDict({SENTRY: signed("")}))


def test_of_several_tokens_the_first_counts() -> None:
    headers = CIMultiDict([(hdrs.AUTHORIZATION, "Bearer wrong"), (hdrs.AUTHORIZATION, "Bearer alpha-secret")])
    with pytest.raises(Unknown):
        Gate(TOKENS).bearer("alertmanager", headers)


def test_a_pairs_name_may_be_written_with_capitals() -> None:
    headers = CIMultiDict({SENTRY: signed("s")})
    assert Gate({"Sentry-EU": "s"}).signature("sentry", headers, BODY, NOW) == "Sentry-EU"


def test_a_pair_that_only_looks_like_the_sources_is_no_key_of_it() -> None:
    with pytest.raises(Unknown):
        Gate({"sentryx": "s", "my-sentry": "s"}).bearer("sentry", CIMultiDict({SENTRY: signed("s")}))


@pytest.mark.parametrize("header", GRAFANA_TIMES)
@pytest.mark.parametrize(("age", "taken"), [(0, True), (299, True), (-299, True), (301, False), (-301, False)])
def test_grafanas_signature_with_a_time_holds_for_five_minutes(header: str, age: int, taken: bool) -> None:
    at = str(int((NOW - timedelta(seconds=age)).timestamp()))
    made = signed("delta-secret", at.encode() + b":" + BODY)
    if taken:
        assert by_signature("grafana", **{GRAFANA: made, header: at}) == "grafana-ops"
        return
    with pytest.raises(Unknown, match="5 minutes"):
        by_signature("grafana", **{GRAFANA: made, header: at})


@pytest.mark.parametrize("at", ["soon", "", "1e9", "٣", "9" * 30])
def test_grafanas_time_cannot_be_put_on_or_taken_off(at: str) -> None:
    now = str(int(NOW.timestamp()))
    with_time = signed("delta-secret", now.encode() + b":" + BODY)
    for headers in ({GRAFANA: with_time}, {GRAFANA: with_time, GRAFANA_TIMES[0]: at}):
        with pytest.raises(Unknown):
            by_signature("grafana", **headers)
    with pytest.raises(Unknown):
        by_signature("grafana", **{GRAFANA: signed("delta-secret"), GRAFANA_TIMES[0]: now})


def test_a_wrong_token_is_refused_even_beside_a_signature_that_fits() -> None:
    headers = CIMultiDict({hdrs.AUTHORIZATION: "Bearer wrong", SENTRY: signed("beta-secret")})
    with pytest.raises(Unknown):
        Gate(TOKENS).bearer("sentry", headers)
