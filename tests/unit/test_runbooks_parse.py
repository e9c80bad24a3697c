import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.runbooks.parse import Parsed, parse_runbook

FULL = """\
---
title: Queue backlog
services: [checkout, mail]
alerts: HighQueueDepth
symptoms:
  - queue is growing
tags: [queue]
severity hint: P3
owner: engineering
last reviewed: 2026-01-31
---

# Another heading

Text.
"""


def parse(text: str | bytes, name: str = "queue-backlog") -> Parsed:
    content = text.encode() if isinstance(text, str) else text
    return parse_runbook(content, name=name, path=Path("queue-backlog.md"))


def test_front_matter_is_the_catalogue_card() -> None:
    parsed = parse(FULL)
    runbook = parsed.runbook
    assert parsed.faults == ()
    assert (runbook.name, runbook.title, runbook.owner) == ("queue-backlog", "Queue backlog", "engineering")
    assert (runbook.services, runbook.alerts) == (("checkout", "mail"), ("HighQueueDepth",))
    assert (runbook.symptoms, runbook.tags) == (("queue is growing",), ("queue",))
    assert (runbook.severity_hint, runbook.reviewed) == ("P3", date(2026, 1, 31))


def test_the_text_is_what_follows_and_knows_its_line() -> None:
    runbook = parse(FULL).runbook
    assert runbook.text == "# Another heading\n\nText.\n"
    assert FULL.split("\n")[runbook.text_line - 1] == "# Another heading"


def test_the_digest_is_the_whole_files() -> None:
    assert parse(FULL).runbook.digest == hashlib.sha256(FULL.encode()).hexdigest()
    assert parse(FULL.replace("P3", "P2")).runbook.digest != parse(FULL).runbook.digest


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Slow queries\n", "Slow queries"),
        ("Intro.\n\n## **Slow** `queries` ##\n", "Slow queries"),
        ("Slow queries\n============\n", "Slow queries"),
        ("See\n\n# [Slow queries](https://example.org)\n", "Slow queries"),
        ("```sh\n# a comment\n```\n\n# Slow queries\n", "Slow queries"),
        ("~~~~\n~~~\n# no\n~~~~\n# Slow queries\n", "Slow queries"),
        ("```ls``` lists\n# Slow queries\n", "Slow queries"),
        ("- a\n---\n#hashtag\n", "Queue backlog"),
        ("", "Queue backlog"),
        ("\r\n# Slow queries\r\n", "Slow queries"),
        ("\ufeff# Slow queries\n", "Slow queries"),
        ("---\nowner: us\n---\n# Slow queries\n", "Slow queries"),
    ],
)
def test_without_a_title_the_first_heading_counts_and_then_the_files_name(text: str, title: str) -> None:
    assert parse(text).runbook.title == title


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("---\ntitle: x\nservces: [a]\n---\n", 3, "The key “servces” is not used. Did you mean `services`?"),
        ("---\ntitle: [a, b]\n---\n", 2, "`title` should be one line of text."),
        ("---\nalerts: [a, {b: c}]\n---\n", 2, "An entry of `alerts` should be text."),
        ("---\nreviewed: last week\n---\n", 2, "“last week” is not a date. Write it as 2026-01-31."),
        ("---\ntitle: a\ntitle: b\n---\n", 3, "The key “title” is here twice."),
        ("---\ntitle: [a\n---\n", 3, "This is not YAML"),
        ("---\ntitle: a\n\n# Heading\n", 1, "The front matter does not end."),
        (b"# a\n\xff\n", 2, "This is not UTF-8 text."),
    ],
)
def test_what_is_not_understood_is_reported_with_its_line(text: str | bytes, line: int, message: str) -> None:
    (fault,) = parse(text).faults
    assert fault.file == "queue-backlog.md"
    assert fault.line == line
    assert message in fault.message


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: [a\n---\n# b\n",
        "---\ntitle: a\n\n# b\n",
        "---\n\nA rule came first.\n\n---\n\nAnd last.\n",
        "---\n- a\n---\n",
    ],
)
def test_front_matter_that_is_none_or_broken_stays_in_the_text(text: str) -> None:
    assert parse(text).runbook.text == text


def test_a_rule_at_the_top_is_not_reported() -> None:
    assert parse("---\n\nA rule came first.\n\n---\n\nAnd last.\n").faults == ()


@pytest.mark.parametrize(
    "text",
    ["[" * 900_000, "# " + " " * 900_000 + "x", "![" * 400_000, "```\n" * 200_000, "---\n" + "[" * 900_000 + "\n---\n"],
)
@pytest.mark.timeout(5)
def test_a_hostile_file_is_read_quickly(text: str) -> None:
    assert parse(text).runbook.text


@given(st.binary(max_size=300))
def test_any_bytes_load(content: bytes) -> None:
    runbook = parse(content).runbook
    assert runbook.title
    assert "\0" not in runbook.text


@given(st.text(alphabet=st.characters(exclude_characters="\r\0\ufeff", exclude_categories=["Cs"])))
def test_without_front_matter_every_character_is_kept(text: str) -> None:
    body = f"Text: {text}"
    assert parse(body).runbook.text == body


@given(st.text(alphabet="ab-:[]{}#&*'\"\n .", max_size=60))
def test_any_front_matter_loads_and_the_text_after_it_is_kept(card: str) -> None:
    assert parse(f"---\n{card}\n---\nThe text.\n").runbook.text.endswith("The text.\n")


#: What front matter is made of, plain and odd.
CARDS = st.lists(
    st.sampled_from(
        [
            "title: Slow queries",
            "title: 'It''s \"slow\": very'",
            "alerts: [A, 'b c', \"d\\te\"]",
            "alerts:\n  - A\n  - B: c",
            "tags:\n- 1\n- true\n- null\n- 2026-01-31",
            "owner: ~",
            "owner: us  # a comment",
            "reviewed: 2026-01-31",
            "severity_hint: >\n  P1",
            "symptoms: [[a]]",
            "servces: [a]",
            "? a\n: b",
            "&a title: *a",
            "title: !!binary x",
            "\ttitle: x",
        ]
    ),
    max_size=4,
).map("\n".join)


@given(CARDS | st.text(alphabet="ab-:[]{}#&*'\"\n .\x07\u0085\ufeff", max_size=40))
def test_a_card_reads_the_same_whether_libyaml_is_there_or_not(card: str) -> None:
    source = f"---\n{card}\n---\nText.\n"
    with_it = parse(source)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bot.runbooks.card._QUICK", None)
        without = parse(source)
    assert with_it == without
    assert with_it.runbook.lines == without.runbook.lines
