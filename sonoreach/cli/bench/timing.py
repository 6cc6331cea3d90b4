"""How long a job takes: the shortest of several runs, which other work on the machine moves least."""

from __future__ import annotations

import time
from collections.abc import Callable

import numba


def best_ms(job: Callable[[], object], repeats: int) -> float:
    """Shortest time of a job after one run to warm up [ms]."""
    return _shortest_ms(job, repeats, time.perf_counter)


def core_ms(job: Callable[[], object], repeats: int) -> float:
    """Shortest processor time of a job on one thread [ms]: hardly moved by other work on the machine."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        return _shortest_ms(job, repeats, time.thread_time)
    finally:
        numba.set_num_threads(threads)


def _shortest_ms(job: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    job()
    times = []
    for _ in range(repeats):
        start = clock()
        job()
        times.append(clock() - start)
    return 1e3 * min(times)
