"""A simulators process to talk to, to kill and to start again on the same state."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class Outside:
    """`python -m simulators` in a folder of its own; immediate unless told otherwise."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.secret_file = folder / "signing-secret"
        self.secret_file.write_text(SECRET + "\n")
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.http = httpx.Client(timeout=20)

    def start(self) -> None:
        options = ["--state", str(self.folder / "state"), "--pace", "0", *self._options]
        options += ["--slack-signing-secret-file", str(self.secret_file)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulators", "--port", "0", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        word, _, url = self._process.stdout.readline().strip().partition(" ")
        assert word == "simulators:"
        self.http.close()
        self.http = httpx.Client(base_url=url, timeout=20)
        self.url = url
        self.tls_url, self.certificate = "", ""
        if "--tls-port" in self._options:
            line = self._process.stdout.readline().strip()
            _, self.tls_url, self.certificate = line.split(" ", 2)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self._process is None:
            return 0
        self.http.close()
        self._process.send_signal(how)
        code = self._process.wait(15)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        return code

    def kill_and_restart(self) -> None:
        self.end(signal.SIGKILL)
        self.start()

    def ledger(self, **wanted: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.http.get("/_ledger", params=wanted).json()["entries"]
        return entries

    def arm(self, service: str, op: str, kind: str, **options: object) -> None:
        wish = {"service": service, "op": op, "kind": kind, **options}
        self.http.post("/_faults", json=wish).raise_for_status()

    def advance(self, seconds: float) -> None:
        self.http.post("/_clock", json={"advance": seconds}).raise_for_status()

    def bill(self) -> dict[str, Any]:
        bill: dict[str, Any] = self.http.get("/_bill").json()
        return bill
