"""A strict, stateful stand-in for Slack, reached over HTTP, for the demo, for drills and for tests."""

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Bookmark, Channel, File, Message, Person, Pin, View
from bot.sandbox.records import Call, Delivery, Fault, Reply
from bot.sandbox.server import Sandbox

__all__ = [
    "Bookmark",
    "Call",
    "Channel",
    "Delivery",
    "Fault",
    "File",
    "Message",
    "Person",
    "Pin",
    "Reply",
    "Sandbox",
    "SlackError",
    "View",
]
