"""What Jira accepts as a document: the nodes and marks of the Atlassian Document Format that do nothing."""

import json
from typing import Any

_IN_A_LIST = {"paragraph", "bulletList", "orderedList", "codeBlock"}
_INSIDE = {
    "doc": {"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule"},
    "paragraph": {"text", "hardBreak"},
    "heading": {"text", "hardBreak"},
    "codeBlock": {"text"},
    "blockquote": {"paragraph", "bulletList", "orderedList", "codeBlock"},
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": _IN_A_LIST,
    "text": set(),
    "hardBreak": set(),
    "rule": set(),
}
_MAY_BE_EMPTY = {"doc", "paragraph", "heading", "codeBlock", "text", "hardBreak", "rule"}
_KEYS = {"type", "content", "attrs", "marks", "text"}
_MARKS = {"strong", "em", "strike", "code", "link"}


def wrong(document: Any) -> str:
    """Why Jira would refuse a document; empty where it takes it."""
    if not isinstance(document, dict) or set(document) != {"version", "type", "content"} or document["version"] != 1:
        return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    if len(json.dumps(document)) > 32_767:
        return "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    return _wrong(document)


def texts(node: Any) -> str:
    """What people read of a document, a line for each paragraph."""
    if node["type"] == "text":
        return str(node["text"])
    parts = [texts(one) for one in node.get("content", ())]
    return ("\n" if node["type"] in ("doc", "listItem", "bulletList", "orderedList", "blockquote") else "").join(parts)


def links(node: Any) -> list[str]:
    """Where a document leads."""
    own = [str(mark["attrs"]["href"]) for mark in node.get("marks", ()) if mark["type"] == "link"]
    return own + [link for one in node.get("content", ()) for link in links(one)]


def _wrong(node: dict[str, Any]) -> str:
    kind, content = node.get("type", ""), node.get("content", [])
    if kind not in _INSIDE or not set(node) <= _KEYS | {"version"}:
        return f"INVALID_INPUT: {kind}"
    if kind == "text" and not node.get("text"):
        return "INVALID_INPUT: an empty text"
    marks = [mark["type"] for mark in node.get("marks", ())]
    if set(marks) - _MARKS or ("code" in marks and set(marks) - {"code", "link"}) or (kind != "text" and marks):
        return f"INVALID_INPUT: marks {marks}"
    if not content and kind not in _MAY_BE_EMPTY:
        return f"INVALID_INPUT: an empty {kind}"
    if kind == "listItem" and content[0]["type"] not in ("paragraph", "codeBlock"):
        return "INVALID_INPUT: a list's item begins with a paragraph"
    if kind == "heading" and node["attrs"]["level"] not in range(1, 7):
        return "INVALID_INPUT: level"
    for one in content:
        if one.get("type") not in _INSIDE[kind]:
            return f"INVALID_INPUT: {one.get('type')} in {kind}"
        if why := _wrong(one):
            return why
    return ""
