"""The real-time loop on a clock that the test turns."""

from __future__ import annotations

import threading

import pytest

from sonoreach.control.loop import RealTimeLoop, enter_real_time
from sonoreach.errors import InputError


class Clock:
    """Time that passes only when slept or pushed."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def make(clock: Clock, pushes: dict[int, float], **options: object) -> tuple[RealTimeLoop, list[float]]:
    """A loop whose step number k takes `pushes[k]` seconds; returns it with the times of its steps."""
    times: list[float] = []

    def step() -> None:
        times.append(clock.now_s)
        clock.now_s += pushes.get(len(times) - 1, 1e-5)

    loop = RealTimeLoop(step, 1000.0, clock=clock, sleep=clock.sleep, **options)  # type: ignore[arg-type]
    loop.begin()
    return loop, times


def test_deadlines_do_not_drift() -> None:
    loop, times = make(Clock(), {})
    for _ in range(500):
        loop.cycle()
    assert times[-1] - times[0] == pytest.approx(0.499)
    assert loop.health.overruns == 0


def test_late_cycles_are_counted_and_caught_up() -> None:
    loop, times = make(Clock(), {10: 0.0105})
    for _ in range(100):
        loop.cycle()
    assert loop.health.overruns == 1
    assert loop.health.longest_period_s == pytest.approx(0.0105)
    assert times[-1] - times[0] == pytest.approx(0.099)
    assert sum(count for _, count in loop.histogram()) == 100


def test_hardware_skips_what_it_missed() -> None:
    loop, times = make(Clock(), {10: 0.0105}, catch_up=False)
    for _ in range(100):
        loop.cycle()
    assert times[-1] - times[0] > 0.105


def test_a_long_pause_is_told_and_not_caught_up() -> None:
    pauses: list[float] = []
    loop, times = make(Clock(), {10: 1.0}, on_pause=pauses.append)
    for _ in range(20):
        loop.cycle()
    assert pauses == [pytest.approx(0.999)]
    assert times[-1] - times[0] > 1.0


def test_thread_runs_steps_until_closed() -> None:
    stepped = threading.Event()
    loop = RealTimeLoop(stepped.set)
    loop.start()
    assert stepped.wait(5.0)
    loop.close()
    cycles = loop.health.cycles
    assert cycles > 0
    assert loop.health.cycles == cycles


def test_degraded_mode_says_what_to_do() -> None:
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(enter_real_time()))
    thread.start()
    thread.join()
    assert answers[0] == "" or "rtprio" in answers[0]


def test_rate_is_checked() -> None:
    with pytest.raises(InputError, match="10 Hz"):
        RealTimeLoop(lambda: None, 0.0)
