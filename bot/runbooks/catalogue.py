"""All runbooks of some directories: kept in step with the files, found by what people and alerts call them."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.domain.rules import nearest, spoken
from bot.policy.faults import Fault
from bot.runbooks.load import Loaded, load_runbook
from bot.runbooks.matching import Suggestion, suggest
from bot.runbooks.runbook import Runbook

MOST_FILES = 2_000
_NOT_RUNBOOKS = frozenset({"readme", "index", "contributing", "changelog"})


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file said, and how the file looked when it was read."""

    stamp: tuple[int, int, int] | None
    loaded: Loaded


#: The builtin, which the method `list` hides within the class.
Suggestions = list[Suggestion]


class Catalogue:
    """The runbooks under `directories`, searched deep. Where two are called the same, the earlier directory's counts.

    Every question looks at the files' sizes and times first and reads what changed (a few milliseconds for 500
    files), so that an edit needs no restart.
    """

    def __init__(self, directories: Iterable[Path]) -> None:
        self._directories = tuple(directories)
        self._files: dict[Path, _Kept] = {}
        self._faults: tuple[Fault, ...] = ()

    def list(self) -> tuple[Runbook, ...]:
        """All runbooks, by name."""
        found: dict[str, Runbook] = {}
        faults: list[Fault] = []
        files: dict[Path, _Kept] = {}
        for directory in self._directories:
            own: dict[str, Runbook] = {}
            for path in _markdown(directory, faults):
                kept = self._read(path, path.relative_to(directory).with_suffix("").as_posix())
                files[path] = kept
                faults.extend(kept.loaded.faults)
                if (runbook := kept.loaded.runbook) is None:
                    continue
                said = spoken(runbook.name)
                if said in own:
                    other = own[said].path.name
                    faults.append(Fault(str(path), 1, f"It is called like {other}. Rename one of the two."))
                own.setdefault(said, runbook)
            for said, runbook in own.items():
                found.setdefault(said, runbook)
        self._files, self._faults = files, tuple(faults)
        return tuple(sorted(found.values(), key=lambda runbook: runbook.name))

    def faults(self) -> tuple[Fault, ...]:
        """What was not understood in the files; everything else of them is in the catalogue all the same."""
        self.list()
        return self._faults

    def find(self, typed: str) -> Runbook | None:
        """The runbook that is called so, by its name, its file's name or its title, as people say it."""
        said = spoken(typed)
        if not said:
            return None
        runbooks = self.list()
        calls: tuple[Callable[[Runbook], str], ...] = (lambda r: r.name, lambda r: r.path.stem, lambda r: r.title)
        return next((runbook for call in calls for runbook in runbooks if spoken(call(runbook)) == said), None)

    def nearest(self, typed: str) -> str | None:
        """The name of the runbook most like what was typed, or None where nothing comes close."""
        names = {word: runbook.name for runbook in self.list() for word in (runbook.name, runbook.title)}
        close = nearest(typed, names)
        return names[close] if close else None

    def suggest(self, words: str, *, service: str | None = None, alert: str | None = None) -> Suggestions:
        """The runbooks that may help, the likeliest first, each with its reasons.

        Args:
            words: what is known in words, such as the incident's title.
            service: the incident's service, by name.
            alert: the alert's name.
        """
        return suggest(self.list(), words, service=service, alert=alert)

    def _read(self, path: Path, name: str) -> _Kept:
        """The file as it is now; read again only when its time, size or inode changed."""
        try:
            stat = path.stat()
        except OSError:  # gone since the directory was listed: loading it says so
            return _Kept(None, load_runbook(path, name=name))
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        known = self._files.get(path)
        return known if known and known.stamp == stamp else _Kept(stamp, load_runbook(path, name=name))


def _markdown(directory: Path, faults: list[Fault]) -> Iterator[Path]:
    """The Markdown files under a directory, in a fixed order. Links to directories are not followed."""
    seen = 0
    for folder, inner, names in os.walk(directory):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "_")))
        for name in sorted(names):
            path = Path(folder, name)
            hidden = name.startswith((".", "_")) or path.stem.casefold() in _NOT_RUNBOOKS
            if hidden or path.suffix.casefold() not in (".md", ".markdown") or not path.is_file():
                continue
            seen += 1
            if seen > MOST_FILES:
                message = f"There are more than {MOST_FILES} runbooks here; the others were left out."
                faults.append(Fault(str(directory), 1, message))
                return
            yield path
