"""A program: puts limits on itself, ties its life to its parent's, becomes another program.

Run as `python -I -S launch.py PARENT CPU_SECONDS MEMORY_BYTES FILE_BYTES PROGRAM ARGUMENT...`.
It is a program and not a `preexec_fn`, because Python code between fork and exec can
deadlock in a process that has threads, and Temporal's client has them.

RLIMIT_NPROC is not among the limits: it counts every process of the user, not this one's.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent dies."""

CPU_SPARE = 5
"""Seconds between SIGXCPU, which tells why, and SIGKILL, which does not."""


def main(arguments: list[str]) -> None:
    """Never returns: the program takes this process over."""
    parent, cpu_seconds, memory_bytes, file_bytes = (int(word) for word in arguments[:4])
    die_with(parent)
    limit(resource.RLIMIT_CPU, cpu_seconds, spare=CPU_SPARE)
    limit(resource.RLIMIT_FSIZE, file_bytes)
    limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":  # elsewhere the kernel refuses this one
        limit(resource.RLIMIT_AS, memory_bytes)
    # Python ignores SIGPIPE and SIGXFSZ, and an ignored signal stays so over exec.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    program = arguments[4:]
    os.execv(program[0], program)  # noqa: S606 - an argv list; there is no shell


def die_with(parent: int) -> None:
    """Ask for SIGKILL when the parent dies; a parent that is already gone counts too."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")


def limit(which: int, value: int, *, spare: int = 0) -> None:
    """Lower one limit; a hard limit that is lower already stays."""
    _, hard = resource.getrlimit(which)
    most = value + spare if hard == resource.RLIM_INFINITY else min(value + spare, hard)
    resource.setrlimit(which, (min(value, most), most))


if __name__ == "__main__":
    main(sys.argv[1:])
