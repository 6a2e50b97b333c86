"""`python -m simulators --port N [--tls-port M]`: the outside world in one process."""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from simulators.app import PACE, Options, create_app
from simulators.certificate import certificate
from simulators.ledger import LedgerTaken
from simulators.server import Secured, listen, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; 2 when the port, the state folder or the clip can't be had."""
    options = _parser().parse_args(arguments)
    if options.top_clip is not None and not options.top_clip.is_file():
        sys.stderr.write(f"simulators: --top-clip: {options.top_clip} is not a file\n")
        return 2
    listening = listen(options.host, options.port)
    try:
        app = create_app(
            Options(
                options.state,
                options.top_clip,
                options.slack_interactions_url,
                options.slack_signing_secret_file,
                options.discord_interactions_url,
                options.discord_key_file,
                options.pace,
            )
        )
    except LedgerTaken as taken:
        sys.stderr.write(f"simulators: --state: {taken}\n")
        return 2
    secured = None
    if options.tls_port is not None:
        port = listen(options.host, options.tls_port)
        secured = Secured(port, *certificate(app.state.folder))
    _tell(listening, secured)
    serve(app, listening, secured)
    return 0


def _tell(listening: socket.socket, secured: Secured | None) -> None:
    """Where they answer: one line, and with TLS a second, which names the certificate."""
    host, port = listening.getsockname()[:2]
    sys.stdout.write(f"simulators: http://{host}:{port}\n")
    if secured is not None:
        host, port = secured.listening.getsockname()[:2]
        sys.stdout.write(f"simulators: https://{host}:{port} {secured.certificate}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("simulators", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, required=True, help="0 takes a free one")
    add("--tls-port", type=int, metavar="N", help="serves https as well, with a certificate in DIR")
    add("--host", default="127.0.0.1")
    add("--state", type=Path, metavar="DIR", help="keeps the ledger; default: a temporary folder")
    add("--top-clip", type=Path, metavar="FILE", help="handed out by every video job")
    add("--slack-interactions-url", metavar="URL", help="where clicks are sent")
    add("--slack-signing-secret-file", type=Path, metavar="FILE", help="what signs them")
    add("--discord-interactions-url", metavar="URL", help="where presses are sent")
    add("--discord-key-file", type=Path, metavar="FILE", help="what signs them, in hex")
    add("--pace", type=float, default=PACE, metavar="SECONDS", help="what a video job takes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
