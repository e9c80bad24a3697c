"""Messages: Jinja templates in readable Markdown become Block Kit and plain text for Slack."""

from bot.messages.api import to_blocks, to_mrkdwn
from bot.messages.messages import Delay, Message, Messages, TemplateFault
from bot.messages.runs import escape

__all__ = ["Delay", "Message", "Messages", "TemplateFault", "escape", "to_blocks", "to_mrkdwn"]
