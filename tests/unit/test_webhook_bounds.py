"""Whatever a monitor sends: an alert within its bounds, with a note of what was cut, or a field that is wrong."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import Alert, LinkKind
from bot.domain.alert_course import Change, advance
from bot.domain.alert_rules import Flapping, GenericSource
from bot.web.webhooks import alertmanager, bounds, datadog, generic, grafana, pagerduty, sentry
from bot.web.webhooks.bounds import Notes, bounded
from bot.web.webhooks.payload import BadPayload

NOW = datetime(2026, 3, 14, 4, 0, tzinfo=UTC)
READERS = (alertmanager.read, grafana.read, sentry.read, pagerduty.read, datadog.read, generic.read)
FIRST = {"status": "firing", "labels": {"alertname": "A"}, "startsAt": "2026-03-14T03:00:00Z"}


def within_bounds(alert: Alert) -> bool:
    """Whether an alert is as short and as legible as it has to be; the assertion that fails says what is not."""
    assert len(alert.labels) <= 64
    for name, value in alert.labels.items():
        assert 0 < len(name) <= 64
        assert len(value) <= 256
        assert name.isprintable()
        assert _legible(value)
    assert 0 < len(alert.title) <= 200
    assert _legible(alert.title)
    assert "\n" not in alert.title
    assert len(alert.text) <= 4_000
    assert _legible(alert.text)
    assert 0 <= len(alert.fingerprint) <= 128
    assert alert.fingerprint.isprintable()
    assert len(alert.reference) <= 300
    assert alert.reference.isprintable()
    assert max(len(alert.severity), len(alert.service)) <= 100
    for address in alert.links.values():
        assert address[:8].lower().startswith(("http://", "https://"))
        assert len(address) <= 2_000
        assert address.isprintable()
        assert not set(address) & set("<>| ")
    assert alert.starts_at.tzinfo is not None
    return True


def _legible(text: str) -> bool:
    return all(ch in "\n\t\u200d\ufe0f" or ch.isprintable() for ch in text)


def notification(*alerts: dict[str, Any]) -> bytes:
    return json.dumps({"version": "4", "alerts": alerts}).encode()


def read(*alerts: dict[str, Any]) -> tuple[Sequence[Alert], list[str]]:
    notes = Notes()
    found = alertmanager.read(notification(*alerts), now=NOW, notes=notes)
    assert all(map(within_bounds, found))
    return found, notes.told()


def ours(**more: Any) -> tuple[Alert, list[str]]:
    notes = Notes()
    [alert] = generic.read(json.dumps({"title": "T", **more}).encode(), now=NOW, notes=notes)
    assert within_bounds(alert)
    return alert, notes.told()


def wrong(body: bytes, reader: Callable[..., Sequence[Alert]] = alertmanager.read) -> BadPayload:
    with pytest.raises(BadPayload) as bad:
        reader(body, now=NOW, notes=Notes())
    return bad.value


def test_of_a_hundred_thousand_labels_those_that_rules_ask_for_are_kept() -> None:
    labels = {f"l{number}": "x" for number in range(100_000)} | {"severity": "critical", "alertname": "A"}
    [alert], notes = read({**FIRST, "labels": labels})
    assert len(alert.labels) == 64
    assert (alert.name, alert.labels["severity"]) == ("A", "critical")
    assert notes == ["alerts[0]: 99938 labels were left out; 64 are kept"]


def test_long_values_are_cut_and_each_cut_is_noted() -> None:
    long = "x" * 100_000
    [alert], notes = read(
        {
            "status": "firing",
            "labels": {"a": long, long: "b"},
            "annotations": {"summary": long, "description": long},
            "fingerprint": long,
            "generatorURL": f"https://example.com/{long}",
        }
    )
    assert (len(alert.labels["a"]), len(alert.title), len(alert.text)) == (256, 200, 4_000)
    assert alert.labels["x" * 63 + "…"] == "b"
    assert (len(alert.fingerprint), alert.links) == (32, {})
    assert [note.partition(": ")[2].split(";")[0] for note in notes] == [
        "its label a was cut to 256 characters",
        "its label's name was cut to 64 characters",
        "its title was cut to 200 characters",
        "its text was cut to 4000 characters",
        "its graph link was left out",
    ]


def test_long_fingerprints_that_differ_stay_different() -> None:
    alerts, _ = read({**FIRST, "fingerprint": "x" * 200 + "1"}, {**FIRST, "fingerprint": "x" * 200 + "2"})
    assert len({alert.fingerprint for alert in alerts}) == 2


def test_a_title_that_would_ping_is_kept_as_the_text_that_it_is() -> None:
    assert ours(title="<!channel> *down* <https://x|y>")[0].title == "<!channel> *down* <https://x|y>"


def test_what_nobody_can_read_is_taken_out() -> None:
    alert, _ = ours(title="a\0b\u202e\nc", text="1\n\x1b[31m2\0", labels={"x\0": "1\0\n2", "\0": "y"})
    assert (alert.title, alert.text, alert.labels) == ("ab c", "1\n[31m2", {"x": "1 2"})


def test_links_are_web_addresses_without_anything_that_ends_them() -> None:
    links = {
        "graph": "javascript:alert(1)",
        "silence": "https://x|y",
        "dashboard": "https://example.com/\u202e",
        "runbook": "HTTPS://example.com/r",
        "source": "https://example.com@example.net/",
    }
    alert, notes = ours(links=links)
    assert alert.links == {LinkKind.RUNBOOK: "HTTPS://example.com/r"}
    assert len(notes) == 4


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("http://prometheus:9090/graph?g0.expr=up%7Bjob%3D%22a%22%7D", True),
        ("https://[::1]:9093/#/alerts", True),
        ("https://example.com/@someone?to=a@b", True),
        ("https://user:pass@example.com/", False),
        ("https://example.com\\@example.net/", False),
        ("https://example.com:x/", False),
        ("https://", False),
        ("http:///graph", False),
        ("https://[", False),
        ("https://[::1", False),
        ('https://a"b', False),
        ("data:text/html,x", False),
        ("https:example.com", False),
        ("https://example.com\n.example.net", False),
    ],
)
def test_a_link_leads_to_a_host_that_can_be_read_off_it(address: str, taken: bool) -> None:
    alert, notes = ours(links={"graph": address})
    assert (bool(alert.links), bool(notes)) == (taken, not taken)
    # Neither does an Alertmanager's own address lead elsewhere.
    named = json.dumps({"alerts": [FIRST], "externalURL": address}).encode()
    assert bool(alertmanager.read(named, now=NOW, notes=Notes())[0].reference) is taken


def test_a_title_that_nobody_would_see_is_none_and_words_stay_apart() -> None:
    assert ours(title="\u200d\ufe0f \u200d")[0].title == "An alert without a title"
    assert ours(title="above\u00a05\u202fms\u2028for\u3000long")[0].title == "above 5 ms for long"


def test_a_reference_that_is_too_long_is_left_out_for_half_of_one_is_another() -> None:
    alert, notes = ours(reference="x" * 301)
    assert (alert.reference, len(notes)) == ("", 1)


def test_at_most_five_thousand_alerts_are_taken_of_a_request() -> None:
    found, notes = read(*[{"status": "firing", "labels": {"n": str(number)}} for number in range(5_001)])
    assert len(found) == 5_000
    assert notes == ["1 alert was left out: a request may hold 5000"]


def test_of_many_cuts_the_first_are_told_and_how_many_more() -> None:
    _, notes = read(*[{**FIRST, "annotations": {"summary": "x" * 201}} for _ in range(30)])
    assert (len(notes), notes[-1]) == (21, "and 10 more cuts")


@pytest.mark.parametrize("start", ["9999-12-31T00:00:00Z", 15 * 10**9, "2026-03-15T04:00:01Z"])
def test_a_start_in_a_far_future_is_taken_for_now(start: Any) -> None:
    alert, notes = ours(starts_at=start)
    assert (alert.starts_at, len(notes)) == (NOW, 1)


@pytest.mark.parametrize(
    ("given_", "is_"),
    [
        (1773457200, 3), (1773457200000, 3), ("1773457200", 3), ("2026-03-14T03:00:00", 3),
        ("2026-03-14T04:00+01:00", 3),
        (None, 4), ("", 4), ("0001-01-01T00:00:00Z", 4), ("0001-01-01T00:00:00+14:00", 4),
    ],
)  # fmt: skip
def test_times_come_in_many_shapes_and_what_is_missing_is_now(given_: Any, is_: int) -> None:
    assert ours(starts_at=given_)[0].starts_at == datetime(2026, 3, 14, is_, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", ["firing", "resolved"])
def test_an_end_in_the_future_does_not_make_the_start_one(status: str) -> None:
    alert, _ = ours(status=status, ends_at="2999-01-01T00:00:00Z")
    assert (alert.starts_at, alert.ends_at) == (NOW, NOW if status == "resolved" else None)
    # An Alertmanager says of what fires until when it will, unless it is told again.
    [fires], _ = read({"status": "firing", "labels": {"alertname": "A"}, "endsAt": "2026-03-14T04:05:00Z"})
    assert (fires.starts_at, fires.ends_at) == (NOW, None)


def test_an_end_without_any_time_is_now_and_no_other_firing() -> None:
    over, _ = ours(status="resolved")
    assert (over.starts_at, over.ends_at) == (NOW, NOW)
    fires, _ = ours()
    rule, before = Flapping(), NOW - timedelta(minutes=1)
    known, _ = advance(None, replace(fires, starts_at=before), b"fires", before, rule)
    known, change = advance(known, over, b"over", NOW, rule)
    assert (change, known.firings) == (Change.STOPPED, 1)


@pytest.mark.parametrize("moment", ["soon", True, {}, [1], 1e300, "9999-12-31T23:59:59-14:00", -(10**30)])
def test_what_is_no_time_is_named(moment: Any) -> None:
    bad = wrong(json.dumps({"title": "T", "starts_at": moment}).encode(), generic.read)
    assert (bad.field, "has to be a time, such as" in bad.message) == ("starts_at", True)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"", "", "is not JSON"),
        (b"{", "", "is not JSON"),
        (b"\xff\xfe", "", "is not JSON"),
        (b'{"alerts": [{"status": "firing", "labels": {"a": "\\ud800"}}]}', "", "is not JSON"),
        (b"[" * 100_000, "", "is not JSON"),
        (b"[]", "", "has to be an object"),
        (b"{}", "alerts", "is missing"),
        (b'{"alerts": {}}', "alerts", "has to be a list"),
        (b'{"alerts": [1]}', "alerts[0]", "has to be an object"),
        (notification(FIRST, FIRST, FIRST, {**FIRST, "startsAt": "soon"}), "alerts[3].startsAt", "has to be a time"),
        (notification({**FIRST, "status": "odd"}), "alerts[0].status", "has to be 'firing' or 'resolved'"),
        (notification({"status": "firing"}), "alerts[0].labels", "is missing"),
        (notification({**FIRST, "labels": {"a": {"b": "c"}}}), "alerts[0].labels.a", "has to be text"),
        (notification({**FIRST, "annotations": {"summary": 1}}), "alerts[0].annotations.summary", "has to be text"),
        (notification({**FIRST, "generatorURL": ["x"]}), "alerts[0].generatorURL", "has to be text"),
    ],
)
def test_what_is_wrong_is_named_with_how_to_mend_it(body: bytes, field: str, message: str) -> None:
    bad = wrong(body)
    assert bad.field == field
    assert bad.message.startswith(message)


def test_half_a_million_wrong_entries_are_one_error() -> None:
    assert wrong(b'{"alerts": [' + b"1," * 500_000 + b"1]}").field == "alerts[0]"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", [b"null", b"1", b'"x"', b"NaN", b"[" * 10_000, b'{"a":' * 10_000, b"1" * 100_000])
def test_no_reader_falls_over_what_is_no_payload(reader: Callable[..., Sequence[Alert]], body: bytes) -> None:
    assert wrong(body, reader).message


def test_an_enormous_number_is_no_label() -> None:
    body = b'{"title": "T", "labels": {"n": ' + b"9" * 4_300 + b"}}"
    [alert] = generic.read(body, now=NOW, notes=Notes())
    assert len(alert.labels["n"]) == 256
    assert wrong(body.replace(b"9}", b"99}"), generic.read)


def test_of_keys_that_come_twice_the_last_counts() -> None:
    [alert] = generic.read(b'{"title": "A", "title": "B", "x": NaN}', now=NOW, notes=Notes())
    assert alert.title == "B"


def test_a_path_of_the_packs_that_finds_nothing_is_named() -> None:
    source = GenericSource(name="uptime", items="$.list", fields={"title": "$.name"})
    for document, field in (({}, "$.list"), ({"list": [{"name": "x"}, {}]}, "alerts[1].title")):
        with pytest.raises(BadPayload, match="the pack's source “uptime” looks for") as bad:
            generic.read_mapped(json.dumps(document).encode(), source, now=NOW, notes=Notes())
        assert bad.value.field == field


TEXTS = st.text(st.characters(), max_size=300) | st.integers(0, 9_000).map("x\n".__mul__)


@given(
    st.builds(
        bounded,
        st.builds(Notes),
        st.just(""),
        now=st.just(NOW),
        source=st.just("generic"),
        fingerprint=TEXTS,
        firing=st.booleans(),
        title=TEXTS,
        labels=st.dictionaries(TEXTS, TEXTS, max_size=80),
        starts_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        ends_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        severity=TEXTS,
        service=TEXTS,
        text=TEXTS,
        links=st.lists(st.tuples(st.sampled_from(LinkKind), st.none() | TEXTS.map("https://{}".format)), max_size=3),
        reference=TEXTS,
    )
)
def test_whatever_is_said_of_an_alert_it_is_within_its_bounds(alert: Alert) -> None:
    assert within_bounds(alert)


def test_the_bounds_are_those_that_are_documented() -> None:
    assert (bounds.MOST_ALERTS, bounds.MOST_LABELS, bounds.TITLE, bounds.TEXT) == (5_000, 64, 200, 4_000)
