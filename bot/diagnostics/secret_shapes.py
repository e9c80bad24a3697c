"""What secrets and people's data look like: patterns by their shape, each with what stays in its place.

Every pattern takes time in proportion to the text, whatever that holds: repeats are bounded, and a token that is found
by its beginning is taken whole, or its beginning could be tried again at each of its characters.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

HIDDEN = "***"


class Shape(NamedTuple):
    """What something looks like.

    Attributes:
        pattern: It.
        instead: What stands in its place.
        signs: Without one of these, in small letters, there is none of it: looking for them is much quicker.
    """

    pattern: re.Pattern[str]
    instead: str | Callable[[re.Match[str]], str]
    signs: tuple[str, ...] = ()

    def hidden(self, text: str, folded: str) -> str:
        """The text without it; `folded` is the text in small letters."""
        if self.signs and not any(sign in folded for sign in self.signs):
            return text
        return self.pattern.sub(self.instead, text)


#: Names whose value is a secret; they may have more to them (DB_PASSWORD, x-api-key).
_NAMES = (
    r"(?:passw(?:or)?d|passphrase|passcode|passwort|kennwort"
    r"|(?:(?<![a-z])pass|(?-i:(?<=[a-z])Pass))(?![a-z])|pwd|secret|token|credential"
    r"|api[_-]?key|(?:access|account|private|encryption|signing|master|license)[_-]?key|authori[sz]ation"
    r"|session[_-]?id|cookie|requirepass|masterauth)"
)
#: What each of these names has in it.
_SIGNS = ("pass", "kennwort", "pwd", "secret", "token", "credential", "key", "auth", "session", "cookie")
#: In quotes, in quotes that a backslash keeps, in braces; or bare: a sign that may end it belongs to it where neither
#: a space nor another name follows. What was cut off in the middle ends with the text.
_VALUE = (
    r"(?:\\{1,4}(?P<mark>[\"'])(?:(?!\\{1,4}(?P=mark)).)*(?:\\{1,4}(?P=mark)|\Z)"
    r"|\"(?:[^\"\\]|\\.)*(?:\"|\\?\Z)|'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)|\{[^{}\s]*\}"
    r"|(?:[^\s,;&)}\]\"'…]|[,;)}\]](?![\s,;&)}\]\"']|\Z|[\w.-]{1,40}[\"']?\s?[=:])|[\"'](?=\w))+)"
)


def _card(match: re.Match[str]) -> str:
    """Nothing of a card's number, by its check digit; times, counters and identifiers stay."""
    digits = [int(sign) for sign in match.group() if sign.isdigit()]
    doubled = [digit if at % 2 == 0 else sum(divmod(2 * digit, 10)) for at, digit in enumerate(reversed(digits))]
    return HIDDEN if sum(doubled) % 10 == 0 else match.group()


def _account(match: re.Match[str]) -> str:
    """Nothing of an account's IBAN, by its check digits."""
    plain = match.group().replace(" ", "")
    number = int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4]))
    return HIDDEN if number % 97 == 1 else match.group()


