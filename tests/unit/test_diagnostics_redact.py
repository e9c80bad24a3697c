"""Nothing secret reaches a channel: a corpus of what evidence may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diagnostics import redact


@pytest.mark.parametrize(
    ("mark", "secret"),  # apart, so that no scanner takes the test itself for a leak
    [
        ("xoxb-", "123456789012-abcdefABCDEF"),
        ("xapp-", "1-A0123-456-deadbeefdeadbeef"),
        ("xoxe.xoxp-", "1-Mi0yLTEyMzQ1Njc4OTAx"),
        ("ghp_", "0123456789abcdefghijABCDEFGHIJ456789"),
        ("github_pat_", "11ABCDEFG0123456789_abcdefghijklmnop"),
        ("glpat-", "abcdefghij0123456789"),
        ("sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"),
        ("whsec_", "abcdefghijklmnop"),
        ("sk-", "proj-abcdefghijklmnopqrstuv"),
        ("AKIA", "IOSFODNN7EXAMPLE"),
        ("AIza", "SyA-1234567890abcdefghijklmnopqrstu"),
        ("SG.", "abcdefghijklmnopqrst.uvwxyzABCDEFGHIJKLMNOP"),
        ("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
        ("jane+tag@", "mail.example.co.uk"),
        ("4111 ", "1111 1111 1111"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out_wherever_it_stands(mark: str, secret: str) -> None:
    assert redact.text(f"before {mark}{secret} after") == "before *** after"
    assert secret not in redact.text(f"value={mark}{secret}, after")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("password=hunter2 host=db", "password=*** host=db"),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: ***"),
        ('{"api_key": "a\\"b c", "n": 1}', '{"api_key": ***, "n": 1}'),
        ("?token=abc&page=2", "?token=***&page=2"),
        ("Authorization: Bearer abcdef.ghijkl", "Authorization: *** ***"),
        ("postgresql://bob:p@ss@db:5432/shop is down", "postgresql://***@db:5432/shop is down"),
        ("redis://:hunter2@cache:6379/0", "redis://***@cache:6379/0"),
        ("mail jane@example.com, please", "mail ***, please"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nand then it was cut", "***"),
        ("a\x1b[31mred\x00", "a [31mred "),
        ("nothing to hide at 12:30, pid 4711, 98.7 %", "nothing to hide at 12:30, pid 4711, 98.7 %"),
    ],
)
def test_text_keeps_its_sense_without_its_secrets(shown: str, expected: str) -> None:
    assert redact.text(shown) == expected


def test_long_text_is_cut_and_says_so() -> None:
    assert redact.text("x" * 50, most=10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://bob:s3cret@db.example:5432/shop?sslmode=require&password=x",
            "postgresql://db.example:5432/shop?sslmode=require",
        ),
        ("postgresql://postgres@/postgres?host=/run/pg", "postgresql:///postgres?host=/run/pg"),
        ("postgresql://u:p%40@[::1]:5/x", "postgresql://[::1]:5/x"),
        ("host=db password=hunter2", "(not a valid address)"),
        ("postgresql://u:hunter2@h:port/x", "(not a valid address)"),
        ("", "(not a valid address)"),
    ],
)
def test_an_address_loses_its_credentials(url: str, expected: str) -> None:
    assert redact.dsn(url) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM t1 WHERE a = 'x''y' AND b = 12.5", "SELECT * FROM t1 WHERE a = ? AND b = ?"),
        ("SELECT $1, E'a\\'b', U&'x', 0xff, 1e-5", "SELECT $1, ?, ?, ?, ?-?"),
        ("SELECT 1 -- jane's account\n  FROM a", "SELECT ? FROM a"),
        ("SELECT /* a /* nested */ secret */ x", "SELECT x"),
        ("SELECT $tag$ it's $$ $tag$, $$x$$", "SELECT ?, ?"),
        ("UPDATE u SET note = 'cut off in the mid", "UPDATE u SET note = ?"),
        ("SELECT 1 /* cut off", "SELECT ?"),
        ("SELECT $$ cut off", "SELECT ?"),
        ('SELECT "Order Id", "cut', 'SELECT "Order Id", ?'),
        ("ALTER ROLE bob PASSWORD 'hunter2'", "ALTER ROLE bob PASSWORD ?"),
        ("select md5\n\n   from café2", "select md5 from café2"),
    ],
)
def test_a_statement_keeps_its_shape_and_loses_its_data(sql: str, expected: str) -> None:
    assert redact.query(sql) == expected


@given(st.text())
def test_a_quoted_literal_never_survives_whatever_it_holds(secret: str) -> None:
    literal = "'" + ("MARK" + secret).replace("'", "''") + "'"
    assert "MARK" not in redact.query(f"SELECT x FROM t WHERE note = {literal} AND y = 2")


@given(st.text(max_size=400))
def test_any_text_can_be_redacted(anything: str) -> None:
    assert len(redact.query(anything, most=100)) <= 100
    assert len(redact.text(anything, most=100)) <= 100
    assert redact.dsn(anything)
