"""How long a job takes: the median of several runs after one to warm up."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numba


def median_ms(job: Callable[[], object], repeats: int) -> float:
    """Median time of a job [ms]."""
    return _median_ms(job, repeats, time.perf_counter)


def core_ms(job: Callable[[], object], repeats: int) -> float:
    """Median processor time of a job on one thread [ms]: less moved by other work on the machine."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        return _median_ms(job, repeats, time.thread_time)
    finally:
        numba.set_num_threads(threads)


def _median_ms(job: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    job()
    _rest()
    times = []
    for _ in range(repeats):
        start = clock()
        job()
        times.append(clock() - start)
    return 1e3 * median(times)


def _rest() -> None:
    """Wait until the threads of earlier work are quiet: OpenBLAS's keep a core busy for a tenth of a second."""
    give_up = time.monotonic() + 2.0
    busy = True
    while busy and time.monotonic() < give_up:
        before = time.process_time()
        time.sleep(0.02)
        busy = time.process_time() - before > 0.002
