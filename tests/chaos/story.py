"""One incident from its declaration to its review, as people live it: through Slack, and through the one door."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import text

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.react import RECORDED as PIN
from bot.sandbox import Sandbox
from bot.sandbox.model import Json
from bot.sandbox.records import Reply
from bot.sandbox.text import typed
from bot.store import incidents, lanes
from bot.store.database import Database, DatabaseUnavailable
from tests.chaos.script import tag

#: Nothing takes longer than a stall, its time-out, the search for what it did, and the wait before that.
PATIENCE_S = 120.0

#: Answers after which somebody sends the same again.
_UNSURE = re.compile("nothing was recorded|may have been recorded")
#: How soon: nobody says when the bot or its database is back.
_AGAIN_S = 0.2

#: The incidents for which something is still on its way: a row, a surface, a diagnostic, a review, an action.
_UNSETTLED = text("""
    SELECT i.ref FROM incidents i WHERE
      EXISTS (SELECT FROM outbox o WHERE o.incident_id = i.id AND o.status IN ('waiting', 'sending'))
      OR EXISTS (SELECT FROM surfaces s WHERE s.incident_id = i.id AND s.shown < s.wanted
                 AND i.channel_id IS NOT NULL
                 AND (s.ts IS NOT NULL OR s.name NOT IN ('summary', 'announcement', 'review')
                      AND s.name NOT LIKE ALL (ARRAY['checklist:%', 'diagnostic:%', 'action:%', 'walk:%', 'step:%']))
                 AND (s.name <> 'bookmarks' OR EXISTS (
                      SELECT FROM outbox o WHERE o.incident_id = i.id AND o.ts IS NOT NULL
                      AND o.payload->>'message' = 'alert')))
      OR (SELECT count(*) FROM timeline t WHERE t.incident_id = i.id AND t.kind = 'diagnostic_requested')
         > (SELECT count(*) FROM timeline t WHERE t.incident_id = i.id
            AND t.kind IN ('diagnostic_recorded', 'diagnostic_repeated'))
      OR (SELECT count(*) FROM timeline t WHERE t.incident_id = i.id AND t.kind = 'review_requested')
         > (SELECT count(*) FROM timeline t WHERE t.incident_id = i.id AND t.kind = 'review_drafted')
      -- One that was asked for once may be written twice, by a job whose process died and by the one that took it over.
      OR EXISTS (SELECT FROM pgqueuer q WHERE q.entrypoint = 'review'
                 AND convert_from(q.payload, 'utf8')::jsonb->>'incident' = i.id::text)
      OR EXISTS (SELECT FROM timeline t WHERE t.incident_id = i.id AND t.kind IN ('action_requested', 'action_started')
                 AND NOT EXISTS (SELECT FROM timeline d WHERE d.incident_id = i.id AND d.seq > t.seq
                                 AND d.kind IN ('action_proposed', 'action_impossible', 'action_finished')
                                 AND d.payload->'number' = t.payload->'number'))
""")


#: The same, row by row.
_LEFT = text("""
    SELECT i.ref || ': ' || o.kind || ' ' || coalesce(o.payload->>'message', '') || ' in ' || o.lane || ' is '
      || o.status || ' after ' || o.attempts || ' tries: ' || coalesce(o.error, 'no error') || '; leased for '
      || coalesce((SELECT round(extract(epoch FROM l.until - now())) FROM lanes l WHERE l.name = o.lane)::text, '-')
    FROM outbox o JOIN incidents i ON i.id = o.incident_id WHERE o.status IN ('waiting', 'sending')
    UNION ALL
    SELECT i.ref || ': ' || s.name || ' shows ' || s.shown || ' of ' || s.wanted
    FROM surfaces s JOIN incidents i ON i.id = s.incident_id WHERE s.shown < s.wanted
    UNION ALL
    SELECT coalesce(i.ref, '') || ': job ' || q.entrypoint || ' ' || convert_from(q.payload, 'utf8')
      || ' is ' || q.status || ', due in ' || round(extract(epoch FROM q.execute_after - now()))
      || ' s, heartbeat ' || round(extract(epoch FROM now() - q.heartbeat)) || ' s ago'
    FROM pgqueuer q LEFT JOIN incidents i ON i.id::text = convert_from(q.payload, 'utf8')::jsonb->>'incident'
    WHERE q.entrypoint <> 'timer'
