"""Starts one program and writes down what it took: `launching.py REPORT PROGRAM ...`.

Linux counts into a program's peak of memory what its parent held when it was started, so that
what is measured is started from here: this process is small, whoever measures.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def launch(report: str, *argv: str) -> int:
    """Run a program to its end; its exit code."""
    child = subprocess.Popen(argv)  # noqa: S603 - argv lists of our own making
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds, peak_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    Path(report).write_text(json.dumps({"cpu_seconds": seconds, "peak_mb": peak_mb}))
    return child.returncode


if __name__ == "__main__":
    sys.exit(launch(*sys.argv[1:]))
