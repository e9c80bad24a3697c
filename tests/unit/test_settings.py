"""Settings, as people and compose files write them."""

from pathlib import Path

import pytest

from bot.settings import SettingsFault, read_named, read_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "DATABASE_URL", "MUSTER_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_APP_TOKEN", "DATABASE_URL", "MUSTER_PORT"):
        monkeypatch.setenv(name, "")
    settings = read_settings()
    assert not settings.socket_mode
    assert settings.database_url is None
    assert settings.muster_port == 3000


def test_an_empty_app_token_does_not_stand_in_for_the_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    with pytest.raises(SettingsFault, match="SLACK_SIGNING_SECRET"):
        read_settings().to_serve()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MUSTER_PORT", "web", "MUSTER_PORT has to be a valid integer"),
        ("MUSTER_PORT", "70000", "MUSTER_PORT has to be less than"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL has to be a web address"),
        ("MUSTER_PUBLIC_URL", "muster", "MUSTER_PUBLIC_URL has to be a web address"),
        ("MUSTER_COMMAND", "/my incident", "MUSTER_COMMAND has to be one lower-case word"),
        ("MUSTER_ANNOUNCE_CHANNEL", "a, b", "MUSTER_ANNOUNCE_CHANNEL has to be the name"),
        ("DATABASE_URL", "mysql://h/d", "DATABASE_URL has to start with postgresql://"),
        ("DATABASE_URL", "postgresql://u:p#s@h/d", "DATABASE_URL cannot be read"),
        ("SLACK_BOT_TOKEN", "xoxp-1", "SLACK_BOT_TOKEN has to start with xoxb-"),
        ("MUSTER_API_TOKENS", "secret", "MUSTER_API_TOKENS has to be comma-separated"),
        ("MUSTER_WEBHOOK_TOKENS", "prom:a,prom:b", "MUSTER_WEBHOOK_TOKENS has the name prom twice"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault, match=f"^{said}") as fault:
        read_settings()
    assert "\n" not in str(fault.value)


def test_a_command_and_a_channel_are_understood_with_and_without_their_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_COMMAND", "incident")
    monkeypatch.setenv("MUSTER_ANNOUNCE_CHANNEL", "#störungen")
    settings = read_settings()
    assert settings.muster_command == "/incident"
    assert settings.muster_announce_channel == "störungen"


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=xoxb-\xff\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsFault, match=r"\.env is not UTF-8"):
        read_settings()


def test_a_setting_that_a_pack_names_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2\n", encoding="utf-8")
    monkeypatch.setenv("SHOP_TOKEN_FILE", str(tmp_path / "token"))
    assert read_named(["SHOP_TOKEN", "SHOP_URL"]) == {"SHOP_TOKEN": "hunter2"}
    monkeypatch.setenv("SHOP_TOKEN", "nearer")
    assert read_named(["SHOP_TOKEN"]) == {"SHOP_TOKEN": "nearer"}


def test_a_file_that_cannot_be_read_is_named_by_its_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsFault, match=r"^SHOP_TOKEN_FILE cannot be read: No such file or directory\.$"):
        read_named(["SHOP_TOKEN"])
