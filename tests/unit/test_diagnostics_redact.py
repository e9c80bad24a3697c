"""Nothing secret reaches a channel, and what helps does: a corpus of what evidence may hold."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.diagnostics import redact

#: A value that no rule knows by its form: only its place gives it away.
PLAIN = "hunter2"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY"
KEY = "MIIEpAIBAAKCAQEA7bq"

#: The marks of tokens, apart from the rest so that no scanner takes the corpus itself for a leak.
TOKENS = [
    ("xoxb-", "123456789012-abcdefABCDEF"),
    ("xoxp-", "1234567890-1234567890-abcdef"),
    ("xoxs-", "1234567890-abcdef"),
    ("xapp-", "1-A0123-456-deadbeefdeadbeef"),
    ("xoxe.xoxp-", "1-Mi0yLTEyMzQ1Njc4OTAx"),
    ("ghp_", "0123456789abcdefghijABCDEFGHIJ456789"),
    ("gho_", "0123456789abcdefghijABCDEFGHIJ456789"),
    ("ghs_", "0123456789abcdefghijABCDEFGHIJ456789"),
    ("github_pat_", "11ABCDEFG0123456789_abcdefghijklmnop"),
    ("glpat-", "abcdefghij0123456789"),
    ("npm_", "abcdefghijklmnopqrstuvwxyz0123456789"),
    ("sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("sk_test_", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("rk_live_", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("whsec_", "abcdefghijklmnop"),
    ("sk-", "proj-abcdefghijklmnopqrstuv"),
    ("AKIA", "IOSFODNN7EXAMPLE"),
    ("ASIA", "IOSFODNN7EXAMPLE"),
    ("AIza", "SyA-1234567890abcdefghijklmnopqrstu"),
    ("ya29.", "a0AfH6SMBabcdefghijkl"),
    ("GOCSPX-", "abcdefghijklmnopqrst"),
    ("SG.", "abcdefghijklmnopqrst.uvwxyzABCDEFGHIJKLMNOP"),
    ("SK", "0123456789abcdef0123456789abcdef"),
    ("1234567890:AA", "Fabcdefghijklmnopqrstuvwxyz-01234"),
    ("eyJ", JWT[3:]),
    ("eyJ", JWT[3:24]),
    ("jane+tag@", "mail.example.co.uk"),
    ("4111 ", "1111 1111 1111"),
    ("4111-", "1111-1111-1111"),
    ("4111", "111111111111"),
    ("3782 ", "822463 10005"),
    ("DE89 ", "3704 0044 0532 0130 00"),
]

#: What must not appear, and the text that holds it.
HELD = [
    # Addresses.
    (PLAIN, f"postgresql://bob:{PLAIN}@db:5432/shop is down"),
    (PLAIN, f"postgres://bob:p@{PLAIN}@db/shop"),
    (PLAIN, f"postgres://bob:a/{PLAIN}?b#c@db/shop"),
    (PLAIN, f"mysql://bob:{PLAIN}@db/shop"),
    (PLAIN, f"bob:{PLAIN}@tcp(db:3306)/shop?parseTime=true"),
    (PLAIN, f"bob:a/b:{PLAIN}@unix(/run/mysqld.sock)/shop"),
    (PLAIN, f"mongodb+srv://bob:{PLAIN}@c0.example.net/?retryWrites=true"),
    (PLAIN, f"redis://:{PLAIN}@cache:6379/0"),
    (PLAIN, f"rediss://bob:{PLAIN}@cache:6379/0"),
    (PLAIN, f"amqp://guest:{PLAIN}@mq:5672/%2f"),
    (PLAIN, f"amqps://guest:{PLAIN}@mq"),
    (PLAIN, f"https://bob:{PLAIN}@shop.example/health"),
    (PLAIN, f"https://{PLAIN}@sentry.example/42"),
    (PLAIN, f"ftp://bob:{PLAIN}@files.example"),
    (PLAIN, f"jdbc:postgresql://db/shop?user=bob&password={PLAIN}"),
    (PLAIN, f"Server=db;Database=shop;Uid=bob;Pwd={PLAIN};"),
    (PLAIN, f"Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey={PLAIN}="),
    (PLAIN, f"AccountName=shop;AccountKey={PLAIN}==;EndpointSuffix=core"),
    (PLAIN, f"https://hooks.slack.com/services/T0001/B0001/{PLAIN}"),
    (PLAIN, f"https://discord.com/api/webhooks/123/{PLAIN}"),
    (PLAIN, f"https://s3.example/x?X-Amz-Credential=a&X-Amz-Signature={PLAIN}&X-Amz-Date=1"),
    (PLAIN, f"https://blob.example/x?sv=1&sig={PLAIN}&se=2"),
    (PLAIN, f'{{"signature": "{PLAIN}"}}'),
    # A name and its value, in several spellings.
    (PLAIN, f"password={PLAIN} host=db"),
    (PLAIN, f"password = '{PLAIN}'"),
    (PLAIN, f"password='it''s {PLAIN}' host=db"),
    (PLAIN, f"password='it\\'s {PLAIN}' host=db"),
    (PLAIN, f"DB_PASSWORD: {PLAIN}"),
    (PLAIN, f"PGPASSWORD={PLAIN} psql"),
    (PLAIN, f"MYSQL_PASS={PLAIN}"),
    (PLAIN, f"userPass: {PLAIN}"),
    (PLAIN, f"passwd={PLAIN}"),
    (PLAIN, f"passphrase: {PLAIN}"),
    (PLAIN, f"pwd={PLAIN}"),
    (PLAIN, f':password => "{PLAIN}"'),
    (PLAIN, f"if password == '{PLAIN}':"),
    (PLAIN, f"password:={PLAIN}"),
    (PLAIN, f"password=a,b;{PLAIN}"),
    (PLAIN, f"password=a)b]{PLAIN} host=db"),
    (PLAIN, f"(secret={PLAIN})"),
    (PLAIN, f"Pwd={{a;{PLAIN}}};Server=db"),
    (PLAIN, f"?token={PLAIN}&page=2"),
    (PLAIN, f"password%3D{PLAIN}"),
    (PLAIN, f"x-api-key: {PLAIN}"),
    (PLAIN, f"client_secret={PLAIN}"),
    (PLAIN, f"encryption-key: {PLAIN}"),
    (PLAIN, f"<password>{PLAIN}</password>"),
    (PLAIN, f"psql --password {PLAIN} -h db"),
    (PLAIN, f"deploy --api-token='{PLAIN}' --now"),
    (PLAIN, f"CONFIG SET requirepass {PLAIN}"),
    (PLAIN, f"AUTH default {PLAIN}"),
    (PLAIN, f"ALTER ROLE bob PASSWORD '{PLAIN}'"),
    (PLAIN, f"IDENTIFIED BY '{PLAIN}'"),
    (AWS_SECRET, f"aws_secret_access_key = {AWS_SECRET}"),
    (AWS_SECRET, f"AKIAIOSFODNN7EXAMPLE,{AWS_SECRET}"),
    (AWS_SECRET, f"AKIAIOSFODNN7EXAMPLE : {AWS_SECRET}"),
    # JSON, and JSON in a line of a log.
    (PLAIN, f'{{"password": "{PLAIN}", "n": 1}}'),
    (PLAIN, f'{{"api_key": "a\\"b {PLAIN}", "n": 1}}'),
    (PLAIN, f'{{"msg": "{{\\"password\\": \\"a {PLAIN}\\"}}"}}'),
    (PLAIN, f'{{"password": "cut off in the mid {PLAIN}'),
    (PLAIN, f'{{"password": "{PLAIN} cut behind a \\'),
    (PLAIN, f'{{"secret": "a\\\n{PLAIN}"}}'),
    (PLAIN, f'{{"name": "DB_PASSWORD", "value": "{PLAIN}"}}'),
    (PLAIN, f"- name: DB_PASSWORD\n  value: {PLAIN}"),
    # Headers.
    (PLAIN, f"Authorization: Bearer {PLAIN}.and-more"),
    (PLAIN, f"authorization: Basic Ym9iOm{PLAIN}="),
    (PLAIN, f"curl -H 'Authorization: Token {PLAIN}' https://x"),
    (PLAIN, f'Authorization: Digest username="bob", response="{PLAIN}"'),
    (PLAIN, f"Authorization: AWS4-HMAC-SHA256 Credential=x, Signature={PLAIN}"),
    (PLAIN, f"it sent bearer {PLAIN}"),
    (PLAIN, f"Cookie: theme=dark; sid={PLAIN}"),
    (PLAIN, f"Set-Cookie: sid={PLAIN}; HttpOnly"),
    # Keys.
    (KEY, f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n-----END RSA PRIVATE KEY-----"),
    (KEY, f"-----BEGIN PRIVATE KEY-----\n{KEY}\nand then it was cut"),
    (KEY, f"-----BEGIN OPENSSH PRIVATE KEY-----\\n{KEY}\\n-----END OPENSSH PRIVATE KEY-----"),
    (KEY, f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{KEY}\n-----END PGP PRIVATE KEY BLOCK-----"),
    (KEY, f"cut at its beginning{KEY}\n{KEY}\n-----END EC PRIVATE KEY-----"),
    # People.
    ("jane", "mail jane@example.com, please"),
    ("jane", "<jane.doe+shop@mail.example.co.uk>"),
    ("4111", "card 4111 1111 1111 1111, please"),
    ("0532", "IBAN DE89370400440532013000"),
]

#: What people need at three in the morning, and must stay.
INNOCENT = [
    "nothing to hide at 12:30, pid 4711, 98.7 %",
    "incident 550e8400-e29b-41d4-a716-446655440000 is open",
    "incident 41114111-1111-4111-8111-411111111111 is open",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 by the pipeline",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "PostgreSQL 16.4 (Debian 16.4-1.pgdg120+1), Redis 7.0.15",
    "left-pad@1.3.0 and lodash@4.17.21",
    "getty@tty1.service failed",
    "ssh deploy@10.0.0.7",
    "10.0.0.1:5432, 2001:db8::1 and [::1]:6379",
    "2026-03-01 03:00:00.123456+00:00",
    "2026-03-01 2026-03-02 and 20260301T030000Z",
    "at 1767225600000, after 12345678901234 bytes",
    "password authentication failed for user bob",
    "basic authentication is required",
    "Bearer authentication is required",
    "the token expired, and the session ended",
    "no pg_hba.conf entry for host 10.0.0.1, SSL off",
    "pk_organization_members and sk_orders_by_customer_2024",
    "https://shop.example:8443/health?page=2",
    "https://shop.example:8443/@jane",
    "redis://cache:6379/0",
    "compass: north, bypass: on",
    "it refuses the signature: see whether a secret was changed",
    "LSN 16/B374D848, xid 4294967295",
    "-----BEGIN CERTIFICATE-----",
    "eyeJones stays",
]


@pytest.mark.parametrize(("mark", "secret"), TOKENS)
def test_what_looks_like_a_secret_is_taken_out_wherever_it_stands(mark: str, secret: str) -> None:
    assert redact.text(f"before {mark}{secret} after") == "before *** after"
    assert secret not in redact.text(f"value={mark}{secret}, after")
    assert secret not in redact.text(f'{{"said": "{mark}{secret}"}}')


@pytest.mark.parametrize(("secret", "held"), HELD)
def test_a_secret_is_taken_out_by_its_place(secret: str, held: str) -> None:
    for shown in (redact.text(held), redact.text(f"said: {held}"), redact.text(f"{held}\nand more")):
        assert secret not in shown
        assert redact.HIDDEN in shown


@pytest.mark.parametrize("innocent", INNOCENT)
def test_what_is_no_secret_stays_as_it_is(innocent: str) -> None:
    assert redact.text(innocent) == innocent
    assert redact.text(f"said: {innocent}; and more") == f"said: {innocent}; and more"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("password=hunter2 host=db", "password=*** host=db"),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: ***"),
        ('{"api_key": "a\\"b c", "n": 1}', '{"api_key": ***, "n": 1}'),
        ("(token=abc, page=2)", "(token=***, page=2)"),
        ("?token=abc&page=2", "?token=***&page=2"),
        ("Uid=bob;Pwd=hunter2;Server=db", "Uid=bob;Pwd=***;Server=db"),
        ("Authorization: Bearer abcdef.ghijkl", "Authorization: *** ***"),
        ("Cookie: a=b; c=d\nHost: x", "Cookie: ***\nHost: x"),
        ("postgresql://bob:p@ss@db:5432/shop is down", "postgresql://***@db:5432/shop is down"),
        ("bob:p@tcp(db:3306)/shop", "***@tcp(db:3306)/shop"),
        ("a\x1b[31mred\x00", "a [31mred "),
    ],
)
def test_text_keeps_its_sense_without_its_secrets(shown: str, expected: str) -> None:
    assert redact.text(shown) == expected


def test_what_was_run_keeps_numbers_and_addresses_and_no_credential() -> None:
    ran = "SELECT 4111111111111111 -- jane@example.com, password=hunter2"
    assert redact.credentials(ran) == "SELECT 4111111111111111 -- jane@example.com, password=***"


def test_long_text_is_cut_and_says_so_and_not_in_the_middle_of_a_mark() -> None:
    assert redact.text("x" * 50, most=10) == "x" * 9 + "…"
    assert redact.text("a password=hunter2 and more", most=13) == "a password=…"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://bob:s3cret@db.example:5432/shop?sslmode=require&password=x",
            "postgresql://db.example:5432/shop?sslmode=require",
        ),
        ("postgresql://postgres@/postgres?host=/run/pg", "postgresql:///postgres?host=/run/pg"),
        ("postgresql://u:p%40@[::1]:5/x", "postgresql://[::1]:5/x"),
        ("amqps://u:hunter2@mq:5671/%2f", "amqps://mq:5671/%2f"),
        ("mongodb://u:hunter2@a:1,b:2/x", "(not a valid address)"),
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
        ("SELECT x'1F', b'01', N'jane', .5, 1_000", "SELECT ?, ?, ?, ?, ?"),
        ("SELECT '', '''', 'a'''", "SELECT ?, ?, ?"),
        ("SELECT ARRAY[1, 2], '{3,4}'::int[], '{\"a\": \"jane\"}'::jsonb", "SELECT ARRAY[?, ?], ?::int[], ?::jsonb"),
        ("SELECT 'C:\\' , x", "SELECT ? , x"),
        ("SELECT 1 -- jane's account\n  FROM a", "SELECT ? FROM a"),
        ("SELECT x --", "SELECT x"),
        ("SELECT /* a /* nested */ secret */ x", "SELECT x"),
        ("SELECT '/*' , x /* it's */", "SELECT ? , x"),
        ("SELECT $tag$ it's $$ $tag$, $$x$$", "SELECT ?, ?"),
        ("SELECT $a$ $b$ jane $b$ $a$, a$b", "SELECT ?, a$b"),
        ("UPDATE u SET note = 'cut off in the mid", "UPDATE u SET note = ?"),
        ("UPDATE u SET note = E'it\\'s cut \\", "UPDATE u SET note = ?"),
        ("SELECT E'a''b\\\\' , x", "SELECT ? , x"),
        ("SELECT 1 /* cut off", "SELECT ?"),
        ("SELECT $$ cut off", "SELECT ?"),
        ("SELECT $tag$ cut $$ off", "SELECT ?"),
        ('SELECT "Order Id", "a""b", "cut', 'SELECT "Order Id", "a""b", ?'),
        ('SELECT "jane@example.com" FROM t', 'SELECT "***" FROM t'),
        ("ALTER ROLE bob PASSWORD 'hunter2'", "ALTER ROLE bob PASSWORD ?"),
        ("SET my.token = hunter2", "SET my.token = ***"),
        ("INSERT INTO u VALUES (42, 'jane', DATE '2026-03-01')", "INSERT INTO u VALUES (?, ?, DATE ?)"),
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


ENDS = ["password", "=", ": ", '"', "'", "\\", "***", "…", "@", "://", " ", ",", "\n", "token", "cookie:", "{", "}"]
pieces = st.sampled_from([*map("".join, TOKENS), *(held for _, held in HELD), *INNOCENT, *ENDS])


@given(st.lists(pieces | st.text(max_size=12), max_size=8).map("".join), st.sampled_from([2000, 40, 13]))
@example('cookie: x"y z"', 2000)
@example("4111111111111111x", 17)
def test_redacted_text_stays_as_it_is_when_it_is_redacted_again(anything: str, most: int) -> None:
    once = redact.text(anything, most=most)
    assert redact.text(once, most=most) == once
    ran = redact.credentials(anything, most=most)
    assert redact.credentials(ran, most=most) == ran
