"""The simulated arm behind the `Arm` seam: plant, sensor and controller in simulated time."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.arm import Arm
from sonoreach.control.controller import Controller
from sonoreach.control.limits import RegionLimits, region_limits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.control.surface import ContactSurface
from sonoreach.errors import InputError
from sonoreach.simulation.arm.plant import ArmPlant, PlantOptions
from sonoreach.simulation.arm.sensor import WristSensor
from sonoreach.types.probe import LoopHealth, ProbeState, ProbeTarget

Array = NDArray[np.float64]


class SimulatedArm(Arm):
    """An arm with its probe over a soft body, at rest in its home posture when it begins.

    Args:
        surface: the body.
        limits: limits of the body region, or the region's name.
        seed: of the sensor's noise.
        robot: the arm as the controller believes it; a name ("panda") or a model.
        parameters: of the controller.
        options: rates and errors of the plant; its true tool and friction are the robot's, scaled.
        start_s: time at which it begins [s].

    Raises:
        InputError: the plant's rate is no multiple of the controller's, or the robot is refused.
    """

    def __init__(
        self,
        surface: ContactSurface,
        limits: RegionLimits | str = "thyroid",
        seed: int = 0,
        *,
        robot: RobotModel | str = "panda",
        parameters: ControlParameters | None = None,
        options: PlantOptions | None = None,
        start_s: float = 0.0,
    ) -> None:
        self.parameters, self.options = parameters or ControlParameters(), options or PlantOptions()
        believed = RobotModel.load(robot) if isinstance(robot, str) else robot
        limits = region_limits(limits) if isinstance(limits, str) else limits
        ratio = self.options.rate_hz / self.parameters.rate_hz
        if ratio < 1.0 or abs(ratio - round(ratio)) > 1e-9:
            raise InputError(f"the plant's rate must be a multiple of the controller's, got a ratio of {ratio:g}")
        tool = believed.config.tool
        true_tool = dataclasses.replace(tool, mass_kg=tool.mass_kg * self.options.tool_mass_scale)
        truth = RobotModel.from_config(dataclasses.replace(believed.config, tool=true_tool))
        self._substeps, self._period_s = round(ratio), 1.0 / self.parameters.rate_hz
        self.plant = ArmPlant(truth, surface, self.options)
        self.sensor = WristSensor(true_tool, self.options, seed, self._period_s)
        self.controller = Controller(believed, limits, self.parameters)
        self._cycles, self._owed_s = round(start_s / self._period_s), 0.0
        self._health: LoopHealth | None = None
        self._sent = np.tile(self.plant.memory["drive"][0], (self.options.delay_cycles + 1, 1))

    @property
    def time_s(self) -> float:
        """Simulated time [s]."""
        return self._cycles * self._period_s

    def step(self) -> None:
        """Run one control cycle and the plant up to the next."""
        time_s = self._cycles * self._period_s
        plant = self.plant
        reading = self.sensor.sample(plant.memory)
        row = self._cycles % len(self._sent)
        self._sent[row] = self.controller.step(time_s, plant.q, plant.v, reading)
        torque = self._sent[row - self.options.delay_cycles]
        for k in range(self._substeps):
            plant.step(torque, time_s + k / self.options.rate_hz)
        self._cycles += 1

    def advance(self, duration_s: float) -> None:
        """Run plant and controller for a simulated time [s]; a rest below one cycle is kept for the next call."""
        self._owed_s += duration_s
        cycles = int(self._owed_s / self._period_s + 1e-6)
        self._owed_s -= cycles * self._period_s
        for _ in range(cycles):
            self.step()

    def command(self, target: ProbeTarget) -> ProbeTarget:
        """Hand over a target; see `Arm.command`."""
        return self.controller.command(target)

    def state(self) -> ProbeState:
        """The latest state."""
        return self.controller.state(self._health)

    def report_health(self, health: LoopHealth) -> None:
        """Let the real-time loop that steps this arm tell how it fares."""
        self._health = health

    def stop(self, cause: str) -> None:
        """Leave the body and stay stopped until acknowledged."""
        self.controller.stop(cause)

    def acknowledge(self) -> None:
        """Clear a stop after a person has looked."""
        self.controller.acknowledge()
