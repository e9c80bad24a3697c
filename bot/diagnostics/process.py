"""Runs a program: without a shell, within a time, with bounded output, and with nothing of ours in its environment."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import cast

#: What of our own environment every program gets. All else may be a secret, or change what a program does.
_INHERITED = ("PATH", "HOME", "LANG")
#: Seconds between SIGTERM and SIGKILL, and for the kernel to hand in what was killed.
_GRACE_S = 1.0
#: Seconds in which the output of a program that has ended must end too, where children of it still hold the pipe.
_LAST_WORDS_S = 0.5


class NotRun(Exception):
    """The program could not be started. The message is a sentence part that says why."""


class NoProgram(NotRun):
    """There is no such program."""


class NotExecutable(NotRun):
    """There is such a file, and it may not or cannot be executed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended, and what it said.

    Attributes:
        status: its exit status; the negative number of the signal that ended it.
        stdout, stderr: the first bytes of what it wrote.
        cut: whether it wrote more than was kept.
        took_s: seconds from its start to its end.
    """

    status: int
    stdout: bytes
    stderr: bytes
    cut: bool
    took_s: float


class TimedOut(Exception):
    """The program did not end in time, and was ended together with its children.

    Attributes:
        stdout, stderr, cut: what it had written until then, as in `Finished`.
    """

    def __init__(self, timeout_s: float, *, stdout: bytes, stderr: bytes, cut: bool) -> None:
        super().__init__(f"it did not end within {timeout_s:g} s")
        self.stdout, self.stderr, self.cut = stdout, stderr, cut


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program finds in its environment: where programs and its home are, the language, and `env` over that."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | dict(env or {})


def program(name: str, env: Mapping[str, str] | None = None) -> str:
    """Where a program is.

    Args:
        name: a word that is looked up in PATH, or a path from the root on.
        env: as for `run`.

    Raises:
        NoProgram: it is not there, or `name` is a path that depends on where one stands.
        NotExecutable: it is no program, or may not be executed.
    """
    path = Path(name)
    if "/" in name and not path.is_absolute():
        raise NoProgram(f"{name} is a path that does not begin at the root")
    folders = environment(env).get("PATH", os.defpath)
    if found := shutil.which(name, path=folders):
        return found
    if path.is_absolute() and path.exists():
        raise NotExecutable(f"{name} cannot be executed")
    if path.is_absolute():
        raise NoProgram(f"there is no {name} here")
    if there := next((file for folder in folders.split(os.pathsep) if (file := Path(folder, name)).is_file()), None):
        raise NotExecutable(f"{there} cannot be executed")
    raise NoProgram(f"there is no {name} in the PATH")


async def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    most_bytes: int,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stdin: int | bytes = DEVNULL,
) -> Finished:
    """Runs a program to its end. There is no shell, and nothing of `argv` is interpreted.

    It has a session of its own. When it ends, runs out of time or is given up (cancelled), whatever it started and
    left in its process group is ended with it: SIGTERM, after a second SIGKILL. What made itself a session of its
    own, as a daemon does, goes on.

    Args:
        argv: the program (a word, or a path from the root on) and its arguments.
        timeout_s: seconds that it may take.
        most_bytes: bytes that are kept of its output, and as many of its errors. The rest is read and dropped.
        env: what it finds in its environment beside PATH, HOME and LANG. Muster's settings are never there.
        cwd: the folder that it runs in; left out, ours.
        stdin: what it reads; left out, nothing.

    Raises:
        NotRun: it could not be started; `NoProgram` and `NotExecutable` say more exactly why.
        TimedOut: it did not end in time, and is ended.
    """
    given_up = asyncio.get_running_loop().create_future()
    # Apart from whoever waits for it: asyncio hangs where it is cancelled while it starts a program, and a second
    # cancellation would leave the program running.
    working = asyncio.ensure_future(_run(argv, timeout_s, _Heard(most_bytes), given_up, env=env, cwd=cwd, stdin=stdin))
    try:
        status, took_s, heard = await asyncio.shield(working)
    except asyncio.CancelledError:
        given_up.set_result(None)
        await asyncio.wait({working})
        raise
    stdout, stderr = bytes(heard.kept[1]), bytes(heard.kept[2])
    if status is None:
        raise TimedOut(timeout_s, stdout=stdout, stderr=stderr, cut=heard.cut)
    return Finished(status=status, stdout=stdout, stderr=stderr, cut=heard.cut, took_s=took_s)


class _Heard(asyncio.SubprocessProtocol):
    """What a program says, as far as it is kept, and whether it has ended."""

    def __init__(self, most: int) -> None:
        loop = asyncio.get_running_loop()
        self.most, self.cut, self.kept = most, False, {1: bytearray(), 2: bytearray()}
        #: The program has ended; and nobody holds its pipes any more.
        self.ended: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        room = self.most - len(self.kept[fd])
        self.kept[fd] += data[:room]
        self.cut = self.cut or len(data) > room

    def process_exited(self) -> None:
        self.ended.set_result(None)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed.set_result(None)


async def _run(
    argv: Sequence[str],
    timeout_s: float,
    heard: _Heard,
    given_up: asyncio.Future[None],
    *,
    env: Mapping[str, str] | None,
    cwd: str | os.PathLike[str] | None,
    stdin: int | bytes,
) -> tuple[int | None, float, _Heard]:
    """The status, the seconds and what was said; no status where it had to be ended."""
    started = time.perf_counter()
    transport = await _begin(argv, heard, env=env, cwd=cwd, stdin=stdin)
    try:
        if isinstance(stdin, bytes):
            _tell(transport, stdin)
        await asyncio.wait({heard.ended, given_up}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        status, took_s = transport.get_returncode(), time.perf_counter() - started
        if status is not None:
            await asyncio.wait({heard.closed}, timeout=_LAST_WORDS_S)
    finally:
        await _end(transport, heard)
    return status, took_s, heard


async def _begin(
    argv: Sequence[str],
    heard: _Heard,
    *,
    env: Mapping[str, str] | None,
    cwd: str | os.PathLike[str] | None,
    stdin: int | bytes,
) -> asyncio.SubprocessTransport:
    path = program(argv[0], env)
    try:
        transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: heard,
            path,
            *argv[1:],
            env=environment(env),
            cwd=cwd,
            stdin=PIPE if isinstance(stdin, bytes) else stdin,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
    except OSError as error:
        if cwd is not None and error.filename == cwd:
            raise NotRun(f"the folder {cwd} cannot be entered: {error.strerror}") from None
        raise NotExecutable(f"{path} cannot be executed: {error.strerror or type(error).__name__}") from None
    except ValueError as error:
        raise NotRun(f"its arguments or its environment cannot be passed on: {error}") from None
    return transport


def _tell(transport: asyncio.SubprocessTransport, stdin: bytes) -> None:
    pipe = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
    pipe.write(stdin)
    pipe.write_eof()


async def _end(transport: asyncio.SubprocessTransport, heard: _Heard) -> None:
    """Ends what still runs of the process group."""
    if _signalled(transport, signal.SIGTERM):
        await asyncio.wait({heard.closed}, timeout=_GRACE_S)
        _signalled(transport, signal.SIGKILL)
        await asyncio.wait({heard.ended}, timeout=_GRACE_S)
    with contextlib.suppress(PermissionError):  # it became somebody else, for instance by sudo
        transport.close()


def _signalled(transport: asyncio.SubprocessTransport, number: signal.Signals) -> bool:
    """Whether anybody is left in the process group, which may outlive its leader."""
    try:
        os.killpg(transport.get_pid(), number)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
