"""How long one process falls silent to another when a third, which shares topics with both, is killed.

The figures of docs/ros.md on the two transports come from it:

    python tools/kill_trial.py launch/fastdds.xml 100
    python tools/kill_trial.py launch/fastdds_udp.xml 100
"""

from __future__ import annotations

import array
import contextlib
import os
import random
import subprocess
import sys
import time

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import Image

from sonoreach_nodes import qos

STATES, BEATS = ("/arm/a", "/arm/b", "/arm/c"), ("/beat/a", "/beat/b", "/beat/c")
RATE_HZ, FRAME_HZ, FRAME_BYTES = 100.0, 17.0, 340_000
SPOKEN = 20  # messages of the victim that must be heard before it is killed
WATCH_S, PATIENCE_S = 0.5, 10.0


def talk(role: str) -> None:
    """Be one of the two that talk: the arm, which goes on, or the victim."""
    with rclpy.init():
        node = rclpy.create_node(role)
        speaks, hears = (STATES, BEATS) if role == "arm" else (BEATS, STATES)
        publishers = [node.create_publisher(DiagnosticStatus, topic, qos.STATE) for topic in speaks]
        message = DiagnosticStatus(name=role)
        node.create_timer(1.0 / RATE_HZ, lambda: [p.publish(message) for p in publishers])
        for topic in hears:
            node.create_subscription(DiagnosticStatus, topic, lambda _: None, qos.STATE)
        if role == "arm":
            frames, frame = node.create_publisher(Image, "/frame", qos.FRAMES), Image()
            frame.data = array.array("B", bytes(FRAME_BYTES))
            node.create_timer(1.0 / FRAME_HZ, lambda: frames.publish(frame))
        else:
            node.create_subscription(Image, "/frame", lambda _: None, qos.FRAMES)
        rclpy.spin(node)


def start(role: str) -> subprocess.Popen[bytes]:
    """Start one of the two."""
    return subprocess.Popen([sys.executable, __file__, role])


def main() -> None:
    """Kill victims one after another and print the silences of the arm."""
    profile, kills = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    os.environ |= {"FASTDDS_DEFAULT_PROFILES_FILE": profile, "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT"}
    heard_s, silences_s, beats = [time.monotonic()], [0.0], [0]
    rng = random.Random(0)

    def hear(_: DiagnosticStatus) -> None:
        now_s = time.monotonic()
        silences_s.append(now_s - heard_s[0])
        heard_s[0] = now_s

    def count(_: DiagnosticStatus) -> None:
        beats[0] += 1

    with contextlib.ExitStack() as ends, rclpy.init():
        ends.callback(start("arm").kill)
        node = rclpy.create_node("watch")
        node.create_subscription(DiagnosticStatus, STATES[0], hear, qos.STATE)
        node.create_subscription(DiagnosticStatus, BEATS[0], count, qos.STATE)
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        longest_s = []
        for kill in range(kills):
            victim, until_s, beats[0] = start("victim"), time.monotonic() + PATIENCE_S, 0
            while beats[0] < SPOKEN and time.monotonic() < until_s:
                executor.spin_once(0.02)
            until_s = time.monotonic() + rng.uniform(0.0, 0.2)
            while time.monotonic() < until_s:
                executor.spin_once(0.02)
            victim.kill()
            victim.wait()
            silences_s[:] = [0.0]
            until_s = time.monotonic() + WATCH_S
            while (left_s := until_s - time.monotonic()) > -PATIENCE_S:
                if left_s < 0.0 and time.monotonic() - heard_s[0] < 0.1:
                    break
                executor.spin_once(0.02)
            longest_s.append(max(*silences_s, time.monotonic() - heard_s[0]))
            print(f"kill {kill + 1}/{kills}: {longest_s[-1]:.3f} s", file=sys.stderr)
    silent = np.array(longest_s)
    print(
        f"median {np.median(silent):.3f} s, longest {silent.max():.3f} s, {(silent > 0.25).sum()} of {kills} > 0.25 s"
    )


if __name__ == "__main__":
    if sys.argv[1:] in (["arm"], ["victim"]):
        talk(sys.argv[1])
    elif len(sys.argv) == 3 and sys.argv[2].isdigit():
        main()
    else:
        sys.exit(f"usage: {sys.argv[0]} PROFILE.xml KILLS")
