"""What the numbers were measured on."""

import os
import re
import subprocess
from pathlib import Path

from bench.measuring import FFMPEG


def machine() -> str:
    """Processor, cores, how busy it is, and FFmpeg's version."""
    told = subprocess.run((FFMPEG, "-version"), capture_output=True, text=True, check=True)  # noqa: S603 - our own argv list
    version = re.search(r"version n?([\d.]+)", told.stdout)
    load = os.getloadavg()[0]
    ffmpeg = version[1] if version else "of unknown version"
    return f"{_processor()}, {os.cpu_count()} cores, load {load:.1f}, FFmpeg {ffmpeg}"


def _processor() -> str:
    """The processor's name, where Linux tells it."""
    facts = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", facts.read_text()) if facts.exists() else None
    return found[1].strip() if found else "unknown processor"
