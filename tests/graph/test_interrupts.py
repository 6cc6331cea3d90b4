"""Interrupts: counted, never acted upon inside the handler."""

import os
import signal
import sys
import threading

from sonoreach_nodes.interrupts import Interrupts


def test_each_signal_counts_and_the_handler_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with Interrupts(signal.SIGUSR1) as interrupts:
        for expected in (1, 2, 3):
            os.kill(os.getpid(), signal.SIGUSR1)
            assert interrupts.count == expected
    assert signal.getsignal(signal.SIGUSR1) == before


def test_signals_are_ignored_afterwards_where_a_process_ends() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    try:
        with Interrupts(signal.SIGUSR1, ignore_afterwards=True):
            pass
        os.kill(os.getpid(), signal.SIGUSR1)
        assert signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_handler_inside_itself_waits_for_nothing() -> None:
    """A signal may come at any line of the handler of the one before; a lock held there never comes back."""
    handler = Interrupts(signal.SIGUSR1)._take

    def again(*_: object) -> object:
        handler(signal.SIGUSR1, None)  # Python traces nothing while it runs a trace function: it goes one deep
        return again

    def take_at_every_line() -> None:
        sys.settrace(again)  # type: ignore[arg-type]
        handler(signal.SIGUSR1, None)
        sys.settrace(None)

    thread = threading.Thread(target=take_at_every_line, daemon=True)
    thread.start()
    thread.join(10.0)
    assert not thread.is_alive()
