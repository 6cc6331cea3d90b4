"""Compiles every kernel that an exam needs, once: numba keeps the machine code beside the sources.

`python -m sonoreach.station.warm_up` belongs to the set-up, so that the first exam starts as fast as later ones.
"""

from __future__ import annotations

import sys

from sonoreach.errors import SonoReachError
from sonoreach.policies.protocol import Protocol
from sonoreach.station.lockstep import LockstepStation

_TURNS = 90  # six simulated seconds: approach, touch and the first images under force


def main() -> int:
    """Run the first seconds of an exam and drop them."""
    try:
        station = LockstepStation(Protocol.load("thyroid"), 0)
        for _ in range(_TURNS):
            station.turn()
    except SonoReachError as error:
        print(f"warm-up: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
