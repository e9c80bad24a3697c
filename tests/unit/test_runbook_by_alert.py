"""Which runbook is offered for an incident whose alerts are known: by the pack's rule, by the alert, by the words."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.suggesting import BY_THE_PACK, suggested
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_tally import AlertTally
from bot.domain.incident import Incident
from bot.domain.procedures import Condition
from bot.messages import Messages
from bot.runbooks.catalogue import Catalogue
from tests.support.policies import a_policy
from tests.support.timelines import START, Story

POLICY = a_policy()
MONITOR = Actor.monitor("alertmanager")
FILES = {
    "queue-depth.md": "---\ntitle: The queue is deep\nalerts: [HighQueueDepth]\n---\nText.\n",
    "errors.md": "---\ntitle: Errors\nalerts: [HighErrorRate, Errors are many]\n---\nText.\n",
    "checkout.md": "---\ntitle: Checkout is down\nservices: [checkout]\n---\nText.\n",
    "data-loss.md": "---\ntitle: Data is lost\n---\nText.\n",
    "storm.md": "---\ntitle: When everything fires\n---\nText.\n",
}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder: Path = tmp_path_factory.mktemp("runbooks")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Catalogue([folder])


def incident(title: str = "Something is odd", *names: str, runbook: str = "", service: str | None = None) -> Incident:
    story = Story(POLICY).do(c.Declare(by=MONITOR, title=title, severity="P1", service=service), minutes=0)
    if names:
        told = RecordAlerts(by=MONITOR, group=1, total=len(names), firing=1, opened=True, names=names, runbook=runbook)
        story.do(told)
    return story.incident


def offered(catalogue: Catalogue, about: Incident) -> dict[str, tuple[str, ...]]:
    return {hit.runbook.name: hit.reasons for hit in suggested(about, POLICY, catalogue)}


def test_an_alert_of_the_incident_offers_the_runbook_that_names_it_though_the_title_does_not(
    catalogue: Catalogue,
) -> None:
    assert offered(catalogue, incident("Something is odd", "HighQueueDepth")) == {
        "queue-depth": ("alert HighQueueDepth",)
    }


def test_an_alert_that_fired_comes_before_one_that_the_title_only_mentions(catalogue: Catalogue) -> None:
    found = offered(catalogue, incident("HighErrorRate since the deploy", "HighQueueDepth"))
    assert list(found) == ["queue-depth", "errors"]
    assert found["errors"] == ("alert HighErrorRate",)


def test_an_alert_that_fired_comes_before_the_service_and_the_words(catalogue: Catalogue) -> None:
    about = incident("Checkout is down", "HighQueueDepth", service="checkout")
    assert list(offered(catalogue, about)) == ["queue-depth", "checkout"]


@pytest.mark.parametrize("name", ["high_queue_depth", "HIGHQUEUEDEPTH", "High queue depth"])
def test_an_alert_is_known_however_its_monitor_writes_it(catalogue: Catalogue, name: str) -> None:
    assert next(iter(offered(catalogue, incident("Odd", name)))) == "queue-depth"


def test_alerts_of_several_names_offer_each_its_runbook(catalogue: Catalogue) -> None:
    found = offered(catalogue, incident("Odd", "DiskFull", "Errors are many", "HighQueueDepth"))
    assert found == {"errors": ("alert Errors are many",), "queue-depth": ("alert HighQueueDepth",)}


def test_the_runbook_that_the_packs_rule_names_comes_before_all(catalogue: Catalogue) -> None:
    about = incident("Checkout is down", "HighQueueDepth", runbook="storm")
    found = offered(catalogue, about)
    assert list(found) == ["storm", "queue-depth", "checkout"]
    assert found["storm"] == (BY_THE_PACK,) == ("the pack names it for these alerts",)


def test_what_the_rule_and_the_alert_both_name_is_offered_once_with_both_reasons(catalogue: Catalogue) -> None:
    about = incident("Odd", "HighQueueDepth", runbook="queue-depth")
    assert offered(catalogue, about) == {"queue-depth": (BY_THE_PACK, "alert HighQueueDepth")}


def test_a_runbook_of_a_rule_that_is_gone_is_passed_over(catalogue: Catalogue) -> None:
    about = incident("Odd", "HighQueueDepth", runbook="deleted-since")
    assert list(offered(catalogue, about)) == ["queue-depth"]


def test_what_people_flagged_comes_after_the_packs_rule_and_before_the_alert(catalogue: Catalogue) -> None:
    policy = replace(POLICY, conditions=(Condition(name="data-loss", title="Data is lost", runbook="data-loss"),))
    about = replace(incident("Odd", "HighQueueDepth", runbook="storm"), conditions={"data-loss": START})
    assert [hit.runbook.name for hit in suggested(about, policy, catalogue)] == ["storm", "data-loss", "queue-depth"]


def test_a_title_still_names_its_alert(catalogue: Catalogue) -> None:
    assert offered(catalogue, incident("[FIRING:2] HighQueueDepth (worker-1)")) == {
        "queue-depth": ("alert HighQueueDepth",)
    }


def test_the_answer_to_runbook_shows_the_packs_runbook_with_both_reasons(catalogue: Catalogue) -> None:
    about = incident("Odd", "HighQueueDepth", runbook="queue-depth")
    hits = suggested(about, POLICY, catalogue)
    said = Messages().render("runbook_list", runbooks=(), suggested=hits, incident=about, command="/incident")
    assert f"{BY_THE_PACK}, alert HighQueueDepth" in str(said)


@given(names=st.lists(st.text(max_size=40), max_size=8), runbook=st.text(max_size=20))
def test_whatever_alerts_are_called_at_most_three_are_offered_each_with_a_reason(
    catalogue: Catalogue, names: list[str], runbook: str
) -> None:
    about = replace(incident("Checkout is down"), alerts=AlertTally(total=1, names=tuple(names), runbook=runbook))
    found = suggested(about, POLICY, catalogue)
    assert 0 < len(found) <= 3
    assert all(hit.reasons for hit in found)
