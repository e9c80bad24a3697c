"""A Postgres database as a target."""

from typing import Literal

from pydantic import Field

from bot.policy.targets.base import TargetSection
from bot.policy.types import Setting


class PostgresTarget(TargetSection):
    """A Postgres database. The setting `url_from` holds its address."""

    kind: Literal["postgres"]
    url_from: Setting
    pool: int | None = Field(
        None, ge=1, le=100_000, strict=True, description="How many connections the application's pool may take."
    )
