"""Which of the captions under review a command means."""

from collections.abc import Mapping

from runtime.exits import InputError
from schemas.reel import Letter

SHORT = 12
"""Digits of a digest that people are shown."""


def chosen(laid: Mapping[Letter, str], *, variant: str | None, prefix: str) -> Letter:
    """The caption that is meant, of the revisions that lie before people by their letters.

    Without a word the leading one. `prefix` is the beginning of a revision, of either. Raises
    InputError, naming the option, when nothing under review fits, or more than one.
    """
    meant = {letter: laid[letter] for letter in laid if variant in {None, letter.value}}
    if not meant:
        raise InputError(f"--variant: there is no caption {variant}, only {', '.join(laid)}")
    fitting = [letter for letter, revision in meant.items() if revision.startswith(prefix)]
    if not fitting:
        there = " or ".join(revision[:SHORT] for revision in meant.values())
        raise InputError(
            f"--revision: {prefix} is not the revision under review, {there}; "
            "look at that one first"
        )
    if prefix and len(fitting) > 1:
        raise InputError(f"--revision: {prefix} begins more than one: write more of it")
    return min(fitting)
