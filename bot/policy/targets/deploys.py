"""What changed in the last hours, as a target: most incidents begin with a change."""

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.policy.paths import path_fault
from bot.policy.targets.base import TargetSection, Wrong
from bot.policy.targets.host import AbsolutePath
from bot.policy.types import Duration, Line, Section, Setting, Where

#: `main`, `release/2026-03`, never an option.
_BRANCH = r"[A-Za-z0-9_][\w./+-]{0,99}"
_REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}"


def _branch(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(_BRANCH, value):
        raise ValueError("is not a branch; write one such as main or release/2")
    return value


def _repository(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(_REPOSITORY, value):
        raise ValueError("is not a repository; write its owner and its name, such as shop/web")
    return value


def _string(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


Branch = Annotated[str, BeforeValidator(_branch), _string(_BRANCH)]
Repository = Annotated[str, BeforeValidator(_repository), _string(_REPOSITORY)]
#: A key, or a JSONPath that begins at the entry: `$.author.name`.
Key = Annotated[Line, Field(min_length=1)]

#: Keys that only some places have.
_ONLY = {
    "of": ("git", "github"),
    "branch": ("git", "github"),
    "environment": ("github",),
    "url_from": ("github", "url"),
    "bearer_from": ("github", "url"),
    "ca_from": ("github", "url"),
    "path": ("url",),
    "fields": ("url",),
}


class Of(StrEnum):
    """What counts as a change."""

    DEPLOYMENTS = "deployments"
    COMMITS = "commits"


class ChangeFields(Section):
    """Where, in each entry of a JSON list, something stands: a key, or a JSONPath that begins with `$`."""

    at: Key = Field("at", description="When it was: a time in ISO 8601, or seconds or milliseconds since 1970.")
    what: Key = Field("what", description="What it was.")
    who: Key = Field("who", description="Who did it.")
    version: Key = Field("version", description="Which version there was after it.")

    def wrong(self) -> Iterator[Wrong]:
        """Paths that are none."""
        for key in type(self).model_fields:
            written = getattr(self, key)
            if written.startswith("$") and (fault := path_fault(written, such_as="$.author.name")):
                yield (key,), f"“{written}” {fault}."


class DeploysTarget(TargetSection):
    """What was deployed lately, as a git checkout, a GitHub or a JSON list has it."""

    kind: Literal["deploys"]
    git: AbsolutePath | None = Field(None, description="The folder of a checkout on the machine that Muster runs on.")
    github: Repository | None = Field(None, description="A repository of GitHub, or of what has its API: `shop/web`.")
    url: Where | None = Field(
        None, description="With `github`, the API's address, if it is another; else that of a JSON list."
    )
    url_from: Setting | None = Field(None, description="The setting that holds that address.")
    bearer_from: Setting | None = Field(None, description="The setting with the token of `Authorization: Bearer`.")
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")
    of: Of = Field(Of.DEPLOYMENTS, description="What counts: `deployments`, or `commits` of a branch.")
    branch: Branch | None = Field(None, description="The branch whose `commits` count. Left out, the one in use.")
    environment: Line | None = Field(None, description="With `github`: the one whose deployments count.", min_length=1)
    path: Line = Field("$[*]", description="With a JSON list: the JSONPath of its entries.")
    fields: ChangeFields = Field(
        ChangeFields(), description="With a JSON list: where time, what, who and version of an entry stand."
    )
    within: Duration = Field(timedelta(hours=6), description="How old a change may be to be shown.")
    suspect: Duration = Field(timedelta(minutes=30), description="How old a change may be to be a likely cause.")
    next_step: Line = Field("", description="What to do where a change is a likely cause.")

    @property
    def place(self) -> str:
        """Where changes are looked up: `git`, `github` or `url`."""
        return "git" if self.git else "github" if self.github else "url"

    def wrong(self) -> Iterator[Wrong]:
        """No place or several, and keys that the place does not have."""
        yield from super().wrong()
        addresses = (self.url is not None) + (self.url_from is not None)
        if self.git and (self.github or self.url):
            yield (
                (next(key for key in ("github", "url") if getattr(self, key)),),
                "Changes are looked up in one place: write `git`, `github` or `url`, and a target for each other.",
            )
        elif addresses > 1 or (self.place == "url" and not addresses):
            yield ("url",), "Write `git`, `github`, or the address of a JSON list in `url` or `url_from`: one."
        for key in sorted(_ONLY.keys() & self.model_fields_set):
            if self.place not in _ONLY[key] and getattr(self, key) is not None:
                yield (key,), f"It is of use only with {' or '.join(f'`{place}`' for place in _ONLY[key])}; drop it."
        yield from self._wrong_choices()

    def _wrong_choices(self) -> Iterator[Wrong]:
        if self.of is Of.DEPLOYMENTS and self.branch:
            yield ("branch",), "Only `commits` are of a branch: add `of: commits`, or drop it."
        if self.of is Of.COMMITS and self.environment:
            yield ("environment",), "Only `deployments` have one: drop it, or write `of: deployments`."
        if self.suspect > self.within:
            yield ("suspect",), "It is longer than `within`: write a shorter one."
        if fault := path_fault(self.path, such_as="$.deploys[*]"):
            yield ("path",), f"“{self.path}” {fault}."
        for where, message in self.fields.wrong():
            yield ("fields", *where), message