SECRETS: tuple[Shape, ...] = (
    # A private key, also one whose end was cut off.
    Shape(
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
            re.DOTALL,
        ),
        HIDDEN,
        ("private key",),
    ),
    # One whose beginning was cut off.
    Shape(re.compile(r"\A.*-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", re.DOTALL), HIDDEN, ("private key",)),
    # Addresses that let anyone who knows them write.
    Shape(
        re.compile(r"(hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/)[\w/-]+"),
        rf"\1{HIDDEN}",
        ("slack.com/", "discord"),
    ),
    # Credentials in an address. A password may hold an @: the last one before the path counts.
    Shape(re.compile(r"\b([a-z][a-z0-9+.-]{1,20}://)[^\s/?#'\"<>]*@", re.IGNORECASE), rf"\1{HIDDEN}@", ("://",)),
    # A password may even hold what should be escaped; a port and a path may as well be followed by an @.
    Shape(
        re.compile(
            r"\b([a-z][a-z0-9+.-]{1,20}://)[^\s:@/?#'\"<>]{0,200}:(?!\d{1,5}[/?#])[^\s@'\"<>]{1,200}@", re.IGNORECASE
        ),
        rf"\1{HIDDEN}@",
        ("://",),
    ),
    # user:password@tcp(host:3306)/name, as Go writes it.
    Shape(
        re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}:[^\s(]{1,200}@(?=(?:tcp6?|unix)\()"), f"{HIDDEN}@", ("@tcp", "@unix")
    ),
    # Headers whose values have several parts.
    Shape(
        re.compile(r"(\b(?:set-)?cookie\s{0,8}:\s{0,8})(?![\"'])[^\r\n\"']+", re.IGNORECASE),
        rf"\1{HIDDEN}",
        ("cookie",),
    ),
    Shape(
        re.compile(r"(\bauthorization\s{0,8}:\s{0,8}(?:digest|aws4-hmac-sha256)\s)[^\r\n]+", re.IGNORECASE),
        rf"\1{HIDDEN}",
        ("authorization",),
    ),
    Shape(
        re.compile(
            r"(\bauthorization\s{0,8}[:=]\s{0,8}[\"']?(?:token|api-?key|negotiate|ntlm)\s{1,8})[^\s\"'…]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
        ("authorization",),
    ),
    Shape(
        re.compile(
            r"\b((?i:bearer|basic)\s{1,8})(?!(?i:auth|realm|token|credential|access|header))"
            r"(?:(?=[\w~+/=-]{0,200}[\dA-Z_.~+/=-])[\w.~+/=-]{6,}|[a-z]{20,})"
        ),
        rf"\1{HIDDEN}",
        ("bearer", "basic"),
    ),
    # The name in one field and the value in the next, as Kubernetes has them.
    Shape(
        re.compile(
            rf"(?P<name>name[\"']?\s{{0,8}}[:=]\s{{0,8}}[\"']?[\w.-]{{0,40}}{_NAMES}[\w.-]{{0,40}}[\"']?"
            rf"\s{{0,40}},?\s{{0,40}}-?\s?[\"']?value[\"']?\s{{0,8}}[:=]\s{{0,8}}){_VALUE}",
            re.IGNORECASE | re.DOTALL,
        ),
        rf"\g<name>{HIDDEN}",
        ("value",),
    ),
    # name=value, name: value, "name": "value", <name>value, --name value.
    Shape(
        re.compile(
            rf"(?P<name>{_NAMES}[\w-]{{0,40}}\\{{0,4}}[\"']?\]?(?:\s{{0,8}}(?:=>|:=|==?=?|:|%3D)\s{{0,8}}|>)){_VALUE}",
            re.IGNORECASE | re.DOTALL,
        ),
        rf"\g<name>{HIDDEN}",
        _SIGNS,
    ),
    Shape(
        re.compile(
            rf"(?P<name>(?<![^\s\"'])--?[\w-]{{0,40}}{_NAMES}[\w-]{{0,40}}\s{{1,8}})(?!-){_VALUE}",
            re.IGNORECASE | re.DOTALL,
        ),
        rf"\g<name>{HIDDEN}",
        _SIGNS,
    ),
    # A signed address. People write “the signature: …”, so here a colon alone says nothing.
    Shape(
        re.compile(
            r"((?<![a-z])(?:signature|sig)[\"']?(?:=|\s{0,8}:\s{0,8}(?=[\"']))[\"']?)[^\s&\"'…]+", re.IGNORECASE
        ),
        rf"\1{HIDDEN}",
        ("sig",),
    ),
    # ALTER USER … PASSWORD 'x', IDENTIFIED BY 'x'; Redis' AUTH x, requirepass x.
    Shape(
        re.compile(rf"(?P<name>\b(?:password|identified\s+by)\s{{1,8}})(?=[\"']){_VALUE}", re.IGNORECASE | re.DOTALL),
        rf"\g<name>{HIDDEN}",
        ("password", "identified"),
    ),
    Shape(
        re.compile(r"\b((?:requirepass|masterauth)\s{1,8}|AUTH\s{1,8}(?:[\w.-]{1,64}\s{1,8})?(?=\S*\d))[^\s…]+"),
        rf"\1{HIDDEN}",
        ("auth", "requirepass"),
    ),
    # Tokens that say by their form what they are: Slack, GitHub, GitLab, Stripe and kin, AWS, Google, SendGrid, JWT, …
    Shape(re.compile(r"\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[\w-]{8,}", re.IGNORECASE), HIDDEN, ("xox", "xapp-")),
    Shape(re.compile(r"\b(?:gh[opusr]_|github_pat_|glpat-|npm_|dop_v1_|hf_|pypi-|shp[ac]t_)\w[\w-]{15,}"), HIDDEN),
    Shape(re.compile(r"\b(?:(?:sk|pk|rk)_(?:live|test)_|whsec_)\w{8,}|\bsk_[0-9a-f]{32,}\b"), HIDDEN),
    Shape(re.compile(r"\bsk-[\w-]{16,}"), HIDDEN, ("sk-",)),
    # An AWS key, with the secret that stands behind it.
    Shape(re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b(?:[\s,:;|\"']{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))?"), HIDDEN),
    Shape(re.compile(r"\bAIza[\w-]{30,}|\bya29\.[\w.-]{16,}|\bGOCSPX-[\w-]{16,}"), HIDDEN),
    Shape(re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}"), HIDDEN, ("sg.",)),
    Shape(re.compile(r"\bSK[0-9a-f]{32}\b"), HIDDEN),
    Shape(re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"), HIDDEN),
    Shape(re.compile(r"\b\d{8,10}:AA[\w-]{30,}"), HIDDEN),
    Shape(re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"), HIDDEN, ("eyj",)),
)
PERSONAL: tuple[Shape, ...] = (
    # Names of units (getty@tty1.service) and versions (left-pad@1.3.0) are none.
    Shape(
        re.compile(
            r"[\w.+%#&*!?^~-]{1,64}@(?:[\w-]{1,63}\.){1,10}"
            r"(?!(?:service|socket|timer|mount|slice|target|scope)\b)[^\W\d_][\w-]{1,62}"
        ),
        HIDDEN,
        ("@",),
    ),
    Shape(
        re.compile(
            r"(?<![\w.-])"
            r"(?:[2-6]\d{12,18}|[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{5})(?![\w-]|\.\d)"
        ),
        _card,
    ),
    Shape(re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _account),
)
