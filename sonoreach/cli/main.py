"""Entry point of `sonoreach`: parses the command line and turns errors into exit codes."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from sonoreach import __version__
from sonoreach.cli.parser import Parser
from sonoreach.errors import InputError, SonoReachError

# One module in sonoreach.cli a command, imported only when the command is used: a fast `--help`, and a
# broken optional part never takes the others down.
COMMANDS = {
    "doctor": "check this machine and say what to do",
    "exam": "run one exam from approach to report",
    "image": "beamform recorded channel data into pictures and DICOM",
    "measure": "measure structures on captured images",
    "report": "write the report of an exam folder again",
    "bench": "measure speed and accuracy, print them, write JSON",
    "train": "train the perception model",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (0 done, 2 bad input, 3 ended early)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = Parser(
        prog="sonoreach",
        description="SonoReach: an open robotic ultrasound station.",
        epilog="example: sonoreach exam --protocol thyroid --patient 7 --out exam-out",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = next((a for a in arguments if not a.startswith("-")), None)
    for name, summary in COMMANDS.items():
        if name == wanted:
            importlib.import_module(f"sonoreach.cli.{name}").add_parser(commands, summary)
        else:
            commands.add_parser(name, help=summary, add_help=False)
    args = parser.parse_args(arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(args.run(args))
    except SonoReachError as error:
        print(f"sonoreach {args.command}: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        if error.filename is None:
            raise
        # Whatever the doors did not foresee of a path: no permission, too long a name, a full disk.
        print(f"sonoreach {args.command}: {error.filename} cannot be used: {error.strerror}", file=sys.stderr)
        return InputError.exit_code
    except KeyboardInterrupt:
        print(f"sonoreach {args.command}: interrupted", file=sys.stderr)
        return 130


def _terminate(*_: object) -> NoReturn:
    """SIGTERM: unwind, so that nothing half-written and no process stays behind."""
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
