"""500 runbooks like ours, read from their files, beside the Markdown parser alone on the same bytes."""

import tempfile
import time
from pathlib import Path

from markdown_it import MarkdownIt

from benchmarks.rows import Row
from bot.paths import RUNBOOKS
from bot.runbooks.catalogue import Catalogue

_RUNBOOKS = 500
#: The quickest of these counts: what else the machine does is no part of it.
_TRIES = 3


async def measure(_server_url: str) -> list[Row]:
    """Seconds for all of them to be found, read and understood; no database has a part in it."""
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        files = _copies(Path(folder))
        catalogues = [Catalogue([Path(folder)]) for _ in range(_TRIES)]
        ours = min(_took(catalogue) for catalogue in catalogues)
        again = min(_took(catalogue) for catalogue in catalogues)
        bare = min(_bare(files) for _ in range(_TRIES))
        loaded = catalogues[0].list()
    size = sum(len(text) for text in files) / 1024
    return [
        Row(
            f"{len(loaded)} runbooks loaded ({size:,.0f} KiB)", ours, "s", 1.0,
            beside=f"bare markdown-it, the same text: {bare:.2f} s ({ours / bare:.1f} times); again: {again:.2f} s",
        ),
    ]  # fmt: skip


def _took(catalogue: Catalogue) -> float:
    began = time.perf_counter()
    catalogue.list()
    return time.perf_counter() - began


def _copies(folder: Path) -> list[str]:
    """Our packs' runbooks, over and over under other names."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(RUNBOOKS.rglob("*.md"))]
    texts = [sources[number % len(sources)] for number in range(_RUNBOOKS)]
    for number, text in enumerate(texts):
        (folder / f"runbook-{number}.md").write_text(text, encoding="utf-8")
    return texts


def _bare(texts: list[str]) -> float:
    parser = MarkdownIt("commonmark").enable("table")
    began = time.perf_counter()
    for text in texts:
        parser.parse(text)
    return time.perf_counter() - began
