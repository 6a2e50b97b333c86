"""Who sits at the command line."""

import getpass
import os


def user_name() -> str:
    """The name of the operating system's user; a container's user may have a number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # KeyError before Python 3.13
        return f"user-{os.getuid()}"
