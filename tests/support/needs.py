"""Programs that a test needs and a machine may lack."""

import os
import shutil
from typing import NoReturn

import pytest


def needs(program: str) -> str:
    """The path of a program; without it the test is skipped by name, or fails when REQUIRE_ALL=1."""
    return shutil.which(program) or missing(program)


def missing(what: str) -> NoReturn:
    """Skips the test because something is not here, or fails it when REQUIRE_ALL=1."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"needs {what}, and REQUIRE_ALL=1 allows no skip", pytrace=False)
    pytest.skip(f"needs {what}")
