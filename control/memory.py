"""The controller's memory: one record array that the compiled law reads and writes, and that others may copy.

The law runs under the interpreter's lock, so that a copy taken by another thread is always of one instant.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

F, I = np.float64, np.int64  # noqa: E741
SNAPSHOT_S = 1.0
SNAPSHOT_COLUMNS = (
    "time_s", "force_n", "force_target_n", "force_x_n", "force_y_n", "torque_x_nm", "torque_y_nm", "torque_z_nm",
    "x_m", "y_m", "z_m", "speed_x_m_s", "speed_y_m_s", "speed_z_m_s", "contact", "target_age_s",
)  # fmt: skip


@cache
def memory_type(n: int) -> np.dtype[Any]:
    """Record of the controller's memory for n joints; vectors of the probe are in the probe frame unless said."""
    fields = [
        # what is measured
        ("time_s", F), ("cycle", I), ("trusted", I), ("rotation", F, (3, 3)), ("position", F, (3,)), ("twist", F, (6,)),
        ("wrench", F, (6,)), ("raw_wrench", F, (6,)), ("last_twist", F, (6,)), ("acceleration", F, (3,)),
        ("force_rate", F), ("last_force", F),
        ("q", F, (n,)), ("v", F, (n,)), ("torque", F, (n,)),
        # what is wanted
        ("mode", I), ("goal_position", F, (3,)), ("goal_rotation", F, (3, 3)), ("goal_force", F),
        ("goal_speed", F), ("goal_velocity", F, (3,)), ("target_cycle", I), ("has_target", I), ("target_age", F),
        # references: position and speed in the base frame, orientation base_probe, turning speed in its own axes
        ("ref_position", F, (3,)), ("ref_speed", F, (3,)), ("ref_rotation", F, (3, 3)), ("ref_turn", F, (3,)),
        ("ref_acceleration", F, (3,)), ("ref_turn_acceleration", F, (3,)), ("easing", F), ("trim", F, (2,)),
        ("trimmed", F, (3, 3)),
        # the planner's question and answer (rows: `setpoint`), in frames whose first axis points at the goal; answers
        # that failed, in all and in a row
        ("follows", I), ("plan", F, (7, 6)), ("planned", F, (3, 6)), ("answered", I), ("way", F, (3, 3)),
        ("hinge", F, (3, 3)), ("carried", F, (3,)), ("planner_faults", I), ("planner_silent", I),
        ("tank", F), ("force_target", F), ("force_integral", F), ("speed_extra", F), ("axial_acceleration", F),
        # contact state
        ("contact", I), ("cycles_in_state", I), ("cycles_below", I), ("cycles_above", I),
        ("scanned", I), ("touch_depth", F), ("start_position", F, (3,)),
        ("clear_cycles", I), ("retract_speed", F), ("escaping", I), ("reflex", I), ("stopped", I),
        ("reflex_value", F),
        # sensor zero
        ("bias", F, (6,)), ("tool_mass", F), ("tool_com", F, (3,)), ("zero_sum", F, (6,)), ("zero_count", I),
        ("zeroed", I),
        # breathing: amplitudes, phase [rad], rate [rad/s], variance of the speed and of what is left, trust 0-1
        ("breath", F, (4,)), ("breath_phase", F), ("breath_rate", F), ("breath_total", F), ("breath_left", F),
        ("breath_trust", F),
        # disturbance observer
        ("last_v", F, (n,)), ("disturbance", F, (n,)), ("residual", F, (n,)), ("link_torque", F), ("link_cycles", I),
        ("actuated", F, (n,)), ("sent", F, (n,)),
        # work space
        ("jacobian", F, (6, n)), ("mass_factor", F, (n, n)), ("response", F, (n, 6)), ("mobility", F, (6, 6)),
        ("mobility_factor", F, (6, 6)), ("task", F, (6,)), ("joint", F, (n,)), ("scratch", F, (n,)),
        ("vector", F, (3,)),
        # the last second, as a ring
        ("ring_next", I),
    ]  # fmt: skip
    return np.dtype(fields)


def constants_type(n: int) -> np.dtype[Any]:
    """Record of what does not change while the loop runs: model limits and the mounting of the probe."""
    fields = [
        ("link_probe_rotation", F, (3, 3)), ("link_probe_position", F, (3,)), ("gravity", F, (3,)),
        ("lower", F, (n,)), ("upper", F, (n,)), ("speed_limit", F, (n,)), ("torque_limit", F, (n,)),
        ("torque_rate", F), ("home", F, (n,)), ("disturbance_limit", F, (n,)), ("delay_cycles", I),
    ]  # fmt: skip
    return np.dtype(fields)
