"""What stands on a network: ports, certificates, names, mail servers."""

from bot.diagnostics.checks.network.dns import DNS
from bot.diagnostics.checks.network.smtp import SMTP
from bot.diagnostics.checks.network.tcp import TCP
from bot.diagnostics.checks.network.tls import TLS

__all__ = ["DNS", "SMTP", "TCP", "TLS"]
