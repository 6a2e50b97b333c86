"""The benchmark's own packages, MoviePy and matplotlib, in a folder of their own."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.measuring import MeasuringFailed
from runtime import bootstrap


def packages(folder: Path) -> Mapping[str, str]:
    """Install what bench/requirements.lock names, once; the environment of a program that uses it.

    Raises MeasuringFailed when it can't be had.
    """
    digest = hashlib.sha256(bootstrap.BENCH_LOCK.read_bytes()).hexdigest()[:8]
    place = folder / f"packages-{digest}"
    if not place.exists():
        part = folder / "packages.part"
        shutil.rmtree(part, ignore_errors=True)
        if bootstrap.install(bootstrap.BENCH_LOCK, "--target", str(part)):
            raise MeasuringFailed("the packages of the benchmark could not be installed")
        part.rename(place)
    return {"PYTHONPATH": str(place), "LC_ALL": "C", "HOME": str(folder)}
