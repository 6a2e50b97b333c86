"""Tells whether files would be taken: `python -m clients.ffmpeg top|gameplay|reel FILE ...`.

Prints one line of JSON for each file: its facts, or the rule that refuses it and why; of a
finished Reel every rule that it breaks. Leaves with 2 when one of them is refused.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.probe import probe
from clients.ffmpeg.reel import check_reel_async
from clients.ffmpeg.rules import refuse_gameplay, refuse_top

RULES = {"top": refuse_top, "gameplay": refuse_gameplay}
REEL = "reel"


async def inspect(path: Path, use: str) -> dict[str, object]:
    """One file's facts, or why it is refused."""
    if use == REEL:
        broken = (await check_reel_async(path)).broken
        return {"path": str(path)} | ({"refused": broken} if broken else {})
    try:
        facts = await probe(path, whole=True)
        video = RULES[use](facts)
    except BadMedia as bad:
        return {"path": str(path), "refused": bad.rule, "message": bad.message}
    except OSError as error:
        return {"path": str(path), "refused": "no-file", "message": error.strerror}
    return {"path": str(path), "seconds": video.seconds} | facts.model_dump(mode="json")


async def inspect_all(paths: list[Path], use: str) -> int:
    """Print every file's line; the exit code."""
    refused = 0
    for path in paths:
        found = await inspect(path, use)
        refused += "refused" in found
        print(json.dumps(found), flush=True)
    return 2 if refused else 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser("clients.ffmpeg", description=__doc__)
    parser.add_argument("use", choices=(*RULES, REEL))
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    return asyncio.run(inspect_all(arguments.paths, arguments.use))


if __name__ == "__main__":
    sys.exit(main())
