"""The filter graph: what happens to every picture and sample. Pure text from numbers.

Only numbers and stream indices of ours go into it: no name, no title, no word of a model.
"""

from dataclasses import dataclass, replace

from clients.ffmpeg.facts import VideoFacts
from clients.ffmpeg.layouts import Fill, Pane, Shown
from schemas.composition import Anchor

FPS = 30
SAMPLE_RATE = 48_000

_PQ, _HLG = 16, 18
_BT709 = 1
_BT2020 = 9
_RGB, _UNSPECIFIED = 0, 2
"""ITU-T H.273 code points."""
_HD_LINES = 720

_TRANSFER_NAMES = {_PQ: "smpte2084", _HLG: "arib-std-b67"}
_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"

_ACROSS = {Anchor.LEFT: "0", Anchor.RIGHT: "iw-ow"}
_DOWN = {Anchor.TOP: "0", Anchor.BOTTOM: "ih-oh"}
"""Where a crop begins; without an entry it is the middle."""

_PAPER_NITS, _BRIGHTEST_NITS = 203, 1000
"""What white paper has in HDR, and becomes white (ITU-R BT.2408-7, table 1; a hundred, often
copied, has everything too bright), and what the brightest light has that is not cut off. FFmpeg
would take that from the file, which may say anything."""
_KNEE = 0.55
"""Of that white: what is darker stays as it is. With this one mobius is within 4 of 219 of the
curve of ITU-R BT.2390-11, 5.4.1, for 1,000 nits; hable comes out dark."""

_SOFT = 12
"""How many times smaller a picture is when it is blurred: a twelfth costs next to nothing."""
_PALE = "128+(val-128)*0.7"
_BLUR = f"gblur=sigma=3,lutyuv=y='16+(val-16)*0.6':u='{_PALE}':v='{_PALE}'"
"""Also darkens, so that the whole picture stands out against its own copy."""


@dataclass(frozen=True)
class Footage:
    """A picture of an input: which input, and what is known of it."""

    source: int
    video: VideoFacts
    frames: int | None = None
    """How many pictures it lasts; None for as many as it has."""


@dataclass(frozen=True)
class Shot:
    """A pane and what is seen in it: footage, one after the other."""

    pane: Pane
    footage: tuple[Footage, ...]
    anchor: Anchor
    joined: int
    """Pictures that the footage lasts together; it begins again when that is too short."""


def picture(shots: list[Shot], frames: int, hook: str | None = None) -> str:
    """The graph of the picture, with the output `[v]` of exactly so many frames.

    `hook` is a filter that goes over the whole picture.
    """
    parts = [_pane(shot, frames) for shot in shots]
    names = "".join(f"[{shot.pane.shows}]" for shot in shots)
    places = "|".join(f"{shot.pane.x}_{shot.pane.y}" for shot in shots)
    # One input is nothing to stack.
    stack = f"xstack=inputs={len(shots)}:layout={places}:shortest=1," if len(shots) > 1 else ""
    over = f"{hook}," if hook else ""
    return ";".join([*parts, f"{names}{stack}{over}{_TAGS},sidedata=delete[v]"])


def _pane(shot: Shot, frames: int) -> str:
    name, count = shot.pane.shows, len(shot.footage)
    parts = [_fitted(shot, one, f"{name}{number}") for number, one in enumerate(shot.footage)]
    joints = "".join(f"[{name}{number}]" for number in range(count))
    again = f"loop=loop=-1:size={shot.joined},setpts=N/{FPS}/TB,fps={FPS},"
    repeat = again if shot.joined < frames else ""
    return ";".join([*parts, f"{joints}concat=n={count},{repeat}{_exactly(frames)}[{name}]"])


def _exactly(frames: int) -> str:
    """Holds the last picture for the frame that rounding may leave out, then cuts."""
    return f"tpad=stop_mode=clone:stop=-1,trim=end_frame={frames}"


def _fitted(shot: Shot, footage: Footage, name: str) -> str:
    """One footage as its pane needs it, under a name."""
    video = footage.video
    times = _times(shot.pane)
    # Whatever comes less often is scaled: the pictures of before, or those of after.
    before, after = ([times], []) if video.fps > FPS else ([], [times])
    fields = ["bwdif=mode=send_frame:deint=interlaced"] if video.interlaced else []
    length = [_exactly(footage.frames)] if footage.frames else []
    filters = [*fields, *before, *_filled(shot, video, name), *after, *length, _TAGS]
    return f"[{footage.source}:{video.index}]{','.join(filters)}[{name}]"


def _times(pane: Pane) -> str:
    """Pictures at even times; the gameplay's stay as they are, so that its sound stays with it."""
    if pane.shows is Shown.GAMEPLAY:
        return f"fps={FPS}:start_time=0"
    return f"setpts=PTS-STARTPTS,fps={FPS}"


