"""Every slip in a policy's section `alerts` is said in its line, in people's words, with what to write."""

import re
from pathlib import Path

import pytest

from tests.unit.full_policy import FULL, faults_of, line_of
from tests.unit.test_alert_policy import ALERTS

#: Words that pydantic's own messages use, and nobody else does.
JARGON = re.compile(r"(?i)input|valid\b|tuple|dict|model|mapping|pattern|instance|NoneType|string|literal|extra")
#: What is put in the place of what, what is said, and (where it is not in the changed line) beside what.
Slip = tuple[str, str, str] | tuple[str, str, str, str]


SHAPE: list[Slip] = [
    ("do: attach", "do: atach", "`do`: “atach” is not one of declare, suggest, attach, ignore. Did you mean “attach”?"),
    ("name: rest, do: attach", "name: rest", "The key `do` is missing here."),
    ("when: {alerts: Watchdog}", "when: {alert: Watchdog}", "There is no key “alert” here. Did you mean `alerts`?"),
    ("when: {alerts: Watchdog}", "when: Watchdog", "`when` should hold keys and values: sources, alerts, severities"),
    ("alerts: Watchdog", "alerts: 5", "`alerts` should be a list: write [one, another], or one a line"),
    ("alerts: Watchdog", "alerts: [5]", "“5” should be text; put it in quotes."),
    ("alerts: Watchdog", "alerts: ''", "`alerts`: “” is no word; write what a monitor says, on one line"),
    ("alerts: Watchdog", f"alerts: {'x' * 151}", "is no word; write what a monitor says, on one line, 150 characters"),
    ("alerts: Watchdog", f"alerts: [{', '.join(f'a{n}' for n in range(101))}]", "`alerts` has more than 100 entries."),
    ("region: eu}", "region: 1}", "`region` should be a list"),
    ("hours: outside", "hours: night", "`hours`: “night” is not one of always, business, outside."),
    ("window: 1h", "window: 30s", "`window`: “30s” is too short: 1m is the least."),
    ("window: 1h", "window: 25h", "`window`: “25h” is too long: 1d is the most."),
    ("window: 1h", "window: soon", "`window`: “soon” is not a duration; write a number and a unit"),
    ("tell_every: 30s", "tell_every: 9s", "`tell_every`: “9s” is too short: 10s is the least."),
    ("tell_every: 30s", "tell_every: 61m", "`tell_every`: “61m” is too long: 1h is the most."),
    ("clear_after: 0s", "clear_after: 25h", "`clear_after`: “25h” is too long: 1d is the most."),
    ("changes: 6", "changes: 1", "`changes`: “1” is too little: 2 is the least."),
    ("changes: 6", "changes: 21", "`changes`: “21” is too much: 20 is the most."),
    ("within: 10m", "within: 0m", "`within`: “0m” never runs"),
    ("after: 30m", "after: 2d", "`after`: “2d” is too long: 1d is the most."),
    ("lasts: 2h", "lasts: 8d", "`lasts`: “8d” is too long: 7d is the most."),
    ("begins: 2026-12-05T22:00Z", "begins: 2026-12-05", "is not a date and a time; write them in UTC, as 2026"),
    ("begins: 2026-12-05T22:00Z", "begins: 2026-13-05T22:00Z", "“2026-13-05T22:00Z” is not a date and a time"),
    ("begins: 2026-12-05T22:00Z", "begins: 0001-12-05T22:00Z", "is too far away; write a date from 1970 to 2200"),
    ("[sat, sun]", "[sat, caturday]", "“caturday” is not a weekday"),
    ('channel: "#alarms"', "channel: Alarms", "“Alarms” is not a channel's name"),
    ("kind: callback", "kind: phone", "`kind`: “phone” is not one of alertmanager, pagerduty, callback."),
    ("url_from: MUSTER_HOOK_URL", "url_from: https://x.example/hunter2", "names the setting that holds the address"),
    ("token_from: MUSTER_PD_TOKEN", "token_from: hunter2", "names the setting that holds the secret"),
    ("sender: ops@example.com", "sender: ops", "“ops” is not an e-mail address"),
    ("sources: [pagerduty]", "sources: []", "`sources` is empty. It needs at least one entry."),
    ("resolved: [UP]", "resolved: []", "`resolved` is empty. It needs at least one entry."),
    ("otherwise: ignore", "otherwise:", "`otherwise` has no value. Write one, or leave the key out."),
]  # fmt: skip

