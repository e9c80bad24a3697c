"""Settings, from the environment or a `.env` file. Read by the composition root and nowhere else."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, create_model, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.notices.server import MailServer, Sender, parse_sender, parse_server
from bot.notices.trackers.config import ExportSettings

SLACK_API = "https://slack.com/api/"


class SettingsFault(Exception):
    """A setting is missing or wrong. The text is one line that names it."""


class Settings(ExportSettings, BaseSettings):
    """Everything that differs from one installation to the next. `CONTRACT` names are stable."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = SLACK_API
    database_url: SecretStr | None = None
    muster_data_dir: Path = Path(".muster")
    muster_host: str = "127.0.0.1"
    muster_port: int = Field(default=3000, ge=0, le=65535)
    muster_public_url: str | None = None
    muster_pack: str = "default"
    muster_command: str = "/incident"
    muster_announce_channel: str = "incidents"
    muster_diag_db_url: SecretStr | None = None
    muster_smtp_url: SecretStr | None = None
    muster_mail_from: str | None = None
    muster_log_format: Literal["text", "json"] = "text"
    muster_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    muster_webhook_tokens: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)
    muster_api_tokens: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)

    @field_validator("muster_log_format", mode="before")
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("muster_log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_a_slash(cls, url: str) -> str:
        _is_web_address(url)
        return url if url.endswith("/") else f"{url}/"

    @field_validator("muster_public_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url:
            _is_web_address(url)
        return url

    @field_validator("muster_command")
    @classmethod
    def _is_a_command(cls, command: str) -> str:
        if not re.fullmatch(r"/?[a-z0-9_-]{1,31}", command):
            raise ValueError("has to be one lower-case word, such as /incident")
        return f"/{command.removeprefix('/')}"

    @field_validator("muster_announce_channel")
    @classmethod
    def _without_its_hash(cls, channel: str) -> str:
        name = channel.removeprefix("#")
        if not re.fullmatch(r"[\w-]{1,80}", name):
            raise ValueError("has to be the name or the id of one channel, such as incidents")
        return name

    @field_validator("database_url", "muster_diag_db_url")
    @classmethod
    def _is_postgres(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("has to start with postgresql://")
        try:
            _ = url and urlsplit(url.get_secret_value()).port
        except ValueError:
            message = "cannot be read: in a user name or password, /, ?, #, @ and : are written %2F, %3F, %23, %40, %3A"
            raise ValueError(message) from None
        return url

    @field_validator("muster_smtp_url")
    @classmethod
    def _is_a_mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        if url:
            parse_server(url.get_secret_value())
        return url

    @field_validator("muster_mail_from")
    @classmethod
    def _is_a_sender(cls, sender: str | None) -> str | None:
        if sender:
            parse_sender(sender)
        return sender

    @field_validator("muster_webhook_tokens", "muster_api_tokens", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """`name:secret,name:secret`."""
        if not isinstance(value, str):
            return value
        pairs = [pair.strip().partition(":") for pair in value.split(",") if pair.strip()]
        if any(not name or not secret for name, _, secret in pairs):
            raise ValueError("has to be comma-separated name:secret pairs")
        names = [name for name, _, _ in pairs]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"has the name {twice} twice; give each sender a name of its own")
        return {name: secret for name, _, secret in pairs}

    @model_validator(mode="after")
    def _tokens_look_right(self) -> Self:
        for name, token, start in (
            ("SLACK_BOT_TOKEN", self.slack_bot_token, "xoxb-"),
            ("SLACK_APP_TOKEN", self.slack_app_token, "xapp-"),
        ):
            if token and not token.get_secret_value().startswith(start):
                raise ValueError(f"{name} has to start with {start}")
        return self

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.muster_smtp_url and not self.muster_mail_from:
            raise ValueError("MUSTER_MAIL_FROM is missing: set it to the address that MUSTER_SMTP_URL sends from")
        return self

    @property
    def mail(self) -> tuple[MailServer, Sender] | None:
        """The mail server and who mails are from; None where there is no mail server."""
        if not self.muster_smtp_url or not self.muster_mail_from:
            return None
        return parse_server(self.muster_smtp_url.get_secret_value()), parse_sender(self.muster_mail_from)

    @property
    def socket_mode(self) -> bool:
        """Whether Slack delivers through a socket that the bot opens."""
        return self.slack_app_token is not None

    def to_serve(self) -> Self:
        """The same settings, once everything that serving needs is there. Raises SettingsFault."""
        if not self.slack_bot_token:
            raise SettingsFault("SLACK_BOT_TOKEN is missing: set it to the bot token (xoxb-…) of the installed app.")
        if not self.socket_mode and not self.slack_signing_secret:
            raise SettingsFault(
                "SLACK_SIGNING_SECRET is missing: set it to the app's signing secret, or set SLACK_APP_TOKEN instead."
            )
        return self


def read_named(names: Iterable[str]) -> dict[str, str]:
    """Settings that a pack names, read like all others; those that are not set are left out. Raises SettingsFault."""
    fields = {f"named_{number}": name for number, name in enumerate(sorted(set(names)))}
    each: dict[str, Any] = {
        field: (SecretStr | None, Field(default=None, validation_alias=name)) for field, name in fields.items()
    }
    model = create_model("Named", __base__=_Named, **each)
    try:
        read = model()
    except UnicodeDecodeError:
        raise SettingsFault("The file .env is not UTF-8: save it as UTF-8.") from None
    found = {name: getattr(read, field) for field, name in fields.items()}
    known = {name: value.get_secret_value() for name, value in found.items() if value}
    return {**_from_files(name for name in fields.values() if name not in known), **known}


def _from_files(names: Iterable[str]) -> dict[str, str]:
    """The settings that stand in a file each, which `NAME_FILE` names: how secrets are mounted into containers."""
    found: dict[str, str] = {}
    for name in names:
        path = os.environ.get(f"{name}_FILE")
        if not path:
            continue
        try:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise SettingsFault(f"{name}_FILE cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    return found


class _Named(BaseSettings):
    model_config = Settings.model_config


def _is_web_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("has to be a web address, beginning with https:// or http://")


def read_settings(**given: object) -> Settings:
    """The settings of this process; what is `given` goes before the environment. Raises SettingsFault."""
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except UnicodeDecodeError:
        raise SettingsFault("The file .env is not UTF-8: save it as UTF-8.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else ""
        what = first["msg"].removeprefix("Value error, ").replace("Input should be", "has to be")
        raise SettingsFault(f"{name} {what}".strip() + ".") from None
