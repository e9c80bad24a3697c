"""Documents on the screen or in a file; `muster verify` and `manifest`."""

import contextlib
import json
from pathlib import Path
from typing import Any

import yaml

from bot.application import integrity
from bot.cli.acting import application, reference
from bot.cli.outcome import FAULT, OK, stop
from bot.cli.terminal import out, say
from bot.core import Core
from bot.paths import RUNBOOKS
from bot.policy.faults import PolicyFault
from bot.policy.read import read_pack
from bot.settings import read_settings


def as_json(data: dict[str, Any]) -> str:
    """Data as a document, with everybody's letters as they are."""
    return json.dumps(data, indent=2, ensure_ascii=False)


def put(text: str, file: Path | None) -> None:
    """Print a document as it is, neither wrapped nor coloured, or write it to a file."""
    text = text if text.endswith("\n") else f"{text}\n"
    if file is None:
        out().file.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        stop(f"{file} cannot be written: {error.strerror}.")
    say(f"Written to {file}.")


async def verify(typed: str) -> int:
    """Check a timeline against its hashes and say what is wrong; returns the exit status.

    Raises:
        UnknownIncident: there is no such incident.
        DatabaseUnavailable: it could not be read.
    """
    async with application() as built:
        return await verified(built, reference(typed))


async def verified(built: Core, ref: str) -> int:
    """Like `verify`, of an application that is there already."""
    found = await integrity.verify(built.database, ref)
    for one in found.faults:
        say(f"{ref}: {one}")
    if found.faults:
        return FAULT
    say(f"{ref}: {found.entries} entries, chain holds, head {found.head[:12]}")
    if found.redacted:
        say(f"{ref}: text was taken out of {', '.join(f'#{seq}' for seq in found.redacted)}")
    return OK


async def manifest(url: str | None) -> str:
    """The Slack app's manifest as YAML. Raises SettingsFault."""
    from bot.slack.manifest import manifest as made

    settings = read_settings()
    public = url or (None if settings.socket_mode else settings.muster_public_url)
    asks = False
    with contextlib.suppress(PolicyFault):  # the app may well come before the pack
        asks = bool(read_pack(settings.muster_pack, root=RUNBOOKS).providers)
    document = made(settings.muster_command, public, socket=public is None, on_call=asks)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
