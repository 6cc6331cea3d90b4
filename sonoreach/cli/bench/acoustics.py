"""`sonoreach bench acoustics`: speed of the channel-data simulator, and PyMUST's simus on the same scene.

Standard job: linear array of 128 elements at 0.3 mm, 5.208 MHz, one plane wave, scatterers over the width of the
array from 5 to 50 mm, IQ sampled at twice the carrier, from scatterers to int16 samples with noise. A time is the
median of several runs. For PyMUST both sides make RF at four times the
carrier with PyMUST's own pulse.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import hilbert

from sonoreach.beamform.probes import l38_probe, l50_probe
from sonoreach.cli.bench.timing import median_ms
from sonoreach.cli.parser import positive_int
from sonoreach.simulation.acoustics.pulse import Pulse
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.simulation.front_end import plane_waves, recording_for_depth

FRAME_MS = 50.0
PEER_REPEATS = 3
DEPTH_M = (0.005, 0.05)
Array = NDArray[np.float64]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument(
        "--repeats", type=positive_int, default=20, metavar="N", help="runs, of which the median counts (20)"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave PyMUST out")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; scatterers a frame at 20 frames a second, milliseconds, ratios (peer over ours), correlations."""
    repeats = args.repeats
    figures: dict[str, Any] = {
        "scatterers_at_20_per_s": scatterers_at_20_per_s(200_000, repeats, diffraction=False),
        "scatterers_diffraction_at_20_per_s": scatterers_at_20_per_s(40_000, repeats, diffraction=True),
        "three_plane_waves_25k_core_ms": station_frame_core_ms(repeats),
    }
    return figures | simus_figures(repeats, with_peer=not args.no_peers)


def scene(n: int, seed: int = 0) -> tuple[Array, Array]:
    """Random scatterers in the plane y = 0: positions, shape (n, 3) [m], and amplitudes."""
    rng = np.random.default_rng(seed)
    half = l38_probe().aperture_m / 2
    x, z = rng.uniform(-half, half, n), rng.uniform(*DEPTH_M, n)
    return np.column_stack([x, np.zeros(n), z]), rng.standard_normal(n)


def scatterers_at_20_per_s(n: int, repeats: int, *, diffraction: bool) -> float:
    """Scatterers a frame that 20 frames a second allow, from the time of a frame of `n`."""
    probe, events = l38_probe(), plane_waves(0)
    fc = probe.center_frequency_hz
    recording = recording_for_depth(
        probe, events, DEPTH_M[1], sampling_frequency_hz=2 * fc, demodulation_frequency_hz=fc
    )
    simulator = ChannelDataSimulator(probe, events, recording, diffraction=diffraction)
    positions, amplitudes = (a.astype(np.float32) for a in scene(n))
    took_ms = median_ms(
        lambda: simulator.samples(positions, amplitudes, counts=200, noise_counts=1, seed=(0, 0)), repeats
    )
    return n * FRAME_MS / took_ms


def station_frame_core_ms(repeats: int) -> float:
    """One core's time for the station's frame: 25,000 scatterers, three plane waves, 42.5 mm, 15 MHz IQ [ms]."""
    probe, events = l50_probe(), plane_waves(-8, 0, 8)
    recording = recording_for_depth(probe, events, 0.0425, sampling_frequency_hz=15e6, demodulation_frequency_hz=7.5e6)
    simulator = ChannelDataSimulator(probe, events, recording, threads=1)
    positions, amplitudes = (a.astype(np.float32) for a in scene(25_000))
    return median_ms(lambda: simulator.samples(positions, amplitudes, counts=200, noise_counts=1, seed=(0, 0)), repeats)


def simus_figures(repeats: int, *, with_peer: bool) -> dict[str, Any]:
    """PyMUST's simus with 1,000 scatterers: ratios of times, correlations of the analytic signals."""
    names = ("simus_1000_ms", "simus_1000_ratio", "simus_correlation")
    figures: dict[str, Any] = dict.fromkeys(
        (*names, "simus_diffraction_1000_ratio", "simus_diffraction_correlation"), None
    )
    if not with_peer:
        return figures
    try:
        positions, amplitudes = scene(1000)
        theirs, pulse, simus_ms = simus(positions, amplitudes)
    except Exception as error:  # the peer may fail in any way; ours must still be measured
        print(f"simus_*: null, {type(error).__name__}: {' '.join(str(error).split())[:200]}", file=sys.stderr)
        return figures
    figures["simus_1000_ms"] = simus_ms
    probe = l38_probe()
    recording = Recording(4 * probe.center_frequency_hz, 0.0, theirs.shape[1])
    scatterers = positions.astype(np.float32), amplitudes.astype(np.float32)
    for diffraction, word in ((False, ""), (True, "diffraction_")):
        simulator = ChannelDataSimulator(probe, plane_waves(0), recording, pulse=pulse, diffraction=diffraction)
        took_ms = median_ms(partial(simulator.echoes, *scatterers), 5 * repeats)
        figures[f"simus_{word}1000_ratio"] = simus_ms / took_ms
        figures[f"simus_{word}correlation"] = correlation(simulator.echoes(*scatterers)[0].real, theirs)
    return figures


def simus(positions: Array, amplitudes: Array) -> tuple[Array, Pulse, float]:
    """PyMUST's RF of a plane wave, shape (n_elements, n_samples), its two-way pulse, and its median time [ms]."""
    import pymust

    probe = l38_probe()
    fc = probe.center_frequency_hz
    param = pymust.utils.Param()
    param.fc, param.fs, param.c, param.Nelements = fc, 4 * fc, 1540.0, probe.n_elements
    param.pitch, param.width, param.kerf = 0.3e-3, probe.element_width_m, 0.3e-3 - probe.element_width_m
    param.bandwidth, param.radius = 100 * probe.fractional_bandwidth, np.inf
    delays = np.zeros((1, probe.n_elements))
    results: list[Any] = []
    took_ms = median_ms(
        lambda: results.append(pymust.simus(positions[:, 0], positions[:, 2], amplitudes, delays, param)[0]),
        PEER_REPEATS,
    )
    wave, times_s = pymust.getpulse(param, 2)
    times_s = times_s - times_s[-1] / 2
    envelope = hilbert(wave) * np.exp(-2j * np.pi * fc * times_s)
    return np.asarray(results[0], dtype=np.float64).T, Pulse(fc, times_s, envelope), took_ms


def correlation(ours: Any, theirs: Any) -> float:
    """Magnitude of the correlation of the analytic signals: blind to gain and to a constant phase, not to delay."""
    a, b = hilbert(ours, axis=1), hilbert(theirs, axis=1)
    return float(abs(np.vdot(a, b)) / np.linalg.norm(a) / np.linalg.norm(b))
