"""What travels between operator and remote side; whoever owns the network turns it into bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
COUPLING_N_M = 300.0  # spring between the operator's press and the probe's, passivity mode


class TeleoperationMode(StrEnum):
    """How force is shared over the delay.

    MODEL_MEDIATED: the operator feels a local model of the body, and its force is sent as the wanted force
    (Mitra and Niemeyer, Presence 17(5), 2008). PASSIVITY: position goes out and force comes back, and both ends take
    out the energy that the delay creates (Ryu, Artigas, Preusche, Mechatronics 20(7), 2010).
    """

    MODEL_MEDIATED = "model-mediated"
    PASSIVITY = "passivity"


@dataclass(frozen=True, eq=False)
class OperatorPacket:
    """Operator to remote.

    Attributes:
        sequence: running number.
        stamp_s: operator's clock [s].
        engagement: number of the engagement; it grows each time the clutch closes.
        engaged: clutch closed and deadman held.
        offset_m: the hand's motion since the engagement, scaled, in the probe frame at the engagement, shape (3,) [m];
            its z is the press.
        turn_rad: rotation vector of the hand since the engagement in the same frame, shape (3,) [rad].
        force_n: wanted pressing force (model-mediated) [N].
        energy_j: energy that the hand has put into the link so far (passivity) [J].
    """

    sequence: int
    stamp_s: float
    engagement: int
    engaged: bool
    offset_m: Array = field(default_factory=lambda: np.zeros(3))
    turn_rad: Array = field(default_factory=lambda: np.zeros(3))
    force_n: float = 0.0
    energy_j: float = 0.0

    def is_finite(self) -> bool:
        """Whether every number is finite."""
        numbers = np.concatenate([self.offset_m, self.turn_rad, [self.stamp_s, self.force_n, self.energy_j]])
        return bool(np.isfinite(numbers).all())


@dataclass(frozen=True)
class RemotePacket:
    """Remote to operator.

    Attributes:
        sequence: running number.
        stamp_s: remote clock [s].
        engagement: the engagement that it answers.
        force_n: force to be felt [N].
        stiffness_n_m: estimated stiffness of the body [N/m].
        in_contact: whether the probe touches the body.
        energy_j: energy that the remote side has put into the link so far [J].
        echo_s: stamp of the operator's packet that it answers, so that the operator knows the round trip [s].
    """

    sequence: int
    stamp_s: float
    engagement: int
    force_n: float = 0.0
    stiffness_n_m: float = 500.0
    in_contact: bool = False
    energy_j: float = 0.0
    echo_s: float = float("nan")
