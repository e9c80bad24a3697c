"""Templates rendered: values stay values, packs override, and a broken template costs one message."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.messages import Message, Messages, TemplateFault
from bot.messages.check import problems
from bot.messages.limits import CUT_NOTE

Write = dict[str, str]


def _messages(root: Path, templates: Write, **options: Any) -> Messages:
    for name, text in templates.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Messages(root=root, **options)


EVERYWHERE = """{# a value in every place that Markdown has #}
# {{ x }} heading

## {{ x }} sub

Plain {{ x }}, **{{ x }}**, _{{ x }}_, ~~{{ x }}~~, `{{ x }}` and [{{ x }}]({{ x }}).

{{ x }}

- **{{ x }}:** {{ x }}

* {{ x }}
  * {{ x }}

> {{ x }}

```
{{ x }}
```

| {{ x }} | b |
|---|---|
| {{ x }} | {{ x }} |

_{{ x }}_

{{ x|slack_text }} {{ x|mention }} {{ x|channel }} {{ x|link("go") }} {{ [x, x]|join(" and ") }} {{ x|upper }}

{% set again %}{{ x }}{% endset %}
{% macro shout(y) %}**{{ y }}**{% endmacro %}
{{ again }} {{ shout(x) }}

---

[{{ x }}](button:go/{{ x }} "primary: {{ x }}") [Open]({{ x }})
"""


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Messages:
    return _messages(tmp_path_factory.mktemp("everywhere"), {"slack/all/message.md.j2": EVERYWHERE})


@pytest.fixture(scope="module")
def plainly(tmp_path_factory: pytest.TempPathFactory) -> Messages:
    return _messages(tmp_path_factory.mktemp("plainly"), {"slack/plain/message.md.j2": "says {{ x }} here"})


HOSTILE = (
    "<!channel>",
    "<!here|x> <@U123> <#C1> <https://evil|x>",
    "[x](https://evil) ![x](https://evil) <https://evil>",
    "*bold* _it_ ~gone~ `code` ```fence```",
    "\n\n# heading\n\n- **a:** b\n\n```\nopen",
    "[Approve](button:approve)",
    "\ue0000\ue001 \ue0009\ue001",
    "&lt;!channel&gt; &amp;",
    "{{ 7 * 7 }} {% raw %}",
    "> quote\n>>> all of it",
    "\u202eevil\u202c \x00\x07\x1b[31m",
    "",
    "   \n\t ",
    "word " * 5_000,
    "<" * 4_000,
    "😀" * 4_000,
    "x" * 200_000,
)


def _shown(message: Message) -> str:
    """Everything that Slack draws; a button's value is data."""
    return "\n".join([message.text, *_strings(message.blocks)])


def _strings(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case list():
            for item in part:
                yield from _strings(item)
        case dict():
            for key, item in part.items():
                if key != "value":
                    yield from _strings(item)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text_everywhere(everywhere: Messages, text: str) -> None:
    message = everywhere.render("all", ref="INC-2026-11-21-001", x=text)
    assert problems(message) == []
    assert not re.search("<[!@#a-z]", _shown(message))
    assert [b["type"] for b in message.blocks].count("actions") == 1


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400) | st.text(alphabet="<>!@#&|*_~`[](){}%\n:;-/.https 1a", max_size=400))
def test_any_text_in_any_place_makes_a_message_that_slack_takes(everywhere: Messages, text: str) -> None:
    assume(not re.fullmatch("[UWSCGD][A-Z0-9]+", text))  # an id is what `mention` and `channel` are for
    message = everywhere.render("all", ref="INC-2026-11-21-001", x=text)
    assert problems(message) == []
    assert not re.search("<[!@#]", _shown(message))


@pytest.mark.parametrize("mark", "*_~`")
@given(words=st.text(alphabet="*_~`ab .\n<&", max_size=60))
def test_no_formatting_comes_from_a_value(plainly: Messages, mark: str, words: str) -> None:
    shown = plainly.render("plain", x=f"a {mark}{words}{mark} b").blocks[0]["text"]["text"]
    assert not re.search(rf"(?<![^\W_]){re.escape(mark)}\S|\S{re.escape(mark)}(?![^\W_])", shown)


def test_markdown_from_a_document_keeps_its_form_but_has_no_buttons(tmp_path: Path) -> None:
    source = "Before\n\n{{ text|markdown }}\n\nAfter"
    text = "## Step\n\n1. Look\n\n[Approve](button:approve)\n\n[docs](https://x.io)\n\n```\nopen fence <!here>"
    blocks = _messages(tmp_path, {"slack/a/message.md.j2": source}).render("a", text=text).blocks
    assert [block["text"]["text"] for block in blocks] == [
        "Before",
        "*Step*",
        "1. Look",
        "Approve",
        "<https://x.io|docs>",
        "```\nopen fence &lt;!here&gt;\n```",
        "After",
    ]


def test_a_value_is_escaped_once_and_reads_as_it_was_written(tmp_path: Path) -> None:
    messages = _messages(tmp_path, {"slack/a/message.md.j2": "# {{ t }}\n\n{{ t }}\n"})
    message = messages.render("a", t="R&D <prod> 5 > 4")
    assert message.blocks[0]["text"]["text"] == "R&amp;D &lt;prod&gt; 5 &gt; 4"
    assert message.blocks[1]["text"]["text"] == "R&amp;D &lt;prod&gt; 5 &gt; 4"
    assert message.text == "R&amp;D &lt;prod&gt; 5 &gt; 4\nR&amp;D &lt;prod&gt; 5 &gt; 4"


