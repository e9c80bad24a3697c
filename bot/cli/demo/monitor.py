"""The story's monitor: posts what a Prometheus found to the bot, as Alertmanager does it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import aiohttp

from bot.core import Clock

#: What the alerts are called; the stage has a rule for it.
ALERT = "CheckoutSlow"
#: What they are about.
SERVICE = "checkout"
#: The name of the pair in MUSTER_WEBHOOK_TOKENS.
SENDER = "alertmanager"
PATH = f"/webhooks/{SENDER}"
_PATIENCE = aiohttp.ClientTimeout(total=10)
_GRAPH = "https://prometheus.example.com/graph?g0.expr=checkout%3Alatency_seconds%3Ap95+%3E+2"
_HOME = "https://alertmanager.example.com"
_NEVER = "0001-01-01T00:00:00Z"


@dataclass(slots=True)
class Monitor:
    """An Alertmanager with one group of alerts, which it tells whole each time."""

    url: str
    token: str
    now: Clock
    #: What is slow since when, and how many seconds it takes.
    _slow: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    #: An earlier story's alerts are others, also in the same database.
    _story: str = field(default_factory=lambda: uuid4().hex)

    async def fires(self, pods: Mapping[str, int]) -> str:
        """Post that checkout is slow on some more pods.

        Args:
            pods: how many seconds it takes, by pod.

        Returns:
            The answer in words: how many alerts came to what.

        Raises:
            aiohttp.ClientError: it was not taken.
        """
        self._slow |= {pod: (self.now(), seconds) for pod, seconds in pods.items()}
        return await self._post("firing", None)

    async def clears(self) -> str:
        """Post that none of it is so any more; returns the answer in words. Raises aiohttp.ClientError."""
        return await self._post("resolved", self.now())

    async def _post(self, status: str, ended: datetime | None) -> str:
        common = {"alertname": ALERT, "service": SERVICE, "severity": "warning"}
        alerts = [
            self._alert(common | {"pod": pod}, seconds)
            | {"status": status, "startsAt": since.isoformat(), "endsAt": ended.isoformat() if ended else _NEVER}
            for pod, (since, seconds) in self._slow.items()
        ]
        body = {
            "version": "4",
            "groupKey": f'{{}}:{{service="{SERVICE}"}}',
            "truncatedAlerts": 0,
            "status": status,
            "receiver": "muster",
            "groupLabels": {"service": SERVICE},
            "commonLabels": common,
            "commonAnnotations": {},
            "externalURL": _HOME,
            "alerts": alerts,
        }
        known = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, raise_for_status=True) as client,
            client.post(f"{self.url}{PATH}", json=body, headers=known) as answer,
        ):
            came_to = ", ".join(f"{one['alerts']} {one['reason']}" for one in await answer.json())
            return f"{answer.status}: {came_to}"

    def _alert(self, labels: Mapping[str, str], seconds: int) -> dict[str, Any]:
        named = "|".join((self._story, *labels.values()))
        return {
            "labels": labels,
            "annotations": {
                "summary": "Checkout is slow for card payments",
                "description": f"The slowest 5 % of payments take {seconds} s and more; usually it is 0.3 s.",
            },
            "generatorURL": _GRAPH,
            "fingerprint": hashlib.blake2b(named.encode(), digest_size=8).hexdigest(),
        }
