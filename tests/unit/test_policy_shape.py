"""What is said of a policy whose shape is wrong: in people's words, with the line, whatever was written."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.policy.faults import Fault, PolicyFault
from bot.policy.read import read_policy
from bot.policy.schema import schema_json
from tests.unit.full_policy import FULL, faults_of, line_of

#: Words that pydantic's own messages use, and nobody else does.
JARGON = re.compile(
    r"(?i)input|valid\b|tuple|dict|model|mapping|pattern|instance|NoneType|string|literal|extra|field req"
)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("  agenda: [{", "  agenda: [5, {", "An entry of `agenda` should hold keys and values: title,"),
        ("minutes: 10", "minutes: '10'", "`minutes`: “10” should be a whole number, without quotes."),
        ("minutes: 10", "minutes: 0", "`minutes`: “0” is too little: 1 is the least."),
        ("minutes: 10", "minutes: 500", "`minutes`: “500” is too much: 240 is the most."),
        ("minutes: 10", "minute: 10", "There is no key “minute” here. Did you mean `minutes`?"),
        ("attendees: [manager, commander]", "attendees:", "`attendees` has no value. Write one, or leave the key out."),
        ("attendees: [manager, commander]", "attendees: manager", "`attendees` should be a list: write [one, another]"),
        ("  zone: Europe/London", "  zone: Mars", "`zone`: “Mars” is not a time zone; write one such as UTC"),
        ('{opens: "09:00", closes: "17:00"}', "9-17", "should hold keys and values: days, opens"),
        ('opens: "09:00"', "opens: early", '`opens`: “early” is not a time of day; write "09:30".'),
        ("days: [wed]", "days: [wensday]", "`days`: “wensday” is not a weekday; write one of mon, tue"),
        ("days: [wed]", "days: []", "`days` is empty. It needs at least one entry."),
        ("[2026-12-25, ", "[25 December, ", "`holidays`: “25 December” is not a date; write it as 2026-12-25."),
        ("[2026-12-25, ", "[0001-01-01, ", "“0001-01-01” is too far away; write a date from 1970 to 2200."),
        ("every_weeks: 2", "every_weeks: two", "`every_weeks`: “two” should be a whole number, without quotes."),
        ("starting: 2026-01-05}", "starting: 2026-01-05, weeks: 1.5}", "`weeks`: “1.5” should be a whole number"),
        ("people: [U012AB3CD]", "people: ['@bob']", "`people`: “@bob” is not a Slack id; write a member's"),
        ('people: "$', 'header: "X: y", people: "$', "`header`: “X: y” is not a header's name; write one such as"),
        ('people: "$', 'prefix: "a\\nb", people: "$', "is nothing to stand before a token"),
        ("at: declared, items", "at: begin, items", "“begin” is not one of declared, status, condition, resolved."),
        ("items: [Look,", "items: [5,", "`items`: “5” should be text in quotes, or hold `text` and `role`."),
        ("{text: Call,", "{txt: Call,", "There is no key “txt” here. Did you mean `text`?"),
        ("forms: [declare]", "forms: [declared]", "“declared” is not one of declare, update, escalate"),
        ("forms: [declare]", "forms: [declare], required: 'yes'", "`required`: “yes” should be true or false"),
        ("choices: [Blue,", "choices: [1,", "`choices`: “1” should be text; put it in quotes."),
        ("audience: customers", "audience: customer", "“customer” is not one of internal, stakeholders"),
        ("every: 1h}", "every: hourly}", "`every`: “hourly” is not a duration; write a number and a unit"),
        ("after: standup", "after: 3 days", "or name something in the calendar"),
        ("{contact: manager, url_from: MUSTER_ROSTER_URL", "{contact: manager, url_from: https://u:hunter2@x", ""),
        ("watched: 15m", "watched: 15", "`watched`: “15” is not a duration"),
        ("watched_if: {rollback: 30m}", "watched_if: 30m", "should hold keys and values, such as `name"),
        ("watched_if: {rollback: 30m}", "watched_if: {a b: 30m}", "`a b`: “a b” is not a name; write one word"),
        ("status_page: public", "status_page: yes", "“True” is not one of none, internal, public."),
        ("trigger: declared", "trigger: declare", "“declare” is not one of declared, unacknowledged, unresolved"),
        ("trigger: declared", "trigger: declared, via: [phone]", "“phone” is not one of mention, invite, direct."),
        ("trigger: declared", "trigger: declared, repeats: -1", "`repeats`: “-1” is too little: 0 is the least."),
        ("phases: [Assess,", "phases: [[Assess],", "`phases`: “['Assess']” should be text; put it in quotes."),
        ("title: Has it held", f"title: {'x' * 200}", "`title` is too long: 150 characters is the most."),
    ],
)  # fmt: skip
def test_a_slip_is_said_in_peoples_words(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in FULL
    found = faults_of(tmp_path, FULL.replace(before, after, 1))
    assert any(line == line_of(before) and message in said for line, said in found), found
    assert not any(JARGON.search(said) or "hunter2" in said for _, said in found), found


def test_a_list_that_is_far_too_long_is_said_so(tmp_path: Path) -> None:
    text = FULL.replace("choices: [Blue, Green]", f"choices: [{', '.join(f'c{n}' for n in range(60))}]")
    assert (line_of("choices", text), "`choices` has more than 50 entries. Drop some.") in faults_of(tmp_path, text)


_WHOLE: dict[str, Any] = yaml.safe_load(FULL)
_words = st.sampled_from(
    ["P1", "on-call", "commander", "15m", "standup", "next-business-day", "2026-01-01", "9999-12-31", "24:00", "09:30",
     "data-loss", "", " ", "null", "yes", "U012AB3CD", "https://x.example", "a b", "ü", "-", "{{ title }}", "mon"]
)  # fmt: skip
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _words, st.text(st.characters(codec="utf-8"), max_size=20)
)
_garbage = st.recursive(
    _scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_words, inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for step, item in inner for found in _places(item, (*place, step)))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.sampled_from(_places(_WHOLE)[1:]), _garbage, st.booleans())
def test_whatever_stands_at_a_key_it_is_a_policy_or_faults_with_lines(
    tmp_path: Path, place: tuple[Any, ...], garbage: Any, beside: bool
) -> None:
    whole = deepcopy(_WHOLE)
    inside = whole
    for step in place[:-1]:
        inside = inside[step]
    if beside and isinstance(inside, dict):
        inside[str(garbage)[:30]] = garbage
    else:
        inside[place[-1]] = garbage
    text = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    found = [Fault(str(tmp_path / "policy.yaml"), 1, "There is a policy.")]
    try:
        read_policy(tmp_path)
    except PolicyFault as error:
        found = error.faults
    assert found
    for fault in found:
        assert 1 <= fault.line <= text.count("\n") + 1
        assert fault.message.isprintable()
        assert fault.file == str(tmp_path / "policy.yaml")


def test_the_sample_names_every_section_of_the_schema() -> None:
    keys = json.loads(json.dumps(schema_json()))["properties"].keys()
    assert keys - _WHOLE.keys() == {"alerts", "manual_email", "manual_webhooks", "measures", "links", "runbooks_url"}
