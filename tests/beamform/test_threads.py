"""Ranges cover everything once, an error is told, and calls within calls do not wait for each other for ever."""

from __future__ import annotations

import os
import threading

import pytest

from sonoreach.beamform.threads import current_core, for_ranges, leave_core


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


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core only")
def test_a_helper_leaves_the_core_of_its_caller_and_stays_free() -> None:
    allowed, left, free = os.sched_getaffinity(0), [], []

    def helper() -> None:
        for k in range(40):
            core = sorted(allowed)[k % 2]
            os.sched_setaffinity(0, {core})
            os.sched_setaffinity(0, allowed)
            leave_core(core)
            left.append(current_core() != core)
            free.append(os.sched_getaffinity(0) == allowed)

    thread = threading.Thread(target=helper)
    thread.start()
    thread.join()
    assert sum(left) > 30  # the system may move it back
    assert len(free) == 40 and all(free)


def test_where_moving_is_forbidden_the_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    leave_core(current_core())


def test_with_one_core_a_helper_stays() -> None:
    def helper() -> None:
        core = min(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
        leave_core(core)
        seen.append((current_core() == core, os.sched_getaffinity(0) == {core}))

    seen: list[tuple[bool, bool]] = []
    thread = threading.Thread(target=helper)
    thread.start()
    thread.join()
    assert seen == [(True, True)]
