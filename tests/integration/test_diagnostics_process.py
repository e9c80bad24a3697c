"""Programs that are run: what they get, what is kept of them, and that nothing of them is left behind."""

import asyncio
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.diagnostics.process import Finished, NoProgram, NotExecutable, NotRun, TimedOut, program, run

SH = "/bin/sh"


async def ran(script: str, *, timeout_s: float = 30, most_bytes: int = 10_000, **more: str) -> Finished:
    """What a script does; names in `more` are its environment."""
    return await run([SH, "-c", script], timeout_s=timeout_s, most_bytes=most_bytes, env=more)


class Pipe:
    """A named pipe that whoever was started holds open, so that its end shows when all of them are gone."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "held")
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._end, True)

    async def line(self) -> bytes:
        """What the next of them wrote; nothing once they came and are gone."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        select.select([self._end], [], [])  # a read alone would not wait for the first of them
        return os.read(self._end, 100)

    def close(self) -> None:
        os.close(self._end)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path)
    yield pipe
    pipe.close()


async def test_what_a_program_says_and_how_it_ends_is_returned() -> None:
    found = await ran("echo out; echo err >&2; exit 3")
    assert (found.status, found.stdout, found.stderr, found.cut) == (3, b"out\n", b"err\n", False)
    assert found.took_s > 0


async def test_a_signal_that_ends_it_is_a_negative_status() -> None:
    assert (await ran("kill -9 $$")).status == -9


async def test_arguments_are_no_shell_s_to_interpret() -> None:
    found = await run(["echo", "$HOME", "; rm -rf *", "a  b"], timeout_s=30, most_bytes=100)
    assert found.stdout == b"$HOME ; rm -rf * a  b\n"


async def test_only_what_was_asked_for_is_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_SLACK_BOT_TOKEN", "xoxb-not-for-programs")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("HOME", "/srv/muster")
    monkeypatch.setenv("LD_PRELOAD_OF_OURS", "no")
    found = await run(["env"], timeout_s=30, most_bytes=10_000, env={"KUBECONFIG": "/etc/kube"})
    names = {line.partition(b"=")[0] for line in found.stdout.splitlines()}
    assert names == {b"PATH", b"HOME", b"LANG", b"KUBECONFIG"}


async def test_it_runs_in_the_folder_that_is_named(tmp_path: Path) -> None:
    found = await run(["pwd", "-P"], timeout_s=30, most_bytes=1000, cwd=tmp_path)
    assert os.path.samefile(found.stdout.decode().strip(), tmp_path)  # noqa: ASYNC240, PTH121 - nobody else waits


async def test_it_reads_what_it_is_given_and_nothing_otherwise() -> None:
    assert (await run(["cat"], timeout_s=30, most_bytes=100, stdin=b"hello")).stdout == b"hello"
    assert (await run(["cat"], timeout_s=30, most_bytes=100)).stdout == b""


async def test_what_it_is_given_and_does_not_read_is_no_trouble() -> None:
    found = await run(["true"], timeout_s=30, most_bytes=100, stdin=bytes(1 << 20))
    assert found.status == 0


async def test_output_is_kept_up_to_a_bound_and_the_program_goes_on() -> None:
    found = await ran("head -c 200000000 /dev/zero; echo done >&2", most_bytes=1000)
    assert (found.status, len(found.stdout), found.stderr, found.cut) == (0, 1000, b"done\n", True)


async def test_output_that_just_fits_is_not_cut() -> None:
    found = await ran("printf 12345", most_bytes=5)
    assert (found.stdout, found.cut) == (b"12345", False)


async def test_a_program_that_takes_too_long_is_ended_with_its_children(held: Pipe) -> None:
    script = "exec 3>$HELD; echo ready >&3; echo said; sleep 600 & sleep 600 & wait"
    with pytest.raises(TimedOut, match=r"did not end within 0\.5 s") as raised:
        await ran(script, timeout_s=0.5, HELD=held.path)
    assert raised.value.stdout in (b"said\n", b"")
    assert await held.line() == b"ready\n"
    assert await held.line() == b""


