"""Text that is made to keep a pattern busy is redacted as fast as any other."""

import pytest

from bot.diagnostics import redact

#: In 100 kB of each of these, some pattern begins again and again, or almost matches.
TEXTS = [
    "a", "-", "'", "\\", "(", "a@", "a.", "a@1.", "a://", "a://a:", "4111 ", "AA11 ", "eyJ-", "SG.aaaaaaaaaaaaaaaa-",
    "xoxb-", "password", "password='", 'password="\\', "token={", 'password=\\"', "token=,", " --token ", "-a",
    "name: token", "cookie: ", "bearer a", "AUTH ", "AUTH a ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----",
    "-----END A PRIVATE KEY", "a:b@", "a:b", "secret\\\\\\\\", "authorization: digest ",
]  # fmt: skip
STATEMENTS = ["/*", "*/", "--", "$a$", "$a", "E'\\", "E'", "''", '""', '"', "1e"]
LONG = 100_000

# Each takes a fraction of a second; one that a pattern reads again from each of its characters would take minutes.
pytestmark = pytest.mark.timeout(20)


@pytest.mark.parametrize("bait", TEXTS)
def test_a_text_made_to_be_slow_is_not(bait: str) -> None:
    assert len(redact.text((bait * LONG)[:LONG], most=LONG)) <= LONG


@pytest.mark.parametrize("bait", STATEMENTS)
def test_a_statement_made_to_be_slow_is_not(bait: str) -> None:
    assert len(redact.query((bait * LONG)[:LONG])) <= LONG
