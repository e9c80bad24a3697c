"""What the jobs share: the application, Slack, the templates, and how to reach things."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.application.execute import Muster
from bot.application.exports import CloseTicket, FilePaper, FileTicket, no_tracker, no_wiki, nothing_to_close
from bot.application.ports import Answer, CallWebhook, Mail, Notice, Refused, SendMail, SlackGateway, TellSource
from bot.charts import png, sheet_png
from bot.diagnostics.result import Chart
from bot.domain.incident import Incident
from bot.messages import Mails, Messages
from bot.postmortem.sheet import Sheet
from bot.runbooks.catalogue import Catalogue


async def no_mail(_mail: Mail) -> None:
    """For an installation without a mail server. Raises Refused."""
    raise Refused("no mail server is set", "Set MUSTER_SMTP_URL and MUSTER_MAIL_FROM, and start Muster again.")


async def no_webhook(notice: Notice) -> None:
    """For an installation without webhooks. Raises Refused."""
    raise Refused(f"no webhook {notice.webhook}", "The pack that is in use has no such webhook.")


async def no_source(answer: Answer) -> str:
    """For an installation that tells no monitors. Raises Refused."""
    raise Refused(f"no rule {answer.rule}", "The pack that is in use has no such rule.")


#: Draws a chart with a title; raises ChartFailed.
Draw = Callable[[Chart, str], Awaitable[bytes]]


#: Draws what a review's picture shows, as PNG; raises ChartFailed.
DrawSheet = Callable[[Sheet], Awaitable[bytes]]


async def drawn(chart: Chart, title: str) -> bytes:
    """A chart as PNG, drawn in a process of its own. Raises ChartFailed."""
    return await png(chart, title=title)


@dataclass(slots=True)
class Desk:
    """Built once by the composition root."""

    muster: Muster
    slack: SlackGateway
    messages: Messages
    catalogue: Catalogue
    announce_channel: str
    links: dict[str, str] = field(default_factory=dict)
    mails: Mails = field(default_factory=Mails)
    send_mail: SendMail = no_mail
    draw: Draw = drawn
    call_webhook: CallWebhook = no_webhook
    tell_source: TellSource = no_source
    draw_sheet: DrawSheet = sheet_png
    file_ticket: FileTicket = no_tracker
    file_paper: FilePaper = no_wiki
    close_ticket: CloseTicket = nothing_to_close

    def links_of(self, incident: Incident) -> dict[str, str]:
        """The links that templates may show for an incident."""
        return dict(self.links) | ({"channel": f"<#{incident.channel_id}>"} if incident.channel_id else {})
