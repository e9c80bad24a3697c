"""How a Web API method says no."""

from typing import Any


class SlackError(Exception):
    """Slack answered `ok: false`.

    Attributes:
        error: Slack's name for the refusal, such as `channel_not_found`.
        extra: What else stands in the answer, such as `needed` and `provided`.
    """

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra

    def as_slack(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        return {"ok": False, "error": self.error, **self.extra}


def invalid_arguments(*messages: str) -> SlackError:
    """The refusal of arguments that are missing or malformed; each message goes to `response_metadata`."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {text}" for text in messages]})
