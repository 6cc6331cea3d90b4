"""A trial of the teleoperation core: a hand on a device, a slow and lossy link, the simulated arm on a soft body."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.limits import region_limits
from sonoreach.control.teleoperation.operator import OperatorSide
from sonoreach.control.teleoperation.packets import OperatorPacket, RemotePacket, TeleoperationMode
from sonoreach.control.teleoperation.remote import RemoteSide
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ProbeTarget, TargetMode

Array = NDArray[np.float64]
Packet = TypeVar("Packet")
PACKET_S, TARGET_S = 0.01, 0.02
HAND_MASS_KG, HAND_STIFFNESS_N_M, HAND_DAMPING_N_S_M = 0.3, 250.0, 12.0
SETTLE_S = 6.0


class Link(Generic[Packet]):
    """One direction of a network: delay, jitter, loss; packets may overtake each other."""

    def __init__(self, delay_s: float, jitter_s: float, loss: float, rng: np.random.Generator) -> None:
        self.delay_s, self.jitter_s, self.loss, self._rng = delay_s, jitter_s, loss, rng
        self._flying: list[tuple[float, int, Packet]] = []
        self._count = itertools.count()

    def send(self, packet: Packet, now_s: float) -> None:
        """Put a packet on the way, or lose it."""
        if self._rng.random() >= self.loss:
            late = self.delay_s + self.jitter_s * float(self._rng.uniform(0.0, 1.0))
            heapq.heappush(self._flying, (now_s + late, next(self._count), packet))

    def arrived(self, now_s: float) -> list[Packet]:
        """Packets that have arrived by now."""
        packets = []
        while self._flying and self._flying[0][0] <= now_s:
            packets.append(heapq.heappop(self._flying)[2])
        return packets


@dataclass(frozen=True)
class TeleoperationResult:
    """What a trial gave.

    Attributes:
        force_rms_n: rms difference between the force at the body and the force at the hand [N].
        largest_force_n: largest force at the body [N].
        lowest_observer_j: smallest value of either passivity observer [J].
        hand_swing_m: largest range of the hand's press in the last 3 s beyond what it intended [m].
        log: time [s], force at the body [N], force at the hand [N], shape (n, 3).
    """

    force_rms_n: float
    largest_force_n: float
    lowest_observer_j: float
    hand_swing_m: float
    log: Array


def teleoperate(
    seed: int,
    *,
    round_trip_s: float = 0.3,
    jitter_s: float = 0.02,
    loss: float = 0.02,
    mode: TeleoperationMode = TeleoperationMode.MODEL_MEDIATED,
    duration_s: float = 16.0,
    deadman_until_s: float = math.inf,
) -> TeleoperationResult:
    """A hand presses with a slowly varying wish through the link; the body breathes by ±3 mm."""
    rng = np.random.default_rng([seed, 9])
    body = BreathingBody(
        top_m=(0.5, 0.0, 0.28), stiffness_n_m=float(rng.uniform(300.0, 800.0)), breath_m=0.003,
        breath_phase_rad=float(rng.uniform(0.0, 6.0)),
    )  # fmt: skip
    arm = SimulatedArm(body, seed=seed)
    limits = region_limits("thyroid")
    operator = OperatorSide(mode, largest_force_n=limits.max_target_force_n)
    remote = RemoteSide(limits, mode)
    out: Link[OperatorPacket] = Link(0.5 * round_trip_s, jitter_s, loss, rng)
    back: Link[RemotePacket] = Link(0.5 * round_trip_s, jitter_s, loss, rng)
    settle(arm)
    press, speed, rows = 0.0, 0.0, []
    start_s = arm.time_s
    for k in range(round(duration_s * 1000)):
        now_s = 1e-3 * k
        wish = min(now_s / 3.0, 1.0) * (0.022 + 0.006 * math.sin(2.0 * math.pi * 0.15 * now_s))
        for answer in back.arrived(now_s):
            operator.receive(answer, now_s)
        force = operator.update(
            np.array([0.0, 0.0, press]), np.zeros(3), speed, clutch=True, deadman=now_s < deadman_until_s, dt=1e-3
        )
        push = HAND_STIFFNESS_N_M * (wish - press) - HAND_DAMPING_N_S_M * speed - force
        speed += 1e-3 * push / HAND_MASS_KG
        press += 1e-3 * speed
        if k % round(1000 * PACKET_S) == 0:
            out.send(operator.packet(now_s), now_s)
            back.send(remote.packet(now_s, arm.state()), now_s)
        for packet in out.arrived(now_s):
            remote.receive(packet, now_s)
        if k % round(1000 * TARGET_S) == 0:
            arm.command(remote.update(now_s, arm.state(), TARGET_S))
        arm.advance(1e-3)
        rows.append((arm.time_s - start_s, arm.plant.wrench[2], operator.force_n, press - wish))
    log = np.array(rows)
    steady = log[log[:, 0] > SETTLE_S]
    error = steady[:, 1] - steady[:, 2]
    lowest = min(operator.port.lowest_j, remote.port.lowest_j)
    swing = float(np.ptp(log[-3000:, 3]))
    return TeleoperationResult(float(np.sqrt(np.mean(error**2))), float(log[:, 1].max()), lowest, swing, log[:, :3])


def settle(arm: SimulatedArm) -> None:
    """Bring the probe to 10 mm above the body."""
    pose = Pose.from_axes([0.5, 0.0, 0.292], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])
    for _ in range(30):
        arm.command(ProbeTarget(arm.time_s, pose, 0.0, TargetMode.FREE, 0.05))
        arm.advance(1.0 / 15.0)
