from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.rules import Category, Policy, Trigger
from bot.paths import RUNBOOKS
from bot.policy.faults import Fault, PolicyFault
from bot.policy.read import read_pack, read_policy

SMALL = """\
default_severity: P2
commander: commander
severities:
  - name: P1
    aliases: [SEV1]
    acknowledge_within: 5m
    update_every: 15m
  - name: P2
statuses:
  - {name: investigating, category: triage}
  - {name: fixing, category: active}
  - {name: monitoring, category: monitoring}
  - {name: resolved, category: resolved}
  - {name: closed, category: closed}
roles:
  - name: commander
    title: Incident commander
contacts:
  on-call: [U012AB3CD]
escalation:
  - name: wake-up
    trigger: unacknowledged
    severities: [P1]
    after: 5m
    notify: [on-call, commander, S012AB3CD]
    repeat_every: 5m
    repeats: 3
manual_escalation: [on-call]
services:
  - name: checkout
    owners: [on-call]
    targets: [db]
targets:
  - name: db
    kind: postgres
    url_from: MUSTER_DIAG_DB_URL
    thresholds: {connections_warn: 0.8}
"""


def read(directory: Path, text: str | bytes) -> Policy:
    content = text.encode() if isinstance(text, str) else text
    (directory / "policy.yaml").write_bytes(content)
    return read_policy(directory)


def faults(directory: Path, before: str, after: str) -> list[tuple[int, str]]:
    assert before in SMALL, "the example has changed"
    with pytest.raises(PolicyFault) as caught:
        read(directory, SMALL.replace(before, after, 1))
    assert all(fault.file == str(directory / "policy.yaml") for fault in caught.value.faults)
    return [(fault.line, fault.message) for fault in caught.value.faults]


def test_a_policy_becomes_the_rules(tmp_path: Path) -> None:
    policy = read(tmp_path, SMALL)
    assert policy.name == tmp_path.name
    assert [(s.name, s.rank) for s in policy.severities] == [("P1", 0), ("P2", 1)]
    assert policy.severity("sev 1").acknowledge_within == timedelta(minutes=5)
    assert policy.first_status(Category.ACTIVE).name == "fixing"
    (step,) = policy.escalation
    assert (step.trigger, step.after, step.repeats) == (Trigger.UNACKNOWLEDGED, timedelta(minutes=5), 3)
    assert policy.people(step.notify, {"commander": "U0LEADER01"}) == ("U012AB3CD", "U0LEADER01", "S012AB3CD")
    assert policy.targets[0].thresholds == {"connections_warn": 0.8}
    assert policy.targets[0].timeout == timedelta(seconds=10)


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("update_every:", "update_evry:", 7, "There is no key “update_evry” here. Did you mean `update_every`?"),
        ("default_severity:", "defaultseverity:", 1, "Did you mean `default_severity`?"),
        ("default_severity: P2\n", "", 1, "The key `default_severity` is missing here."),
        ("    title: Incident commander\n", "", 16, "The key `title` is missing here."),
        ("update_every: 15m", "update_every: 15 min", 7, "“15 min” is not a duration; write a number and a unit"),
        ("update_every: 15m", "update_every: 15", 7, "“15” is not a duration"),
        ("name: P2", "name: 2", 8, "“2” should be text; put it in quotes"),
        ("name: P2", "name: not ready", 8, "“not ready” is not a name; write one word"),
        ("[SEV1]", "SEV1", 5, "`aliases` should be a list"),
        ("[SEV1]", "['--']", 5, "“--” is not an alias"),
        ("category: active", "category: activ", 11, "Did you mean “active”?"),
        (
            "notify: [on-call, commander, S012AB3CD]",
            "notify: []",
            25,
            "`notify` is empty. It needs at least one entry.",
        ),
        ("[U012AB3CD]", "['@bob']", 19, "“@bob” is not a Slack id; write a member's"),
        ("  on-call: [U012AB3CD]", "  on call: [U012AB3CD]", 19, "“on call” is not a name"),
        ("repeats: 3", "repeats: three", 27, "“three” should be a whole number"),
        ("{connections_warn: 0.8}", "{connections_warn: .inf}", 37, "“inf” should be a number"),
        ("  - name: P2", "  - P2", 8, "should hold keys and values"),
        ("name: fixing", "name: investigating", 11, "“investigating” already means “investigating”"),
        ("  - name: P2", "  - name: SEV-1", 8, "“SEV-1” already means “P1”. Choose another word."),
        ("category: monitoring}", "category: active}", 9, "No status has the category “monitoring”"),
        ("commander: commander", "commander: comander", 2, "There is no role “comander”. Did you mean “commander”?"),
        ("default_severity: P2", "default_severity: P9", 1, "There is no severity “P9”. Did you mean"),
        ("severities: [P1]", "severities: [P7, P1]", 23, "There is no severity “P7”"),
        ("notify: [on-call,", "notify: [oncall,", 25, "no contact or role “oncall”. Did you mean “on-call”?"),
        ("owners: [on-call]", "owners: [commander]", 31, "There is no contact “commander”"),
        ("targets: [db]", "targets: [dbs]", 32, "There is no diagnostics target “dbs”. Did you mean “db”?"),
        ("    repeats: 3\n", "", 26, "It can never repeat: add `repeats`"),
        ("    repeat_every: 5m\n", "", 26, "It can never repeat: add `repeat_every`"),
        ("  on-call: [U", "  commander: []\n  on-call: [U", 19, "“commander” is a role as well"),
        ("update_every: 15m", "resolve_within: 1m", 7, "`resolve_within` (1m) ends before `acknowledge_within` (5m)"),
        ("update_every: 15m", "acknowledge_within: 9m", 7, "The key “acknowledge_within” is here twice"),
        ("update_every: 15m", "emoji: ':fire:'", 7, "“:fire:” is not an emoji's name; write it without colons"),
        ("title: Incident commander", "title: " + "x" * 200, 17, "`title` is too long: 150 characters is the most."),
        ("manual_escalation: [", "manual_escalation: [[", 29, "while parsing a flow sequence that begins in line 28"),
    ],
)
def test_a_fault_says_where_and_what_to_write(tmp_path: Path, before: str, after: str, line: int, message: str) -> None:
    found = faults(tmp_path, before, after)
    assert any(at == line and message in said for at, said in found), found


