"""E-mail addresses that go into headers and SMTP commands as they are, so that only plain ones are let in."""

import re

PATTERN = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$"
)
#: RFC 5321's limits for the whole and for what stands before the @.
_LONGEST, _LONGEST_NAME = 254, 64


def is_address(text: str) -> bool:
    """Whether it is one e-mail address in ASCII, without a name, quotes or comments."""
    fits = len(text) <= _LONGEST and text.find("@") <= _LONGEST_NAME
    return fits and re.fullmatch(PATTERN.removeprefix("^").removesuffix("$"), text) is not None
