"""Where mail is handed in and who it is from, as people write it into settings."""

import pytest

from bot.core import untold
from bot.notices.server import MailServer, Security, Sender, parse_sender, parse_server
from bot.settings import Settings, SettingsFault, read_named, read_settings
from tests.support.outside import PAGER, with_outside
from tests.support.policies import a_policy


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, Security.STARTTLS)),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, Security.TLS)),
        ("smtp://mail.example.com:25?starttls=no", MailServer("mail.example.com", 25, Security.NONE)),
        ("smtp://localhost:1025", MailServer("localhost", 1025, Security.NONE)),
        ("smtp://[::1]:1025", MailServer("::1", 1025, Security.NONE)),
        ("smtp://localhost?starttls=yes", MailServer("localhost", 587, Security.STARTTLS)),
        ("smtp://u%40x:p%2Fw@mail.example.com", MailServer("mail.example.com", 587, Security.STARTTLS, "u@x", "p/w")),
        ("smtp://u:p@localhost", MailServer("localhost", 587, Security.NONE, "u", "p")),
    ],
)
def test_a_mail_server_is_read_from_its_url(url: str, server: MailServer) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.com", "has to begin with smtp://"),
        ("https://mail.example.com", "has to begin with smtp://"),
        ("smtp://", "has to begin with smtp://"),
        ("smtp://u:s3cret/x@mail.example.com", "cannot be read"),
        ("smtp://mail.example.com:port", "cannot be read"),
        ("smtp://mail..example.com", "no name of a machine"),
        (f"smtps://{'m' * 64}.example.com", "no name of a machine"),
        ("smtp://u:s3 cret@mail.example.com", "has a space"),
        ("smtp://u:s3cret@mail.example.com?starttls=no", "would travel unencrypted"),
        ("smtp://mail.example.com?starttls=maybe", "neither yes nor no"),
    ],
)
def test_a_url_that_is_no_mail_server_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        parse_server(url)
    assert "s3" not in str(refused.value)


def test_a_servers_password_is_not_in_its_words() -> None:
    server = parse_server("smtp://user:s3cret@mail.example.com")
    assert "s3cret" not in f"{server} {server!r}"


def test_a_sender_may_have_a_name() -> None:
    assert parse_sender("Muster  on duty <muster@example.com>") == Sender("muster@example.com", "Muster on duty")
    assert parse_sender("muster@example.com") == Sender("muster@example.com")


@pytest.mark.parametrize(
    "text", ["muster", "a@b@c", "Muster <muster>", "a@example.com, b@example.com", "a b@example.com"]
)
def test_a_sender_is_one_address(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        parse_sender(text)


def _set(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_wrong_mail_settings_stop_the_start_with_a_line_that_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, MUSTER_SMTP_URL="smtp://u:s3cret/x@mail.example.com", MUSTER_MAIL_FROM="muster@example.com")
    with pytest.raises(SettingsFault, match="MUSTER_SMTP_URL cannot be read") as fault:
        read_settings()
    assert "s3cret" not in str(fault.value)
    _set(monkeypatch, MUSTER_SMTP_URL="smtp://mail.example.com", MUSTER_MAIL_FROM="muster")
    with pytest.raises(SettingsFault, match="MUSTER_MAIL_FROM has to be an e-mail address"):
        read_settings()
    _set(monkeypatch, MUSTER_MAIL_FROM="")
    with pytest.raises(SettingsFault, match="MUSTER_MAIL_FROM is missing"):
        read_settings()


def test_settings_that_a_pack_names_come_from_the_environment_or_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("here")
    (folder / ".env").write_text("PAGER_URL=https://from.file\nPAGER_SECRET=kept\n")
    monkeypatch.chdir(folder)
    _set(monkeypatch, PAGER_URL="https://from.environment", PAGER_EMPTY="")
    found = read_named(["PAGER_URL", "PAGER_SECRET", "PAGER_EMPTY", "PAGER_ABSENT"])
    assert found == {"PAGER_URL": "https://from.environment", "PAGER_SECRET": "kept"}


def test_what_a_pack_needs_and_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = with_outside(a_policy())
    bare = Settings(_env_file=None)
    assert list(untold(policy, bare)) == [
        "the pack escalates by e-mail, and MUSTER_SMTP_URL is not set",
        f"webhook pager: {PAGER.url_from} is not set",
    ]
    assert list(untold(a_policy(), bare)) == []
    _set(monkeypatch, **{PAGER.url_from: "https://pager.example.com", PAGER.secret_from: "s" * 16})
    mail = Settings(_env_file=None, muster_smtp_url="smtp://localhost", muster_mail_from="muster@example.com")
    assert list(untold(policy, mail)) == []
