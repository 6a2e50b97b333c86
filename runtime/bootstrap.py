"""Make `.venv` from the hash-pinned lock: the standard library is all that this needs.

`bootstrap.py` sets up and does nothing when the lock has not changed since; `bootstrap.py lock`
resolves the locks anew from pyproject.toml.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
UV_LOCK = ROOT / "requirements-uv.lock"
DEPLOY_LOCK = ROOT / "deploy" / "requirements.lock"
BENCH_LOCK = ROOT / "bench" / "requirements.lock"

RESOLVE = ("pip", "compile", "--universal", "--generate-hashes", "--no-header", "--quiet")


def main(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    try:
        # Two of them at once, as `make test` beside `make demo`, take turns.
        with LOCK.open() as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            return resolve() if arguments == ["lock"] else set_up()
    except KeyboardInterrupt:
        return 130


def set_up() -> int:
    """Install what the lock names, once for each lock."""
    stamp = VENV / f".installed-{fingerprint()}"
    if stamp.exists():
        return 0
    print("setting up .venv from requirements.lock ...", flush=True)
    if not is_whole() and (code := make_venv()):
        return code
    if code := install():
        return code
    packages = next((VENV / "lib").glob("python3.*/site-packages"))
    (packages / "reels.pth").write_text(f"{ROOT}\n")
    for old in VENV.glob(".installed-*"):
        old.unlink()
    stamp.touch()
    print("ready", flush=True)
    return 0


def is_whole() -> bool:
    """Whether there is an environment that was made here: one that was moved does not work."""
    made = VENV / "pyvenv.cfg"
    parts = (PYTHON, VENV / "bin" / "pip3", made)
    return all(path.exists() for path in parts) and f"{VENV}\n" in made.read_text()


def fingerprint() -> str:
    """The locks, the interpreter and the folder, so that a change of either installs anew."""
    content = b"".join(path.read_bytes() for path in (LOCK, UV_LOCK)) + bytes(VENV)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()[:16]


def make_venv() -> int:
    """Create the empty environment."""
    made = run((sys.executable, "-m", "venv", "--clear", str(VENV)), quiet=True)
    if made:
        print("python3 -m venv failed: on Debian and Ubuntu, apt-get install python3-venv")
    return made


def install(lock: Path = LOCK, *where: str) -> int:
    """Install a lock with uv, which is quick; with pip where uv can't.

    `where` are options of both that name a folder of its own; without them it is .venv.
    """
    pip = (str(PYTHON), "-m", "pip")
    hashed = ("install", "--quiet", "--require-hashes", "--no-compile")
    if not run((*pip, *hashed, "-r", str(UV_LOCK)), quiet=True):
        # uv doesn't read pip's own configuration; certificates of the system suit most proxies.
        environ = {"UV_SYSTEM_CERTS": "1"} | index_of_pip(pip) | dict(os.environ)  # noqa: TID251
        uv = (str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON))
        if not run((*uv, *where, "--require-hashes", "-r", str(lock)), environ=environ, quiet=True):
            return 0
        print("uv could not install; pip goes on, which takes a minute ...", flush=True)
    failed = run((*pip, *hashed, *where, "-r", str(lock)))
    if failed:
        print("the packages could not be installed: the lines above say why")
    return failed


def index_of_pip(pip: tuple[str, ...]) -> dict[str, str]:
    """The index that the user's pip is set to, for uv."""
    asked = subprocess.run(  # noqa: S603 - our own command, no shell
        (*pip, "config", "get", "global.index-url"), capture_output=True, text=True, check=False
    )
    found = asked.stdout.strip()
    return {"UV_DEFAULT_INDEX": found} if asked.returncode == 0 and found else {}


def resolve() -> int:
    """Write the locks anew; they name no registry."""
    uv = str(VENV / "bin" / "uv")
    floor = ("--python-version", "3.11")
    project = str(ROOT / "pyproject.toml")
    whole = ("--all-extras", "--group", "dev", project)
    bench = ("--group", f"{project}:bench")
    environ = {"UV_SYSTEM_CERTS": "1"} | dict(os.environ)  # noqa: TID251
    for lock, what in ((LOCK, whole), (DEPLOY_LOCK, (project,)), (BENCH_LOCK, bench)):
        command = (uv, *RESOLVE, *floor, *what, "-o", str(lock))
        if code := run(command, environ=environ, quiet=True):
            return code
        print(f"wrote {lock.relative_to(ROOT)}")
    return 0


def run(
    command: tuple[str, ...], *, environ: dict[str, str] | None = None, quiet: bool = False
) -> int:
    """Run a command in the checkout; its output is shown unless it is quiet and succeeds."""
    ended = subprocess.run(  # noqa: S603 - our own commands, no shell
        command, cwd=ROOT, env=environ, check=False, capture_output=quiet, text=True
    )
    if quiet and ended.returncode:
        print((ended.stdout + ended.stderr)[-2000:])
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
