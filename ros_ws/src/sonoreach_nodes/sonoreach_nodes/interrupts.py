"""Interrupts: how often somebody asked this process to end."""

from __future__ import annotations

import contextlib
import signal
from typing import Any


class Interrupts(contextlib.AbstractContextManager["Interrupts"]):
    """Counts signals while it is entered; the code that runs looks at the count where it can act on it.

    A handler runs between any two instructions of the main thread, also inside itself. Anything that locks
    (`threading.Event.set`, a client of rclpy) may then wait for its own thread; an exception may leave something
    half-written. So it does nothing but count.

    Attributes:
        count: signals so far.
    """

    def __init__(self, *numbers: signal.Signals, ignore_afterwards: bool = False) -> None:
        """Count some signals; can be entered in the main thread only.

        Args:
            numbers: which signals.
            ignore_afterwards: for the end of a process, which would die of a signal in its last moments otherwise.
        """
        self.count = 0
        self._numbers, self._ignore_afterwards = numbers, ignore_afterwards
        self._before: list[Any] = []

    def __enter__(self) -> Interrupts:
        self._before = [signal.signal(number, self._take) for number in self._numbers]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in zip(self._numbers, self._before, strict=True):
            signal.signal(number, signal.SIG_IGN if self._ignore_afterwards else handler)

    def _take(self, *_: object) -> None:
        self.count += 1
