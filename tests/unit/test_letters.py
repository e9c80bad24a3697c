"""Texts for outside of Slack: what is filled in, what is left to fill in, and what cannot be rendered."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actor import Actor
from bot.domain.calendar import Calendar
from bot.domain.incident import Incident
from bot.domain.procedures import Audience, Detail, Form, Letter
from bot.domain.rules import Category, Policy, Service, Severity, Status
from bot.messages.check_letters import check_letters
from bot.messages.letters import (
    BODY_LIMIT,
    LETTER_VALUES,
    LINE_LIMIT,
    SUBJECT_LIMIT,
    VALUE_LIMIT,
    left_to_fill_in,
    letter_problems,
    letter_values,
    render_letter,
    spelled,
)
from bot.policy.read import read_document, read_policy
from tests.unit.full_policy import FULL, line_of

AT = datetime(2026, 6, 5, 15, 2, tzinfo=UTC)
NOW = AT + timedelta(minutes=80)
POLICY = Policy(
    name="acme",
    severities=(Severity(name="P1", rank=0, title="Critical", update_every=timedelta(minutes=15)),),
    statuses=(Status(name="fixing", category=Category.ACTIVE),),
    roles=(),
    commander="commander",
    default_severity="P1",
    services=(Service(name="checkout", title="The checkout"),),
    calendar=Calendar(zone="Europe/London"),
)
BARE = Incident(
    ref="INC-2026-06-05-001",
    seq=1,
    title="Checkout is down",
    severity="P1",
    status="fixing",
    category=Category.ACTIVE,
    declared_by=Actor.person("U0ALI"),
    declared_at=AT,
)


def letter(body: str, subject: str = "") -> Letter:
    return Letter(name="news", title="News", audience=Audience.CUSTOMERS, body=body, subject=subject)


def test_what_is_known_is_filled_in_in_the_calendars_zone() -> None:
    incident = replace(
        BARE,
        service="checkout",
        roles={"commander": "U0BEA"},
        last_update="We fail over &amp; <@U0ALI|ali> watches",
        next_update_at=NOW + timedelta(minutes=15),
        impact="Nobody can pay",
        summary="It works again",
        root_cause="The pool",
        resolved_at=AT + timedelta(hours=26),
    )
    assert letter_values(incident, POLICY, NOW, called={"U0BEA": "Bea"}) == {
        "ref": "INC-2026-06-05-001",
        "title": "Checkout is down",
        "severity": "P1",
        "severity_title": "Critical",
        "status": "fixing",
        "service": "The checkout",
        "started": "5 June 2026, 16:02 BST",
        "duration": "1 day 2 hours",
        "commander": "Bea",
        "impact": "Nobody can pay",
        "summary": "It works again",
        "cause": "The pool",
        "update": "We fail over & @ali watches",
        "next_update": "17:37 BST",
        "every": "15 minutes",
        "number": "1",
        "now": "17:22 BST",
        "company": "acme",
    }


def test_what_nobody_has_said_is_left_to_fill_in() -> None:
    values = letter_values(replace(BARE, severity="P9"), POLICY, NOW)
    assert values.keys() == LETTER_VALUES.keys()
    unknown = {name for name, text in values.items() if text.startswith("[") and text.endswith("]")}
    assert unknown == {"service", "commander", "impact", "summary", "cause", "update", "next_update", "every"}
    assert values["severity_title"] == "P9"


def test_an_id_of_slacks_never_stands_where_a_name_should() -> None:
    values = letter_values(replace(BARE, roles={"commander": "U0BEA"}), POLICY, NOW)
    assert values["commander"] == "[name of the incident commander]"


def test_a_text_may_ask_whether_something_is_known() -> None:
    asks = letter("{% if impact %}You notice: {{ impact }}{% else %}We look into it.{% endif %}")
    assert render_letter(asks, letter_values(BARE, POLICY, NOW))[1] == "We look into it."
    known = letter_values(replace(BARE, impact="nothing works"), POLICY, NOW)
    assert render_letter(asks, known)[1] == "You notice: nothing works"


def test_the_next_update_says_the_day_where_it_is_another() -> None:
    values = letter_values(replace(BARE, next_update_at=NOW + timedelta(days=1)), POLICY, NOW)
    assert values["next_update"] == "6 June 2026, 17:22 BST"


def test_a_subject_is_one_line_and_a_body_fits_into_a_form() -> None:
    long = replace(BARE, title="word " * 40, impact="x" * 8000, last_update="One sentence. " * 500)
    values = letter_values(long, POLICY, NOW)
    assert all(len(text) <= VALUE_LIMIT for text in values.values())
    subject, body = render_letter(letter("{{ impact }}\n" * 20, "{{ title }}\n{{ title }}"), values)
    assert len(subject) <= SUBJECT_LIMIT
    assert "\n" not in subject
    assert len(body) <= BODY_LIMIT


@pytest.mark.parametrize(
    ("source", "line", "problem"),
    [
        ("Dear all,\n{{ titel }}", 2, "There is no value “titel”. Did you mean “title”?"),
        ("{% if qqq %}{% endif %}", 1, "There is no value “qqq”. Known: ref, title"),
        ("a\n{% for x in title %}{% endfor %}", 2, "a text has values, filters and {% if %} only."),
        ("{{ title.upper() }}", 1, "a text has values, filters and {% if %} only."),
        ("{{ ''.__class__.__mro__ }}", 1, "a text has values, filters and {% if %} only."),
        ("{{ 'a' * 1000000000 }}", 1, "a text has values, filters and {% if %} only."),
        ("{% set a = title %}", 1, "a text has values, filters and {% if %} only."),
        ("{% include 'x' %}", 1, "a text has values, filters and {% if %} only."),
        ("{{ range(3) }}", 1, "a text has values, filters and {% if %} only."),
        ("a\n\n{{ title | shout }}", 3, "It cannot be rendered: No filter named 'shout'."),
        ("{{ title | truncate('x') }}", 1, "It cannot be rendered: '>=' not supported"),
        ("a\n{{ title", 2, "It cannot be rendered: unexpected end of template"),
        ("x" * 3001, 1, "It has 3001 characters when all is filled in; 3000 is the most. Shorten it."),
    ],
)
def test_what_cannot_be_filled_in_is_said_and_given_as_it_is_written(
    source: str, line: int, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    values = letter_values(BARE, POLICY, NOW)
    ((part, at, message),) = letter_problems(letter(source), values)
    assert (part, at) == ("body", line)
    assert problem.removesuffix("unexpected end of template") in message
    with caplog.at_level(logging.WARNING):
        _, body = render_letter(letter(source), values)
    assert body == source[:BODY_LIMIT] or len(source) > BODY_LIMIT
    assert ("news" in caplog.text) == (len(source) <= BODY_LIMIT)


@given(st.text(max_size=60), st.text(max_size=40))
def test_whatever_a_text_holds_it_is_given_and_never_raises(source: str, title: str) -> None:
    values = {**letter_values(BARE, POLICY, NOW), "title": title}
    subject, body = render_letter(letter(source, source), values)
    assert len(subject) <= SUBJECT_LIMIT
    assert len(body) <= BODY_LIMIT
    list(letter_problems(letter(source, source), values))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "less than a minute"), (60, "1 minute"), (3600, "1 hour"), (4800, "1 hour 20 minutes"), (86400, "1 day"),
     (86460, "1 day"), (266400, "3 days 2 hours")],
)  # fmt: skip
def test_a_length_of_time_is_spelled_out_for_people_outside(seconds: int, words: str) -> None:
    assert spelled(timedelta(seconds=seconds)) == words


BLOCK = "body: |\n      Dear all,\n\n      {{ impct }}, {{ title }}"


@pytest.mark.parametrize(
    ("body", "offset", "message"),
    [
        (BLOCK, 3, "The text “page”: There is no value “impct”. Did you mean “impact”?"),
        ('body: "{{ impct }}"', 0, "The text “page”: There is no value “impct”. Did you mean “impact”?"),
        (f"body: |\n      {'x' * 2900} {{{{ impact }}}}", 1, "characters when all is filled in; 3000 is the most."),
        ('subject: "{{ impact }}"\n    body: Hello', 0, "is the most. Shorten it."),
    ],
)
def test_a_text_with_a_fault_is_found_in_its_line_of_the_policy(
    tmp_path: Path, body: str, offset: int, message: str
) -> None:
    flow = '{name: page, title: Status page, audience: status-page, severities: [P1], body: "{{ title }}"}'
    assert flow in FULL
    text = FULL.replace(flow, f"name: page\n    title: Page\n    audience: status-page\n    {body}")
    (tmp_path / "policy.yaml").write_text(text)
    faults = check_letters(read_policy(tmp_path), read_document(tmp_path))
    first = line_of(body.partition(":")[0] + ":", text[text.index("name: page") :]) + line_of("name: page", text) - 1
    assert faults
    assert {fault.line for fault in faults} == {first + offset}
    assert all(message in fault.message for fault in faults)


NEXT = Detail(name="next-step", title="Next step", forms=(Form.UPDATE,))
ASKING = replace(POLICY, details=(NEXT, Detail(name="title", title="Heading", forms=(Form.DECLARE,))))


def test_what_a_forms_further_fields_last_said_can_be_named() -> None:
    news = letter("Next: {{ next_step }}")
    assert render_letter(news, letter_values(BARE, ASKING, NOW))[1] == "Next: [next step]"
    told = replace(BARE, details={"Next step": "Fail over &amp; watch"})
    assert render_letter(news, letter_values(told, ASKING, NOW))[1] == "Next: Fail over & watch"


def test_what_a_further_field_asks_for_is_left_to_fill_in_until_it_is_said() -> None:
    news = letter("Next: {{ next_step }}")
    assert left_to_fill_in(news, "Next: [next step]", ASKING) == "[next step]"
    assert left_to_fill_in(news, "Next: fail over [eu-1]", ASKING) is None


def test_a_field_of_one_line_is_a_line_in_a_text_and_one_of_several_has_more_room() -> None:
    told = replace(BARE, details={"Next step": "One sentence. " * 100})
    for detail, most in ((NEXT, LINE_LIMIT), (replace(NEXT, long=True), VALUE_LIMIT)):
        values = letter_values(told, replace(POLICY, details=(detail,)), NOW)
        assert most - 30 < len(values["next_step"]) <= most


def test_a_field_never_takes_the_place_of_what_every_text_may_name() -> None:
    assert letter_values(BARE, ASKING, NOW)["title"] == "Checkout is down"


def test_the_last_updates_number_and_the_time_are_known() -> None:
    values = letter_values(replace(BARE, updates=3), POLICY, NOW)
    assert (values["number"], values["now"]) == ("3", "17:22 BST")


def test_a_text_that_is_too_long_with_what_further_fields_say_is_found(tmp_path: Path) -> None:
    flow = '{name: page, title: Status page, audience: status-page, severities: [P1], body: "{{ title }}"}'
    asks = "{name: next-step, title: Next step, forms: [update], long: true}"
    text = FULL.replace(flow, flow.replace("{{ title }}", " {{ next_step }}" * 8))
    (tmp_path / "policy.yaml").write_text(text.replace("fields:\n", f"fields:\n  - {asks}\n"))
    (fault,) = check_letters(read_policy(tmp_path), read_document(tmp_path))
    assert "3000 is the most" in fault.message
