"""The diagnostics targets of a policy: a section for each kind. `bot.diagnostics.kinds` has what each is asked."""

from typing import Annotated

from pydantic import Field

from bot.policy.targets.base import AtAnAddress, TargetSection, Wrong
from bot.policy.targets.command import CommandTarget
from bot.policy.targets.deploys import DeploysTarget
from bot.policy.targets.host import HostTarget
from bot.policy.targets.logs import LogFilesTarget, LokiTarget
from bot.policy.targets.network import DnsTarget, SmtpTarget, TcpTarget, TlsTarget
from bot.policy.targets.postgres import PostgresTarget
from bot.policy.targets.prometheus import PrometheusTarget
from bot.policy.targets.provider import ProviderTarget
from bot.policy.targets.queue import QueueTarget
from bot.policy.targets.redis import RedisTarget
from bot.policy.targets.sql import SqlTarget
from bot.policy.targets.web import HttpTarget
from bot.policy.targets.webhooks import WebhooksTarget

#: Every kind's section, by what stands after `kind:`.
SECTIONS: dict[str, type[TargetSection]] = {
    "http": HttpTarget,
    "postgres": PostgresTarget,
    "sql": SqlTarget,
    "redis": RedisTarget,
    "queue": QueueTarget,
    "webhooks": WebhooksTarget,
    "prometheus": PrometheusTarget,
    "loki": LokiTarget,
    "log_files": LogFilesTarget,
    "provider": ProviderTarget,
    "host": HostTarget,
    "command": CommandTarget,
    "deploys": DeploysTarget,
    "tcp": TcpTarget,
    "tls": TlsTarget,
    "dns": DnsTarget,
    "smtp": SmtpTarget,
}

#: A target as the file has it.
TargetRule = Annotated[
    PostgresTarget
    | SqlTarget
    | RedisTarget
    | QueueTarget
    | WebhooksTarget
    | HttpTarget
    | PrometheusTarget
    | LokiTarget
    | LogFilesTarget
    | ProviderTarget
    | HostTarget
    | CommandTarget
    | DeploysTarget
    | TcpTarget
    | TlsTarget
    | DnsTarget
    | SmtpTarget,
    Field(discriminator="kind"),
]

__all__ = ["SECTIONS", "AtAnAddress", "TargetRule", "TargetSection", "Wrong"]
