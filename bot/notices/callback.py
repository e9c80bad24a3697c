"""Telling a monitor that has no way of its own: JSON to an address, safe to receive twice."""

from typing import Any

from bot.application.ports import Answer
from bot.notices.telling import Line


def body_of(answer: Answer) -> dict[str, Any]:
    """What is sent; times are ISO 8601 in UTC, and what there is nothing to say of is an empty text."""
    return {
        "id": answer.id,
        "what": answer.what.value,
        "incident": answer.incident,
        "title": answer.title,
        "severity": answer.severity,
        "link": answer.link,
        "by": answer.by,
        "at": answer.at.isoformat(),
        "alerts": [
            {
                "source": alert.source,
                "fingerprint": alert.fingerprint,
                "name": alert.name,
                "labels": dict(alert.labels),
                "reference": alert.reference,
            }
            for alert in answer.alerts
        ],
    }


async def tell(line: Line, answer: Answer) -> str:
    """Tell it; returns what came of it in words. Raises TryAgain or Refused."""
    line.check(await line.send("POST", body=body_of(answer), headers={"Idempotency-Key": answer.id}))
    return f"told: {answer.what.value}"
