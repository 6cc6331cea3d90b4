"""Quality of service of the station's topics: four profiles, by what a late reader needs."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(depth: int, durability: DurabilityPolicy = DurabilityPolicy.VOLATILE) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.RELIABLE, durability=durability
    )


# Channel data and images: complete, and rather the newest than all. Reliable, because best effort loses the
# fragments of a large message on a busy machine.
FRAMES = _profile(2)
# States and targets: only the newest counts.
STATE = _profile(1)
# Decisions, captures, measurements: every one counts.
EVENTS = _profile(200)
# What a node that starts late must still get: the goal, the patient's registration.
LATCHED = _profile(1, DurabilityPolicy.TRANSIENT_LOCAL)
