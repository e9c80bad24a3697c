"""Stripe, and the API of the pack `mais` whose webhook it cannot deliver: both stand in, and their database is real."""

import json
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from tests.scenario.stage import Clock
from tests.support.sickness import connected
from tests.support.stand_in_tables import TABLES

EVENT, KEY = "evt_4711", "sk_live_planted"
#: Has Stripe send an event again, or asks about the endpoint. As the real one it does not know how that then answers.
STRIPE_CLI = """\
#!{python} -IS
import os, sys, urllib.error, urllib.request
path = {{"events": f"events/{{sys.argv[3]}}/retry", "webhook_endpoints": f"webhook_endpoints/{{sys.argv[3]}}"}}
request = urllib.request.Request("{url}/v1/" + path[sys.argv[1]], method="POST" if sys.argv[2] == "resend" else "GET")
request.add_header("Authorization", "Bearer " + os.environ["STRIPE_API_KEY"])
try:
    print(urllib.request.urlopen(request).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"Stripe answered {{error.code}}")
"""
#: What the API does with a webhook that it takes.
BOOK = """
WITH taken AS (
    UPDATE "WebhookEvent" SET status = 'PROCESSED', "processedAt" = now(), attempts = attempts + 1
    WHERE "eventId" = $1 RETURNING "rawPayload"::json->'data'->'object' AS session
), booking AS (
    INSERT INTO "Booking" (id, date, status)
    SELECT 'booking_1', (session->'metadata'->>'eventDate')::date, 'CONFIRMED' FROM taken RETURNING id
)
INSERT INTO "Payment" (id, "bookingId", amount, status, "processorId")
SELECT 'payment_1', booking.id, 350000, 'CAPTURED', session->>'id' FROM taken, booking
"""
REFUSE = """
UPDATE "WebhookEvent" SET attempts = attempts + 1, "lastError" = 'It answered 500' WHERE "eventId" = $1
"""


@dataclass
class Business:
    """Stripe, and the API whose endpoint it delivers to: one server, and the database of the API.

    Attributes:
        reachable: whether Stripe does what it is asked; until then it answers 503.
        mended: whether the endpoint takes what it is sent; until then it answers 500.
        delivered: how it answered, each time.
    """

    database: str
    now: Clock
    reachable: bool = False
    mended: bool = False
    delivered: list[int] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """What either of them answers."""
        if request.path == "/v1/webhooks/stripe":
            return await self._take((await request.json())["id"])
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.Response(status=401)
        event = {"id": EVENT, "type": "checkout.session.completed", "created": int(self.now().timestamp())}
        if request.path.endswith("/retry"):
            if not self.reachable:
                return web.Response(status=503)
            async with aiohttp.ClientSession() as stripe:
                await stripe.post(request.url.with_path("/v1/webhooks/stripe"), json=event)
            return web.json_response(event)
        if request.path.startswith("/v1/webhook_endpoints/"):
            return web.json_response({"id": request.path.rpartition("/")[2], "status": "enabled"})
        return web.json_response({"object": "list", "data": [event], "has_more": False})

    async def _take(self, event: str) -> web.Response:
        async with connected(self.database) as api:
            await api.execute(BOOK if self.mended else REFUSE, event)
        self.delivered.append(200 if self.mended else 500)
        return web.Response(status=self.delivered[-1])


async def planted(database: str) -> None:
    """A couple has paid for a day that is free, and the webhook failed."""
    (tables,) = (one.sql for one in TABLES if (one.pack, one.target) == ("mais", "webhook-events"))
    session = {"id": "cs_4711", "amount_total": 350000, "metadata": {"packageId": "pkg", "eventDate": "2026-12-12"}}
    async with connected(database) as api:
        await api.execute(tables)
        await api.execute(
            'INSERT INTO "WebhookEvent" ("eventId", "eventType", status, attempts, "lastError", "rawPayload")'
            " VALUES ($1, 'checkout.session.completed', 'FAILED', 5, 'It answered 500', $2)",
            EVENT,
            json.dumps({"data": {"object": session}}),
        )
