"""Who is asking, as a page or a script knows them."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from schemas.account import Role


@dataclass(frozen=True)
class Visitor:
    """A person who is let in."""

    id: str
    """The name that decisions carry."""
    name: str
    role: Role
    form_secret: str = field(default="", repr=False)
    """What the browser keeps for forms alone; scripts have none."""

    @property
    def decides(self) -> bool:
        """Whether the role allows to decide."""
        return self.role in {Role.REVIEWER, Role.ADMIN}

    @property
    def form_token(self) -> str:
        """What every form of this visitor carries."""
        return form_token(self.form_secret, self.id)


def form_token(secret: str, person: str = "") -> str:
    """The token that goes with the secret in the browser's cookie, for one person or nobody yet."""
    return hmac.new(secret.encode(), b"reels:form:v1:" + person.encode(), sha256).hexdigest()
