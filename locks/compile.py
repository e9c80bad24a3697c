"""Renews the locks: every platform, every hash, and no index host in them.

Usage: make lock            keeps the pinned versions where it can
       make lock ARGS=-U    takes the newest of everything
"""

import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).parent
ROOT = LOCKS.parent

#: Each lock and what goes into it. `build.txt` is apart because an image that only runs needs no build tool.
TARGETS: dict[str, list[str]] = {
    "runtime.txt": ["pyproject.toml"],
    "build.txt": ["locks/build.in"],
    "demo.txt": ["pyproject.toml", "--extra", "embedded", "locks/build.in"],
    "dev.txt": ["pyproject.toml", "--extra", "embedded", "--group", "pyproject.toml:dev"],
}


def main(options: list[str]) -> None:
    """Compile each lock with uv; stops at the first that cannot be resolved."""
    for name, sources in TARGETS.items():
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links", "--output-file", f"locks/{name}"]
        subprocess.run([sys.executable, "-m", *command, *sources, *options], cwd=ROOT, check=True)  # noqa: S603 (own argv)
        print(f"locks/{name}")


if __name__ == "__main__":
    main(sys.argv[1:])