""")

#: What is on its way and in nobody's hands: no lease that runs, no job that is queued or that a living process has.
_ORPHANS = text("""
    WITH jobs AS (
      SELECT entrypoint, convert_from(payload, 'utf8')::jsonb AS about FROM pgqueuer
      WHERE status = 'queued' OR heartbeat > now() - interval '8 seconds'
    )
    SELECT i.ref || ': ' || o.kind || ' ' || coalesce(o.payload->>'message', '') || ' in ' || o.lane
    FROM outbox o JOIN incidents i ON i.id = o.incident_id
    WHERE o.status IN ('waiting', 'sending')
      AND NOT EXISTS (SELECT FROM lanes l WHERE l.name = o.lane AND l.until > now())
      AND NOT EXISTS (SELECT FROM jobs WHERE about->>'lane' = o.lane)
    UNION ALL
    SELECT i.ref || ': ' || s.name || ' shows ' || s.shown || ' of ' || s.wanted
    FROM surfaces s JOIN incidents i ON i.id = s.incident_id
    WHERE s.shown < s.wanted AND i.channel_id IS NOT NULL
      AND (s.ts IS NOT NULL OR s.name NOT IN ('summary', 'announcement', 'bookmarks', 'review')
           AND s.name NOT LIKE ALL (ARRAY['checklist:%', 'diagnostic:%', 'action:%', 'walk:%', 'step:%']))
      AND NOT EXISTS (SELECT FROM lanes l WHERE l.name = i.id || ':surface:' || s.name AND l.until > now())
      AND NOT EXISTS (SELECT FROM jobs WHERE about->>'surface' = s.name AND (about->>'incident')::bigint = i.id)
    UNION ALL
    SELECT i.ref || ': the diagnostic ' || (t.payload->>'run')
    FROM timeline t JOIN incidents i ON i.id = t.incident_id
    WHERE t.kind = 'diagnostic_requested'
      AND NOT EXISTS (SELECT FROM timeline d WHERE d.incident_id = i.id AND d.kind = 'diagnostic_recorded'
                      AND d.payload->>'run' = t.payload->>'run')
      AND NOT EXISTS (SELECT FROM jobs WHERE about->>'run' = t.payload->>'run')
