"""All runbooks of some directories: kept in step with the files, found by what people and alerts call them."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from bot.domain.rules import nearest, spoken
from bot.policy.faults import Fault
from bot.runbooks.clues import Clues, clues_of
from bot.runbooks.load import Loaded, load_runbook
from bot.runbooks.matching import Known, Suggestion, body_of, search, suggest
from bot.runbooks.runbook import Runbook

MOST_FILES = 2_000
_NOT_RUNBOOKS = frozenset({"readme", "index", "contributing", "changelog"})

#: How a file looked: when it was changed, its size and its inode.
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file said, and how the file looked when it was read."""

    stamp: _Stamp | None
    loaded: Loaded


@dataclass(slots=True)
class _Indexed:
    """What one version of a runbook may be found by; the words of all its text only once somebody searches."""

    runbook: Runbook
    clues: Clues
    body: str = ""


#: The builtin, which the method `list` hides within the class.
Suggestions = list[Suggestion]


class Catalogue:
    """The runbooks under `directories`, searched deep. Where two are called the same, the earlier directory's counts.

    Every question looks at the files' sizes and times first and reads what changed (a few milliseconds for 500
    files), so that an edit needs no restart.
    """

    def __init__(self, directories: Iterable[Path]) -> None:
        self._directories = tuple(directories)
        self._files: dict[str, _Kept] = {}
        self._faults: tuple[Fault, ...] = ()
        self._index: dict[Path, _Indexed] = {}

    def list(self) -> tuple[Runbook, ...]:
        """All runbooks, by name."""
        with _undisturbed():
            return self._listed()

    def _listed(self) -> tuple[Runbook, ...]:
        found: dict[str, Runbook] = {}
        faults: list[Fault] = []
        files: dict[str, _Kept] = {}
        for directory in self._directories:
            own: dict[str, Runbook] = {}
            for path, stamp in _markdown(directory, faults):
                kept = self._read(path, stamp, directory)
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

    def suggest(
        self,
        words: str,
        *,
        service: str | None = None,
        alert: str | None = None,
        alerts: Iterable[str] = (),
        most: int = 5,
    ) -> Suggestions:
        """The runbooks that may help, the likeliest first, each with its reasons.

        Args:
            words: what is known in words, such as the incident's title and what was said with it.
            service: the incident's service, by name.
            alert: the alert's name. Names of alerts are known within the words as well.
            alerts: the names of several.
            most: how many there are at most. To cut the answer is not the same: the best by words is always in it.
        """
        known = (Known(one.runbook, one.clues) for one in self._indexed())
        return suggest(known, words, service=service, alert=alert, alerts=alerts, most=most)

    def search(self, words: str) -> Suggestions:
        """The runbooks that say any of the words anywhere, the likeliest first, each with its reasons."""
        found = self._indexed()
        for one in found:
            if not one.body:
                one.body = body_of(one.runbook)
        return search((Known(one.runbook, one.clues, one.body) for one in found), words)

    def _indexed(self) -> Iterable[_Indexed]:
        """All runbooks with what they may be found by, read anew only for those that changed."""
        index: dict[Path, _Indexed] = {}
        for runbook in self.list():
            known = self._index.get(runbook.path)
            if known is None or known.runbook is not runbook:
                known = _Indexed(runbook, clues_of(runbook))
            index[runbook.path] = known
        self._index = index
        return index.values()

    def _read(self, path: str, stamp: _Stamp | None, directory: Path) -> _Kept:
        """The file as it is now; read again only when its time, size or inode changed."""
        known = self._files.get(path)
        if known is not None and stamp is not None and known.stamp == stamp:
            return known
        file = Path(path)
        return _Kept(stamp, load_runbook(file, name=file.relative_to(directory).with_suffix("").as_posix()))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without a look for garbage meanwhile: it would go through all that was read again and again, for nothing.

    What reading leaves behind has no circles, so that it is gone without one. It is a seventh of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _markdown(directory: Path, faults: list[Fault]) -> Iterator[tuple[str, _Stamp | None]]:
    """The Markdown files under a directory, in a fixed order, with their stamps. Links to directories lead nowhere.

    It is all that most questions do, so it looks at each file once, and makes no `Path` of what did not change.
    """
    seen = 0

    def untold(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # gone since it was listed, or never there
            faults.append(Fault(str(error.filename), 1, f"The folder cannot be read: {error.strerror or error}."))

    for folder, inner, names in os.walk(directory, onerror=untold):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "_")))
        for name in sorted(names):
            stem, suffix = os.path.splitext(name)  # noqa: PTH122 (see above)
            hidden = name.startswith((".", "_")) or stem.casefold() in _NOT_RUNBOOKS
            if hidden or suffix.casefold() not in (".md", ".markdown"):
                continue
            path = os.path.join(folder, name)  # noqa: PTH118 (see above)
            try:
                stat = os.stat(path)  # noqa: PTH116 (see above)
            except OSError:
                if not os.path.lexists(path):  # gone since the directory was listed
                    continue
                stat = None  # loading it says why it cannot be read: a link to nowhere, or to itself
            if stat is not None and not S_ISREG(stat.st_mode):
                continue
            seen += 1
            if seen > MOST_FILES:
                message = f"There are more than {MOST_FILES} runbooks here; the others were left out."
                faults.append(Fault(str(directory), 1, message))
                return
            yield path, None if stat is None else (stat.st_mtime_ns, stat.st_size, stat.st_ino)
