"""Forms as Slack takes them, and as it sends them back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.actor import Actor
from bot.domain.incident import Incident
from bot.domain.rules import Category, Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox.forms import initial_values
from bot.sandbox.kit.view import check_view
from bot.slack.views.parts import View

NOW = datetime(2026, 1, 31, 14, 0, tzinfo=UTC)
ALICE = Actor.person("U0ALICE")
DEFAULT = read_pack("default", root=RUNBOOKS)
HOSTILE = "<!channel> *bold* `code` & <@U0EVIL> \u202e"
LINE = (HOSTILE * 5)[:150]


def incident(policy: Policy = DEFAULT, **more: Any) -> Incident:
    """An incident of the policy's first severity."""
    known = Incident(
        ref="INC-2026-01-31-001",
        seq=5,
        title="Checkout is down",
        severity=policy.severities[0].name,
        status=policy.first_status(Category.TRIAGE).name,
        category=Category.TRIAGE,
        declared_by=ALICE,
        declared_at=NOW,
    )
    return replace(known, **more)


def filled(view: View, **given: Any) -> dict[str, Any]:
    """The view as Slack sends it back, with some fields filled in."""
    checked = check_view(view, "modal")
    state = initial_values(checked["blocks"])
    for name, value in given.items():
        block = next(block for block, actions in state.items() if name in actions)
        element = state[block][name]
        match element["type"]:
            case "static_select":
                element["selected_option"] = {"value": value} if value else None
            case "checkboxes":
                element["selected_options"] = [{"value": one} for one in value]
            case "multi_users_select":
                element["selected_users"] = value
            case _:
                element["value"] = value
    return {**checked, "id": "V1", "hash": "1", "state": {"values": state}}


def words(view: Mapping[str, Any]) -> str:
    """What the paragraphs of a view say."""
    return "\n".join(block["text"]["text"] for block in view["blocks"] if block["type"] == "section")


def inputs(view: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of a view, by field."""
    return {block["element"]["action_id"]: block for block in view["blocks"] if block["type"] == "input"}


def chosen(view: Mapping[str, Any], name: str) -> str | None:
    """What a menu shows at first."""
    option = inputs(view)[name]["element"].get("initial_option")
    return option["value"] if option else None
