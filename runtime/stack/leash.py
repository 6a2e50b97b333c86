"""Start a program that dies when its starter does.

Run as a script, with nothing but the standard library, so that it costs milliseconds:

    python -I -S leash.py PARENT SIGNAL USER PROGRAM [ARGUMENT ...]

PARENT is the starter's process id, SIGNAL what the program gets when the starter is gone, USER
the user and group id to become, or -1. It replaces itself with the program. Elsewhere than on
Linux there is no such signal; the next start sweeps up what was left (see `home.py`).
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
"""linux/prctl.h."""


def main() -> None:
    """Become the program."""
    parent, signal, user = (int(word) for word in sys.argv[1:4])
    program = sys.argv[4:]
    if user >= 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if sys.platform == "linux":
        # After the change of user: that would clear it.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal)
        if os.getppid() != parent:
            sys.exit("the starter is gone")
    os.execvp(program[0], program)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()
