"""What a person may set for the local stack and the demo."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from runtime.groups import Group


class LocalPorts(Group):
    """The ports of the local stack; 0 is any that is free."""

    reels_temporal_port: int = Field(7233, ge=0, le=65535, description="Temporal's port")
    reels_temporal_ui_port: int = Field(8233, ge=0, le=65535, description="the Web UI's port")
    reels_postgres_port: int = Field(54321, ge=0, le=65535, description="PostgreSQL's port")
    reels_s3_port: int = Field(9100, ge=0, le=65535, description="the object store's port")
    reels_simulators_port: int = Field(8090, ge=0, le=65535, description="the simulators' port")
    reels_web_port: int = Field(8080, ge=0, le=65535, description="the web process's port")


class SimulatedInput(Group):
    """What a person may hand to the simulators of a local stack."""

    top: Path | None = Field(None, description="a clip that the simulated provider hands out")

    @property
    def top_problem(self) -> str | None:
        """What is wrong with the clip, and how to mend it."""
        if self.top is None or self.top.is_file():
            return None
        return f"TOP: there is no file {self.top}; name a video file"


class DemoInput(SimulatedInput):
    """What a person may hand to `make demo`."""

    gameplay: Path | None = Field(None, description="a folder of gameplay clips to import")
    zone: str = Field("UTC", description="the demo account's IANA time zone, like Asia/Tokyo")
    approve: Literal["", "yes"] = Field("", description="yes approves without asking")
    video_provider: str = Field(
        "luma", description="who films in the demo: luma, runway or pika, or several in their order"
    )
    fault: str = Field(
        "", description="what goes wrong at the demo's first provider; any other word lists them"
    )
