"""What strain, shear waves and the speed of sound read where the truth is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.elasticity.shear_wave import shear_wave_speed
from sonoreach.beamform.elasticity.strain import axial_displacement_m, axial_strain
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.probes import l38_probe
from sonoreach.beamform.sound_speed import estimate_sound_speed
from sonoreach.beamform.sound_speed_layers import SoundSpeedLayers, estimate_layers
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.phantoms import Phantom, speckle
from sonoreach.types.channel_data import ChannelData, TransmitEvent
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]
SPEED_M_S, CENTER_HZ = 1540.0, 7.5e6


def tissue_truth() -> dict[str, Any]:
    """Errors of strain and shear-wave speed [%], and of speeds of sound [m/s]."""
    return strain_figures() | shear_figures() | sound_speed_figures() | layer_figures()


class _Moving:
    """A phantom whose scatterers are displaced along z as a function of place and time."""

    source = "moving phantom"

    def __init__(self, body: Phantom, displacement_m: Callable[[Array, float], Array]) -> None:
        self._body, self._displacement_m = body, displacement_m

    def scatterers(self, base_probe: Pose, time_s: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where they are at a time."""
        moved = self._body.positions_m.astype(np.float64)
        moved[:, 2] += self._displacement_m(moved, time_s)
        return moved.astype(np.float32), self._body.amplitudes


def strain_figures() -> dict[str, Any]:
    """Speckle pressed together by 0.2, 0.5 and 1 %: median of the strain over 24 mm of depth."""
    body = speckle(width_m=0.03, depth_m=(0.002, 0.034), per_mm3=30, inclusions=())
    grid = Grid.cartesian(np.linspace(-6e-3, 6e-3, 41), np.arange(3e-3, 31e-3, 2.5e-5))
    figures = {}
    for strain in (0.002, 0.005, 0.01):
        scanner = SimulatedFrontEnd(_Moving(body, lambda p, t, s=strain: -s * t * p[:, 2]), depth_m=0.034)  # type: ignore[misc]
        das = DelayAndSum(grid, device="cpu")
        before, after = (das(_frame(scanner, k)).copy() for k in (0, 1))
        displacement = axial_displacement_m(
            before, after, spacing_m=2.5e-5, center_frequency_hz=CENTER_HZ, sound_speed_m_s=SPEED_M_S, window=(5, 15)
        )
        found = float(np.median(axial_strain(displacement, 2.5e-5)[:, 80:-80]))
        figures[f"strain_{strain * 1000:.0f}_permille_error_percent"] = 100 * (found / -strain - 1)
    return figures


def shear_figures() -> dict[str, Any]:
    """A push's wave of 8 µm through speckle, filmed at 5 kHz: speeds from soft to stiff tissue."""
    rate_hz, x = 5000.0, np.arange(2e-3, 14e-3, 3e-4)
    body = speckle(width_m=0.04, depth_m=(0.014, 0.026), per_mm3=15, inclusions=())
    grid = Grid.cartesian(x, np.arange(18e-3, 22e-3, 5e-5))
    figures = {}
    for speed in (1.0, 2.0, 4.0):

        def wave(places: Array, time_s: float, speed: float = speed) -> Array:
            away = np.maximum(np.abs(places[:, 0]), 1e-3)
            late = time_s - away / speed - 2e-3
            return 8e-6 * np.sqrt(1e-3 / away) * np.exp(-((late / (0.6e-3 + 0.02 * away)) ** 2))

        scanner = SimulatedFrontEnd(_Moving(body, wave), angles_deg=(0.0,), depth_m=0.026)
        n_frames = int((14e-3 / speed + 5e-3) * rate_hz)
        frames = [_frame(scanner, k, k / rate_hz) for k in range(n_frames)]
        movie = EnsembleDelayAndSum(grid, 1.5, device="cpu")(frames)
        settings: dict[str, Any] = {"spacing_m": 5e-5, "center_frequency_hz": CENTER_HZ, "sound_speed_m_s": SPEED_M_S}
        moved = np.stack(
            [axial_displacement_m(movie[..., 0], movie[..., k], **settings).mean(axis=1) for k in range(n_frames)],
            axis=1,
        )
        found = shear_wave_speed(moved, spacing_m=3e-4, frame_rate_hz=rate_hz)
        figures[f"shear_{speed:.0f}_m_s_error_percent"] = 100 * (found.speed_m_s / speed - 1)
    return figures


