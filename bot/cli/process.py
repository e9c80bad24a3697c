"""The process that serves: the signals that it hears, and why it ends."""

import asyncio
import gc
import logging
import os
import signal

from bot.app import App
from bot.core import core
from bot.settings import Settings

_logger = logging.getLogger(__name__)

#: How many new things there are before garbage is looked for, and how many looks before a deeper one.
_GARBAGE = (50_000, 20, 100)


async def serve(settings: Settings, *, web_part: bool, worker_part: bool) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP reads the pack again, unless it says that our terminal was closed.

    Raises:
        SettingsFault, PolicyFault, OSError: it cannot start.
    """
    settings.to_serve()
    loop, stopping, asked = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    # Whoever starts it under `nohup` does not want it to end with the terminal.
    ends_with_terminal = _has_terminal() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    # Before anything else: a SIGHUP that comes while it starts would end it.
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    async with core(settings) as built:
        app = App(built, web_part=web_part, worker_part=worker_part)

        def hung_up() -> None:
            if ends_with_terminal and not _has_terminal():
                stopping.set()
            else:
                app.reload_soon()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        try:
            await app.start()
            loop.add_signal_handler(signal.SIGHUP, hung_up)
            if asked.is_set():
                hung_up()
            _logger.info("Muster listens on %s", app.url)
            # What is there now stays; looking for garbage among it again and again keeps people waiting.
            gc.collect()
            gc.freeze()
            # A request makes thousands of things that are gone right after it: a tenth of the time went into looking.
            gc.set_threshold(*_GARBAGE)
            if app.working:
                app.working.add_done_callback(lambda _task: stopping.set())
            await stopping.wait()
            if app.working and app.working.done():
                app.working.result()  # a worker that failed ends the process, so that it is started again
        finally:
            await app.stop()


def _has_terminal() -> bool:
    """Whether this process belongs to a terminal that is there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
