"""What is heard of a Reel, measured on the finished file by EBU R 128."""

import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clients.ffmpeg import Composition, FFmpeg, check_reel
from schemas.composition import SoundMix
from tests.integration.media.corpus import FFMPEG, USUAL_GAMEPLAY, USUAL_TOP, Clip, make
from tests.integration.media.seeing import levels

TOP = replace(USUAL_TOP, displayed=(320, 180), seconds=3)
GAMEPLAY = replace(USUAL_GAMEPLAY, displayed=(320, 180), rate="30", seconds=4)
MUSIC = replace(TOP, displayed=(64, 64), seconds=2)

NOISE = "anoisesrc=c=pink:r=48000:a=0.5:s=7"
HUM = "sine=440:r=48000"
WHISTLE = "sine=2000:r=44100"
BANGS = "aevalsrc='0.9*(random(0)*2-1)*exp(-30*mod(t,0.5))+0.01*sin(880*PI*t)':s=48000"
DRUMS = "aevalsrc='0.9*(random(0)*2-1)*exp(-8*mod(t,0.5))':s=48000,lowpass=2000"
SURROUND = "aevalsrc='0.3*sin(880*PI*t)|0|0.4*sin(660*PI*t)|0|0.2*sin(550*PI*t)|0':c=5.1:s=48000"
DIGITAL_SILENCE = "anullsrc=r=48000:cl=stereo"
HISS = f"{NOISE},volume=-64dB"

GAME, BED, STORY = SoundMix(gameplay=0), SoundMix(music=0), SoundMix(top=0)
ALL = SoundMix(gameplay=0, music=-12, top=-6)


@dataclass(frozen=True)
class Heard:
    """The sounds of the files, None for none, and how they are mixed."""

    mix: SoundMix = GAME
    gameplay: str | None = None
    music: str | None = None
    top: str | None = None
    lossless: bool = False
    """The files keep their sound as it is; AAC would round a clipped one off."""


LOUD_ENOUGH = {
    "as-loud-as-can-be": Heard(gameplay=f"{NOISE},volume=30dB", lossless=True),
    "one-ear-at-44100": Heard(gameplay="sine=440:r=44100,aformat=channel_layouts=mono"),
    "hardly-heard": Heard(gameplay=f"{NOISE},volume=-30dB"),
    "surround": Heard(gameplay=SURROUND),
    "drums": Heard(gameplay=DRUMS),
    "music-that-begins-again": Heard(BED, gameplay=NOISE, music=f"{NOISE},volume=-9dB"),
    "the-story-alone": Heard(STORY, gameplay=NOISE, top=WHISTLE),
    "all-together": Heard(ALL, gameplay=NOISE, music=HUM, top=DRUMS),
    "what-has-a-sound-of-all": Heard(ALL, music=HUM, top=DIGITAL_SILENCE),
}
BANG = Heard(gameplay=BANGS)
SILENT = {
    "no-sound-in-any-file": Heard(ALL),
    "silence": Heard(gameplay=DIGITAL_SILENCE),
    "the-noise-of-a-converter": Heard(gameplay=HISS, lossless=True),
    "what-was-not-asked-for": Heard(BED, gameplay=NOISE, top=NOISE),
}


@dataclass(frozen=True)
class Measured:
    level: float
    peak: float


def ebur128(path: Path, before: str = "anull") -> Measured:
    """Integrated loudness and true peak of a file's sound as a player hears it."""
    command = [FFMPEG, "-nostdin", "-nostats", "-i", str(path), "-vn"]
    command += ["-af", f"{before},ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    level = re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1]
    peak = re.findall(r"Peak:\s+(-?[\d.]+|-inf) dBFS", said)[-1]
    return Measured(float(level), float(peak))


def with_sound(clip: Clip, sound: str | None, *, lossless: bool) -> Clip:
    if not lossless:
        return replace(clip, sound=sound)
    return replace(clip, sound=sound, audio=("-c:a", "pcm_s16le"), suffix="mov")


async def composed(heard: Heard, engine: FFmpeg, clips: Path, out: Path) -> Path:
    def made(clip: Clip, sound: str | None) -> Path:
        return make(with_sound(clip, sound, lossless=heard.lossless), clips)

    asked = Composition(
        (made(TOP.lasting(1.5), heard.top), made(TOP.lasting(2), None)),
        made(GAMEPLAY, heard.gameplay),
        start=0.5,
        seconds=3.5,
        sound=heard.mix,
        music=made(MUSIC, heard.music) if heard.music else None,
        music_start=1.5,
    )
    facts = (await engine.compose(asked, out=out, progress=lambda _: None)).facts
    assert facts.video is not None
    assert facts.audio is not None
    assert facts.audio.seconds == pytest.approx(facts.video.seconds, abs=0.03)
    assert check_reel(out) == []
    return out


@pytest.mark.parametrize("name", LOUD_ENOUGH)
async def test_every_sound_is_as_loud_as_the_others_and_is_never_clipped(
    name: str, engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    out = await composed(LOUD_ENOUGH[name], engine, clips, tmp_path / "reel.mp4")
    measured = ebur128(out)
    assert measured.level == pytest.approx(-14, abs=1)
    assert measured.peak < -1


async def test_what_would_have_to_be_limited_too_much_is_quieter_and_never_clipped(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    measured = ebur128(await composed(BANG, engine, clips, tmp_path / "reel.mp4"))
    assert -18 < measured.level < -14
    assert measured.peak < -1


@pytest.mark.parametrize("name", SILENT)
async def test_a_reel_with_nothing_to_hear_has_a_silent_sound_and_never_none(
    name: str, engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    out = await composed(SILENT[name], engine, clips, tmp_path / "reel.mp4")
    assert max(levels(out)) == 0


async def test_sounds_stand_beside_each_other_as_the_account_chose(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    mix = SoundMix(gameplay=0, music=-10)
    whistle = f"{WHISTLE},volume=9dB"
    heard = Heard(mix, gameplay=f"{HUM},volume=-20dB", music=whistle)
    out = await composed(heard, engine, clips, tmp_path / "reel.mp4")
    hum = ebur128(out, before="lowpass=700,lowpass=700")
    high = ebur128(out, before="highpass=1300,highpass=1300")
    assert hum.level - high.level == pytest.approx(10, abs=1)


async def test_the_sound_begins_and_ends_softly(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    out = await composed(Heard(gameplay=NOISE), engine, clips, tmp_path / "reel.mp4")
    steps = levels(out, step=0.05)[:70]
    assert steps[-1] < steps[-6] < steps[-12]
    assert steps[-1] < steps[30] / 5
    assert steps[0] < steps[30]