def sound_speed_figures() -> dict[str, Any]:
    """Speckle of 1450, 1540 and 1600 m/s, told to the estimator as 1540."""
    body = speckle(depth_m=(0.01, 0.035), per_mm3=20, inclusions=())
    grid = Grid.cartesian(np.linspace(-8e-3, 8e-3, 61), np.linspace(18e-3, 30e-3, 200))
    figures = {}
    for speed in (1450.0, 1540.0, 1600.0):
        scanner = SimulatedFrontEnd(body, angles_deg=(0.0,), depth_m=0.036, sound_speed_m_s=speed)
        data = dataclasses.replace(_frame(scanner, 0), sound_speed_m_s=1540.0)
        figures[f"sound_speed_{speed:.0f}_error_m_s"] = estimate_sound_speed(data, grid).speed_m_s - speed
    return figures


def layer_figures(n_seeds: int = 3) -> dict[str, Any]:
    """Two layers, 1450 over 1580 m/s with the boundary at 10 mm: worst error of each over several media."""
    layers = SoundSpeedLayers(np.array([10e-3, 25e-3]), np.array([1450.0, 1580.0]))
    errors = []
    for seed in range(n_seeds):
        data = layered_medium(layers, 2500, seed)
        found = estimate_layers(data, np.linspace(-12e-3, 12e-3, 101), (10e-3, 22e-3), band_m=4e-3)
        errors.append(found.speed_m_s - layers.speed_m_s)
    worst = np.abs(errors).max(axis=0)
    return {"layer_top_worst_error_m_s": float(worst[0]), "layer_bottom_worst_error_m_s": float(worst[1])}


def layered_medium(layers: SoundSpeedLayers, n: int, seed: int) -> ChannelData:
    """IQ of scatterers under one plane wave through two layers, with the refraction on the way back (Fermat)."""
    rng, probe = np.random.default_rng(seed), l38_probe()
    wall, (above, below) = float(layers.bottom_m[0]), layers.speed_m_s
    x, z = rng.uniform(-12e-3, 12e-3, n), rng.uniform(5e-3, 26e-3, n)
    strength, fc, fs = rng.standard_normal(n), probe.center_frequency_hz, 20.832e6
    time_s = np.arange(1000) / fs
    width_s = 0.53 / (probe.fractional_bandwidth * fc)  # of a Gaussian pulse's envelope, e-fold
    down = layers.travel_time_s(z)
    samples = np.zeros((1, probe.n_elements, 1000), np.complex128)
    for e, element in enumerate(probe.element_positions_m[:, 0]):
        delay = down + _through(element, x, z, wall, above, below)
        first = np.floor((delay - 4 * width_s) * fs).astype(int)[:, None] + np.arange(int(8 * width_s * fs) + 2)
        late = first / fs - delay[:, None]
        echo = np.exp(-((late / width_s) ** 2)) * np.exp(-2j * np.pi * fc * delay[:, None]) * strength[:, None]
        inside = (first >= 0) & (first < time_s.size)
        np.add.at(samples[0, e], first[inside], 500 * echo[inside])
    pair = np.stack([samples.real, samples.imag], -1).round().astype(np.int16)
    return ChannelData(pair, fs, fc, 0.0, 1540.0, probe, (TransmitEvent(),))


def _through(element_m: float, x: Array, z: Array, wall_m: float, above: float, below: float) -> Array:
    """Shortest time from an element to points behind a wall, by golden section over the crossing [s]."""

    def time(crossing: Array) -> Array:
        behind = np.where(z > wall_m, np.hypot(x - crossing, z - wall_m) / below, 0.0)
        return np.asarray(np.hypot(crossing - element_m, np.minimum(z, wall_m)) / above + behind)

    low, high = np.minimum(x, element_m) - 1e-3, np.maximum(x, element_m) + 1e-3
    for _ in range(40):
        a, b = low + 0.382 * (high - low), low + 0.618 * (high - low)
        left = time(a) < time(b)
        low, high = np.where(left, low, a), np.where(left, b, high)
    return np.where(z > wall_m, time((low + high) / 2), np.hypot(x - element_m, z) / above)


def _frame(scanner: SimulatedFrontEnd, number: int, time_s: float | None = None) -> ChannelData:
    """A frame, by default at as many seconds as its number."""
    frame = scanner.acquire(float(number) if time_s is None else time_s, number, Pose())
    assert frame is not None  # it is not frozen
    return frame