def _filled(shot: Shot, video: VideoFacts, name: str) -> list[str]:
    """What fits a picture into its pane."""
    pane = shot.pane
    inside = _inside(video, pane)
    if pane.fill is Fill.BLURRED and (inside.width, inside.height) != (pane.width, pane.height):
        return [_scaled(video, inside), *_DONE, *_over_itself(pane, inside, name)]
    if _is_as_shown(video, pane):
        return []
    return [_crop(pane, shot.anchor), _scaled(video, pane), *_DONE]


_DONE = ("setsar=1", "format=yuv420p", _TAGS)


def _crop(pane: Pane, anchor: Anchor) -> str:
    """Cuts to the pane's aspect as displayed.

    Before scaling: that costs about 7 % less than the other way round (bench, reference media).
    """
    aspect = f"{pane.width}/{pane.height}"
    x, y = _ACROSS.get(anchor, "(iw-ow)/2"), _DOWN.get(anchor, "(ih-oh)/2")
    return f"crop='min(iw,ih*{aspect}/sar)':'min(ih,iw*sar/({aspect}))':{x}:{y}"


def _is_as_shown(video: VideoFacts, pane: Pane) -> bool:
    """Whether a picture is what its pane needs to the last bit, as pooled gameplay is."""
    size = (video.width, video.height) == (pane.width, pane.height)
    upright = video.rotation == 0 and video.sample_aspect == "1" and not video.interlaced
    colour = {video.primaries, video.transfer, video.matrix} == {_BT709}
    return (
        size and upright and colour and (video.pixel_format, video.full_range) == ("yuv420p", False)
    )


def _inside(video: VideoFacts, pane: Pane) -> Pane:
    """The part of the pane that the whole picture takes when it is as large as it can be."""
    width, height = video.displayed
    scale = min(pane.width / width, pane.height / height)
    wide, high = (max(2 * round(side * scale / 2), 2) for side in (width, height))
    x, y = (2 * ((whole - part) // 4) for whole, part in ((pane.width, wide), (pane.height, high)))
    return replace(pane, x=x, y=y, width=wide, height=high)


def _over_itself(pane: Pane, inside: Pane, name: str) -> list[str]:
    """A picture over a blurred copy of itself, which is made small, and large again."""
    small = f"{_even(pane.width / _SOFT)}:{_even(pane.height / _SOFT)}"
    soft = f"{_crop(pane, Anchor.CENTER)},scale={small}:flags=area,{_BLUR}"
    large = ",".join((f"scale={pane.width}:{pane.height}:flags=bicubic", *_DONE))
    split = f"split[{name}whole][{name}copy];[{name}copy]{soft},{large}[{name}soft];"
    return [f"{split}[{name}soft][{name}whole]overlay={inside.x}:{inside.y}"]


def _even(number: float) -> int:
    return max(2 * round(number / 2), 2)


def _scaled(video: VideoFacts, to: Pane) -> str:
    scale = f"scale={to.width}:{to.height}:flags=bicubic"
    if video.transfer in _TRANSFER_NAMES or video.primaries == _BT2020:
        return f"{scale},format=yuv420p10le,{_to_bt709(video)}"
    return f"{scale}{_matrix(video)}:out_color_matrix=bt709:out_range=tv"


def _matrix(video: VideoFacts) -> str:
    """What an untagged picture means: BT.709 when high definition, BT.601 below, as players do."""
    is_rgb = video.pixel_format.startswith(("gbr", "rgb", "bgr"))
    if is_rgb or video.matrix not in {_RGB, _UNSPECIFIED}:
        return ""
    matrix = "bt709" if min(video.width, video.height) >= _HD_LINES else "bt601"
    return f":in_color_matrix={matrix}"


def _to_bt709(video: VideoFacts) -> str:
    """Wide colour to BT.709; high dynamic range through linear light and a tone curve.

    Read as BT.2100 has it, whatever of that the file leaves unsaid: zscale converts nothing
    that is not told.
    """
    transfer = _TRANSFER_NAMES.get(video.transfer)
    given = f"setparams=color_primaries=bt2020:colorspace=bt2020nc:color_trc={transfer or 'bt709'}"
    given += f":range={'pc' if video.full_range else 'tv'}"
    wanted = "zscale=p=bt709:t=bt709:m=bt709:r=tv"
    if transfer is None:
        return f"{given},{wanted}"
    linear = f"zscale=t=linear:npl={_PAPER_NITS},format=gbrpf32le,zscale=p=bt709"
    peak = f"peak={_BRIGHTEST_NITS / _PAPER_NITS:.3f}"
    return f"{given},{linear},tonemap=tonemap=mobius:param={_KNEE}:{peak}:desat=0,{wanted}"
