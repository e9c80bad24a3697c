"""Whether messages keep to Slack's limits, judged from their finished blocks; for `muster check` and the tests."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from bot.domain.rules import Policy
from bot.messages import limits
from bot.messages.faults import TemplateFault
from bot.messages.messages import Message, Messages
from bot.messages.samples import REF, Sample, hostile, line_samples, samples
from bot.policy.faults import Fault

#: The tokens that the filters make. Anything else in angle brackets is a fault.
_TOKEN: Final = re.compile(
    r"<(?:@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^-?[0-9]+\^[^<>|]+\|[^<>|]+"
    r"|(?:https?://|mailto:)[^<>|\s]+\|[^<>|]+)>"
)
_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt);)")
_QUOTE: Final = re.compile(r"(?m)^>(?: |$)")


def check_templates(messages: Messages) -> list[Fault]:
    """The faults of all templates, rendered with all sample values, hostile ones too; empty when all is well."""
    faults: set[Fault] = set()
    ordinary, harmful = samples(), hostile()
    for name in messages.names():
        if name not in ordinary:
            known = ", ".join(sorted(ordinary))
            faults.add(Fault(messages.file_of(name), 1, f"Nothing is said by this name. Known: {known}."))
        for sample in [*ordinary.get(name, []), *harmful.get(name, [])]:
            try:
                message = messages.render(name, ref=REF, **sample)
            except TemplateFault as fault:
                faults.add(Fault(fault.file, fault.line, fault.what))
            else:
                faults |= {Fault(messages.file_of(name), 1, problem) for problem in problems(message)}
    for name, values in line_samples().items():
        for value in values:
            try:
                messages.line(name, **value)
            except TemplateFault as fault:
                faults.add(Fault(fault.file, fault.line, fault.what))
    return sorted(faults)


def check_with_policy(messages: Messages, policy: Policy) -> list[Fault]:
    """The faults of all templates with a pack's own rules in them: its longest definition, each role's instructions."""
    faults: set[Fault] = set()
    for name, values in samples().items():
        for sample in [one for value in values[:2] for one in _in_force(value, policy)]:
            try:
                message = messages.render(name, ref=REF, **sample)
            except TemplateFault as fault:
                faults.add(Fault(fault.file, fault.line, f"{fault.what} (with the rules of {policy.name})"))
            else:
                file = messages.file_of(name)
                faults |= {Fault(file, 1, f"{one} (with the rules of {policy.name})") for one in problems(message)}
    return sorted(faults)


def _in_force(sample: Sample, policy: Policy) -> Iterator[Sample]:
    """A sample under other rules, once for each role where it has one."""
    severity = max(policy.severities, key=lambda one: len(one.definition))
    status = max(policy.statuses, key=lambda one: len(one.name))
    incident = replace(
        sample["incident"],
        severity=severity.name,
        status=status.name,
        category=status.category,
        roles={role.name: "U0BEA" for role in policy.roles},
    )
    mine = {**sample, "policy": policy, "severity": severity, "incident": incident}
    yield from ({**mine, "role": role} for role in policy.roles) if "role" in sample else [mine]


def problems(message: Message) -> list[str]:
    """What Slack would refuse of a message, or would read as more than text; empty when it is well."""
    return [*_text("text", message.text, limits.TEXT, mrkdwn=False), *_message(message.blocks)]


def _message(blocks: list[dict[str, Any]]) -> Iterator[str]:
    if not 0 < len(blocks) <= limits.MESSAGE_BLOCKS:
        yield f"{len(blocks)} blocks; 1 to {limits.MESSAGE_BLOCKS} are allowed"
    if (size := len(json.dumps(blocks))) > limits.MESSAGE_JSON:
        yield f"{size} characters of JSON; {limits.MESSAGE_JSON} is the most"
    if sum(block["type"] == "table" for block in blocks) > 1:
        yield "more than one table"
    for number, block in enumerate(blocks):
        yield from (f"block {number} ({block['type']}): {problem}" for problem in _block(block))


def _block(block: dict[str, Any]) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield from _text("text", block["text"]["text"], limits.HEADER, mrkdwn=False)
        case "section":
            yield from _section(block)
        case "context":
            for element in block["elements"]:
                yield from _text("element", element["text"], limits.CONTEXT)
        case "actions":
            yield from _actions(block["elements"])
        case "table":
            yield from _table(block["rows"])
        case "divider":
            pass
        case other:
            yield f"unexpected type {other}"


def _section(block: dict[str, Any]) -> Iterator[str]:
    if "text" in block:
        yield from _text("text", block["text"]["text"], limits.SECTION)
    fields = block.get("fields", [])
    if len(fields) > limits.FIELDS_IN_SECTION:
        yield f"{len(fields)} fields"
    for field in fields:
        yield from _text("field", field["text"], limits.FIELD)


def _actions(elements: list[dict[str, Any]]) -> Iterator[str]:
    if not 0 < len(elements) <= limits.ACTIONS_IN_BLOCK:
        yield f"{len(elements)} buttons"
    if len({element["action_id"] for element in elements}) < len(elements):
        yield "an action_id stands twice"
    for element in elements:
        if element["type"] == "checkboxes":
            yield from _boxes(element)
            continue
        yield from _text("button", element["text"]["text"], limits.BUTTON_TEXT, mrkdwn=False)
        if len(element.get("value", "")) > limits.BUTTON_VALUE:
            yield "a button's value is too long"


def _boxes(element: dict[str, Any]) -> Iterator[str]:
    options = element["options"]
    if not 0 < len(options) <= limits.CHECKBOXES:
        yield f"{len(options)} tick boxes"
    if any(option not in options for option in element.get("initial_options", [])):
        yield "a box is ticked that is not there"
    for option in options:
        yield from _text("option", option["text"]["text"], limits.OPTION_TEXT)
        if "description" in option:
            yield from _text("description", option["description"]["text"], limits.OPTION_TEXT)
        if len(option["value"]) > limits.OPTION_VALUE:
            yield "an option's value is too long"


def _table(rows: list[list[dict[str, Any]]]) -> Iterator[str]:
    if not 0 < len(rows) <= limits.TABLE_ROWS or max(map(len, rows)) > limits.TABLE_COLUMNS:
        yield "too many rows or columns"
    for row in rows:
        for cell in row:
            if not cell["text"].strip():
                yield "an empty cell"
            if re.search("<[!@#]", cell["text"]):
                yield f"a control sequence in a cell: {cell['text'][:80]!r}"


def _text(what: str, text: str, limit: int, *, mrkdwn: bool = True) -> Iterator[str]:
    if not text.strip():
        yield f"{what} is empty"
    if len(text) > limit:
        yield f"{what} has {len(text)} characters; {limit} is the most"
    rest = _TOKEN.sub("", _QUOTE.sub("", text) if mrkdwn else text)
    if "<" in rest or ">" in rest or _ENTITY.search(rest):
        yield f"{what} holds an unescaped control character: {rest[:80]!r}"
    if mrkdwn and text.count("```") % 2:
        yield f"{what} leaves a code block open"
