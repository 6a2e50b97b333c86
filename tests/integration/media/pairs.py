"""Tops and gameplay as providers, phones, cameras and editors deliver them, two by two."""

from dataclasses import dataclass, replace

from tests.integration.media.corpus import USUAL_GAMEPLAY, USUAL_TOP, Clip

ULTRAFAST = ("-preset", "ultrafast")
X264 = ("-c:v", "libx264", *ULTRAFAST)
HEVC = ("-c:v", "libx265", *ULTRAFAST, "-x265-params", "log-level=none", "-tag:v", "hvc1")
GRADED_ON = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
NOTES = f"log-level=none:hdr10=1:max-cll=1000,400:master-display={GRADED_ON}"
HDR10 = (*HEVC, "-x265-params", NOTES)
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
AV1 = ("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime")
PRORES = ("-c:v", "prores_ks", "-profile:v", "0")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "3")
B_FRAMES = ("-c:v", "libx264", "-preset", "superfast", "-bf", "3", "-g", "30")
OPEN_GOPS = (
    *B_FRAMES,
    "-x264-params",
    "open-gop=1:keyint=12:scenecut=0:bframes=3:b-pyramid=normal",
)
FIELDS = (*B_FRAMES, "-flags", "+ildct+ilme")
LIVE = ("-live", "1")
FRAGMENTS = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
TIMECODE = ("-timecode", "00:00:00:00")

TONE = "sine=440:r=48000,volume=-8dB"
MONO_44 = "sine=440:r=44100,volume=-8dB"
STEREO_44 = "sine=440:r=44100,volume=-8dB,aformat=channel_layouts=stereo"
TELEPHONE = "sine=440:r=8000,volume=-8dB"
SURROUND = "aevalsrc='0.1*sin(880*PI*t)|0|0|0|0|0':c=5.1:s=48000"
SURROUND_44 = "aevalsrc='0|0|0.1*sin(880*PI*t)|0|0|0':c=5.1:s=44100"
SEVEN_ONE = "aevalsrc='0.1*sin(880*PI*t)|0|0|0|0|0|0|0':c=7.1:s=96000"
LATE = "aevalsrc='0.3*sin(880*PI*t)*gte(t,0.6)':s=48000"
HALF = f"{TONE},atrim=end=1.5"

EXACT = 12
"""How far a channel of a colour may be from what was drawn, of 255."""


@dataclass(frozen=True)
class Pair:
    """One top over one gameplay clip, and the Reel that has to come of it."""

    top: Clip
    gameplay: Clip
    seconds: float = 3.0
    """The most that is asked for."""
    frames: int = 90


def top(**changes: object) -> Clip:
    return replace(USUAL_TOP, **changes)  # type: ignore[arg-type]


def gameplay(**changes: object) -> Clip:
    small: dict[str, object] = {"displayed": (1280, 720), "rate": "30", "seconds": 3.4}
    return replace(USUAL_GAMEPLAY, **small | changes)  # type: ignore[arg-type]


LITTLE = gameplay(displayed=(426, 240))
LITTLE_TOP = top(displayed=(426, 240))

