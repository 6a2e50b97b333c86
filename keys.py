"""The commands of `admin.py keys`: which key seals the access tokens."""

import argparse

import parts
from db.rotation import Rotation


async def rotate(arguments: argparse.Namespace) -> int:
    """Seal every token with the newest key, or only say what still hangs on another."""
    settings = parts.settings()
    cipher = parts.cipher(settings)
    async with parts.database(settings) as db:
        rotation = Rotation(db.tokens, cipher)
        if arguments.check:
            troubles = await rotation.check()
            known = len(await db.tokens.all())
            print(f"{known - len(troubles)} of {known} tokens open with key {cipher.primary!r}")
        else:
            progress = _Progress(len(await db.tokens.not_sealed_as(cipher.mark, None, None)))
            troubles = await rotation.run(arguments.batch, progress)
            print(f"sealed {progress.done} tokens with key {cipher.primary!r}")
    for trouble in troubles:
        print(trouble)
    return 1 if troubles else 0


class _Progress:
    """A line after each batch."""

    def __init__(self, whole: int) -> None:
        self.done = 0
        self._whole = whole

    def __call__(self, more: int) -> None:
        self.done += more
        print(f"{self.done} of {self._whole}", flush=True)


COMMANDS = {"rotate": rotate}
