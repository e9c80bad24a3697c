"""`make bench`: every benchmark in one run, a table, and JSON in `benchmarks/results/`."""

import asyncio
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import alerts, commands, diagnostics, drafts, growth, life, outbox, runbooks, timers
from benchmarks.rows import Row
from bot.store.embedded import EmbeddedPostgres

_RESULTS = Path(__file__).parent / "results"


async def run() -> list[Row]:
    """Run everything against one embedded Postgres that keeps what it is told (fsync on)."""
    with tempfile.TemporaryDirectory(prefix="muster-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres()
        url = await server.start(Path(folder))
        try:
            parts = (life, commands, growth, outbox, timers, diagnostics, runbooks, drafts, alerts)
            return [row for part in parts for row in await part.measure(url)]
        finally:
            await server.stop()


def main() -> int:
    """Print the table and keep the numbers; 1 when a bound was not met."""
    rows = uvloop.run(run()) if sys.platform != "win32" else asyncio.run(run())
    table = Table(title="Muster's benchmarks", title_justify="left")
    for column in ("what", "measured", "bound", "of the bound", "beside"):
        table.add_column(column, justify="left" if column in ("what", "beside") else "right")
    for row in rows:
        table.add_row(*row.cells(), style=None if row.met else "red")
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    _RESULTS.mkdir(exist_ok=True)
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "rows": [row.to_json() for row in rows],
    }
    (_RESULTS / "latest.json").write_text(json.dumps(kept, indent=1) + "\n")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
