"""What the boxes of a finished Reel must say: what a strict reader may stumble over.

Instagram's part: no edit lists, moov before mdat (IG User /media reference, October 2026), sound of
128 kbit/s, and nothing that its transcoder was seen to refuse or to shift: fragments, several
codings in a track, a first picture that is late, headers that contradict the stream.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from clients.ffmpeg.boxes import Box, all_boxes
from clients.ffmpeg.graph import FPS, SAMPLE_RATE
from clients.ffmpeg.movie import Movie, Track, read_movie

BRANDS = frozenset({"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1"})
MAX_LEVEL = 42
"""Ten times the level of H.264: 4.2 is 1080x1920 at 60 pictures a second."""
MAX_AUDIO_BITS = 160_000
"""A second: Instagram names 128,000, and encoders keep to that on the average only."""
MAX_HEADER_DRIFT = 0.1
"""Seconds between the length in the file's header and its longest track's."""
_AAC_LC = 2
_LENGTH_BYTES = 4
_PARAMETER_SETS = 2
_NOTES = frozenset({"avcC", "btrt", "colr", "pasp"})
"""What is said about the picture: its set-up, bit rate, colour and pixel. A word on the light of
the display that it was graded on (`mdcv`, `clli`) would have a player take it for HDR."""
_BT709_LIMITED = (1, 1, 1, False)

_ORDER_RULES: dict[str, Callable[[Sequence[Box]], bool]] = {
    "moov-first": lambda boxes: _moov_first([box.type for box in boxes if "/" not in box.path]),
    "edit-list": lambda boxes: not _has(boxes, "edts", "elst"),
    "fragmented": lambda boxes: not _has(boxes, "moof", "mvex", "sidx", "styp"),
    "top-boxes": lambda boxes: _only_known([box.type for box in boxes if "/" not in box.path]),
}
_MOVIE_RULES: dict[str, Callable[[Movie], bool]] = {
    "brand": lambda movie: movie.brand in BRANDS,
    "movie-header": lambda movie: (
        movie.rate == 1.0
        and not movie.turned
        and abs(movie.seconds - max((track.seconds for track in movie.tracks), default=0.0))
        <= MAX_HEADER_DRIFT
    ),
    "track-header": lambda movie: all(track.enabled for track in movie.tracks),
    "sample-entry": lambda movie: all(len(track.entries) == 1 for track in movie.tracks),
}
_PICTURE_RULES: dict[str, Callable[[Track], bool]] = {
    "turned": lambda track: not track.turned,
    "timescale": lambda track: track.timescale % FPS == 0,
    "first-picture": lambda track: track.first_offset == 0,
    "avc-config": lambda track: (
        track.entries[0] == "avc1"
        and track.avc is not None
        and track.avc.level <= MAX_LEVEL
        and track.avc.length_size == _LENGTH_BYTES
        and track.avc.sets == _PARAMETER_SETS
    ),
    "picture-notes": lambda track: track.notes <= _NOTES,
    "colour-box": lambda track: track.colour == _BT709_LIMITED,
}
_SOUND_RULES: dict[str, Callable[[Track], bool]] = {
    "sound-timescale": lambda track: track.timescale == SAMPLE_RATE,
    "audio-profile": lambda track: track.entries[0] == "mp4a" and track.audio_object == _AAC_LC,
    "audio-bit-rate": lambda track: track.bytes * 8 <= MAX_AUDIO_BITS * track.seconds,
}

RULES = (*_ORDER_RULES, *_MOVIE_RULES, *_PICTURE_RULES, *_SOUND_RULES)
"""The name of every rule about boxes."""


def broken_boxes(path: Path) -> list[str]:
    """Names of the rules that the boxes of an MP4 file break.

    Raises BadMedia, `truncated` or `damaged`, for boxes that can't be read.
    """
    boxes = all_boxes(path)
    broken = [name for name, holds in _ORDER_RULES.items() if not holds(boxes)]
    movie = read_movie(path, boxes)
    broken += [name for name, holds in _MOVIE_RULES.items() if not holds(movie)]
    for kind, rules in (("vide", _PICTURE_RULES), ("soun", _SOUND_RULES)):
        track = movie.track(kind)
        if track is not None:
            broken += [name for name, holds in rules.items() if not holds(track)]
    return broken


def _moov_first(order: Sequence[str]) -> bool:
    known = "moov" in order and "mdat" in order
    return known and order.index("moov") < order.index("mdat")


def _has(boxes: Sequence[Box], *kinds: str) -> bool:
    return any(box.type in kinds for box in boxes)


def _only_known(order: Sequence[str]) -> bool:
    """One of each that is needed, room for an index that grew, and nothing behind."""
    needed = [kind for kind in order if kind != "free"]
    return sorted(needed) == ["ftyp", "mdat", "moov"] and order[0] == "ftyp"
