"""The shape of `policy.yaml`, as pydantic models. Unknown keys are refused; what a field means is in its text.

The names are those of `bot.domain.rules`, which is what a valid file becomes.
"""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from bot.domain.rules import Category, Trigger, spoken
from bot.policy.addresses import PATTERN as ADDRESS
from bot.policy.addresses import is_address
from bot.policy.durations import PATTERN, parse_duration

_NAME = r"[^\W_][\w.-]{0,39}"
_ID = r"[UWS][A-Z0-9]{6,20}"
_SETTING = r"[A-Z][A-Z0-9_]{1,80}"
_EMOJI = r"[a-z0-9_+'-]{1,80}"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("should be text; put it in quotes")  # noqa: TRY004 (pydantic collects ValueErrors)
    return value


def _duration(value: Any) -> timedelta:
    return parse_duration(str(value))


def _name(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(_NAME, text) or not spoken(text):
        raise ValueError(
            "is not a name; write one word of letters, digits, “-”, “_” or “.”, 40 at most, "
            "and put what people also say in `aliases`"
        )
    return text


def _alias(value: Any) -> str:
    text = _text(value).strip()
    if not spoken(text) or len(text) > 60:
        raise ValueError("is not an alias; write a word or two with letters or digits, 60 characters at most")
    return text


def _slack_id(value: Any) -> str:
    text = _text(value)
    if not is_slack_id(text):
        raise ValueError(
            "is not a Slack id; write a member's (U012AB3CD: profile → ⋮ → Copy member ID) "
            "or a user group's (S012AB3CD)"
        )
    return text


def _setting(value: Any) -> str:
    # The message does not repeat the value: an address written here by mistake may hold a password.
    if not isinstance(value, str) or not re.fullmatch(_SETTING, value):
        raise ValueError(
            "names the setting that holds the address, such as MUSTER_DIAG_DB_URL, never the address itself"
        )
    return value


def _secret(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(_SETTING, value):
        raise ValueError(
            "names the setting that holds the secret, such as MUSTER_PAGER_SECRET, never the secret itself"
        )
    return value


def _address(value: Any) -> str:
    text = _text(value)
    if not is_address(text):
        raise ValueError("is not an e-mail address; write one such as on-call@example.com, without a name beside it")
    return text


def _emoji(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(_EMOJI, text):
        raise ValueError("is not an emoji's name; write it without colons, such as red_circle")
    return text


def is_slack_id(text: str) -> bool:
    """Whether it has the form of a Slack user's or user group's id."""
    return re.fullmatch(_ID, text) is not None


def _string(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Name = Annotated[str, BeforeValidator(_name), _string(f"^{_NAME}$")]
Alias = Annotated[str, BeforeValidator(_alias), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 60})]
SlackId = Annotated[str, BeforeValidator(_slack_id), _string(f"^{_ID}$")]
Setting = Annotated[str, BeforeValidator(_setting), _string(f"^{_SETTING}$")]
Secret = Annotated[str, BeforeValidator(_secret), _string(f"^{_SETTING}$")]
Address = Annotated[str, BeforeValidator(_address), _string(ADDRESS)]
Emoji = Annotated[str, BeforeValidator(_emoji), _string(f"^{_EMOJI}$")]
Duration = Annotated[timedelta, BeforeValidator(_duration), _string(PATTERN)]
Line = Annotated[str, BeforeValidator(_text), Field(max_length=150)]
Prose = Annotated[str, BeforeValidator(_text), Field(max_length=3000)]
Number = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SeverityRule(_Section):
    """One severity. The first in the list is the worst."""

    name: Name
    title: Line = ""
    definition: Prose = ""
    aliases: tuple[Alias, ...] = ()
    emoji: Emoji = "red_circle"
    acknowledge_within: Duration | None = None
    mitigate_within: Duration | None = None
    resolve_within: Duration | None = None
    update_every: Duration | None = None
    review_within: Duration | None = None
    responders: tuple[Name, ...] = Field((), description="Contacts or Slack ids that are invited at once.")


class StatusRule(_Section):
    """One status and the category that says what it means."""

    name: Name
    category: Category
    aliases: tuple[Alias, ...] = ()


class RoleRule(_Section):
    """One role; the instructions go privately to whoever takes it."""

    name: Name
    title: Line
    aliases: tuple[Alias, ...] = ()
    instructions: Prose = ""


class StepRule(_Section):
    """One escalation step: who is told how long after the declaration, while its trigger holds."""

    name: Name
    trigger: Trigger
    severities: tuple[Name, ...] = Field(min_length=1)
    after: Duration
    notify: tuple[Name, ...] = Field(min_length=1, description="Contacts, roles or Slack ids.")
    email: tuple[Name, ...] = Field((), description="Contacts that are also written to, at their `emails`.")
    webhooks: tuple[Name, ...] = Field((), description="Webhooks that are also called.")
    repeat_every: Duration | None = None
    repeats: int = Field(0, ge=0, le=100, strict=True, description="How often it rings again after the first time.")


class ServiceRule(_Section):
    """Something that breaks, who owns it, and what to diagnose it with."""

    name: Name
    aliases: tuple[Alias, ...] = ()
    owners: tuple[Name, ...] = Field((), description="Contacts or Slack ids that are invited at once.")
    targets: tuple[Name, ...] = ()


class TargetSection(_Section):
    """A diagnostics target. `url_from` names the setting that holds its address."""

    name: Name
    kind: Name
    url_from: Setting
    title: Line = ""
    aliases: tuple[Alias, ...] = ()
    timeout: Duration = timedelta(seconds=10)
    thresholds: dict[Name, Number] = Field(default_factory=dict)


class WebhookSection(_Section):
    """Something outside of Slack that is told of escalations. Two settings hold its address and its secret."""

    name: Name
    url_from: Setting
    secret_from: Secret


class PolicyFile(_Section):
    """`policy.yaml`: one organisation's incident rules."""

    default_severity: Name
    severities: tuple[SeverityRule, ...] = Field(min_length=1)
    statuses: tuple[StatusRule, ...] = Field(min_length=1)
    commander: Name
    roles: tuple[RoleRule, ...] = Field(min_length=1)
    contacts: dict[Name, tuple[SlackId, ...]] = Field(default_factory=dict)
    emails: dict[Name, tuple[Address, ...]] = Field(default_factory=dict, description="Contacts' e-mail addresses.")
    webhooks: tuple[WebhookSection, ...] = ()
    escalation: tuple[StepRule, ...] = ()
    manual_escalation: tuple[Name, ...] = Field((), description="Contacts, roles or Slack ids told by `escalate`.")
    manual_email: tuple[Name, ...] = Field((), description="Contacts that `escalate` also writes to.")
    manual_webhooks: tuple[Name, ...] = Field((), description="Webhooks that `escalate` also calls.")
    services: tuple[ServiceRule, ...] = ()
    targets: tuple[TargetSection, ...] = ()


def schema_json() -> dict[str, Any]:
    """The JSON Schema of `policy.yaml`, for editors to complete and check it as it is typed."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PolicyFile.model_json_schema()}
