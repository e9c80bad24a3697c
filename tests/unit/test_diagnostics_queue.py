"""Queues and failed deliveries as a pack writes them down, and times as documents do."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bot.diagnostics.checks.document import found, trunk
from bot.diagnostics.checks.entries import moment
from bot.diagnostics.checks.queue.depth import Depth, judge
from bot.diagnostics.judging import judged, limits
from bot.diagnostics.result import Verdict
from bot.policy.targets.queue import QueueRule, QueueTarget
from bot.policy.targets.webhooks import WebhooksTarget

REDIS = {"name": "mail", "key": "bull:mail:wait"}
SQL = {"name": "mail", "sql": "SELECT 1"}
JSON = {"name": "mail", "path": "$.mail"}


def queue(source: str, *queues: dict[str, Any], **section: Any) -> QueueTarget:
    return QueueTarget.model_validate(
        {"kind": "queue", "name": "jobs", "source": source, "url_from": "JOBS", "queues": queues, **section}
    )


def webhooks(source: str, **section: Any) -> WebhooksTarget:
    return WebhooksTarget.model_validate(
        {"kind": "webhooks", "name": "hooks", "source": source, "url_from": "SHOP", **section}
    )


@pytest.mark.parametrize(
    ("source", "rule", "at", "says"),
    [
        ("redis", {"name": "mail"}, "key", "With `source: redis` it needs `key`, such as bull:*:wait."),
        ("sql", {"name": "mail"}, "sql", "With `source: sql` it needs `sql`, such as SELECT count(*)"),
        ("json", {"name": "mail"}, "path", "With `source: json` it needs `path`, such as $.queues.mail.waiting."),
        ("redis", REDIS | {"sql": "SELECT 1"}, "sql", "write `key`, or make it a target of its own."),
        (
            "sql",
            SQL | {"path": "$.mail"},
            "path",
            "`path` belongs to `source: json`, and this target has `source: sql`",
        ),
        ("json", JSON | {"key": "mail"}, "key", "`key` belongs to `source: redis`"),
        ("sql", SQL | {"oldest": "$.mail"}, "oldest", "with `sql` the oldest's age is a second column"),
        ("json", JSON | {"path": "mail"}, "path", "is not a JSONPath"),
        ("json", JSON | {"oldest": "$["}, "oldest", "is not a JSONPath"),
        ("redis", REDIS | {"warn": 5, "critical": 2}, "critical", "swap the two"),
        ("sql", SQL | {"oldest_warn_s": 60, "oldest_crit_s": 30}, "oldest_crit_s", "swap the two"),
        ("redis", REDIS | {"oldest_crit_s": 30}, "oldest_crit_s", "A Redis does not say how long"),
        ("json", JSON | {"oldest_warn_s": 30}, "oldest_warn_s", "Say in `oldest` where the oldest's age stands"),
        ("sql", SQL | {"name": "reachability"}, "name", "There is a check “reachability” already."),
    ],
)
def test_a_queue_that_its_source_cannot_measure_is_refused_with_advice(
    source: str, rule: dict[str, Any], at: str, says: str
) -> None:
    ((where, message),) = queue(source, rule).wrong()
    assert where == ("queues", 0, at)
    assert says in message


def test_two_queues_of_one_name_are_refused() -> None:
    ((where, _),) = queue("redis", REDIS, REDIS).wrong()
    assert where == ("queues", 1, "name")


@pytest.mark.parametrize(
    ("target", "at", "says"),
    [
        (queue("redis", REDIS, url_from=None), "url_from", "the setting that holds the address of a Redis"),
        (queue("sql", SQL, url="https://db.example"), "url", "The address of a Postgres has a login"),
        (queue("sql", SQL, bearer_from="TOKEN"), "bearer_from", "Only `source: json` has it"),
        (queue("json", JSON, url="https://api.example"), "url", "in `url`, or the name of the setting"),
        (webhooks("sql", sql="SELECT 1", ca_from="FILE"), "ca_from", "Only `source: json` has it"),
        (webhooks("sql"), "sql", "SELECT failed_at AS at, url AS endpoint"),
        (webhooks("sql", path="$.x", sql="SELECT 1"), "path", "`path` belongs to `source: json`"),
        (webhooks("sql", sql="SELECT 1", fields={"at": "when"}), "fields", "Name the columns in `sql` instead"),
        (webhooks("json"), "path", "it needs `path`, such as $.failed."),
        (webhooks("json", path="failed"), "path", "is not a JSONPath"),
        (webhooks("json", path="$", critical=1001), "critical", "At most 1000 failures are counted"),
        (webhooks("json", path="$", warn=20, critical=10), "critical", "swap the two"),
    ],
)
def test_a_target_whose_source_and_address_do_not_fit_is_refused_with_advice(
    target: QueueTarget | WebhooksTarget, at: str, says: str
) -> None:
    ((where, message),) = target.wrong()
    assert where == (at,)
    assert says in message


def test_a_path_in_a_delivery_that_is_none_is_refused() -> None:
    ((where, message),) = webhooks("json", path="$", fields={"status": "$["}).wrong()
    assert where == ("fields", "status")
    assert "$.response.status" in message


@pytest.mark.parametrize(
    "section",
    [
        {"source": "files", "queues": [REDIS]},
        {"queues": [REDIS]},
        {"source": "redis", "queues": []},
        {"source": "redis", "queues": [REDIS | {"warn": 0}]},
        {"source": "sql", "queues": [SQL | {"oldest_warn_s": float("nan")}]},
    ],
)
def test_a_target_without_source_queues_or_sense_is_refused(section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        QueueTarget.model_validate({"kind": "queue", "name": "jobs", "url_from": "JOBS", **section})


def test_all_its_settings_are_known_to_the_target() -> None:
    assert list(queue("json", JSON, bearer_from="TOKEN").settings()) == ["JOBS", "TOKEN"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-01T03:00:00Z", 0),
        ("2026-03-01T04:00:00.000+01:00", 0),
        ("2026-03-01 03:00:00", 0),
        ("2026-03-01", -3 * 3600),
        (1772334000, 0),
        (1772334000.5, 0.5),
        (1772334000000, 0),
        ("1772334000", 0),
        ("1772334000000", 0),
    ],
)
def test_times_are_read_as_documents_write_them(written: object, read: float) -> None:
    at = moment(written)
    assert at is not None
    assert (at - datetime(2026, 3, 1, 3, tzinfo=UTC)).total_seconds() == read


@pytest.mark.parametrize(
    "written", [None, True, "", "soon", "yesterday at nine", [], {}, 1e300, "9" * 5000, "٣٣٣٣٣٣٣٣٣"]
)
def test_what_is_no_time_is_none(written: object) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("$", "$"),
        ("$.a.b", "$['a']['b']"),
        ("$.a['b c'][0]..x", "$['a']['b c'][0]"),
        ("$.d[?@.s > 1].x", "$['d']"),
        ("$[*]", "$"),
    ],
)
def test_the_trunk_of_a_path_leads_to_one_place(path: str, begins: str) -> None:
    assert trunk(path) == begins


def test_a_path_gives_places_and_what_stands_there() -> None:
    assert found("$.a[*]", {"a": [1, None]}) == [("$['a'][0]", 1), ("$['a'][1]", None)]
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match=r"\w"):
        found("$..x", deep)


def test_limits_that_are_left_out_judge_nothing() -> None:
    assert [judged(5, warn, critical) for warn, critical in ((None, None), (5, None), (1, 5), (None, 6))] == [
        Verdict.OK,
        Verdict.WARN,
        Verdict.CRITICAL,
        Verdict.OK,
    ]
    assert limits(None, None) == ""
    assert limits(None, 5_000_000, "entries") == "critical at 5000000 entries"


def test_many_places_are_a_short_table_and_an_empty_queue_has_no_oldest_entry() -> None:
    rule = QueueRule(name="mail", path="$", warn=30, oldest_warn_s=5)
    many = judge(Depth([(f"$[{number}]", number) for number in range(50)], oldest_s=1), rule)
    assert (many.verdict, many.value) == (Verdict.WARN, 49)
    assert many.rows is not None
    assert (len(many.rows.rows), many.rows.left_out) == (20, 30)
    assert judge(Depth([("", 0)], oldest_s=99), rule).verdict is Verdict.OK
    assert judge(Depth([("", 0)]), rule).verdict is Verdict.OK
