"""The kinds of targets there are. A test holds them to the sections of the policy."""

from collections.abc import Mapping

from bot.diagnostics.checks.command import COMMAND
from bot.diagnostics.checks.deploys import DEPLOYS
from bot.diagnostics.checks.host import HOST
from bot.diagnostics.checks.http import HTTP
from bot.diagnostics.checks.logs.files import LOG_FILES
from bot.diagnostics.checks.logs.loki import LOKI
from bot.diagnostics.checks.network import DNS, SMTP, TCP, TLS
from bot.diagnostics.checks.postgres import POSTGRES
from bot.diagnostics.checks.prometheus import PROMETHEUS
from bot.diagnostics.checks.provider import PROVIDER
from bot.diagnostics.checks.queue import QUEUE
from bot.diagnostics.checks.redis import REDIS
from bot.diagnostics.checks.sql import SQL
from bot.diagnostics.checks.webhooks import WEBHOOKS
from bot.diagnostics.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        HTTP,
        POSTGRES,
        SQL,
        REDIS,
        QUEUE,
        WEBHOOKS,
        PROMETHEUS,
        LOKI,
        LOG_FILES,
        PROVIDER,
        HOST,
        COMMAND,
        DEPLOYS,
        TCP,
        TLS,
        DNS,
        SMTP,
    )
}
