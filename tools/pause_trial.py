"""When a machine takes its cores away: a short piece of work, every few milliseconds on each core, timed.

usage: python tools/pause_trial.py [SECONDS]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time

import numpy as np

WORK, REST_S, WINDOW_S, SLOW = 20_000, 3e-3, 0.1, 1.5


def pieces(core: int, seconds: float) -> list[tuple[float, float]]:
    """When each piece of work began on a core, and how long it took [s]."""
    os.sched_setaffinity(0, {core})
    start, found = time.monotonic(), []
    while (begin := time.monotonic()) - start < seconds:
        sum(range(WORK))
        found.append((begin, time.monotonic() - begin))
        time.sleep(REST_S)
    return found


def main() -> None:
    """Print, for each core, how much of the time it was slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=15.0)
    seconds, cores = parser.parse_args().seconds, sorted(os.sched_getaffinity(0))
    if not 1 <= seconds <= 600:
        parser.error(f"SECONDS: got {seconds:g}, allowed are 1 to 600")
    print(f"{seconds:g} s on {len(cores)} cores", flush=True)
    with multiprocessing.Pool(len(cores)) as pool:
        results = pool.starmap(pieces, [(core, seconds) for core in cores])
    for core, found in zip(cores, results, strict=True):
        begin, took = np.array(found).T
        window, usual = ((begin - begin[0]) // WINDOW_S).astype(int), np.median(took)
        means = np.array([took[window == w].mean() / usual for w in np.unique(window)])
        slow = np.flatnonzero(means > SLOW)
        begins = slow[np.diff(slow, prepend=-9) > 1] * WINDOW_S
        apart = f"{np.median(np.diff(begins)):.1f} s apart" if len(begins) > 2 else "no pattern"
        print(
            f"core {core}: {len(begins)} slow times in {seconds:g} s, {apart}, {len(slow) / len(means):.0%} of them "
            f"slower than {SLOW} x, up to {means.max():.1f} x; the longest piece of {1e3 * usual:.2f} ms took "
            f"{1e3 * took.max():.0f} ms"
        )


if __name__ == "__main__":
    main()
