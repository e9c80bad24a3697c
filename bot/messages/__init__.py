"""Messages: Jinja templates in readable Markdown become Block Kit and plain text for Slack."""

from bot.messages.api import to_blocks, to_mrkdwn
from bot.messages.email import Mails, MailText
from bot.messages.faults import TemplateFault
from bot.messages.messages import Delay, Message, Messages
from bot.messages.runs import escape

__all__ = ["Delay", "MailText", "Mails", "Message", "Messages", "TemplateFault", "escape", "to_blocks", "to_mrkdwn"]