""")


@dataclass
class Watch:
    """Knows which incidents have come to rest; one look serves all who wait."""

    database: Database
    _looked: asyncio.Condition = field(default_factory=asyncio.Condition)
    _unsettled: frozenset[str] = frozenset()
    _looks: int = 0

    async def run(self) -> None:
        """Looks again and again, until it is cancelled."""
        while True:
            try:
                async with self.database.transaction() as connection:
                    found = frozenset((await connection.execute(_UNSETTLED)).scalars())
                    await connection.execute(text("SELECT pg_sleep(0.1)"))
            except DatabaseUnavailable:
                await asyncio.sleep(_AGAIN_S)
                continue
            async with self._looked:
                self._unsettled, self._looks = found, self._looks + 1
                self._looked.notify_all()

    async def settled(self, ref: str) -> None:
        """Waits until nothing of an incident is on its way. Raises AssertionError when it takes for ever."""
        await self._until(lambda: ref not in self._unsettled, ref)

    async def all_settled(self) -> None:
        """Waits until nothing at all is on its way. Raises AssertionError when it takes for ever."""
        await self._until(lambda: not self._unsettled, "")

    async def _until(self, calm: Callable[[], bool], ref: str) -> None:
        async with self._looked:
            begun = self._looks
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    # The look that is going on may have begun before what the caller has just done.
                    await self._looked.wait_for(lambda: self._looks > begun + 1 and calm())
                    return
        left = [line for line in await self.left() if ref in line]
        orphans = [line for line in await self.orphans() if ref in line]
        raise AssertionError("\n".join(["this has not come to rest:", *left, "of it, in nobody's hands:", *orphans]))

    async def left(self) -> list[str]:
        """What is on its way."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(_LEFT)).scalars())

    async def orphans(self) -> list[str]:
        """What is on its way and in nobody's hands."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(_ORPHANS)).scalars())


@dataclass
class Story:
    """One incident's people. `number` tells it from the others in the workspace."""

    sandbox: Sandbox
    #: The door that the command line knocks at, in this process.
    door: Muster
    watch: Watch
    number: int
    ref: str = ""

    async def live(self) -> None:
        """From the declaration to the end, with a pause for breath where people would look at Slack first."""
        await self.declare()
        await self.watch.settled(self.ref)
        await self.fight()
        await self.watch.settled(self.ref)
        await self.end()
        await self.watch.settled(self.ref)

    async def announce(self) -> None:
        """What everybody hears of: a declaration and an escalation."""
        await self.declare()
        await self.say("bob", "escalate The database team has to raise it --now")
        await self.watch.settled(self.ref)

    async def review(self) -> None:
        """What was over before it began, and is written up."""
        await self.declare()
        await self.watch.settled(self.ref)
        await self.say("bob", "resolve It was the monitor")
        await self.say("bob", "review")
        await self.watch.settled(self.ref)

    async def declare(self) -> None:
        """Somebody sees that something is wrong."""
        said = (await self.type("alice", f"declare P1 Checkout is down {tag(self.number)}")).text or ""
        start = said.index("INC-")
        self.ref = said[start : start + len("INC-2026-01-31-001")]

    async def fight(self) -> None:
        """People come together, look, try, and say what they do."""
        await self.say("bob", "ack")
        await self.say("bob", "role scribe @erin")
        await self.say("bob", "update Cards fail for everyone; we look at the pool")
        await self.talk()
        await self.say("bob", "status identified The pool is full")
        await self.say("bob", "diag db")
        await self.say("bob", "runbook slow-queries")
        await self.say("bob", "step skip It is the pool")
        await self.say("erin", "task Add an alert on the pool @carol by 2030-02-14")
        await self.say("bob", "escalate The database team has to raise it --now")
        await self.say("bob", "severity P2 Half of the cards work again")
        # Somebody at a terminal does the same by the same door.
        await self.execute(c.AddNote(by=Actor.cli("root"), text="max_connections is 100"))
        await self.execute(c.PostUpdate(by=Actor.cli("root"), text="The pool was raised", status="monitoring"))

    async def end(self) -> None:
        """It is over, was not, and is."""
        await self.say("bob", "resolve The pool was raised")
        await self.say("carol", "reopen Cards fail again")
        await self.say("bob", "resolve The pool was raised, and the leak closed")
        await self.say("alice", "review")
        await self.watch.settled(self.ref)
        await self.say("alice", "close")

    async def talk(self) -> None:
        """A reply in the thread, a message that is pinned, and one that was pinned by mistake."""
        sandbox, room, alert = self.sandbox, *await self._room_and_alert()
        if room is None:
            return
        if alert is not None:
            await sandbox.say("erin", room, "The pool is at 98 %", thread_ts=alert)
        kept = await sandbox.say("erin", room, "We deployed at 09:10")
        await sandbox.react("carol", room, kept, PIN)
        mistaken = await sandbox.say("erin", room, "Lunch?")
        await sandbox.react("carol", room, mistaken, PIN)
        await self.watch.settled(self.ref)
        await sandbox.unreact("carol", room, mistaken, PIN)

    async def say(self, who: str, command: str) -> Reply:
        """Types a command for this incident, from anywhere."""
        return await self.type(who, f"{self.ref} {command}")

    async def type(self, who: str, command: str) -> Reply:
        """Types the slash command. Whoever gets no answer, or an unsure one, sends the same again: it does no harm."""
        async with asyncio.timeout(PATIENCE_S):
            await self.reach()
            reply = await self.sandbox.command(who, command)
            while reply.error is not None or _UNSURE.search(reply.text or ""):
                await asyncio.sleep(_AGAIN_S)
                await self.reach()
                delivery = await self.sandbox.courier.deliver("command", self._sent(who, command))
                answer = delivery.answer if isinstance(delivery.answer, dict) else {}
                reply = Reply(delivery.status or 0, 0.0, answer.get("text"), error=delivery.error)
        assert f"{reply.text}".startswith(":ok_hand:"), (command, reply)
        return reply

    async def reach(self) -> None:
        """Waits until there is a bot to talk to."""

    def _sent(self, who: str, command: str) -> Json:
        """A command as it was sent first, with the ids that tell it from others."""
        person, words = self.sandbox.people[who].id, typed(self.sandbox.workspace, command, with_names=True)
        sent = (item.payload for item in reversed(self.sandbox.requests) if item.kind == "command")
        return next(payload for payload in sent if (payload["user_id"], payload["text"]) == (person, words))

    async def execute(self, command: c.Command) -> None:
        """Does what a terminal does; when the database does not answer it does the same again, by the same key."""
        key = f"terminal:{uuid4()}"
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(DatabaseUnavailable):
                    await self.door.execute(command, ref=self.ref, key=key)
                    return
                await asyncio.sleep(_AGAIN_S)

    async def _room_and_alert(self) -> tuple[str | None, str | None]:
        """The incident's channel, and the message that the updates' thread hangs on, where there are any."""
        async with self.door.database.transaction() as connection:
            stored = await incidents.by_ref(connection, self.ref)
            assert stored is not None
            alert = await lanes.delivered(connection, stored.id, "alert")
        return stored.incident.channel_id, alert[1] if alert else None
