"""What an executor costs: processor time of 5,000 callbacks in one process with three nodes.

usage: python tools/executor_trial.py {events,single}
"""

from __future__ import annotations

import argparse
import os
import time

import rclpy
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.executors import Executor, SingleThreadedExecutor

from sonoreach_nodes import qos
from sonoreach_nodes.executor import make_executor, spin
from sonoreach_nodes.station_node import StationNode

NODES, RATE_HZ, CALLBACKS = 3, 200.0, 5_000


def main() -> None:
    """A timer publishes to all nodes until enough callbacks have come; print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("executor", choices=["events", "single"])
    kind = parser.parse_args().executor
    with rclpy.init():
        executor: Executor = make_executor() if kind == "events" else SingleThreadedExecutor()
        nodes = [StationNode(f"trial_{os.getpid()}_{number}") for number in range(NODES)]
        count = 0

        def heard(_: DiagnosticStatus) -> None:
            nonlocal count
            count += 1

        topic = f"/trial_{os.getpid()}"
        publisher = nodes[0].create_publisher(DiagnosticStatus, topic, qos.EVENTS)
        for node in nodes:
            node.create_subscription(DiagnosticStatus, topic, heard, qos.EVENTS)
            executor.add_node(node)
        nodes[0].create_timer(1.0 / RATE_HZ, lambda: publisher.publish(DiagnosticStatus()))
        start_s, busy_s = time.monotonic(), time.process_time()
        spin(executor, until=lambda: count >= CALLBACKS)
        busy_s, wall_s = time.process_time() - busy_s, time.monotonic() - start_s
        print(f"{kind}: {1e6 * busy_s / count:.0f} us of processor time a callback, {count / wall_s:.0f} a second")
        executor.shutdown()
        for node in nodes:
            node.destroy_node()


if __name__ == "__main__":
    main()
