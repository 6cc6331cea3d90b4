"""Splitting a loop over threads without numba's parallel loops.

Those take seconds to compile, their default layer is not thread-safe, and its workers keep their cores busy after the
work is done.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="ranges")


def for_ranges(work: Callable[[int, int], object], n: int, threads: int) -> None:
    """Call work(first, beyond) for ranges that cover 0..n-1, in `threads` threads; `work` releases the GIL.

    The caller's thread works too. There are a few more ranges than threads, and each takes the next one when it is
    done, so that a core which others use too holds nobody up.
    """
    if threads <= 1 or n <= 1:
        work(0, n)
        return
    step = max(1, -(-n // (4 * threads)))
    firsts = iter(range(0, n, step))  # threads may share it: the GIL guards each step

    def take() -> None:
        for first in firsts:
            work(first, min(first + step, n))

    helpers = [_pool(threads - 1).submit(take) for _ in range(threads - 1)]
    try:
        take()
    finally:
        for helper in helpers:
            if not helper.cancel():  # it has begun
                helper.result()
