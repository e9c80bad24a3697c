"""Whom a connection over TLS trusts: the authorities of this machine, or those that a target names."""

import asyncio
import ssl

from bot.diagnostics.target import Target


class Unusable(Exception):
    """A setting holds something that cannot be used. The message is safe to show."""


async def trusted(target: Target) -> ssl.SSLContext:
    """A context for a target that may have `ca_from`: the file named there is then trusted, and nobody else.

    Raises:
        NotSet: the setting has no value.
        Unusable: it does not hold the path of a file of certificates.
    """
    named = getattr(target.options, "ca_from", None)
    path = target.setting(named).strip() if named else None
    try:
        # In a thread: there are hundreds of authorities to read.
        return await asyncio.to_thread(ssl.create_default_context, cafile=path)
    except (OSError, ValueError):
        raise Unusable(f"{named} does not name a readable file of certificates") from None