async def test_a_program_that_does_not_heed_being_ended_is_killed(held: Pipe) -> None:
    script = "trap '' TERM; exec 3>$HELD; echo ready >&3; while :; do sleep 600; done"
    with pytest.raises(TimedOut):
        await ran(script, timeout_s=0.5, HELD=held.path)
    assert await held.line() == b"ready\n"
    assert await held.line() == b""


async def test_giving_it_up_ends_it_with_its_children(held: Pipe) -> None:
    script = "exec 3>$HELD; (echo ready >&3; sleep 600) & sleep 600"
    async with asyncio.TaskGroup() as group:
        task = group.create_task(ran(script, HELD=held.path))
        assert await held.line() == b"ready\n"
        task.cancel()
    assert task.cancelled()
    assert await held.line() == b""


async def test_giving_it_up_before_it_runs_leaves_nothing(held: Pipe) -> None:
    async with asyncio.TaskGroup() as group:
        for turns in range(20):
            task = group.create_task(ran("exec sleep 600 3>$HELD", HELD=held.path))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            task.cancel()
    os.close(os.open(held.path, os.O_WRONLY))
    assert await held.line() == b""


async def test_what_an_ended_program_left_behind_is_ended_too(held: Pipe) -> None:
    found = await ran("exec 3>$HELD; (echo ready >&3; exec sleep 600) & read -r _ <$HELD; echo over", HELD=held.path)
    assert (found.status, found.stdout) == (0, b"over\n")
    assert await held.line() == b""


async def test_what_made_itself_a_session_of_its_own_goes_on(held: Pipe) -> None:
    script = "exec 3>$HELD; setsid sh -c 'echo $$ >&3; exec sleep 600' & read -r pid <$HELD; echo $pid"
    found = await ran(script, HELD=held.path)
    assert found.status == 0
    os.kill(int(found.stdout), signal.SIGKILL)
    assert await held.line() == b""


async def test_many_run_side_by_side() -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ran(f"exit {number}")) for number in range(10)]
    assert [task.result().status for task in tasks] == list(range(10))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no-such-program-anywhere", "there is no no-such-program-anywhere in the PATH"),
        ("/no/such/program", "there is no /no/such/program here"),
        ("bin/sh", "bin/sh is a path that does not begin at the root"),
    ],
)
async def test_a_program_that_is_not_there_is_said_to_be_missing(name: str, said: str) -> None:
    with pytest.raises(NoProgram, match=f"^{said}$"):
        await run([name], timeout_s=5, most_bytes=100)


async def test_a_file_that_may_not_be_executed_is_said_to_be_that(tmp_path: Path) -> None:
    file = tmp_path / "deploy"
    file.write_text("#!/bin/sh\n")
    for argv, env in ([str(file)], {}), (["deploy"], {"PATH": str(tmp_path)}):
        with pytest.raises(NotExecutable, match=r"deploy cannot be executed$"):
            await run(argv, timeout_s=5, most_bytes=100, env=env)


@pytest.mark.parametrize("text", ["no program\n", "#!/no/such/interpreter\n"])
async def test_a_file_that_is_no_program_is_said_to_be_that(tmp_path: Path, text: str) -> None:
    file = tmp_path / "deploy"
    file.write_text(text)
    file.chmod(0o755)
    with pytest.raises(NotExecutable, match="deploy cannot be executed: "):
        await run([str(file)], timeout_s=5, most_bytes=100)


async def test_a_folder_that_is_not_there_is_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match="missing cannot be entered: No such file or directory"):
        await run(["true"], timeout_s=5, most_bytes=100, cwd=tmp_path / "missing")


async def test_an_argument_with_a_null_character_is_refused() -> None:
    with pytest.raises(NotRun, match="cannot be passed on: embedded null byte"):
        await run(["echo", "a\0b"], timeout_s=5, most_bytes=100)


def test_a_program_is_found_where_it_is() -> None:
    assert program(sys.executable) == sys.executable
    assert program("sh").endswith("/sh")
