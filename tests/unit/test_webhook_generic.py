"""What any other monitor posts: our own JSON, and its own, which the pack reads by JSONPath."""

from datetime import UTC, datetime

from bot.domain.alert import Alert, LinkKind
from bot.domain.alert_rules import GenericSource
from bot.web.webhooks import generic
from bot.web.webhooks.bounds import Notes
from tests.unit.test_webhook_payloads import FIRING, NOW, RESOLVED, at, one, payload

UPTIME = GenericSource(
    name="uptime",
    items="$.monitors[*]",
    fields={
        "title": "$.monitor.name",
        "status": "$.state.word",
        "fingerprint": "$.monitor.id",
        "starts_at": "$.state.since",
        "ends_at": "$.state.until",
        "source": "$.urls.page",
    },
    labels={"first_tag": "$.monitor.tags[0]", "all": "$.monitor.tags"},
)


def test_our_own_json_is_read_as_documented() -> None:
    assert one(generic.read(payload("generic/one.json"), now=NOW, notes=Notes())) == Alert(
        source="generic",
        fingerprint="disk-db-1",
        status=FIRING,
        title="Disk is full",
        labels={"host": "db-1", "percent": "98", "root": "false"},
        starts_at=at(3, 0),
        severity="critical",
        service="checkout",
        text="98 % of /var are used.",
        links={
            LinkKind.GRAPH: "https://grafana.example.com/d/disk",
            LinkKind.RUNBOOK: "https://runbooks.example.com/disk",
        },
        reference="4711",
    )


def test_several_of_our_own_are_told_apart_by_what_they_are_about() -> None:
    disk, mail, sms = generic.read(payload("generic/several.json"), now=NOW, notes=Notes())
    assert (disk.starts_at, mail.starts_at, sms.starts_at) == (at(3, 0), NOW, at(3, 0))
    assert mail.fingerprint != sms.fingerprint
    assert (sms.status, sms.ends_at) == (RESOLVED, at(3, 10))


def test_another_monitors_json_is_read_by_the_packs_paths() -> None:
    notes = Notes()
    shop, api = generic.read_mapped(payload("generic/uptime.json"), UPTIME, now=NOW, notes=notes)
    assert shop == Alert(
        source="uptime",
        fingerprint="77",
        status=FIRING,
        title="shop.example.com",
        labels={"first_tag": "web", "all": "web, eu"},
        starts_at=at(3, 0),
        links={LinkKind.SOURCE: "https://uptime.example.com/77"},
    )
    assert (api.status, api.ends_at, api.links) == (RESOLVED, datetime(2026, 3, 14, 3, 1, 40, tzinfo=UTC), {})
    [note] = notes.told()
    assert note.startswith("alerts[1]: its source link was left out; it has to be http or https")


def test_without_items_another_monitors_document_is_one_alert() -> None:
    source = GenericSource(name="cron", fields={"title": "$.job", "status": "$.ok"}, resolved=("True",))
    alerts = [
        generic.read_mapped(body, source, now=NOW, notes=Notes())
        for body in (b'{"job": "x", "ok": true}', b'{"job": "x"}')
    ]
    assert [one(found).status for found in alerts] == [RESOLVED, FIRING]
    assert one(alerts[0]).fingerprint == one(alerts[1]).fingerprint
