"""Sealing every token with the newest key, so that an older one can be taken away."""

from collections.abc import Callable
from dataclasses import dataclass

from db.cipher import TokenCipher, TokenUnreadable
from db.tokens import SealedToken, Tokens

OLD_LAYOUT = "the source document's layout"


@dataclass(frozen=True)
class Trouble:
    """A token that does not open, or that an older key sealed."""

    token: SealedToken
    key: str | None
    """Which key sealed it; None when that can't be read."""
    problem: str | None
    """Why it does not open; None when it does."""

    def __str__(self) -> str:
        if self.problem:
            return f"{self.token.purpose.value}: {self.problem}"
        sealed = f"key {self.key!r}" if self.key else OLD_LAYOUT
        return f"{self.token.purpose.value} of {self.token.account!r} is still under {sealed}"


@dataclass(frozen=True)
class Rotation:
    """Moves tokens from the other keys of a ring to its primary one."""

    tokens: Tokens
    cipher: TokenCipher

    async def run(self, batch: int, progress: Callable[[int], None]) -> tuple[Trouble, ...]:
        """Seal all that another key sealed with the primary one, `batch` at a time.

        Each batch takes effect at once and whole, so a run that is interrupted is gone on
        with by the next. `progress` is told after each how many were sealed. Returns those
        that do not open: they stay as they are.
        """
        while True:
            missed, closed = await self._pass(batch, progress)
            if not missed:
                return closed

    async def check(self) -> tuple[Trouble, ...]:
        """Open every token; those that don't open, and those under another key."""
        found = [self._trouble(one) for one in await self.tokens.all()]
        return tuple(one for one in found if one is not None)

    async def _pass(
        self, batch: int, progress: Callable[[int], None]
    ) -> tuple[int, tuple[Trouble, ...]]:
        """How many were set anew under our hands, and those that don't open."""
        missed, closed = 0, []
        last: SealedToken | None = None
        while found := await self.tokens.not_sealed_as(self.cipher.mark, last, batch):
            changes = []
            for one in found:
                try:
                    changes.append((one, self._sealed_anew(one)))
                except TokenUnreadable as error:
                    closed.append(Trouble(one, None, str(error)))
            done = await self.tokens.reseal(changes)
            progress(done)
            missed += len(changes) - done
            last = found[-1]
        return missed, tuple(closed)

    def _sealed_anew(self, one: SealedToken) -> bytes:
        token = self.cipher.open(one.account, one.sealed, one.purpose)
        return self.cipher.seal(one.account, token, one.purpose)

    def _trouble(self, one: SealedToken) -> Trouble | None:
        try:
            self.cipher.open(one.account, one.sealed, one.purpose)
            key = self.cipher.key_of(one.account, one.sealed)
        except TokenUnreadable as error:
            return Trouble(one, None, str(error))
        return None if key == self.cipher.primary else Trouble(one, key, None)
