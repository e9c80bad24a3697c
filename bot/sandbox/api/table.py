"""Loads every family of methods, and says which of them ignore JSON bodies."""

from bot.sandbox.api import canvases, chat, conversations, files, history, marks, meta, views

#: Importing a family registers its methods.
FAMILIES = (canvases, chat, conversations, files, history, marks, meta, views)


#: The server itself answers this one, since it hands out one of its own addresses.
OPEN_CONNECTION = "apps.connections.open"

#: Slack reads these methods' arguments from forms and query strings only.
FORM_ONLY = frozenset(
    {
        "bots.info",
        "bookmarks.list",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "files.getUploadURLExternal",
        "files.info",
        "files.list",
        "pins.list",
        "reactions.get",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.conversations",
        "users.info",
        "users.list",
        "users.lookupByEmail",
    }
)
