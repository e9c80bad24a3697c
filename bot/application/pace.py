"""The limits of Slack's that the processes on one database keep together."""

from datetime import timedelta

from bot.application.ports import urgency
from bot.store import pace
from bot.store.database import Database, DatabaseUnavailable

#: A person's own call is as urgent as it gets.
_PERSON = 60
#: Seconds that the database may take to answer, where a person waits and where nobody does.
_MOMENT, _WHILE = 0.25, 2.0


class SharedPace:
    """Asks the database before each call to Slack.

    Limits are a courtesy: when the database does not answer within a moment, the call goes ahead.
    """

    def __init__(self, database: Database) -> None:
        """Take a database for single statements (`autocommit`): nothing else may hold its connections."""
        self._database = database

    async def take(self, name: str, interval: timedelta, burst: int) -> timedelta:
        """Count a call on behalf of the running task. Nothing when it may be made now, else how long to wait."""
        level = urgency.get()
        try:
            async with self._database.transaction(_MOMENT if level is None else _WHILE) as connection:
                return await pace.take(connection, name, interval, burst, urgency=_PERSON if level is None else level)
        except DatabaseUnavailable:
            return timedelta()

    async def close(self, name: str, wait: timedelta, interval: timedelta, burst: int) -> None:
        """Let nobody call for as long as Slack said."""
        try:
            async with self._database.transaction(_MOMENT if urgency.get() is None else _WHILE) as connection:
                await pace.close(connection, name, wait, interval, burst)
        except DatabaseUnavailable:
            return
