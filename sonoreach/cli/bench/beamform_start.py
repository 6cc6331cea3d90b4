"""How soon a process has its first image."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Any

_FIRST_CALL = """
import time
from sonoreach.beamform.das import DelayAndSum
from sonoreach.cli.bench.beamform_jobs import standard_frame, standard_grid
das, data = DelayAndSum(standard_grid(), device="cpu"), standard_frame(1)
start = time.perf_counter()
das(data)
print(time.perf_counter() - start)
"""


def start_figures() -> dict[str, Any]:
    """First image of a process: with nothing compiled yet, and with the compiled code on disk [s]."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        seconds = []
        for _ in range(2):
            result = subprocess.run(
                [sys.executable, "-c", _FIRST_CALL], env=environment, capture_output=True, text=True, check=True
            )
            seconds.append(float(result.stdout))
    return {"first_call_s": seconds[0], "later_process_s": seconds[1]}
