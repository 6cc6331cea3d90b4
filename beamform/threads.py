"""Splitting a loop over threads without numba's parallel loops.

Those take seconds to compile, their default layer is not thread-safe, and its workers keep their cores busy after the
work is done.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

import numba


def usable_threads() -> int:
    """Threads that numba may use: `numba.set_num_threads`, NUMBA_NUM_THREADS, or one for each usable core."""
    return int(numba.get_num_threads())


current_core: Callable[[], int] = getattr(ctypes.pythonapi, "sched_getcpu", lambda: -1)
"""Number of the core that runs the calling thread; -1 where the system does not say."""


def leave_core(core: int) -> None:
    """Move the calling thread to another core if it runs on `core` and may use others.

    Where few cores have been busy, Linux wakes a helper on the core of the thread that calls it, and leaves both there
    for tens of milliseconds while another core is idle. Afterwards the thread may run where it might before.
    """
    if core < 0 or current_core() != core:
        return
    with suppress(OSError):  # where it is forbidden, the helper stays
        allowed = os.sched_getaffinity(0)
        if others := allowed - {core}:
            os.sched_setaffinity(0, others)
            os.sched_setaffinity(0, allowed)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="ranges")


def for_ranges(work: Callable[[int, int], object], n: int, threads: int | None = None) -> None:
    """Call work(first, beyond) for ranges that cover 0..n-1, by default in `usable_threads`; `work` releases the GIL.

    The caller's thread works too. There are a few more ranges than threads, and each takes the next one when it is
    done, so that a core which others use too holds nobody up.
    """
    threads = threads or usable_threads()
    if threads <= 1 or n <= 1:
        work(0, n)
        return
    step = max(1, -(-n // (4 * threads)))
    firsts = iter(range(0, n, step))  # threads may share it: the GIL guards each step

    def take() -> None:
        for first in firsts:
            work(first, min(first + step, n))

    core = current_core()

    def help_out() -> None:
        leave_core(core)
        take()

    helpers = [_pool(threads - 1).submit(help_out) for _ in range(threads - 1)]
    try:
        take()
    finally:
        for helper in helpers:
            if not helper.cancel():  # it has begun
                helper.result()
