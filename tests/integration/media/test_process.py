"""Children are fenced in, and none outlives what started it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from clients.errors import Refused, Retryable
from clients.ffmpeg import BadMedia, Composition, FFmpeg
from clients.ffmpeg.process import Ended, Limits, run
from schemas.failures import FailureKind
from tests.integration.media.corpus import USUAL_TOP, make
from tests.integration.media.processes import alive

SMALL = replace(USUAL_TOP, displayed=(320, 180))
LIMITS = Limits(wall_seconds=20, cpu_seconds=10)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


async def shell(text: str, limits: Limits = LIMITS) -> tuple[Ended, list[str]]:
    lines: list[str] = []
    ended = await run(["/bin/sh", "-c", text], limits=limits, on_line=lines.append)
    return ended, lines


async def test_a_child_sees_nothing_of_our_environment() -> None:
    _, lines = await shell("env")
    assert {line.partition("=")[0] for line in lines} <= {"LC_ALL", "PWD", "SHLVL", "_", "OLDPWD"}


async def test_a_child_has_a_session_of_its_own_and_no_input() -> None:
    _, lines = await shell(
        "ps -o sid= -p $$ 2>/dev/null || cut -d' ' -f6 /proc/$$/stat; cat; echo $$"
    )
    assert lines[0].strip() == lines[-1]


async def test_output_comes_line_by_line_and_the_end_of_errors_is_kept() -> None:
    ended, lines = await shell("echo one; echo two; yes no | head -9999 >&2; echo why >&2; exit 3")
    assert lines == ["one", "two"]
    assert ended.code == 3
    assert ended.errors.endswith("no\nwhy\n")
    assert len(ended.errors) <= 4000


async def test_limits_hold(tmp_path: Path) -> None:
    small = Limits(wall_seconds=20, cpu_seconds=1, memory_bytes=200 << 20, file_bytes=1 << 20)
    big_file, _ = await shell(f"exec head -c 2000000 /dev/zero > {tmp_path / 'big'}", small)
    assert big_file.code == -signal.SIGXFSZ
    busy, _ = await shell("while :; do :; done", small)
    assert busy.code == -signal.SIGXCPU
    greedy = [sys.executable, "-c", "bytes(500 << 20)"]
    assert "MemoryError" in (await run(greedy, limits=small)).errors


async def test_a_child_that_takes_too_long_is_ended() -> None:
    started = time.monotonic()
    ended, _ = await shell("sleep 60", Limits(wall_seconds=0.3, cpu_seconds=10))
    assert ended.timed_out
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("text", ["exec sleep 60", "trap '' TERM; while :; do sleep 1; done"])
async def test_cancelling_ends_even_a_child_that_will_not(text: str) -> None:
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    argv = ["/bin/sh", "-c", f"echo $$; {text}"]
    task = asyncio.ensure_future(
        run(argv, limits=LIMITS, on_line=lambda line: pid.set_result(int(line)))
    )
    await pid
    cancelled = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - cancelled < 2
    assert not alive(pid.result())


def test_a_worker_that_is_killed_takes_its_children_along() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert worker.stdout is not None
    child = int(worker.stdout.readline())
    assert alive(child)
    worker.kill()
    worker.wait()
    worker.stdout.close()
    deadline = time.monotonic() + 2
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)


WORKER = """
import asyncio
from clients.ffmpeg.process import Limits, run
argv = ["/bin/sh", "-c", "echo $$; exec sleep 60"]
show = lambda line: print(line, flush=True)
asyncio.run(run(argv, limits=Limits(wall_seconds=60, cpu_seconds=10), on_line=show))
"""


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1", "disk_low"),
        ("kill -KILL $$", "unavailable"),
        ("kill -TERM $$", "unavailable"),
    ],
)
async def test_what_the_machine_did_may_be_tried_again(
    program: str, kind: str, clips: Path, tmp_path: Path
) -> None:
    with pytest.raises(Retryable) as caught:
        await compose_with(script(tmp_path / "ffmpeg", program), clips, tmp_path)
    assert caught.value.kind == FailureKind(kind)
    assert [path.name for path in tmp_path.iterdir()] == ["ffmpeg"]


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        ("kill -XCPU $$", "too-slow"),
        ("echo 'Error opening file:/secret/top-0: Invalid data' >&2; exit 183", "undecodable"),
    ],
)
async def test_what_the_files_did_is_refused_by_rule_without_our_paths(
    program: str, rule: str, clips: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadMedia) as caught:
        await compose_with(script(tmp_path / "ffmpeg", program), clips, tmp_path)
    assert caught.value.rule == rule
    assert "/secret" not in str(caught.value)


async def compose_with(executable: str, clips: Path, tmp_path: Path) -> None:
    clip = make(SMALL, clips)
    asked = Composition((clip,), clip, start=0, seconds=3)
    engine = FFmpeg(executable, 1, tmp_path)
    await engine.compose(asked, out=tmp_path / "reel.mp4", progress=lambda _: None)


async def test_a_missing_ffmpeg_is_a_matter_of_configuration(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="FFMPEG_PATH") as caught:
        await compose_with(str(tmp_path / "nowhere"), clips, tmp_path)
    assert caught.value.kind is FailureKind.CONFIGURATION


def test_a_dead_workers_folder_is_removed_and_a_living_ones_is_not(engine: FFmpeg) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(engine.work_dir)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    held = Path(holder.stdout.readline().strip())
    with engine.workspace(needs_bytes=0) as mine:
        assert held.exists()
        with engine.workspace(needs_bytes=0) as other:
            assert mine.exists()
            assert other != mine
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with engine.workspace(needs_bytes=0) as mine:
        assert not held.exists()
    assert not mine.exists()


HOLDER = """
import sys, time
from pathlib import Path
from clients.ffmpeg.workspace import own_folder
with own_folder(Path(sys.argv[1]), needs_bytes=0) as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


def test_work_in_a_folder_of_everybody_lies_in_a_part_of_ones_own(engine: FFmpeg) -> None:
    with engine.workspace(needs_bytes=0) as mine:
        (part,) = engine.work_dir.iterdir()
        assert mine.is_relative_to(part)
        assert part.name == f"reels-{os.getuid()}"
        assert part.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_part_that_another_user_has_taken_is_refused(engine: FFmpeg) -> None:
    part = engine.work_dir / f"reels-{os.getuid()}"
    part.mkdir(parents=True)
    os.chown(part, 65534, 65534)
    with (
        pytest.raises(Refused, match="another user's: set WORK_DIR") as refused,
        engine.workspace(needs_bytes=0),
    ):
        pass
    assert refused.value.kind is FailureKind.CONFIGURATION
