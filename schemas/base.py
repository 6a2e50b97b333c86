"""What every model here is built on."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: equal by content, never changed after it is made.

    Unknown fields are ignored and a new field always has a default, so that a worker
    that was rolled back can still read what a newer one wrote into a history.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