def test_an_address_written_by_mistake_is_not_repeated(tmp_path: Path) -> None:
    ((line, message),) = faults(tmp_path, "MUSTER_DIAG_DB_URL", "postgresql://muster:hunter2@db/app")
    assert line == 36
    assert "hunter2" not in message


def test_a_list_with_one_bad_entry_is_not_called_empty(tmp_path: Path) -> None:
    assert [line for line, _ in faults(tmp_path, "    title: Incident commander\n", "")] == [16]


def test_two_steps_of_one_name_would_share_a_clock(tmp_path: Path) -> None:
    twin = (
        "  - {name: wake-up, trigger: unresolved, severities: [P1], after: 1h, notify: [on-call]}\nmanual_escalation:"
    )
    assert faults(tmp_path, "manual_escalation:", twin)[0][0] == 28


def test_all_faults_come_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = SMALL.replace("5m", "5 m").replace("name: checkout", "nam: checkout").replace("P2", "7")
    with pytest.raises(PolicyFault) as caught:
        read(tmp_path, text)
    lines = [fault.line for fault in caught.value.faults]
    assert lines == sorted(lines)
    assert {6, 7, 8, 24, 26, 30} <= set(lines)


@pytest.mark.parametrize(
    "content", [b"", b"# only a comment\n", b"- a\n", b"text", b"\xff\xfe", b"a: \xe9\n", b"x" * 300_000]
)
def test_a_file_that_is_no_policy_is_a_fault(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PolicyFault):
        read(tmp_path, content)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + SMALL.encode()).commander == "commander"


def test_a_fault_prints_as_a_link() -> None:
    assert str(Fault("runbooks/ours/policy.yaml", 3, "Mend it.")) == "runbooks/ours/policy.yaml:3: Mend it."


def test_a_file_that_may_not_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "policy.yaml").write_text(SMALL)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PolicyFault, match=r"cannot be read: Permission denied\."):
        read_policy(tmp_path)


@pytest.mark.parametrize("name", ["small", "./small", "nested/../small"])
def test_a_pack_is_a_name_or_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "nested").mkdir()
    (tmp_path / "small" / "policy.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    assert read_pack(name, root=tmp_path).name == "small"


@pytest.mark.parametrize("name", ["smal", "", " ", "\0", "a" * 5000, "nowhere/at/all", "\udcff"])
def test_an_unknown_pack_is_answered_with_the_packs_there_are(tmp_path: Path, name: str) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "policy.yaml").write_text(SMALL)
    with pytest.raises(PolicyFault, match="small"):
        read_pack(name, root=tmp_path)


_words = st.sampled_from(
    [*SMALL.split(), "15m", "[", "]", "{", "}", ": ", "- ", "\n", "\n  ", "&a ", "*a", "|", "'", "null"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))))
def test_any_bytes_are_a_policy_or_faults(tmp_path: Path, content: bytes) -> None:
    _policy_or_faults(tmp_path, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.integers(0, len(SMALL)), st.integers(0, 60), st.lists(_words, max_size=6))
def test_any_slip_of_the_keyboard_is_a_policy_or_faults(tmp_path: Path, at: int, gone: int, typed: list[str]) -> None:
    _policy_or_faults(tmp_path, (SMALL[:at] + " ".join(typed) + SMALL[at + gone :]).encode())


def _policy_or_faults(directory: Path, content: bytes) -> None:
    found: list[Fault] = []
    try:
        assert read(directory, content).severities
    except PolicyFault as error:
        found = error.faults or [Fault("nothing was said", 0, "")]
    last = content.count(b"\n") + 1
    assert all(1 <= fault.line <= last and fault.message.isprintable() for fault in found)


def test_the_default_pack_answers_to_both_ways_of_counting() -> None:
    policy = read_pack("default", root=RUNBOOKS)
    assert policy.name == "default"
    for number in range(1, 5):
        assert {policy.severity(word).name for word in (f"p{number}", f"SEV{number}", f"sev-{number}")} == {
            f"P{number}"
        }
    assert policy.severity("critical").name == "P1"
    assert policy.role("ic").name == policy.role("Incident Commander").name == policy.commander


def test_the_default_pack_calls_for_help_on_a_p1_at_five_ten_fifteen_and_twenty_minutes() -> None:
    policy = read_pack("default", root=RUNBOOKS)
    first = next(step for step in policy.escalation if step.name == "p1-unacknowledged")
    assert first.repeat_every is not None
    assert isinstance(first.after, timedelta)
    rings = [first.after + turn * first.repeat_every for turn in range(first.repeats + 1)]
    assert rings == [timedelta(minutes=minutes) for minutes in (5, 10, 15, 20)]
