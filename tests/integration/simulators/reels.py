"""Small videos for the simulated Instagram, good ones and bad ones, and hosts that serve them."""

import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import imageio_ffmpeg

CLEAN = ("-use_editlist", "0", "-movflags", "+faststart")


def make(
    into: Path, *, seconds: float = 3.5, fps: int = 30, flags: tuple[str, ...] = CLEAN
) -> Path:
    """An MP4 of 90x160 with sound."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y"]
    command += ["-f", "lavfi", "-i", f"testsrc2=s=90x160:r={fps}:d={seconds}"]
    sound = f"sine=frequency=440:sample_rate=48000:d={seconds}"
    command += ["-f", "lavfi", "-i", sound, "-t", str(seconds)]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([*command, *flags, str(into)], check=True)
    return into


class Host(BaseHTTPRequestHandler):
    """`/ranged/NAME` 206, `/odd/NAME` 200 with Content-Range, `/plain/NAME` without ranges."""

    files: ClassVar[dict[str, bytes]] = {}
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        _, manner, name = self.path.partition("?")[0].split("/")
        whole = self.files.get(name)
        if whole is None:
            self.answer(404, b"", {})
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        if asked is None or manner == "plain":
            self.answer(200, whole, {})
            return
        begin, end = int(asked[1]), min(int(asked[2] or len(whole)), len(whole) - 1)
        shown = {"content-range": f"bytes {begin}-{end}/{len(whole)}"}
        self.answer(206 if manner == "ranged" else 200, whole[begin : end + 1], shown)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class VideoHost:
    """Serves files until it is closed."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, file: Path, manner: str = "ranged") -> str:
        Host.files[file.name] = file.read_bytes()
        return f"http://127.0.0.1:{self._server.server_port}/{manner}/{file.name}?sig=s3cret"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
