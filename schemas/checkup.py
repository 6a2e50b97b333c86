"""What a look at one part of an installation found."""

from schemas.base import Frozen


class Finding(Frozen):
    """One line of `admin.py doctor`."""

    part: str
    said: str
    """What was seen, without secrets."""
    mend: str = ""
    """What to do about it; empty when all is well."""

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.mend
