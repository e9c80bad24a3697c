"""The link to an Alertmanager's form for silences."""

from bot.domain.alert_links import LONGEST, silence_form


def test_the_form_for_a_silence_is_filled_in_with_the_alerts_labels() -> None:
    labels = {"alertname": "ProbeFailure", "instance": "https://shop.example.com", "job": "blackbox"}
    assert silence_form("https://alertmanager.example.com/am", labels) == (
        "https://alertmanager.example.com/am/#/silences/new?filter=%7Balertname%3D%22ProbeFailure%22%2C"
        "instance%3D%22https%3A%2F%2Fshop.example.com%22%2Cjob%3D%22blackbox%22%7D"
    )


def test_what_would_be_no_link_is_none() -> None:
    assert silence_form("", {"alertname": "Down"}) is None
    assert silence_form("https://a.example.com", {}) is None
    assert silence_form("https://a.example.com", {"alertname": "x" * LONGEST}) is None
    assert silence_form("https://a.example.com", {f"label{n}": "x" for n in range(500)}) is None
