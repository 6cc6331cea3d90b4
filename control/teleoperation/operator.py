"""The operator's side: what the hand feels, and what is sent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.teleoperation.packets import COUPLING_N_M, OperatorPacket, RemotePacket, TeleoperationMode
from sonoreach.control.teleoperation.passivity import PassivityPort
from sonoreach.errors import InputError

Array = NDArray[np.float64]
DAMPING_N_S_M = 4.0
STIFFNESS_RATE = 1.0  # relative change a second at which the local model follows the remote estimate
FORCE_RATE_N_S = 60.0


class OperatorSide:
    """Renders force to a haptic device and makes packets from the hand's motion.

    Args:
        mode: see `TeleoperationMode`.
        scale: motion of the probe a motion of the hand.
        largest_force_n: force never exceeded at the device [N].

    Raises:
        InputError: scale or force is not positive.
    """

    def __init__(
        self,
        mode: TeleoperationMode = TeleoperationMode.MODEL_MEDIATED,
        *,
        scale: float = 1.0,
        largest_force_n: float = 8.0,
    ) -> None:
        if not (0.0 < scale <= 5.0 and largest_force_n > 0.0):
            raise InputError("teleoperation needs a scale between 0 and 5 and a positive largest force")
        self.mode, self.scale, self.largest_force_n = mode, scale, largest_force_n
        self.port = PassivityPort()
        self.force_n = 0.0
        self._stiffness_n_m = 300.0
        self._remote = RemotePacket(-1, 0.0, 0)
        self._engaged, self._engagement, self._sequence = False, 0, 0
        self._start_m, self._start_turn = np.zeros(3), np.zeros(3)
        self._hand_m, self._hand_turn = np.zeros(3), np.zeros(3)
        self._round_trip_s = 0.0

    def receive(self, packet: RemotePacket, now_s: float) -> None:
        """Take a packet from the remote side at a time of the operator's clock [s]; older ones are ignored."""
        if packet.sequence > self._remote.sequence and np.isfinite([packet.force_n, packet.energy_j]).all():
            self._remote = packet
            self.port.arrive(packet.energy_j)
            if np.isfinite(packet.echo_s):
                self._round_trip_s += 0.05 * (float(np.clip(now_s - packet.echo_s, 0.0, 2.0)) - self._round_trip_s)

    def update(
        self, hand_m: Array, turn_rad: Array, speed_m_s: float, *, clutch: bool, deadman: bool, dt: float
    ) -> float:
        """One cycle of the device, 1 kHz.

        Args:
            hand_m: the hand's position in the device's frame, z into the body, shape (3,) [m].
            turn_rad: its rotation vector, shape (3,) [rad].
            speed_m_s: its speed along z [m/s].
            clutch: clutch closed: the probe follows.
            deadman: deadman held.
            dt: period [s].

        Returns:
            force along z with which the device shall resist [N].
        """
        engaged = clutch and deadman
        self._hand_m, self._hand_turn = np.array(hand_m, dtype=np.float64), np.array(turn_rad, dtype=np.float64)
        if engaged and not self._engaged:
            self._engagement += 1
            self._start_m, self._start_turn = self._hand_m.copy(), self._hand_turn.copy()
        self._engaged = engaged
        wanted = 0.0
        if engaged and self.mode is TeleoperationMode.MODEL_MEDIATED:
            wanted = self._model_force(speed_m_s, dt)
        elif engaged and self._remote.engagement == self._engagement:
            wanted = self._remote.force_n
        step = FORCE_RATE_N_S * dt
        force = float(np.clip(wanted, self.force_n - step, self.force_n + step))
        if self.mode is TeleoperationMode.PASSIVITY:
            force *= self.port.pass_through(-force * speed_m_s * self.scale * dt)
        self.force_n = float(np.clip(force, -self.largest_force_n, self.largest_force_n))
        return self.force_n + self._damping_n_s_m() * speed_m_s

    def packet(self, now_s: float) -> OperatorPacket:
        """What to send now."""
        self._sequence += 1
        offset = self.scale * (self._hand_m - self._start_m) if self._engaged else np.zeros(3)
        turn = self._hand_turn - self._start_turn if self._engaged else np.zeros(3)
        return OperatorPacket(
            self._sequence, now_s, self._engagement, self._engaged, offset, turn, max(0.0, self.force_n),
            self.port.put_in_j,
        )  # fmt: skip

    def _damping_n_s_m(self) -> float:
        """Damping of the device: a spring K behind a round trip T asks for K T / 2 (Nuño, Automatica 47(3), 2011)."""
        if self.mode is TeleoperationMode.MODEL_MEDIATED:
            return DAMPING_N_S_M
        return DAMPING_N_S_M + 0.5 * COUPLING_N_M * self.scale**2 * self._round_trip_s

    def _model_force(self, speed_m_s: float, dt: float) -> float:
        """Force of the local model, a spring from the point of engagement; its stiffness follows the estimate.

        A spring that stiffens under load would create energy, so that the change is paid from what the spring has
        dissipated: it stiffens only while it is not loaded more than lightly or while the hand presses on.
        """
        press = self.scale * float(self._hand_m[2] - self._start_m[2])
        if self._remote.in_contact and (press <= 0.002 or speed_m_s > 0.0):
            change = np.clip(self._remote.stiffness_n_m / self._stiffness_n_m - 1.0, -1.0, 1.0) * STIFFNESS_RATE * dt
            self._stiffness_n_m *= 1.0 + float(change)
        return min(self._stiffness_n_m * max(press, 0.0), self.largest_force_n)
