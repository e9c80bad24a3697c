"""A Web API call's parameters, however they came: JSON body, form or query string."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.model import Json

_TRUE = {"1", "true", "True"}


class Params:
    """Typed access; what is missing or malformed is refused as Slack refuses it."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw: Json = {name: value for name, value in raw.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.raw

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers and booleans become what a form would have carried."""
        value = self.raw.get(name, default)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise invalid_arguments(f"must provide a string [json-pointer:/{name}]")

    def need(self, name: str) -> str:
        """A string that has to be there.

        Raises:
            SlackError: `invalid_arguments`.
        """
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def maybe(self, name: str) -> str | None:
        """A string, or None when it is missing or empty."""
        return self.text(name) or None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean: true, `true` or `1`."""
        value = self.raw.get(name)
        return default if value is None else value is True or str(value) in _TRUE

    def number(self, name: str, default: int, *, least: int, most: int, error: str = "invalid_limit") -> int:
        """A whole number; more than `most` counts as `most`.

        Raises:
            SlackError: `error`, when it is no number or less than `least`.
        """
        value = self.raw.get(name, default)
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise SlackError(error) from None
        if number < least:
            raise SlackError(error)
        return min(number, most)

    def names(self, name: str) -> list[str]:
        """A list of ids, from a JSON list or separated by commas."""
        value = self.raw.get(name, "")
        items = value if isinstance(value, list) else str(value).split(",")
        return [text for item in items if (text := str(item).strip())]

    def json(self, name: str, error: str) -> Any:
        """A nested value: as it is in a JSON body, encoded as text in a form. None when it is missing.

        Raises:
            SlackError: `error`, when the text is no JSON.
        """
        value = self.raw.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None

    def items(self, name: str, error: str) -> list[Json] | None:
        """A nested list of objects, or None when it is missing.

        Raises:
            SlackError: `error`, when it is anything else.
        """
        value = self.json(name, error)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise SlackError(error)
        return value

    def page(self, items: list[Any], *, default: int = 100) -> tuple[list[Any], str]:
        """One page of `items` and the cursor of the next, empty at the end.

        Raises:
            SlackError: `invalid_cursor`, `invalid_limit`.
        """
        limit = self.number("limit", default, least=1, most=1000) if self.raw.get("limit") else default
        start, cursor = 0, self.text("cursor")
        if cursor:
            head, _, offset = cursor.partition(":")
            if head != "next" or not offset.removesuffix("=").isdigit():
                raise SlackError("invalid_cursor")
            start = int(offset.removesuffix("="))
        end = start + limit
        return items[start:end], f"next:{end}=" if end < len(items) else ""


async def read(request: web.Request, *, takes_json: bool) -> Json:
    """Everything the caller sent, merged; the body wins over the query string.

    Raises:
        SlackError: `invalid_json`, `json_not_object`, `invalid_form_data`.
    """
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        if not takes_json or not body:
            return params  # Slack's reading methods ignore a JSON body
        try:
            data = json.loads(body)
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(data, dict):
            raise SlackError("json_not_object")
        return params | data
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.post()
        return params | {name: value for name, value in form.items() if isinstance(value, str)}
    return params
