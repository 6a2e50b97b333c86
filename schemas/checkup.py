"""What a look at one part of an installation found."""

from schemas.base import Frozen


class Finding(Frozen):
    """One line of `admin.py doctor`."""

    part: str
    said: str
    """What was seen, without secrets."""
    mend: str = ""
    """What to do about it; empty when all is well."""
    works: bool = False
    """Whether it does its work all the same, so that what to do has some days' time."""

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.mend

    @property
    def word(self) -> str:
        """How it stands."""
        if self.ok:
            return "ok"
        return "SOON" if self.works else "FAIL"
