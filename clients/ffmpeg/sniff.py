"""Tells by its first bytes what a file really is, whatever its name says.

FFmpeg opens a playlist or concat script that is named .mp4 and reads the files that it names,
so what a file is gets decided here, and FFmpeg is told which reader to use.
"""

from pathlib import Path

from clients.ffmpeg.boxes import Box, top_boxes
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import Container

_HEAD = 64
_MOV_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"})
_IMAGE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"})
_EBML = b"\x1a\x45\xdf\xa3"
_SCRIPTS = (b"#extm3u", b"ffconcat", b"<?xml", b"<mpd", b"<smoothstreaming", b"[playlist]")
_IMAGES = (b"\x89png", b"\xff\xd8\xff", b"gif8", b"bm", b"ii*\x00", b"mm\x00*")
_SOUNDS: dict[bytes, Container] = {b"ID3": "mp3", b"fLaC": "flac", b"OggS": "ogg"}
_MPEG_SYNC, _MPEG_LAYER_3 = 0xFF, 0xE2
"""The first bits of an MPEG audio frame of layer III (ISO/IEC 11172-3, 2.4.1.3)."""
_LOCKED = b"sinf\0\0\0\x0cfrma"
"""How the protection of a track begins, with its original format (ISO/IEC 14496-12, 8.12.1)."""
_MOST_INDEX_BYTES = 64 << 20
"""The index of six hours at 60 pictures a second is a third of that."""
_BOM = b"\xef\xbb\xbf"


def container_of(path: Path) -> Container:
    """The container of a video file.

    Raises BadMedia: `not-a-file`, `empty`, `playlist`, `image`, `not-a-video`, and for MP4 and
    QuickTime also `truncated`, `damaged` and `encrypted`.
    """
    if not path.is_file():
        raise BadMedia("not-a-file", "there is no such file; give the path of a video file")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise BadMedia("empty", "the file has no content; send it again")
    if head.startswith(_EBML):
        return "matroska"
    if head[4:8] in _MOV_FIRST and head[8:12] not in _IMAGE_BRANDS:
        _refuse_locked(path, top_boxes(path))
        return "mov"
    raise _refusal(head)


def sound_container_of(path: Path) -> Container:
    """The container of a music file: of a video, or one for sound alone.

    Raises BadMedia as `container_of`, and `not-a-sound` for all that is neither.
    """
    if not path.is_file():
        raise BadMedia("not-a-file", "there is no such file; give the path of a sound file")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wav"
    for magic, container in _SOUNDS.items():
        if head.startswith(magic):
            return container
    if len(head) > 1 and head[0] == _MPEG_SYNC and head[1] & _MPEG_LAYER_3 == _MPEG_LAYER_3:
        return "mp3"
    try:
        return container_of(path)
    except BadMedia as refused:
        if refused.rule != "not-a-video":
            raise
    raise BadMedia("not-a-sound", "the file is not MP3, M4A, WAV, FLAC or OGG; convert it to one")


def _refuse_locked(path: Path, boxes: list[Box]) -> None:
    """Refuse copy protection by its mark: what is locked may look like pictures by chance."""
    with path.open("rb") as file:
        for box in boxes:
            if box.type == "moov":
                file.seek(box.start)
                if _LOCKED in file.read(min(box.size, _MOST_INDEX_BYTES)):
                    unlock = "export it without copy protection"
                    raise BadMedia("encrypted", f"the video is locked with a key; {unlock}")


def _refusal(head: bytes) -> BadMedia:
    plain = head.removeprefix(_BOM).lstrip().lower()
    if plain.startswith(_SCRIPTS):
        return BadMedia("playlist", "the file is a list of other files; give the video itself")
    is_image = head[4:8] == b"ftyp" or head[8:12] == b"WEBP" or plain.startswith(_IMAGES)
    if is_image:
        return BadMedia("image", "the file is a still picture; give a video")
    return BadMedia("not-a-video", "the file is not MP4, MOV, MKV or WebM; convert it to MP4")
