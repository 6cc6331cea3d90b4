"""Phantoms: bodies of known content that a simulated scanner can image.

A phantom stands still in the probe frame unless it says that it moves: the pose is ignored, as if the probe were
clamped to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.errors import InputError
from sonoreach.types.pose import Pose

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Phantom:
    """Scatterers at fixed places.

    Attributes:
        positions_m: shape (n, 3), in the probe frame [m].
        amplitudes: shape (n,).
        source: what `ChannelData.source` says of it.
    """

    positions_m: Floats
    amplitudes: Floats
    source: str

    def scatterers(self, base_probe: Pose, time_s: float) -> tuple[Floats, Floats]:
        """The same scatterers at every pose and time."""
        return self.positions_m, self.amplitudes


def points(positions_m: ArrayLike, amplitude: float = 1.0, source: str = "point phantom") -> Phantom:
    """Single points of equal strength; `positions_m` of shape (n, 3) [m]."""
    positions = np.atleast_2d(np.asarray(positions_m, dtype=np.float32))
    return Phantom(positions, np.full(len(positions), amplitude, dtype=np.float32), source)


def point_grid(x_m: ArrayLike, z_m: ArrayLike, amplitude: float = 1.0) -> Phantom:
    """Points at every pair of x and z, y = 0."""
    z, x = np.meshgrid(np.asarray(z_m, float), np.asarray(x_m, float), indexing="ij")
    return points(np.column_stack([x.ravel(), np.zeros(x.size), z.ravel()]), amplitude, "point grid phantom")


@dataclass(frozen=True)
class Inclusion:
    """A cylinder along y whose echoes differ from the speckle around it.

    Attributes:
        x_m, z_m, radius_m: its place [m].
        contrast_db: level against the surroundings [dB]; -inf is free of echoes.
    """

    x_m: float
    z_m: float
    radius_m: float
    contrast_db: float = -np.inf


PICMUS_CYSTS = tuple(Inclusion(x, z, 4.2e-3) for z in (0.015, 0.03, 0.045) for x in (-0.012, 0.0, 0.012))
"""Nine echo-free cysts, laid out like the simulated contrast phantom of PICMUS (Liebgott et al., IUS 2016)."""


def speckle(
    *,
    width_m: float = 0.04,
    depth_m: tuple[float, float] = (0.005, 0.05),
    thickness_m: float = 1e-3,
    per_mm3: float = 60.0,
    inclusions: tuple[Inclusion, ...] = PICMUS_CYSTS,
    seed: int = 0,
) -> Phantom:
    """Fully developed speckle with inclusions.

    Args:
        width_m, depth_m, thickness_m: the block: |x| < width / 2, z in depth, |y| < thickness / 2 [m].
        per_mm3: scatterers a cubic millimetre; ten or more in a resolution cell make speckle.
        inclusions: cylinders in the block.
        seed: seed of places and strengths.

    Raises:
        InputError: an empty block, or more than ten million scatterers.
    """
    volume_mm3 = width_m * (depth_m[1] - depth_m[0]) * thickness_m * 1e9
    n = round(volume_mm3 * per_mm3)
    if not 1 <= n <= 10_000_000:
        raise InputError(f"speckle phantom: got {n} scatterers, allowed are 1 to 10000000")
    rng = np.random.default_rng(seed)
    low = (-width_m / 2, -thickness_m / 2, depth_m[0])
    positions = rng.uniform(low, (width_m / 2, thickness_m / 2, depth_m[1]), (n, 3)).astype(np.float32)
    amplitudes = rng.standard_normal(n).astype(np.float32)
    for inclusion in inclusions:
        inside = np.hypot(positions[:, 0] - inclusion.x_m, positions[:, 2] - inclusion.z_m) < inclusion.radius_m
        amplitudes[inside] *= 10 ** (inclusion.contrast_db / 20)
    heard = amplitudes != 0
    return Phantom(positions[heard], amplitudes[heard], f"speckle phantom {seed}")


@dataclass(frozen=True, eq=False)
class FlowTube:
    """A straight tube in the x-z plane with laminar (Poiseuille) flow, in still tissue.

    The speed at a radius r is peak (1 - (r / radius)²); blood that leaves at one end enters again at the other.

    Attributes:
        center_m: x, z of the tube's middle [m].
        angle_rad: direction of the flow from +x towards +z [rad].
        radius_m, length_m: size [m].
        peak_m_s: speed on the axis, constant or a function of time through `pulsatility` [m/s].
        pulsatility: (amplitude, frequency_hz) of a sine added to the constant 1 that scales the speed.
        blood_db: echo level of blood against tissue [dB].
        tissue: what surrounds it.
        seed: seed of places and strengths.
    """

    center_m: tuple[float, float] = (0.0, 0.02)
    angle_rad: float = 0.5
    radius_m: float = 3e-3
    length_m: float = 0.04
    peak_m_s: float = 0.5
    pulsatility: tuple[float, float] = (0.0, 1.0)
    blood_db: float = -30.0
    tissue: Phantom | None = None
    seed: int = 0
    per_mm3: float = 30.0
    _blood: tuple[Floats, Floats] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        n = round(np.pi * (self.radius_m * 1e3) ** 2 * self.length_m * 1e3 * self.per_mm3)
        if not 1 <= n <= 10_000_000:
            raise InputError(f"flow tube: got {n} scatterers, allowed are 1 to 10000000")
        radius = self.radius_m * np.sqrt(rng.uniform(size=n))
        turn = rng.uniform(0, 2 * np.pi, n)
        along = rng.uniform(0, self.length_m, n)
        local = np.column_stack([along, radius * np.cos(turn), radius * np.sin(turn)])
        strength = 10 ** (self.blood_db / 20) * rng.standard_normal(n)
        object.__setattr__(self, "_blood", (local, strength.astype(np.float32)))

    @property
    def source(self) -> str:
        """What `ChannelData.source` says of it."""
        return f"flow tube {self.seed}"

    def speed_factor(self, time_s: float) -> float:
        """Speed at a time divided by `peak_m_s` on the axis."""
        amplitude, frequency_hz = self.pulsatility
        return float(1 + amplitude * np.sin(2 * np.pi * frequency_hz * time_s))

    def travelled(self, time_s: float) -> float:
        """Distance that blood on the axis has gone since time zero [m]."""
        amplitude, frequency_hz = self.pulsatility
        omega = 2 * np.pi * frequency_hz
        return float(self.peak_m_s * (time_s + amplitude * (1 - np.cos(omega * time_s)) / omega))

    def scatterers(self, base_probe: Pose, time_s: float) -> tuple[Floats, Floats]:
        """Blood at a time, and the tissue outside the tube."""
        local, strength = self._blood
        squared = (local[:, 1] ** 2 + local[:, 2] ** 2) / self.radius_m**2
        along = np.mod(local[:, 0] + self.travelled(time_s) * (1 - squared), self.length_m) - self.length_m / 2
        cosine, sine = np.cos(self.angle_rad), np.sin(self.angle_rad)
        x = self.center_m[0] + along * cosine - local[:, 2] * sine
        z = self.center_m[1] + along * sine + local[:, 2] * cosine
        positions = np.column_stack([x, local[:, 1], z]).astype(np.float32)
        if self.tissue is None:
            return positions, strength
        around = self.tissue.positions_m
        across = (around[:, 2] - self.center_m[1]) * cosine - (around[:, 0] - self.center_m[0]) * sine
        outside = np.hypot(across, around[:, 1]) > self.radius_m
        return (
            np.concatenate([positions, around[outside]]),
            np.concatenate([strength, self.tissue.amplitudes[outside]]),
        )
