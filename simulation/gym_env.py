"""Gymnasium environment: steer the probe over a simulated neck until a standard plane shows.

    import gymnasium, sonoreach.simulation.gym_env
    env = gymnasium.make("SonoReach/NeckScan-v0", plane="right_transverse")
    observation, info = env.reset(seed=3)

The parts are the station's own: patient, channel data, beamformer, and the arm with its 1 kHz force control.
"""

from __future__ import annotations

from typing import Any

import cv2
import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.errors import InputError
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient import Patient
from sonoreach.simulation.patient.planes import PLANES
from sonoreach.simulation.patient.truth import judge_plane
from sonoreach.types.plane import PlaneSpec
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeState, ProbeTarget, TargetMode

Array = NDArray[np.float64]
Observation = dict[str, NDArray[Any]]

ENV_ID = "SonoReach/NeckScan-v0"
IMAGE_SHAPE = (96, 128)  # rows, columns
SPEED_M_S = 0.02  # tangential speed of a full action
TURN_RAD_S = 0.5  # angular speed of a full action
FORCE_N = 3.0
START_SHIFT_M, START_YAW_RAD = 0.012, 0.3  # the episode begins this far from the plane, at most
ABOVE_M = 0.03  # where the arm waits before it lands
LANDING_S = 20.0  # simulated time given to reach the skin
GOAL_MM, GOAL_DEG = 3.0, 6.0
WRENCH_LIMIT, TWIST_LIMIT = 100.0, 5.0  # what an observation holds; no reflex lets more happen
MM_PER_DEG = 0.5  # weight of angle against distance in the reward


class NeckScanEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """One standard plane of one patient an episode.

    Observation: "image" uint8 (96, 128), B-mode scaled down, row 0 at the face; "wrench" float32 (6,), force [N] and
    torque [N m] on the body in the probe frame; "twist" float32 (6,), velocity of the probe [m/s, rad/s].

    Action: float32 (5,) in [-1, 1]: velocity along probe x, y (full: 20 mm/s), angular velocity about probe x, y, z
    (full: 0.5 rad/s). The arm keeps the pressing force by itself.

    Reward: decrease of (error in mm + half the error in degrees), a tenth of it, less 0.01 a step; +5 at the goal
    (3 mm and 6°, the episode ends), -5 when a reflex stops the arm (it ends too).

    Args:
        plane: one of the five thyroid planes.
        patients: first and last seed to draw patients from.
        max_steps: steps before the episode is truncated.
        frame_rate_hz: frames, that is steps, a simulated second.

    Raises:
        InputError: an unknown plane, or an empty range of patients.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 15}  # noqa: RUF012 - Gymnasium's own form

    def __init__(
        self,
        plane: str = "right_transverse",
        patients: tuple[int, int] = (0, 9999),
        *,
        max_steps: int = 300,
        frame_rate_hz: float = 15.0,
        render_mode: str | None = None,
    ) -> None:
        if plane not in PLANES:
            raise InputError(f"plane must be one of {', '.join(PLANES)}, got {plane!r}")
        if not 0 <= patients[0] <= patients[1]:
            raise InputError(f"patients must be a first and a last seed, 0 <= first <= last, got {patients}")
        if max_steps < 1 or not 1.0 <= frame_rate_hz <= 60.0:
            raise InputError("max_steps must be at least 1 and frame_rate_hz lie in [1, 60]")
        self.render_mode = render_mode
        self._spec = PlaneSpec(plane, plane, plane, "transverse", "middle")
        self._patients, self._max_steps, self._period_s = patients, max_steps, 1.0 / frame_rate_hz
        self._beamformer = BModeBeamformer()
        self.observation_space = spaces.Dict(
            {
                "image": spaces.Box(0, 255, IMAGE_SHAPE, np.uint8),
                "wrench": spaces.Box(-WRENCH_LIMIT, WRENCH_LIMIT, (6,), np.float32),
                "twist": spaces.Box(-TWIST_LIMIT, TWIST_LIMIT, (6,), np.float32),
            }
        )
        self.action_space = spaces.Box(-1.0, 1.0, (5,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Draw a patient (or take `options["patient"]`), land near the plane, and return the first image."""
        super().reset(seed=seed)
        number = int((options or {}).get("patient", self.np_random.integers(self._patients[0], self._patients[1] + 1)))
        self._patient = Patient.from_seed(number)
        noise = int(self.np_random.integers(2**31))
        self._front_end = SimulatedFrontEnd(self._patient, seed=noise)
        self._arm = SimulatedArm(self._patient, seed=noise)
        self._frame = 0
        self._land(self._start_pose())
        observation, info = self._look()
        self._cost, self._first = _cost(info), self._frame
        return observation, info

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Move for one frame; see the class for action and reward."""
        command = np.clip(np.asarray(action, dtype=np.float64), -1.0, 1.0)
        self._target = self._moved(command)
        state = self._advance(self._target, TargetMode.CONTACT)
        observation, info = self._look()
        cost = _cost(info)
        reward = 0.1 * (self._cost - cost) - 0.01
        self._cost = cost
        stopped = state.contact == ContactState.STOPPED
        reached = not stopped and info["error_mm"] <= GOAL_MM and info["error_deg"] <= GOAL_DEG
        reward += 5.0 * reached - 5.0 * stopped
        truncated = self._frame - self._first >= self._max_steps
        return observation, float(reward), bool(reached or stopped), truncated, info

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """The last B-mode image at full size, shape (rows, columns, 3), in mode "rgb_array"."""
        return np.repeat(self._pixels[:, :, None], 3, axis=2) if self.render_mode == "rgb_array" else None

    def _start_pose(self) -> Pose:
        """On the skin beside the plane, normal to the skin."""
        ideal = self._patient.standard_planes()[self._spec.name]
        shift = self.np_random.uniform(-START_SHIFT_M, START_SHIFT_M, 2)
        position = ideal.position_m + ideal.rotation[:, :2] @ shift
        distance, normals = self._patient.gap(position[None], 0.0)
        yaw = self.np_random.uniform(-START_YAW_RAD, START_YAW_RAD)
        upright = Pose.from_axes(position - distance[0] * normals[0], ideal.rotation[:, 0], -normals[0])
        return Pose(upright.position_m, upright.rotation @ Rotation.from_rotvec([0, 0, yaw]).as_matrix())

    def _land(self, pose: Pose) -> None:
        """Fly above the pose, then come down until the force is under control."""
        above = Pose(pose.position_m - ABOVE_M * pose.rotation[:, 2], pose.rotation)
        self._target = pose
        while self._arm.time_s < LANDING_S:
            metres, radians = self._arm.state().base_probe.distance_to(above)
            if metres < 0.003 and radians < 0.03:
                break
            self._advance(above, TargetMode.FREE)
        while self._arm.time_s < LANDING_S and self._arm.state().contact != ContactState.SCAN:
            self._advance(pose, TargetMode.CONTACT)

    def _moved(self, command: Array) -> Pose:
        """The target after one frame of an action; its height follows the probe, which the force control sets."""
        here, rotation = self._arm.state().base_probe.position_m, self._target.rotation
        axis = rotation[:, 2]
        level = self._target.position_m + axis * (axis @ (here - self._target.position_m))
        position = level + rotation[:, :2] @ (command[:2] * SPEED_M_S * self._period_s)
        turn = Rotation.from_rotvec(command[2:] * TURN_RAD_S * self._period_s).as_matrix()
        return Pose(position, rotation @ turn)

    def _advance(self, pose: Pose, mode: TargetMode) -> ProbeState:
        """Hand the arm a target and let a frame's time pass."""
        speed = 0.15 if mode == TargetMode.FREE else 0.05
        force = 0.0 if mode == TargetMode.FREE else FORCE_N
        self._arm.command(ProbeTarget(self._arm.time_s, pose, force, mode, speed))
        self._arm.advance(self._period_s)
        return self._arm.state()

    def _look(self) -> tuple[Observation, dict[str, Any]]:
        """Take an image where the probe is now, and judge it."""
        state = self._arm.state()
        data = self._front_end.acquire(state.stamp_s, self._frame, state.base_probe)
        assert data is not None  # nobody freezes this front end
        self._frame += 1
        self._pixels = self._beamformer(data).pixels
        small = cv2.resize(self._pixels, IMAGE_SHAPE[::-1], interpolation=cv2.INTER_AREA)
        truth = judge_plane(self._patient, self._spec, state.base_probe, state.stamp_s)
        info: dict[str, Any] = {
            "patient": self._patient.seed,
            "error_mm": truth.error_mm,
            "error_deg": truth.error_deg,
            "force_n": state.force_n,
            "contact": state.contact.name,
        }
        observation: Observation = {
            "image": np.asarray(small, np.uint8),
            "wrench": np.clip(state.wrench, -WRENCH_LIMIT, WRENCH_LIMIT).astype(np.float32),
            "twist": np.clip(state.twist, -TWIST_LIMIT, TWIST_LIMIT).astype(np.float32),
        }
        return observation, info


def _cost(info: dict[str, Any]) -> float:
    return float(info["error_mm"] + MM_PER_DEG * info["error_deg"])


if ENV_ID not in gymnasium.registry:
    gymnasium.register(ENV_ID, entry_point="sonoreach.simulation.gym_env:NeckScanEnv")