PAIRS = {
    "what-providers-deliver": Pair(USUAL_TOP, USUAL_GAMEPLAY),
    "exactly-the-panes": Pair(top(displayed=(1080, 1152)), gameplay(displayed=(1080, 768))),
    # Sizes and shapes
    "portrait-over-portrait": Pair(
        top(displayed=(720, 1280), rate="30", sound=TONE),
        gameplay(displayed=(1080, 1920), rate="30", rotation=180),
    ),
    "tiny-and-slow-over-odd-sizes": Pair(
        top(displayed=(256, 144), rate="12", colour="bt601"),
        gameplay(displayed=(853, 479), pixels="yuv444p", colour="bt601"),
    ),
    "4k-moment-over-short-and-mono": Pair(
        top(displayed=(3840, 2160), seconds=0.5),
        gameplay(seconds=0.7, sound=MONO_44, rate="59.94"),
    ),
    "small-over-4k": Pair(LITTLE_TOP, gameplay(displayed=(3840, 2160), seconds=1.2)),
    "tall-4k-over-square": Pair(
        top(displayed=(2160, 3840), seconds=0.6), gameplay(displayed=(480, 480))
    ),
    "square-over-tall-phone": Pair(
        top(displayed=(720, 720)), gameplay(displayed=(590, 1280), rate="60")
    ),
    "cinema-wide-over-cinema-wide": Pair(
        top(displayed=(1680, 720)), gameplay(displayed=(1260, 540))
    ),
    "panorama-over-four-to-three": Pair(top(displayed=(1920, 540)), gameplay(displayed=(640, 480))),
    "odd-size-over-cinema-wide-with-surround": Pair(
        top(displayed=(321, 241), pixels="yuv444p", colour="bt601"),
        gameplay(pixels="yuv422p", displayed=(1680, 720), sound=SURROUND),
    ),
    "odd-over-odd": Pair(
        top(displayed=(1279, 719), pixels="yuv444p"),
        gameplay(displayed=(641, 1137), pixels="yuv444p"),
    ),
    "smaller-than-a-thumbnail": Pair(
        top(displayed=(64, 64), colour="bt601"), gameplay(displayed=(96, 54), colour="bt601")
    ),
    # Rates
    "slow-over-quick": Pair(top(displayed=(426, 240), rate="12"), replace(LITTLE, rate="120")),
    "quick-over-slow": Pair(top(displayed=(426, 240), rate="120"), replace(LITTLE, rate="12")),
    "film-over-television": Pair(
        top(displayed=(426, 240), rate="24000/1001"), replace(LITTLE, rate="60000/1001")
    ),
    "european-rates": Pair(top(displayed=(426, 240), rate="25"), replace(LITTLE, rate="50")),
    "a-rate-of-nobody": Pair(
        top(displayed=(426, 240), rate="17.32"), replace(LITTLE, rate="43.7", suffix="mkv")
    ),
    "varying-rates": Pair(top(vfr=True), gameplay(vfr=True, suffix="mkv")),
    # Turned, and pixels that are not square
    "phones-turned-either-way": Pair(
        top(displayed=(720, 1280), rotation=90, rate="30000/1001", suffix="mov"),
        gameplay(displayed=(480, 640), rotation=-90, rate="50"),
    ),
    "upside-down": Pair(
        top(displayed=(426, 240), rotation=180), replace(LITTLE, rotation=180, suffix="mov")
    ),
    "pixels-that-are-not-square": Pair(
        top(displayed=(1024, 576), stored=(720, 576), rate="25"),
        gameplay(displayed=(640, 480), stored=(704, 480), rate="30000/1001"),
    ),
    "narrow-pixels-over-camcorder": Pair(
        top(displayed=(640, 480), stored=(720, 480)),
        gameplay(displayed=(1920, 1080), stored=(1440, 1080), seconds=2),
    ),
    "turned-and-not-square": Pair(
        top(displayed=(480, 640), stored=(512, 480), rotation=90),
        gameplay(displayed=(480, 640), stored=(640, 360), rotation=-90),
    ),
    # Pixels and colour
    "full-chroma-over-full-range": Pair(
        top(pixels="yuv444p"), gameplay(pixels="yuvj420p", colour="full")
    ),
    "full-range-over-full-range": Pair(
        top(displayed=(426, 240), pixels="yuvj444p", colour="full"),
        gameplay(displayed=(426, 240), pixels="yuvj420p", colour="full"),
    ),
    "ten-bits-over-hevc-in-matroska": Pair(
        top(pixels="yuv420p10le"),
        gameplay(pixels="yuv420p10le", video=HEVC, suffix="mkv", displayed=(640, 360)),
    ),
    "an-editors-prores-over-red-green-blue": Pair(
        top(displayed=(640, 360), pixels="yuv422p10le", video=PRORES, suffix="mov"),
        gameplay(
            displayed=(426, 240), pixels="gbrp", colour="rgb", video=("-c:v", "libx264", *ULTRAFAST)
        ),
    ),
    "untagged-and-silent": Pair(
        top(colour="untagged-hd"),
        gameplay(colour="untagged-sd", displayed=(640, 360), sound=None),
    ),
    "hdr10-over-hybrid-log-gamma": Pair(
        top(pixels="yuv420p10le", colour="pq", displayed=(640, 360), video=HDR10),
        gameplay(pixels="yuv420p10le", colour="hlg", displayed=(640, 360)),
    ),
    "hybrid-log-gamma-over-hdr10-in-hevc": Pair(
        top(pixels="yuv420p10le", colour="hlg", displayed=(426, 240), video=HEVC),
        gameplay(pixels="yuv420p10le", colour="pq", displayed=(426, 240), video=HDR10),
    ),
    # Sound
    "telephone-under-sound-of-its-own": Pair(
        top(displayed=(426, 240), sound=STEREO_44), replace(LITTLE, sound=TELEPHONE)
    ),
    "surround-at-44": Pair(LITTLE_TOP, replace(LITTLE, sound=SURROUND_44)),
    "eight-channels-uncompressed": Pair(
        LITTLE_TOP, replace(LITTLE, sound=SEVEN_ONE, audio=("-c:a", "pcm_s24le"), suffix="mov")
    ),
    "stereo-mp3": Pair(LITTLE_TOP, replace(LITTLE, sound=STEREO_44, audio=("-c:a", "libmp3lame"))),
    "lossless-flac-that-begins-late": Pair(
        LITTLE_TOP, replace(LITTLE, sound=LATE, audio=("-c:a", "flac"), suffix="mkv")
    ),
    "cinema-sound-that-ends-early": Pair(
        LITTLE_TOP, replace(LITTLE, sound=HALF, audio=("-c:a", "ac3"))
    ),
    # Coders and containers
    "webm-with-opus-and-no-length": Pair(
        top(video=VP9, suffix="webm", displayed=(640, 640), after=LIVE),
        gameplay(
            video=VP9,
            audio=("-c:a", "libopus"),
            suffix="webm",
            displayed=(640, 360),
            after=LIVE,
        ),
    ),
    "av1-over-mpeg4": Pair(
        top(displayed=(320, 180), video=AV1), gameplay(displayed=(426, 240), video=MPEG4)
    ),
    "fields-over-phone-recording": Pair(
        top(displayed=(720, 576), rate="25", video=FIELDS), gameplay(suffix="mov", after=TIMECODE)
    ),
    "b-frames-with-edit-lists": Pair(
        top(video=B_FRAMES, sound=TONE),
        gameplay(video=B_FRAMES, rate="30", after=("-output_ts_offset", "0.7")),
    ),
    "open-groups-over-fragments": Pair(
        top(displayed=(426, 240), video=OPEN_GOPS, rate="25"),
        replace(LITTLE, video=OPEN_GOPS, after=FRAGMENTS),
    ),
    # Lengths
    "a-second-over-a-second": Pair(
        LITTLE_TOP.lasting(1.0), replace(LITTLE, seconds=1.0), seconds=20, frames=90
    ),
    "as-long-as-the-top": Pair(LITTLE_TOP.lasting(7.5), LITTLE, seconds=20, frames=225),
    "a-minute-and-a-half": Pair(LITTLE_TOP.lasting(92), LITTLE, seconds=90, frames=2700),
}
