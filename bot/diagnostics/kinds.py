"""The kinds of targets there are. A test holds them to the sections of the policy."""

from collections.abc import Mapping

from bot.diagnostics.checks.host import HOST
from bot.diagnostics.checks.http import HTTP
from bot.diagnostics.checks.network import DNS, SMTP, TCP, TLS
from bot.diagnostics.checks.postgres import POSTGRES
from bot.diagnostics.checks.prometheus import PROMETHEUS
from bot.diagnostics.checks.provider import PROVIDER
from bot.diagnostics.checks.redis import REDIS
from bot.diagnostics.checks.sql import SQL
from bot.diagnostics.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (HTTP, POSTGRES, SQL, REDIS, PROMETHEUS, PROVIDER, HOST, TCP, TLS, DNS, SMTP)
}
