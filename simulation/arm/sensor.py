"""The force sensor between flange and probe: contact, weight and inertia of the tool, bias and noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.control.robot_config import ToolConfig
from sonoreach.simulation.arm.plant import PlantOptions

Array = NDArray[np.float64]
NOISE_BLOCK = 4096


class WristSensor:
    """Samples of a six-axis sensor.

    Args:
        tool: the true tool.
        options: noise and bias.
        seed: of the noise.
        period_s: time between samples [s].
    """

    def __init__(self, tool: ToolConfig, options: PlantOptions, seed: int, period_s: float) -> None:
        self._mass, self._com = tool.mass_kg, np.asarray(tool.com_m, dtype=np.float64)
        self._bias = np.array([*options.force_bias_n, 0.0, 0.0, 0.0])
        self._scale = np.array([options.force_noise_n] * 3 + [options.torque_noise_nm] * 3)
        self._rng = np.random.default_rng([seed, 6])
        self._noise, self._next = np.zeros((0, 6)), 0
        self._period_s = period_s
        self._last = np.full(3, np.nan)
        self.reading = np.zeros(6)

    def sample(self, plant_memory: Any) -> Array:
        """Take one sample; returns the same array each time, shape (6,) [N, N m], probe frame at its origin."""
        if self._next >= len(self._noise):
            self._noise = self._rng.standard_normal((NOISE_BLOCK, 6)) * self._scale + self._bias
            self._next = 0
        _sample(plant_memory, self._mass, self._com, self._noise[self._next], self._period_s, self._last, self.reading)
        self._next += 1
        return self.reading


@njit(cache=True)
def _sample(memory: Any, mass: float, com: Any, error: Any, dt: float, last: Any, out: Any) -> None:
    """Force on the body, plus what carries the tool against gravity and inertia, plus the sensor's error."""
    s = memory[0]
    wx, wy, wz = s.speed[3], s.speed[4], s.speed[5]
    c0 = s.rotation[0, 0] * com[0] + s.rotation[0, 1] * com[1] + s.rotation[0, 2] * com[2]
    c1 = s.rotation[1, 0] * com[0] + s.rotation[1, 1] * com[1] + s.rotation[1, 2] * com[2]
    c2 = s.rotation[2, 0] * com[0] + s.rotation[2, 1] * com[1] + s.rotation[2, 2] * com[2]
    v0 = s.speed[0] + wy * c2 - wz * c1
    v1 = s.speed[1] + wz * c0 - wx * c2
    v2 = s.speed[2] + wx * c1 - wy * c0
    started = last[0] == last[0]
    f0 = mass * (v0 - last[0]) / dt if started else 0.0
    f1 = mass * (v1 - last[1]) / dt if started else 0.0
    f2 = mass * ((v2 - last[2]) / dt if started else 0.0) + mass * 9.81
    last[0], last[1], last[2] = v0, v1, v2
    t0, t1, t2 = c1 * f2 - c2 * f1, c2 * f0 - c0 * f2, c0 * f1 - c1 * f0
    f0, f1, f2 = f0 - s.contact[0], f1 - s.contact[1], f2 - s.contact[2]
    t0, t1, t2 = t0 - s.contact[3], t1 - s.contact[4], t2 - s.contact[5]
    for i in range(3):
        out[i] = s.rotation[0, i] * f0 + s.rotation[1, i] * f1 + s.rotation[2, i] * f2 + error[i]
        out[3 + i] = s.rotation[0, i] * t0 + s.rotation[1, i] * t1 + s.rotation[2, i] * t2 + error[3 + i]
