"""`python -m runtime.stack up|down|status|run|demo`."""

import argparse

from runtime.exits import main
from runtime.stack import daemon


def command() -> int:
    """Read the command line and carry it out."""
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


def demo() -> int:
    """Make one Reel, from nothing to published."""
    from runtime.stack.demo import demo as run_demo  # noqa: PLC0415 - only this command needs it

    return run_demo()


if __name__ == "__main__":
    main(command)