NAMES: list[Slip] = [
    ("      severity: P1\n", "      severity: P0\n", "There is no severity “P0”."),
    ("{Critical: P1, warning: P2}", "{Critical: P9}", "There is no severity “P9”. Did you mean"),
    ("{Critical: P1, warning: P2}", "{Critical: P1, critical: P2}", "There is another word “critical”"),
    ("severities: [P2], after", "severities: [P3], after", "There is no severity “P3”"),
    ("        services: checkout", "        services: chekout", "no service “chekout”. Did you mean “checkout”?"),
    ("        services: checkout", "        services: shop-*", "No service fits “shop-*”. Known: checkout."),
    ("      service: checkout\n", "      service: chekout\n", "There is no service “chekout”. Did you mean"),
    ("sources: [alertmanager, probes]", "sources: [alertmanger]", "no source “alertmanger”. Did you mean"),
    ("owner: manager", "owner: managr", "There is no contact or role “managr”. Did you mean “manager”?"),
    ("run: [db, all]", "run: [dbs]", "There is no target or service with targets “dbs”. Did you mean “db”?"),
    ("sources: [probes, generic]", "sources: [probe]", "There is no source “probe”. Did you mean “probes”?"),
    ("sources: [probes, generic]", "sources: [probes, probes]", "There is another source “probes”."),
    ("{name: rest", "{name: errors", "There is another rule “errors”. Give this one another name, or drop it."),
    ("{name: move", "{name: patching", "There is another maintenance “patching”."),
    ("{name: hook", "{name: pages", "There is another entry “pages”."),
    ("    - name: probes\n", "    - {name: probes, fields: {title: $.x}}\n    - name: probes\n",
     "There is another source “probes”.", "name: probes\n      items"),
    ("name: probes\n", "name: Data-Dog\n", "“datadog” is known without being declared. Choose another name."),
    ("name: probes\n", "name: generic\n", "“generic” is known without being declared. Choose another name."),
]  # fmt: skip

MEANING: list[Slip] = [
    ("do: ignore, when: {alerts: Watchdog}", "do: ignore, when: {alerts: Watchdog}, severity: P1",
     "`severity` does nothing with `do: ignore`. Drop it, or write another `do`."),
    ("{severities: [P2], after: 30m}", "{after: 1h}\n    - {severities: [P2], after: 30m}",
     "It never ends an incident: an entry above says it for all of its severities. Drop it.", "{severities: [P2], af"),
    ('days: [sat, sun], at: "03:00", lasts: 2h, ', "", "It never comes: add `begins` and `ends`, or `days`, `at`"),
    ("days: [sat, sun], ", "", "It never comes: add `days`."),
    (', at: "03:00", lasts: 2h', "", "It never comes: add `at` and `lasts`."),
    ("begins: 2026-12-05T22:00Z, ", "", "It never comes: add `begins`."),
    ("begins: 2026-12-05T22:00Z", "begins: 2026-12-05T22:00Z, lasts: 1h", "Keep one of the two."),
    ("begins: 2026-12-05T22:00Z", 'begins: 2026-12-05T22:00Z, at: "00:00"', "and `at` for one that comes every week"),
    ("2026-12-06 03:00+01:00", "2026-12-05 23:00+01:00", "`ends` has to be later than 2026-12-05T22:00Z."),
    ('items: "$.events[*]"', "items: events", "`items`: “events” is not a JSONPath"),
    ('items: "$.events[*]"', "items: ''", "`items`: “” is empty or longer than 500 characters"),
    ('status: "$.state"', 'status: "$.state["', "`status`: “$.state[” is not a JSONPath"),
    ('{host: "$.host"}', "{host: host}", "`host`: “host” is not a JSONPath"),
    ('status: "$.state"', 'state: "$.state"', "There is no field “state”. Did you mean “status”?"),
    ('title: "$.check.name", ', "", "It has no `title`, without which nobody knows what it is about. Add its path."),
    ('title: "$.check.name"', 'titel: "$.check.name"', "There is no field “titel”. Did you mean “title”?"),
    (", url_from: MUSTER_AM_URL", "", "With `kind: alertmanager` it needs `url_from`, the setting with the address"),
    (", url_from: MUSTER_HOOK_URL", "", "With `kind: callback` it needs `url_from`, the setting with the address"),
    (", token_from: MUSTER_PD_TOKEN", "", "With `kind: pagerduty` it needs `token_from`, the setting with the token"),
    (", sender: ops@example.com", "", "With `kind: pagerduty` it needs `sender`, the e-mail address of the user"),
    ("sender: ops@example.com", "sender: ops@example.com, silence: 1h",
     "`silence` does nothing with `kind: pagerduty`: it is for alertmanager. Drop it."),
    ("silence: 0s", "sender: ops@example.com", "`sender` does nothing with `kind: alertmanager`: it is for pagerduty."),
]  # fmt: skip


@pytest.mark.parametrize("slip", [*SHAPE, *NAMES, *MEANING], ids=lambda slip: slip[1][:40] + slip[2][:20])
def test_a_slip_is_said_in_its_line_and_in_peoples_words(tmp_path: Path, slip: Slip) -> None:
    before, after, message = slip[:3]
    # What stands in the rest of the file as well is put wrong in the alerts.
    assert before in ALERTS
    text = FULL + ALERTS.replace(before, after, 1)
    beside = slip[3] if len(slip) > 3 else None
    found = faults_of(tmp_path, text)
    same = {line_of(beside, text)} if beside else _lines(ALERTS[: ALERTS.index(before)], before)
    assert any(line in same and message in said for line, said in found), found
    assert not any(JARGON.search(said) or "hunter2" in said for _, said in found), found


def _lines(above: str, changed: str) -> set[int]:
    """The lines of the whole file where a part of the section stands."""
    first = FULL.count("\n") + above.count("\n") + 1
    return set(range(first, first + changed.rstrip("\n").count("\n") + 1))
