"""The executor of every process of the station: rclpy's EventsExecutor, which costs a quarter of the usual one.

The usual `SingleThreadedExecutor` builds a wait set of all that its nodes have, in Python, for every callback: with
three nodes in a process most of a millisecond each time (`tools/executor_trial.py`). Two things to mind:

- It waits in vain when it is not told for how long (`spin()` and the like): its wait until the end of time overflows on
  older C++ run times, spins, and delivers nothing. So `spin` waits a little, again and again.
- A coroutine that awaits a future keeps a core busy, as it is resumed over and over. The nodes use callbacks instead.
"""

from __future__ import annotations

from collections.abc import Callable

from rclpy.executors import Executor, SingleThreadedExecutor

WAIT_S = 0.1


def make_executor() -> Executor:
    """The events executor, or the usual one of a ROS distribution that has none (before Kilted)."""
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError:
        return SingleThreadedExecutor()
    return EventsExecutor()


def spin(executor: Executor, until: Callable[[], bool]) -> None:
    """Call back until something is so; it is looked at every now and then, at the latest after `WAIT_S`."""
    while not until():
        executor.spin_once(WAIT_S)
