"""More databases than one: fixtures make them, because a running loop can't."""

from collections.abc import Iterator

import pytest

from tests.support.databases import Databases


@pytest.fixture
def another_database(databases: Databases, migrated_template: str) -> Iterator[str]:
    """The URL of a second fresh database."""
    url = databases.create(migrated_template)
    yield url
    databases.drop(url)
