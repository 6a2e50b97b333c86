"""High dynamic range comes out as bright as the ITU's curve for it, grey by grey."""

import subprocess
from collections.abc import Callable
from math import log, sqrt

import pytest

from clients.ffmpeg.graph import Footage, Shot, picture
from clients.ffmpeg.layouts import Pane, Shown
from schemas.composition import Anchor
from tests.integration.media.corpus import FFMPEG
from tests.unit.media.facts import video

NITS = (1, 5, 10, 20, 36, 60, 100, 150, 203, 300, 500, 800)
"""Of a grey on the screen of whoever graded it; a sheet of paper has 203 (BT.2408, table 1)."""
PAPER, BRIGHTEST = 203, 1000
STRIPE, HEIGHT = 32, 64
WIDTH = STRIPE * len(NITS)
PQ, HLG = 16, 18


def pq(nits: float) -> float:
    """The signal of a light (BT.2100, table 4)."""
    light = (nits / 10_000) ** (2610 / 16384)
    return float(((3424 + 2413 * 32 * light) / (4096 + 2392 * 32 * light)) ** (2523 / 32))


def nits_of(signal: float) -> float:
    root = signal ** (32 / 2523)
    return float(
        10_000 * (max(4096 * root - 3424, 0) / (2413 * 32 - 2392 * 32 * root)) ** (16384 / 2610)
    )


def hlg(nits: float) -> float:
    """The signal of a light on a screen of 1,000 (BT.2100, table 5; its system gamma is 1.2)."""
    scene = (nits / 1000) ** (1 / 1.2)
    if scene <= 1 / 12:
        return sqrt(3 * scene)
    return 0.17883277 * log(12 * scene - 0.28466892) + 0.55991073


def curve(nits: float) -> float:
    """A light of up to 1,000 on a screen of 203 (BT.2390, 5.4.1, without its black lift)."""
    whole, most = pq(BRIGHTEST), pq(PAPER) / pq(BRIGHTEST)
    knee, signal = 1.5 * most - 0.5, pq(nits) / whole
    if signal > knee:
        t = (signal - knee) / (1 - knee)
        signal = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
        signal += (3 * t**2 - 2 * t**3) * most
    return nits_of(signal * whole)


def ten_bits(signal: float) -> bytes:
    return round(64 + 876 * signal).to_bytes(2, "little")


def greys(signal: Callable[[float], float], transfer: int) -> list[int]:
    """How bright each grey comes out, of 16 to 235."""
    row = b"".join(ten_bits(signal(nits)) * STRIPE for nits in NITS)
    given = row * HEIGHT + ten_bits(448 / 876) * (WIDTH * HEIGHT // 2)
    facts = video(
        width=WIDTH, height=HEIGHT, transfer=transfer, primaries=9, pixel_format="yuv420p10le"
    )
    pane = Pane(Shown.TOP, 0, 0, WIDTH, HEIGHT)
    graph = picture([Shot(pane, (Footage(0, facts),), Anchor.CENTER, 1)], frames=1)
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", f"{WIDTH}x{HEIGHT}", "-i", "-")
    shown = ("-map", "[v]", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
    done = subprocess.run(
        [FFMPEG, "-v", "error", *raw, "-filter_complex", graph, *shown],
        input=given,
        capture_output=True,
        check=True,
    )
    middle = WIDTH * HEIGHT // 2 + STRIPE // 2
    return [done.stdout[middle + STRIPE * number] for number in range(len(NITS))]


@pytest.mark.parametrize(("signal", "transfer"), [(pq, PQ), (hlg, HLG)], ids=["pq", "hlg"])
def test_every_grey_is_as_bright_as_the_reference_has_it(
    signal: Callable[[float], float], transfer: int
) -> None:
    wanted = [16 + 219 * (curve(nits) / PAPER) ** (1 / 2.4) for nits in NITS]
    seen = greys(signal, transfer)
    assert seen == pytest.approx(wanted, abs=4)
    assert sum(seen) == pytest.approx(sum(wanted), rel=0.01)
