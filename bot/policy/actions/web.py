"""Asking a web server to do something."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, WithJsonSchema

from bot.policy.actions.base import ActionSection, Place, placeholders, whole
from bot.policy.targets.base import Wrong
from bot.policy.targets.web import wrong_headers
from bot.policy.types import Header, Line, Path, Section, Setting, Where

#: Muster's own: the same for every try of one run.
IDEMPOTENCY = "Idempotency-Key"
_OURS = frozenset({IDEMPOTENCY.casefold(), "content-type", "content-length", "host", "transfer-encoding"})


Body = Annotated[Any, WithJsonSchema({"description": "Any JSON; `{name}` alone in quotes is a parameter's value."})]
Status = Annotated[int, Field(ge=100, le=599, strict=True)]


class RequestRule(Section):
    """What is asked to see what would happen."""

    method: Literal["GET", "HEAD", "POST"] = "GET"
    path: Path | None = Field(None, description="Behind the address, with `{name}` for parameters.")
    body: Body = None


class HttpAction(ActionSection):
    """One request, whose parameters are values of its JSON or parts of its path."""

    fits: ClassVar[tuple[str, ...]] = ("http",)

    kind: Literal["http"]
    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST"
    url: Where | None = Field(None, description="Its address, without any credentials.")
    url_from: Setting | None = Field(None, description="The setting that holds its address.")
    path: Path | None = Field(None, description="Behind the address, with `{name}` for parameters.")
    body: Body = Field(None, description="JSON, with `{name}` in quotes for parameters' values.")
    headers: dict[Header, Line] = Field(default_factory=dict, description="Headers without any credentials.")
    headers_from: dict[Header, Setting] = Field(default_factory=dict, description="Settings that hold headers' values.")
    bearer_from: Setting | None = Field(None, description="The setting with the token of `Authorization: Bearer`.")
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")
    status: tuple[Status, ...] = Field((), description="Statuses that are well. Empty: 200 to 299.")
    rehearse: RequestRule | None = Field(None, description="A request that shows what would happen.")

    def placeholders(self) -> Iterator[tuple[Place, str]]:
        """Those of the path and of the JSON."""
        for place, section in self._requests():
            for name in placeholders(section.path or ""):
                yield (*place, "path"), name
            for name in _used(section.body):
                yield (*place, "body"), name

    def wrong(self) -> Iterator[Wrong]:
        """No address or several, values that would be pasted into texts, and headers that are Muster's."""
        yield from super().wrong()
        if [self.target, self.url, self.url_from].count(None) != 2:
            yield ("url",), "Write its address in `url` or `url_from`, or the target that has it in `target`: one."
        for place, section in self._requests():
            if _pasted(section.body):
                yield (*place, "body"), "A `{name}` stands alone in its quotes, and never in a key: it is never pasted."
        if self.method == "GET" and self.body is not None:
            yield ("body",), "A GET has no body. Drop it, or write `method: POST`."
        if self.rehearse is not None and self.rehearse.method != "POST" and self.rehearse.body is not None:
            yield ("rehearse", "body"), f"A {self.rehearse.method} has no body. Drop it, or write `method: POST`."
        yield from wrong_headers(self.headers, self.headers_from, self.bearer_from)
        for key in ("headers", "headers_from"):
            for name in getattr(self, key):
                if name.casefold() in _OURS:
                    yield (key, name), f"Muster says {name} itself. Drop it."

    def _requests(self) -> Iterator[tuple[Place, "HttpAction | RequestRule"]]:
        yield (), self
        if self.rehearse is not None:
            yield ("rehearse",), self.rehearse


def _texts(value: Any) -> Iterator[tuple[str, bool]]:
    """The texts in JSON, and whether each is a key."""
    match value:
        case str():
            yield value, False
        case dict():
            for key, inner in value.items():
                yield str(key), True
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)


def _used(body: Any) -> list[str]:
    return [name for text, _ in _texts(body) for name in placeholders(text)]


def _pasted(body: Any) -> bool:
    return any(placeholders(text) and (key or whole(text) is None) for text, key in _texts(body))
