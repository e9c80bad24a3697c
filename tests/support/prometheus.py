"""A Prometheus of the tests' own, with two series, and web servers that answer as a test says."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.support.needs import needs

#: It would scrape only after five seconds; rules it reckons at once.
_CONFIG = """
global: {evaluation_interval: 100ms}
rule_files: [rules.yml]
"""
_RULES = """
groups:
  - name: all
    rules:
      - {record: answers, expr: "vector(1)", labels: {job: itself}}
      - {record: answers, expr: "vector(0)", labels: {job: nobody}}
"""
#: How often it is asked for its first answers, a millisecond or so each.
_ASKED = 10_000


@contextmanager
def own_prometheus(folder: Path) -> Iterator[str]:
    """Starts one, and gives its address once it has its series."""
    program = needs("prometheus")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "prometheus.yml"
    config.write_text(_CONFIG)
    (folder / "rules.yml").write_text(_RULES)
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    with subprocess.Popen(
        [*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert any("Server is ready" in line for line in process.stderr), "It ended before it was ready."
            url = f"http://127.0.0.1:{port}"
            assert any(_reckoned(url) for _ in range(_ASKED)), "It never reckoned its rules."
            yield url
        finally:
            process.kill()


def _reckoned(url: str) -> bool:
    """Whether both rules have been."""
    with urlopen(f"{url}/api/v1/query?query=answers") as answer:
        return len(json.load(answer)["data"]["result"]) > 1
