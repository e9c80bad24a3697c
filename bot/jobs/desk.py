"""What the jobs share: the application, Slack, the templates, and how to reach things."""

from dataclasses import dataclass, field

from bot.application.execute import Muster
from bot.application.ports import SlackGateway
from bot.domain.incident import Incident
from bot.messages import Messages
from bot.runbooks.catalogue import Catalogue


@dataclass(slots=True)
class Desk:
    """Built once by the composition root."""

    muster: Muster
    slack: SlackGateway
    messages: Messages
    catalogue: Catalogue
    announce_channel: str
    links: dict[str, str] = field(default_factory=dict)

    def links_of(self, incident: Incident) -> dict[str, str]:
        """The links that templates may show for an incident."""
        return dict(self.links) | ({"channel": f"<#{incident.channel_id}>"} if incident.channel_id else {})
