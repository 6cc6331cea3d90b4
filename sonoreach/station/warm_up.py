"""What a first start would do once, done by the set-up, so that the first exam starts as fast as later ones.

`python -m sonoreach.station.warm_up kernels` compiles every kernel that an exam needs: numba keeps the machine code
beside the sources. `… imports` imports every node, so that Python keeps the bytecode of all that they need.
"""

from __future__ import annotations

import sys

from sonoreach.errors import SonoReachError

_TURNS = 90  # six simulated seconds: approach, touch and the first images under force


def kernels() -> None:
    """Run the first seconds of an exam and drop them."""
    from sonoreach.policies.protocol import Protocol
    from sonoreach.station.lockstep import LockstepStation

    station = LockstepStation(Protocol.load("thyroid"), 0)
    for _ in range(_TURNS):
        station.turn()


def imports() -> None:
    """Import what the processes of a station import."""
    import sonoreach.reporting.document.report
    import sonoreach.station.graph  # noqa: F401
    from sonoreach_nodes.run_nodes import NODES, node_class

    for name in NODES:
        node_class(name)


WORK = {"kernels": kernels, "imports": imports}


def main() -> int:
    """Do the work that is named; returns the exit code."""
    work = WORK.get(sys.argv[1]) if len(sys.argv) == 2 else None
    if work is None:
        print(f"warm_up: name one of {', '.join(WORK)}, got {' '.join(sys.argv[1:]) or 'nothing'}", file=sys.stderr)
        return 2
    try:
        work()
    except SonoReachError as error:
        print(f"warm-up: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
