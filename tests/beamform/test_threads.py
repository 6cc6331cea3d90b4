"""Ranges cover everything once, an error is told, and calls within calls do not wait for each other for ever."""

from __future__ import annotations

import threading

import pytest

from sonoreach.beamform.threads import for_ranges


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("n", [0, 1, 5, 7, 64, 1000])
def test_every_number_is_visited_once(n: int, threads: int) -> None:
    seen: list[int] = []
    for_ranges(lambda first, beyond: seen.extend(range(first, beyond)), n, threads)
    assert sorted(seen) == list(range(n))


def test_several_threads_work_at_the_same_time() -> None:
    together, met = threading.Barrier(2, timeout=20), set()

    def work(first: int, beyond: int) -> None:
        if first in (0, 1):
            together.wait()
            met.add(threading.get_ident())

    for_ranges(work, 8, 2)
    assert len(met) == 2 and threading.get_ident() in met


@pytest.mark.parametrize("bad", [0, 3, 7])
def test_an_error_is_told_when_all_have_stopped(bad: int) -> None:
    def work(first: int, beyond: int) -> None:
        if first <= bad < beyond:
            raise ValueError(f"number {bad}")

    with pytest.raises(ValueError, match=f"number {bad}"):
        for_ranges(work, 8, 2)


def test_calls_within_calls_end() -> None:
    seen: list[int] = []
    for_ranges(lambda i, _: for_ranges(lambda j, k: seen.extend(range(j, k)), 10, 2), 8, 2)
    assert sorted(seen) == sorted(list(range(10)) * 8)