def test_the_plain_text_has_the_words_and_not_the_buttons(tmp_path: Path) -> None:
    source = "# Down\n\n- **Severity:** P1\n\n{{ who|mention }} is on it.\n\n[Acknowledge](button:ack)\n"
    message = _messages(tmp_path, {"slack/a/message.md.j2": source}).render("a", who="U1")
    assert message.text == "Down\nSeverity: P1\n<@U1> is on it."


def test_a_fallback_template_gives_the_plain_text(tmp_path: Path) -> None:
    files = {"slack/a/message.md.j2": "# {{ t }}", "slack/a/fallback.txt.j2": "Incident: {{ t }}\n"}
    assert _messages(tmp_path, files).render("a", t="<!here>").text == "Incident: &lt;!here&gt;"


def test_a_long_value_is_cut_with_a_note(tmp_path: Path) -> None:
    message = _messages(tmp_path, {"slack/a/message.md.j2": "{{ t }}"}).render("a", t="A sentence. " * 900)
    assert message.blocks[0]["text"]["text"].endswith(f"A sentence. {CUT_NOTE}")
    assert message.text.endswith(CUT_NOTE)


def test_a_packs_template_overrides_by_name_and_the_others_stay(tmp_path: Path) -> None:
    files = {
        "slack/a/message.md.j2": "ours",
        "slack/b/message.md.j2": "ours",
        "packs/team/slack/a/message.md.j2": "theirs",
        "packs/team/slack/c/message.md.j2": "new",
    }
    messages = _messages(tmp_path, files, pack="team")
    assert [messages.render(name).text for name in messages.names()] == ["theirs", "ours", "new"]


def test_the_reference_and_the_public_address_are_there_for_templates(tmp_path: Path) -> None:
    source = "{{ ref }} [page]({{ public_url }}/incidents/{{ ref }}) `{{ command }} help`"
    messages = _messages(tmp_path, {"slack/a/message.md.j2": source}, public_url="https://muster.example")
    text = messages.render("a", ref="INC-1").blocks[0]["text"]["text"]
    assert text == "INC-1 <https://muster.example/incidents/INC-1|page> `/incident help`"


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("one\n\n{{ missing }}", 3, "'missing' is undefined"),
        ("one\n{% if %}", 2, "Expected an expression"),
        ("{{ 'a' ~ ref }}", 1, "write them side by side"),
        ("{{ ref|safe }}", 1, "No filter named 'safe'"),
        ("\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ("{% include 'absent.md.j2' %}", 1, "no such template"),
    ],
)
def test_a_fault_in_a_template_names_file_line_and_what(tmp_path: Path, source: str, line: int, what: str) -> None:
    messages = _messages(tmp_path, {"slack/a/message.md.j2": source})
    with pytest.raises(TemplateFault, match=what) as caught:
        messages.render("a", ref="INC-1")
    assert (caught.value.name, caught.value.line) == ("a", line)
    assert caught.value.file.endswith(".j2")


def test_an_unknown_message_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault, match="no such template"):
        _messages(tmp_path, {}).render("nowhere")


def test_a_broken_template_costs_one_message_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    messages = _messages(tmp_path, {"slack/status_change/message.md.j2": "{{ oh.no }}"})
    with caplog.at_level(logging.WARNING):
        message = messages.render_safely("status_change", ref="INC-1", title="Checkout <!here>")
    assert message.text.startswith("Status change\nINC-1 · Checkout &lt;!here&gt;")
    assert problems(message) == []
    assert len(caplog.records) == 1


def test_behind_a_packs_broken_template_stands_ours(tmp_path: Path) -> None:
    files = {
        "slack/a/message.md.j2": "ours {{ t }}",
        "packs/team/slack/a/message.md.j2": "{{ oh.no }}",
        "slack/lines/topic.txt.j2": "ours",
        "packs/team/slack/lines/topic.txt.j2": "{{ oh.no }}",
    }
    messages = _messages(tmp_path, files, pack="team")
    assert messages.render_safely("a", t="x").text == "ours x"
    assert messages.line_safely("topic") == "ours"


def test_a_broken_line_is_the_reference_alone(tmp_path: Path) -> None:
    messages = _messages(tmp_path, {"slack/lines/topic.txt.j2": "{{ oh.no }}"})
    assert messages.line_safely("topic", incident=SimpleNamespace(ref="INC-1")) == "INC-1"


def test_a_stand_in_for_a_private_incidents_message_hides_its_title(tmp_path: Path) -> None:
    message = _messages(tmp_path, {}).render_safely("alert", ref="INC-1", title="Secret", private=True)
    assert "Secret" not in repr(message)
    assert "INC-1" in message.text


def test_a_line_is_one_line_within_its_limit(tmp_path: Path) -> None:
    source = "{{ sev }} · {{ title }}\n{{ who|mention }}"
    messages = _messages(tmp_path, {"slack/lines/topic.txt.j2": source})
    assert messages.line("topic", sev="P1", title="a\n<b>", who="U1") == "P1 · a &lt;b&gt; <@U1>"
    assert len(messages.line("topic", sev="P1", title="long " * 100, who=None)) <= 250
    assert messages.line_names() == ["topic"]
