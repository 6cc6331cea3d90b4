"""Splitting a loop over threads without numba's parallel loops, whose default layer is not thread-safe."""

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
    return ThreadPoolExecutor(threads, thread_name_prefix="acoustics")


def for_ranges(work: Callable[[int, int], None], n: int, threads: int) -> None:
    """Call work(first, beyond) for ranges that cover 0..n-1, in `threads` threads; `work` releases the GIL.

    There are a few more ranges than threads, so that a core which others use too holds nobody up.
    """
    if threads <= 1 or n <= 1:
        work(0, n)
        return
    step = max(1, -(-n // (4 * threads)))
    futures = [_pool(threads).submit(work, first, min(first + step, n)) for first in range(0, n, step)]
    for future in futures:
        future.result()
