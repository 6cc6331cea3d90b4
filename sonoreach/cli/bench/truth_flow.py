"""What flow and bubbles read where the truth is known: simulated channel data all the way to the figure."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.doppler.spectral import envelope, flow_indices, spectrogram
from sonoreach.beamform.doppler.vector import angle_ensembles, vector_flow
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.microvessels.localise import localise_bubbles
from sonoreach.beamform.probes import l50_probe
from sonoreach.simulation.front_end import ScatteringBody, SimulatedFrontEnd
from sonoreach.simulation.phantoms import FlowTube, points
from sonoreach.types.channel_data import ChannelData
from sonoreach.types.pose import Pose

SPEED_M_S, CENTER_HZ = 1540.0, 7.5e6


def flow_truth() -> dict[str, Any]:
    """Errors of spectral Doppler and vector flow [%], and of bubbles' places [wavelengths]."""
    return spectral_figures() | vector_figures() | localisation_figures()


def frames(scanner: SimulatedFrontEnd, n: int, rate_hz: float) -> list[ChannelData]:
    """The first frames of a scanner."""
    got = (scanner.acquire(k / rate_hz, k, Pose()) for k in range(n))
    return [frame for frame in got if frame is not None]


def spectral_figures(angle_deg: float = 45.0) -> dict[str, Any]:
    """A pulsating tube under one plane wave of a long pulse: a beat of a second, a volume of 4 mm along the axis."""
    rate_hz, turn = 4000.0, math.radians(90 - angle_deg)
    probe = dataclasses.replace(l50_probe(), fractional_bandwidth=0.15)
    tube = FlowTube((0.0, 0.015), turn, 2e-3, 0.012, peak_m_s=0.15, pulsatility=(0.5, 1.0), per_mm3=15)
    scanner = SimulatedFrontEnd(tube, probe=probe, angles_deg=(0.0,), depth_m=0.019)
    # Points along the axis see one speed in different speckle; each has a vertical line of its own.
    along = np.linspace(-2e-3, 2e-3, 21)
    start = np.column_stack([along * math.cos(turn), np.zeros(21), along * math.sin(turn)])
    here = Grid(start, np.tile([0.0, 0.0, 1.0], (21, 1)), np.array([0.015]), np.zeros(0), np.zeros(0))
    signal = EnsembleDelayAndSum(here, 6.0, device="cpu")(frames(scanner, 4000, rate_hz))[:, 0]
    spectrum = spectrogram(
        signal, repetition_frequency_hz=rate_hz, center_frequency_hz=CENTER_HZ, sound_speed_m_s=SPEED_M_S,
        angle_rad=math.radians(angle_deg), window=128, step=16,
    )  # fmt: skip
    trace = -envelope(spectrum, reverse=True, smooth=7)  # the flow runs away from the probe
    wanted = tube.peak_m_s * np.array([tube.speed_factor(t) for t in spectrum.time_s])
    found, true = flow_indices(trace), flow_indices(wanted)
    return {
        "spectral_psv_error_percent": 100 * (found.peak_systolic_m_s / true.peak_systolic_m_s - 1),
        "spectral_edv_error_percent": 100 * (found.end_diastolic_m_s / true.end_diastolic_m_s - 1),
        "spectral_mean_error_percent": 100 * (found.mean_m_s / true.mean_m_s - 1),
        "spectral_ri_error": found.resistive - true.resistive,
        "spectral_pi_error": found.pulsatility - true.pulsatility,
    }


class _Slice:
    """The part of a tube within 0.3 mm of the image plane, where the speed is that of a parabola."""

    def __init__(self, tube: FlowTube) -> None:
        self.tube, self.source = tube, tube.source

    def scatterers(self, base_probe: Pose, time_s: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scatterers of the slice."""
        positions, amplitudes = self.tube.scatterers(base_probe, time_s)
        near = np.abs(positions[:, 1]) < 3e-4
        return positions[near], amplitudes[near]


def vector_figures(n_seeds: int = 4) -> dict[str, Any]:
    """Tubes at 0, 17 and 34° to the skin: mean error over the inner 60 % of the radius, over the peak speed."""
    rate_hz, peak, steering = 6000.0, 0.25, (-15.0, 0.0, 15.0)
    grid = Grid.cartesian(np.linspace(-4e-3, 4e-3, 41), np.linspace(12.5e-3, 17.5e-3, 101))
    x, z = np.meshgrid(grid.x_m, grid.z_m - 0.015, indexing="ij")
    figures = {}
    for angle in (0.0, 0.3, 0.6):
        axis = np.array([math.cos(angle), math.sin(angle)])
        radius = np.abs(z * axis[0] - x * axis[1]) / 2e-3
        speed, turn = [], []
        for seed in range(n_seeds):
            body: ScatteringBody = _Slice(FlowTube((0.0, 0.015), angle, 2e-3, 0.02, peak, per_mm3=100, seed=seed))
            scanner = SimulatedFrontEnd(body, angles_deg=steering, depth_m=0.02)
            flow = vector_flow(
                angle_ensembles(frames(scanner, 32, rate_hz), grid), np.radians(steering).tolist(), grid.direction,
                repetition_frequency_hz=rate_hz, sound_speed_m_s=SPEED_M_S, probe=l50_probe(), smooth=(5, 7),
            )  # fmt: skip
            inside = radius < 0.6
            speed.append(((flow.velocity_m_s @ axis - peak * (1 - radius**2))[inside] / peak).mean())
            mean = flow.velocity_m_s[inside].mean(axis=0)
            turn.append(math.degrees(math.atan2(mean[1], mean[0]) - angle))
        name = f"vector_{math.degrees(angle):.0f}deg"
        figures[f"{name}_speed_error_percent"] = 100 * float(np.mean(speed))
        figures[f"{name}_direction_error_deg"] = float(np.mean(turn))
    return figures


def localisation_figures(n_bubbles: int = 60) -> dict[str, Any]:
    """Single bubbles at random places with receiver noise: three plane waves, Hann; wavelengths of 0.205 mm."""
    rng, errors = np.random.default_rng(0), []
    wavelength = SPEED_M_S / CENTER_HZ
    for k in range(n_bubbles):
        place = rng.uniform((-8e-3, 8e-3), (8e-3, 30e-3))
        scanner = SimulatedFrontEnd(points([(place[0], 0.0, place[1])]), depth_m=0.035, noise_counts=20.0, seed=k)
        around = np.round(place / 5e-5) * 5e-5
        grid = Grid.cartesian(around[0] + np.arange(-20, 21) * 5e-5, around[1] + np.arange(-20, 21) * 5e-5)
        image = DelayAndSum(grid, ReceiveAperture(1.5, Window.HANN), device="cpu")(frames(scanner, 1, 1.0)[0])
        errors.append(float(np.hypot(*(localise_bubbles(image, grid)[0] - place))) / wavelength)
    return {
        "localisation_rms_wavelengths": float(np.sqrt(np.mean(np.square(errors)))),
        "localisation_worst_wavelengths": max(errors),
    }
