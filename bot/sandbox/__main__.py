"""`python -m bot.sandbox`: the sandbox alone, until Ctrl-C. Its address is the first line that it prints."""

from __future__ import annotations

import argparse
import asyncio
import signal
from datetime import UTC, datetime

from bot.sandbox import Sandbox


def main() -> None:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency-ms", type=float, default=0, help="added to each Web API call")
    parser.add_argument("--deliver-to", help="the bot's /slack/events; without it the bot connects by Socket Mode")
    parser.add_argument("--command", default="/incident")
    parser.add_argument("--rate-limited", action="store_true", help="hold the bot to Slack's rate limits")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    # Started by itself the sandbox is a program of its own, so it owns a clock.
    sandbox = Sandbox(command=options.command, now=lambda: datetime.now(UTC))  # noqa: TID251  (see above)
    sandbox.latency = options.latency_ms / 1000
    sandbox.rate_limited = options.rate_limited
    sandbox.deliver_to(options.deliver_to)
    await sandbox.start(options.host, options.port)
    print(sandbox.url, flush=True)  # noqa: T201  (other programs read it)
    print(f"SLACK_API_URL={sandbox.api_url}", flush=True)  # noqa: T201  (people copy these into their settings)
    print(f"SLACK_BOT_TOKEN={sandbox.bot_token}", flush=True)  # noqa: T201  (the same)
    print(f"SLACK_APP_TOKEN={sandbox.app_token}", flush=True)  # noqa: T201  (the same)
    print(f"SLACK_SIGNING_SECRET={sandbox.signing_secret}", flush=True)  # noqa: T201  (the same)
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
    await sandbox.stop()


if __name__ == "__main__":
    main()
