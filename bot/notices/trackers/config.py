"""Where things are exported to, as settings say it. The composition root reads them; see docs/exports.md."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.notices.web import is_web_address

GITHUB_URL: Final = "https://api.github.com"
GITLAB_URL: Final = "https://gitlab.com"
_NAME: Final = r"[A-Za-z0-9_.-]{1,100}"
_PRIORITY: Final = 60


def _address(url: str) -> str:
    """An address without a slash at its end; encrypted, unless it is this machine."""
    url = url.strip().rstrip("/")
    parts = urlsplit(url)
    if not is_web_address(url) or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("has to be a web address, beginning with https://")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("has to be an address alone: without a user, a password, ? and #")
    if parts.scheme != "https" and not _here(parts.hostname or ""):
        raise ValueError("has to begin with https://, for a token is sent there")
    return url


def _token(token: SecretStr) -> SecretStr:
    value = token.get_secret_value().strip()
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("has to be letters, digits and signs on one line")
    return SecretStr(value)


def _repository(name: str) -> str:
    owner, _, repo = name.partition("/")
    if not re.fullmatch(f"{_NAME}/{_NAME}", name) or {owner, repo} & {".", ".."}:
        raise ValueError("has to be owner/name, such as example/checkout")
    return name


def _project(path: str) -> str:
    parts = path.split("/")
    if not path.isdigit() and (len(parts) < 2 or not all(re.fullmatch(_NAME, one) and one.strip(".") for one in parts)):
        raise ValueError("has to be a project's number or path, such as 4711 or group/checkout")
    return path


def _matching(pattern: str, what: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"has to be {what}")
        return text

    return AfterValidator(check)


_Address = Annotated[str, AfterValidator(_address)]
_Token = Annotated[SecretStr, AfterValidator(_token)]
_User = Annotated[str, _matching(r"[!-9;-~]{1,254}", "one e-mail address")]


class ExportSettings(BaseSettings):
    """The settings of exports; those of the installation extend them. A system without its token is not used."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    muster_github_token: _Token | None = None
    muster_github_repo: Annotated[str, AfterValidator(_repository)] | None = None
    muster_github_url: _Address = GITHUB_URL
    muster_gitlab_token: _Token | None = None
    muster_gitlab_project: Annotated[str, AfterValidator(_project)] | None = None
    muster_gitlab_url: _Address = GITLAB_URL
    muster_jira_token: _Token | None = None
    muster_jira_user: _User | None = None
    muster_jira_url: _Address | None = None
    muster_jira_project: (
        Annotated[str, _matching(r"[A-Z][A-Z0-9_]{1,49}", "a project's key in capitals, such as OPS")] | None
    ) = None
    muster_jira_type: str = Field(default="Task", min_length=1, max_length=60)
    muster_jira_priorities: str = ""
    muster_confluence_token: _Token | None = None
    muster_confluence_user: _User | None = None
    muster_confluence_url: _Address | None = None
    muster_confluence_space: Annotated[str, _matching(r"[~A-Za-z0-9._-]{1,255}", "a space's key")] | None = None
    muster_confluence_parent: (
        Annotated[str, _matching(r"[0-9]{1,20}", "a page's number, as its address has it")] | None
    ) = None

    @field_validator("muster_jira_priorities")
    @classmethod
    def _are_pairs(cls, text: str) -> str:
        if any(not ours or not theirs or len(theirs) > _PRIORITY for ours, theirs in _pairs(text)):
            raise ValueError(
                "has to be comma-separated pairs of a priority and Jira's name of it, such as high:Highest"
            )
        return text

    @model_validator(mode="after")
    def _are_complete(self) -> Self:
        for token, needed in (
            ("muster_github_token", ("muster_github_repo",)),
            ("muster_gitlab_token", ("muster_gitlab_project",)),
            ("muster_jira_token", ("muster_jira_url", "muster_jira_project")),
            ("muster_confluence_token", ("muster_confluence_url", "muster_confluence_space")),
        ):
            missing = next((name for name in needed if not getattr(self, name)), None)
            if getattr(self, token) and missing:
                raise ValueError(f"{missing.upper()} is missing: set it, or leave {token.upper()} out")
        return self

    @property
    def jira_priorities(self) -> dict[str, str]:
        """What Jira calls the policy's priorities (in small letters); one that is not here is not sent."""
        return {ours.casefold(): theirs for ours, theirs in _pairs(self.muster_jira_priorities)}

    @property
    def exports_to(self) -> tuple[str, ...]:
        """The systems that are set up: any of `github`, `gitlab`, `jira` and `confluence`."""
        systems = ("github", "gitlab", "jira", "confluence")
        return tuple(name for name in systems if getattr(self, f"muster_{name}_token"))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split(","):
        if pair.strip():
            ours, _, theirs = pair.partition(":")
            yield ours.strip(), theirs.strip()


def _here(host: str) -> bool:
    """Whether what is sent there does not leave this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
