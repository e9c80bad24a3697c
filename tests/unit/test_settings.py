"""Settings, as people and compose files write them."""

from pathlib import Path

import pytest

from bot.settings import SettingsFault, read_settings


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
