"""The rotating disk on a graphics card, beside mach-beamform on the same card (extra `gpu`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.analytic import analyse, band_filter, carrier
from sonoreach.beamform.device import why_no_cuda
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.transmit import transmit_delay_s
from sonoreach.cli.bench.beamform_peers import attempt
from sonoreach.cli.bench.timing import median_ms
from sonoreach.types.channel_data import ChannelData

KEYS = ("disk_gpu_ms", "disk_gpu_difference_cpu", "disk_gpu_ratio_mach", "disk_gpu_correlation_mach")


def disk_gpu_figures(frames: Sequence[ChannelData], grid: Grid, repeats: int, with_peers: bool) -> dict[str, Any]:
    """The disk job from int16 RF in the computer's memory to images there, and the same by mach; or why not.

    mach starts from complex IQ in the computer's memory; making that IQ is not counted. `disk_gpu_difference_cpu` is
    the largest difference from the processor's images over their brightest point.
    """
    if why_no_cuda():
        return dict.fromkeys(KEYS, f"skipped: no CUDA device ({why_no_cuda()})")
    figures: dict[str, Any] = dict.fromkeys(KEYS)
    card = EnsembleDelayAndSum(grid, 1.0, device="cuda")
    wanted = EnsembleDelayAndSum(grid, 1.0, device="cpu")(frames)
    found = card(frames)
    figures["disk_gpu_ms"] = median_ms(lambda: card(frames), repeats)
    figures["disk_gpu_difference_cpu"] = float(np.abs(found - wanted).max() / np.abs(wanted).max())
    theirs = attempt("mach", lambda: mach_disk(frames, grid, repeats)) if with_peers else None
    if theirs is not None:
        figures["disk_gpu_ratio_mach"] = theirs[0] / figures["disk_gpu_ms"]
        figures["disk_gpu_correlation_mach"] = float(
            np.corrcoef(np.abs(found).ravel(), np.abs(theirs[1]).ravel())[0, 1]
        )
    return figures


def mach_disk(frames: Sequence[ChannelData], grid: Grid, repeats: int) -> tuple[float, NDArray[np.complex64]]:
    """mach-beamform on the frames: its time [ms] and its images, shape (n_lines, n_samples, n_frames)."""
    from mach import beamform  # type: ignore[import-not-found]

    arguments = mach_arguments(frames, grid)
    image = beamform(**arguments).reshape(grid.n_lines, grid.n_samples, len(frames))
    return median_ms(lambda: beamform(**arguments), repeats), image


def mach_arguments(frames: Sequence[ChannelData], grid: Grid) -> dict[str, Any]:
    """The disk job in mach's words: IQ, shape (n_elements, n_samples, n_frames), f/1, boxcar, linear interpolation."""
    first = frames[0]
    fs, fc = first.sampling_frequency_hz, first.probe.center_frequency_hz
    rf = np.stack([data.samples[0] for data in frames])
    analytic = np.zeros((rf.shape[1], len(frames), rf.shape[2]), np.complex64)
    taps = band_filter(fc, first.probe.fractional_bandwidth, fs)
    analyse(analytic, rf, taps, np.ones(len(frames), np.float32), 0, 0)
    iq = analytic * carrier(fc, fs, first.start_time_s, rf.shape[2]).conj()
    points = grid.points_m().reshape(-1, 3)
    arrivals = transmit_delay_s(points, first.transmits[0], first.probe, first.sound_speed_m_s)
    return {
        "channel_data": np.ascontiguousarray(iq.transpose(0, 2, 1)),
        "rx_coords_m": first.probe.element_positions_m.astype(np.float32),
        "scan_coords_m": points.astype(np.float32),
        "tx_wave_arrivals_s": arrivals.astype(np.float32),
        "rx_start_s": first.start_time_s,
        "sampling_freq_hz": fs,
        "f_number": 1.0,
        "sound_speed_m_s": first.sound_speed_m_s,
        "modulation_freq_hz": fc,
        "tukey_alpha": 0.0,
    }
