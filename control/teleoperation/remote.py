"""The remote side: packets in, probe targets out, and what the operator shall feel."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from sonoreach.control.limits import RegionLimits
from sonoreach.control.teleoperation.fixture import VirtualFixture
from sonoreach.control.teleoperation.packets import COUPLING_N_M, OperatorPacket, RemotePacket, TeleoperationMode
from sonoreach.control.teleoperation.passivity import PassivityPort
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeState, ProbeTarget, TargetMode

STALE_S = 0.4  # no packet for this long beyond the usual delay: hold
LOST_S = 1.5  # and for this long: leave the body
LIFT_M = 0.008  # the hand drawn back this far before the engagement lifts the probe
TOUCHED = (ContactState.TOUCH, ContactState.RAMP, ContactState.SCAN)


class RemoteSide:
    """Follows the operator within the region's limits and a virtual fixture.

    Args:
        limits: limits of the body region.
        mode: see `TeleoperationMode`.
        fixture: where the probe may go; None: the workspace alone limits it.
    """

    def __init__(
        self,
        limits: RegionLimits,
        mode: TeleoperationMode = TeleoperationMode.MODEL_MEDIATED,
        fixture: VirtualFixture | None = None,
    ) -> None:
        self.limits, self.mode, self.fixture = limits, mode, fixture
        self.port = PassivityPort()
        self._latest: OperatorPacket | None = None
        self._received_s = -np.inf
        self._start: Pose | None = None
        self._engagement, self._sequence = 0, 0
        self._press_m = self._force_n = 0.0
        self._stiffness_n_m, self._covariance = 500.0, 1.0
        self._last_depth_m = self._last_force_n = float("nan")

    def receive(self, packet: OperatorPacket, now_s: float) -> None:
        """Take a packet from the operator; older ones, and ones that are not finite, are ignored."""
        if packet.is_finite() and (self._latest is None or packet.sequence > self._latest.sequence):
            self._latest, self._received_s = packet, now_s
            self.port.arrive(packet.energy_j)

    def update(self, now_s: float, state: ProbeState, dt: float) -> ProbeTarget:
        """The target for the arm, at 30 to 100 Hz."""
        packet, silent_s = self._latest, now_s - self._received_s
        if packet is None or not packet.engaged or silent_s > STALE_S:
            self._start = None
            mode = TargetMode.RETRACT if packet is not None and silent_s > LOST_S else TargetMode.HOLD
            return ProbeTarget(now_s, state.base_probe, 0.0, mode)
        if self._start is None or packet.engagement != self._engagement:
            self._start, self._engagement = state.base_probe, packet.engagement
            self._press_m = 0.0
        turn = Rotation.from_rotvec(packet.turn_rad).as_matrix()
        across = np.array([packet.offset_m[0], packet.offset_m[1], 0.0])
        pose = self._start @ Pose(across, turn)
        if self.fixture is not None:
            pose = self.fixture.apply(pose)
        low, high = np.array(self.limits.workspace_low_m), np.array(self.limits.workspace_high_m)
        pose = Pose(np.clip(pose.position_m, low, high), pose.rotation)
        self._learn_stiffness(state)
        if packet.offset_m[2] < -LIFT_M:
            return ProbeTarget(now_s, state.base_probe, 0.0, TargetMode.RETRACT)
        if self.mode is TeleoperationMode.MODEL_MEDIATED:
            self._force_n = packet.force_n
        else:
            self._couple(packet, state, dt)
        force_n = float(np.clip(self._force_n, 0.3, self.limits.max_target_force_n))
        return ProbeTarget(now_s, pose, force_n, TargetMode.CONTACT, 0.04)

    def packet(self, now_s: float, state: ProbeState) -> RemotePacket:
        """What to send back now."""
        self._sequence += 1
        felt = self._force_n if self.mode is TeleoperationMode.PASSIVITY else state.force_n
        return RemotePacket(
            self._sequence, now_s, self._engagement, felt, self._stiffness_n_m, state.contact in TOUCHED,
            self.port.put_in_j, self._latest.stamp_s if self._latest is not None else float("nan"),
        )  # fmt: skip

    def _couple(self, packet: OperatorPacket, state: ProbeState, dt: float) -> None:
        """Spring between the operator's press and the force loop, fed only by energy that has arrived."""
        wanted_m = float(packet.offset_m[2])
        step_m = float(np.clip(wanted_m - self._press_m, -0.1 * dt, 0.1 * dt))
        share = self.port.pass_through(self._force_n * step_m)
        self._press_m += share * step_m
        largest = self.limits.max_target_force_n
        self._force_n = float(np.clip(COUPLING_N_M * self._press_m, 0.0, largest))

    def _learn_stiffness(self, state: ProbeState) -> None:
        """Recursive least squares of df = k dz while the force changes (Love and Book, IEEE T-RO 20(4), 2004)."""
        depth, force = float(state.base_probe.rotation[:, 2] @ state.base_probe.position_m), state.force_n
        if state.contact in TOUCHED and np.isfinite(self._last_depth_m):
            moved, changed = depth - self._last_depth_m, force - self._last_force_n
            if abs(changed) > 0.1 and moved * changed > 0.0:
                self._covariance = min(self._covariance * 1.02, 1.0)
                gain = self._covariance * moved / (1e-7 + moved * self._covariance * moved)
                self._stiffness_n_m += gain * (changed - self._stiffness_n_m * moved)
                self._stiffness_n_m = float(np.clip(self._stiffness_n_m, 100.0, 2000.0))
                self._covariance *= 1.0 - gain * moved
        self._last_depth_m, self._last_force_n = depth, force
