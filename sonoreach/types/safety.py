"""State of the safety supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class SafetyLevel(IntEnum):
    """How things stand."""

    OK = 0
    WARN = 1
    STOP = 2  # the arm leaves the patient; latched until acknowledged


@dataclass(frozen=True)
class SafetyState:
    """What the supervisor sees.

    Attributes:
        stamp_s: time [s].
        level: see `SafetyLevel`.
        cause: one sentence for WARN and STOP, else "".
        silent: names of the watched parts that have gone silent.
        force_n: last force [N].
        speed_m_s: last probe speed [m/s].
        probe_temperature_c: modelled temperature of the probe's face [°C].
    """

    stamp_s: float
    level: SafetyLevel = SafetyLevel.OK
    cause: str = ""
    silent: tuple[str, ...] = ()
    force_n: float = 0.0
    speed_m_s: float = 0.0
    probe_temperature_c: float = 25.0
