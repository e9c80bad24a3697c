"""The machine that Muster runs on, as a target."""

from typing import Annotated, Literal

from pydantic import Field

from bot.policy.targets.base import TargetSection
from bot.policy.targets.network import Host, Port
from bot.policy.types import Line

#: `/var/lib`: from the root on.
AbsolutePath = Annotated[Line, Field(pattern=r"^/")]


class HostTarget(TargetSection):
    """The machine that Muster itself runs on: disks, memory, load, open files and clock."""

    kind: Literal["host"]
    paths: tuple[AbsolutePath, ...] = Field(
        ("/",), min_length=1, max_length=20, description="Where the disks are mounted that are looked at."
    )
    ntp: tuple[Host, ...] = Field(
        (), max_length=4, description="Time servers that the clock is compared with. Empty: it is not."
    )
    ntp_port: Port = Field(123, description="The UDP port of the time servers.")
