"""A distribution's Postgres, which has the extensions that the embedded one lacks."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.needs import missing

#: Where Debian and its kin install a major version.
_INSTALLS = Path("/usr/lib/postgresql")
#: Extensions stand beside it, under the same number.
_EXTENSION = "/usr/share/postgresql/{}/extension/pg_stat_statements.control"


@contextmanager
def counting_postgres() -> Iterator[str]:
    """The URL of a server with pg_stat_statements loaded, and in no database; without one the test is skipped."""
    found = [folder for folder in _INSTALLS.glob("*") if Path(_EXTENSION.format(folder.name)).exists()]
    if not found:
        missing("a Postgres with pg_stat_statements (Debian's postgresql)")
    programs = max(found, key=lambda folder: int(folder.name)) / "bin"
    with tempfile.TemporaryDirectory(prefix="muster-pg-") as name:
        account: dict[str, Any] = {}
        if os.geteuid() == 0:  # Postgres refuses to run as root
            nobody = pwd.getpwnam("nobody")
            os.chown(name, nobody.pw_uid, nobody.pw_gid)
            account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        data = Path(name) / "data"
        options = (
            f"-c listen_addresses= -c unix_socket_directories={name} -c fsync=off "
            "-c shared_preload_libraries=pg_stat_statements"
        )

        def run(program: str, *arguments: str) -> None:
            with tempfile.TemporaryFile() as said:  # the server inherits it, and would hold a pipe open
                subprocess.run(
                    [programs / program, *arguments],
                    check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, **account,
                )  # fmt: skip

        run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "-w", "-D", str(data), "-l", str(data / "server.log"), "-o", options, "start")
        try:
            yield f"postgresql://postgres@/postgres?host={name}"
        finally:
            run("pg_ctl", "-w", "-D", str(data), "-m", "immediate", "stop")
