"""Parameters of the controller, with units and bounds; one record of them is handed to the compiled law."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sonoreach.control.limits import RegionLimits
from sonoreach.errors import InputError


@dataclass(frozen=True)
class ControlParameters:
    """Gains are accelerations a unit of error: the law multiplies them by the task inertia.

    Attributes:
        rate_hz: rate of the loop [Hz].
        loop_delay_s: delay from a motion to the torque that answers it, beyond one cycle [s]; lowers bandwidths.
        force_gain_per_kg: acceleration a newton of force error [1/kg].
        force_integral_per_kg_s: acceleration a newton-second of force error [1/(kg s)].
        force_damping_per_s: acceleration a m/s of speed error along probe z [1/s].
        force_rate_n_s: fastest change of the wanted force [N/s].
        wrench_filter_hz: corner of the wrench filter [Hz].
        touch_force_n, lost_force_n: hysteresis of contact [N].
        approach_speed_m_s, recover_speed_m_s: speeds of feeling for the skin [m/s].
        inward_speed_m_s, outward_speed_m_s: limits of the force loop's speed [m/s].
        retract_speed_m_s, retract_acceleration_m_s2: ordinary retract.
        escape_speed_m_s, escape_acceleration_m_s2: retract after a reflex.
        retract_distance_m: how far the probe leaves the skin [m].
        motion_per_s, turn_per_s: natural frequency of the impedance, position and orientation [1/s].
        reference_acceleration_m_s2, reference_jerk_m_s3: of the set-points, in free air and when they brake.
        contact_acceleration_m_s2, contact_jerk_m_s3: of the set-points along the skin.
        escape_jerk_m_s3: of the set-points after a reflex; the acceleration is `escape_acceleration_m_s2`.
        turn_speed_rad_s, turn_acceleration_rad_s2, turn_jerk_rad_s3: of the set-points, orientation.
        posture_per_s: natural frequency of the null-space posture [1/s].
        observer_per_s: bandwidth of the disturbance observer [1/s]; 0 switches it off.
        torque_lag_hz: corner of the drives' torque response as the observer assumes it [Hz].
        trim_per_s: rate of levelling by the direction of the contact force [1/s].
        gel_friction: friction coefficient of the gel, taken off the force across the axis.
        trim_gain_rad_nm_s: tilting speed a newton-metre of contact torque [rad/(N m s)].
        trim_limit_rad: largest tilt away from the target's orientation [rad].
        tank_j: capacity of the energy tank [J].
        tank_refill_w: what flows into it in contact, enough to follow curved skin all day and no more [W].
        feed_breathing: 1 feeds the learned breathing forward, 0 does not.
        hold_after_s, retract_after_s: age of the last target that leads to a hold, to a retract [s].
        settle_s: time still in free air before the sensor is zeroed again [s].
    """

    rate_hz: float = 1000.0
    loop_delay_s: float = 0.0
    force_gain_per_kg: float = 4.0
    force_integral_per_kg_s: float = 100.0
    force_damping_per_s: float = 80.0
    force_rate_n_s: float = 5.0
    wrench_filter_hz: float = 120.0
    touch_force_n: float = 0.3
    lost_force_n: float = 0.12
    approach_speed_m_s: float = 0.02
    recover_speed_m_s: float = 0.03
    inward_speed_m_s: float = 0.06
    outward_speed_m_s: float = 0.5
    retract_speed_m_s: float = 0.12
    retract_acceleration_m_s2: float = 1.0
    escape_speed_m_s: float = 0.45
    escape_acceleration_m_s2: float = 6.0
    retract_distance_m: float = 0.05
    motion_per_s: float = 25.0
    turn_per_s: float = 30.0
    reference_acceleration_m_s2: float = 1.0
    reference_jerk_m_s3: float = 20.0
    contact_acceleration_m_s2: float = 0.3
    contact_jerk_m_s3: float = 3.0
    escape_jerk_m_s3: float = 600.0
    turn_speed_rad_s: float = 0.9
    turn_acceleration_rad_s2: float = 2.0
    turn_jerk_rad_s3: float = 20.0
    posture_per_s: float = 3.0
    observer_per_s: float = 60.0
    torque_lag_hz: float = 150.0
    trim_per_s: float = 1.5
    gel_friction: float = 0.04
    trim_gain_rad_nm_s: float = 1.0
    trim_limit_rad: float = 0.035
    tank_j: float = 1.0
    tank_refill_w: float = 0.02
    feed_breathing: float = 1.0
    hold_after_s: float = 0.3
    retract_after_s: float = 0.8
    settle_s: float = 0.4

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not math.isfinite(value) or value < 0.0:
                raise InputError(f"control parameter {field.name} must be finite and not negative, got {value}")
        if not 200.0 <= self.rate_hz <= 4000.0:
            raise InputError(f"control parameter rate_hz must lie in 200 to 4000 Hz, got {self.rate_hz}")
        if self.lost_force_n >= self.touch_force_n:
            raise InputError("control parameter lost_force_n must be below touch_force_n")
        if self.hold_after_s > self.retract_after_s:
            raise InputError("control parameter hold_after_s must not exceed retract_after_s")


_LIMIT_NUMBERS = [f.name for f in dataclasses.fields(RegionLimits) if f.type == "float"]
_LIMIT_BOXES = [f.name for f in dataclasses.fields(RegionLimits) if f.name.startswith("workspace")]


def slowed(parameters: ControlParameters) -> ControlParameters:
    """The parameters with the bandwidths that `loop_delay_s` allows.

    A speed loop with a dead time T keeps its phase margin when its gain stays well below 1/T. Damping falls with the
    delay, the force gain faster, because the stiffest body multiplies it, and the integral with it.
    """
    slow = 1.0 / (1.0 + 150.0 * parameters.loop_delay_s)
    return dataclasses.replace(
        parameters,
        force_damping_per_s=parameters.force_damping_per_s * slow,
        force_gain_per_kg=parameters.force_gain_per_kg * slow**3,
        force_integral_per_kg_s=parameters.force_integral_per_kg_s * slow**4,
        motion_per_s=parameters.motion_per_s * slow,
        turn_per_s=parameters.turn_per_s * slow,
        observer_per_s=parameters.observer_per_s * slow * slow,
    )


def pack(parameters: ControlParameters, limits: RegionLimits) -> Any:
    """One record array, shape (1,), with every number of both under its own name."""
    numbers = [f.name for f in dataclasses.fields(ControlParameters)] + _LIMIT_NUMBERS
    record = np.zeros(1, dtype=[(n, np.float64) for n in numbers] + [(n, np.float64, (3,)) for n in _LIMIT_BOXES])
    for source in (slowed(parameters), limits):
        for field in dataclasses.fields(source):
            if field.name in (record.dtype.names or ()):
                record[field.name] = getattr(source, field.name)
    return record
