"""The real-time loop: steps an arm at 1 kHz of wall-clock time in a thread of its own.

Where the system permits it the thread runs under SCHED_FIFO; otherwise the loop says so in `degraded` and goes on
with ordinary scheduling, which is good for a simulated arm and not for a patient.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.types.probe import LoopHealth

log = logging.getLogger(__name__)

OVERRUN_PERIODS = 2.0  # a cycle that begins more than this many periods after the last one is an overrun
REPORT_CYCLES = 20
PRIORITY = 80
_PR_SET_TIMERSLACK = 29
HISTOGRAM_EDGES_US = (10, 20, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10000)


class RealTimeLoop:
    """Calls a step at a fixed rate until closed.

    Args:
        step: one cycle; it must not block.
        rate_hz: rate [Hz].
        catch_up: after a late cycle run the missed ones at once, so that a simulated plant keeps wall-clock time;
            False skips them, as hardware asks.
        on_health: called from the loop's thread about 50 times a second.
        on_pause: called from the loop's thread with the length of a pause [s] longer than `largest_pause_s`.
        largest_pause_s: longest pause that is caught up [s].
        clock, sleep: replaceable for tests.

    Raises:
        InputError: the rate is not between 10 Hz and 10 kHz.
    """

    def __init__(
        self,
        step: Callable[[], None],
        rate_hz: float = 1000.0,
        *,
        catch_up: bool = True,
        on_health: Callable[[LoopHealth], None] | None = None,
        on_pause: Callable[[float], None] | None = None,
        largest_pause_s: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not 10.0 <= rate_hz <= 10_000.0:
            raise InputError(f"the loop's rate must lie between 10 Hz and 10 kHz, got {rate_hz:g}")
        self._step, self._period_s, self._catch_up = step, 1.0 / rate_hz, catch_up
        self._on_health, self._on_pause, self._largest_pause_s = on_health, on_pause, largest_pause_s
        self._clock, self._sleep = clock, sleep
        self._cycles = self._overruns = 0
        self._longest_s = 0.0
        self._last_start_s = self._deadline_s = float("nan")
        self._lateness_us = np.zeros(65536, np.float32)
        self._running = threading.Event()
        self._thread: threading.Thread | None = None
        self.degraded = ""
        self.failure: BaseException | None = None

    @property
    def health(self) -> LoopHealth:
        """Cycles, overruns and longest period so far."""
        return LoopHealth(self._cycles, self._overruns, self._longest_s)

    @property
    def wake_lateness_us(self) -> NDArray[np.float32]:
        """How late the last wake-ups were [µs], up to 65536 of them, oldest first not guaranteed."""
        return self._lateness_us[: min(self._cycles, len(self._lateness_us))].copy()

    def histogram(self) -> list[tuple[str, int]]:
        """Lateness of the last wake-ups as (bin, count)."""
        edges = [0.0, *HISTOGRAM_EDGES_US, np.inf]
        counts = np.histogram(self.wake_lateness_us, edges)[0]
        labels = [f"< {edge} µs" for edge in HISTOGRAM_EDGES_US] + [f"≥ {HISTOGRAM_EDGES_US[-1]} µs"]
        return list(zip(labels, counts.tolist(), strict=True))

    def start(self) -> None:
        """Start the thread; prepares the process (see `prepare_process`)."""
        prepare_process()
        self._running.set()
        self._thread = threading.Thread(target=self._run, name="real-time loop", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and wait for it."""
        self._running.clear()
        if self._thread is not None:
            self._thread.join(timeout=2.0)

    def begin(self) -> None:
        """Set the first deadline to now."""
        self._deadline_s = self._clock()
        self._last_start_s = self._deadline_s - self._period_s

    def cycle(self) -> None:
        """Wait for the next deadline and step once."""
        wait_s = self._deadline_s - self._clock()
        if wait_s > 0.0:
            self._sleep(wait_s)
        now_s = self._clock()
        late_s = max(0.0, now_s - self._deadline_s)
        self._lateness_us[self._cycles % len(self._lateness_us)] = 1e6 * late_s
        period_s = now_s - self._last_start_s
        self._last_start_s = now_s
        self._longest_s = max(self._longest_s, period_s)
        if period_s > OVERRUN_PERIODS * self._period_s:
            self._overruns += 1
        if late_s > self._largest_pause_s and self._on_pause is not None:
            self._on_pause(late_s)
        self._step()
        self._cycles += 1
        self._deadline_s += self._period_s
        if late_s > (self._largest_pause_s if self._catch_up else self._period_s):
            self._deadline_s = now_s + self._period_s
        if self._on_health is not None and self._cycles % REPORT_CYCLES == 0:
            self._on_health(self.health)

    def _run(self) -> None:
        """Body of the thread."""
        self.degraded = enter_real_time()
        if self.degraded:
            log.warning(self.degraded)
        try:
            self.begin()
            while self._running.is_set():
                self.cycle()
        except BaseException as error:
            self.failure = error
            log.exception("the real-time loop ended")
            raise


def prepare_process() -> None:
    """Make pauses of the interpreter short: long-lived objects leave the collector, threads switch quickly."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is frozen would outlive the interpreter, and C++ libraries say so aloud
    gc.set_threshold(20_000, 50, 1000)
    sys.setswitchinterval(1e-4)


def enter_real_time(priority: int = PRIORITY) -> str:
    """Give the calling thread SCHED_FIFO and precise timers.

    Returns:
        "" on success, else the sentence that says what is missing and what to do.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except (PermissionError, OSError):
        return (
            "no permission for real-time scheduling: the 1 kHz loop runs degraded, good for simulation only "
            f"(allow it with 'ulimit -r {priority}' or an rtprio line in /etc/security/limits.conf)"
        )
    return ""
