"""`python -m runtime.stack up|down|status|run|demo`."""

import argparse
import signal

from runtime.exits import main


def command() -> int:
    """Read the command line and carry it out."""
    # Python may lose a Ctrl-C in the middle of an import; nothing runs yet that it could leave.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from runtime.stack import daemon  # noqa: PLC0415
    from runtime.stack.demo import demo  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser("runtime.stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for function in (daemon.up, daemon.down, daemon.status, demo):
        one = commands.add_parser(function.__name__, help=function.__doc__)
        one.set_defaults(run=lambda _arguments, function=function: function())
    one = commands.add_parser("run", help="keep the stack running in the foreground")
    one.add_argument("--report", type=int, help=argparse.SUPPRESS)
    one.set_defaults(run=lambda arguments: daemon.run(arguments.report))
    arguments = parser.parse_args()
    code: int = arguments.run(arguments)
    return code


if __name__ == "__main__":
    main(command)
