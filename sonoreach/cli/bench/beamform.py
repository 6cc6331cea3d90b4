"""`sonoreach bench beamform`: speed of delay-and-sum, Doppler and B-mode, beside peers on the same job.

Standard job: linear array of 128 elements at 0.3 mm, 5.208 MHz, sampled at four times that, 2000 samples a
channel, 256 x 512 pixels, two columns a pitch, from 5 to 50 mm, f/1.5 boxcar, linear interpolation of IQ; and the same
with columns that follow no rhythm of the elements (`..._other_columns_...`). A time is the median of several
runs and covers everything from int16 channel data to the result, in an array that is kept; `..._core_ms` is the
processor time of the same job on one thread. Peers come last: the threads that they leave behind keep cores busy for
a while.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.cli.bench.beamform_gpu import KEYS as GPU_KEYS
from sonoreach.cli.bench.beamform_gpu import disk_gpu_figures
from sonoreach.cli.bench.beamform_jobs import (
    ENSEMBLE,
    disk_job,
    find_disk,
    other_grid,
    standard_ensemble,
    standard_frame,
    standard_grid,
)
from sonoreach.cli.bench.beamform_memory import memory_figures
from sonoreach.cli.bench.beamform_peers import disk_peer_figures, plane_wave_peer_figures
from sonoreach.cli.bench.beamform_quality import quality_figures
from sonoreach.cli.bench.beamform_start import start_figures
from sonoreach.cli.bench.timing import core_ms, median_ms
from sonoreach.cli.bench.truth_flow import flow_truth
from sonoreach.cli.bench.truth_tissue import tissue_truth
from sonoreach.cli.parser import positive_int
from sonoreach.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--disk", type=Path, metavar="FILE", help="PWI_disk.mat, for the rotating-disk job")
    parser.add_argument(
        "--repeats", type=positive_int, default=20, metavar="N", help="runs, of which the median counts (20)"
    )
    parser.add_argument("--quality", action="store_true", help="resolution and contrast on phantoms instead of speed")
    parser.add_argument("--truth", action="store_true", help="errors where the truth is known instead of speed")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="with --quality: write the images to DIR")
    parser.add_argument("--no-peers", action="store_true", help="leave PyMUST, ultraspy and vbeam out")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; keys in milliseconds, frames a second, seconds and ratios (peer over ours)."""
    if args.quality:
        if args.pictures is not None and not args.pictures.is_dir():
            raise InputError(f"--pictures must name a folder, got {args.pictures}.")
        return quality_figures(args.pictures)
    if args.truth:
        return flow_truth() | tissue_truth()
    disk, peers = find_disk(args.disk), not args.no_peers
    figures: dict[str, Any] = {}
    steps: dict[str, Callable[[], dict[str, Any]]] = {
        "plane waves": lambda: plane_wave_figures(args.repeats),
        "the rotating disk": lambda: disk_figures(disk, args.repeats),
        "a Doppler ensemble": lambda: doppler_figures(args.repeats),
        "RF to B-mode": lambda: rf_figures(args.repeats),
        "memory": memory_figures,
        "the first call": start_figures,
        "the peers' plane waves": lambda: plane_wave_peer_figures(figures, with_peers=peers),
        "the peer's disk": lambda: disk_peer_figures(disk, figures["disk_ms"], with_peers=peers),
        "the disk on a graphics card": lambda: disk_card_figures(disk, args.repeats, with_peers=peers),
    }
    for number, (name, measure) in enumerate(steps.items(), 1):
        print(f"{number} of {len(steps)}: {name}", file=sys.stderr)
        figures |= measure()
    return figures


def plane_wave_figures(repeats: int) -> dict[str, Any]:
    """One and eleven plane waves, and what windows and coherence cost."""
    one, eleven = standard_frame(1), standard_frame(11)
    grid, other = standard_grid(), other_grid()
    hann = ReceiveAperture(1.5, Window.HANN)
    jobs = {
        "1pw": (DelayAndSum(grid, device="cpu"), one),
        "11pw": (DelayAndSum(grid, device="cpu"), eleven),
        "1pw_hann": (DelayAndSum(grid, hann, device="cpu"), one),
        "11pw_hann": (DelayAndSum(grid, hann, device="cpu"), eleven),
        "1pw_other_columns": (DelayAndSum(other, device="cpu"), one),
        "11pw_other_columns": (DelayAndSum(other, device="cpu"), eleven),
        "1pw_coherence": (DelayAndSum(grid, coherence_factor=True, device="cpu"), one),
    }
    out = np.empty((grid.n_lines, grid.n_samples), np.complex64)
    figures: dict[str, Any] = {}
    for name, (das, data) in jobs.items():
        figures[f"das_{name}_ms"] = median_ms(partial(das, data, out), repeats)
        figures[f"das_{name}_core_ms"] = core_ms(partial(das, data, out), repeats)
    return figures


def disk_figures(path: Path | None, repeats: int) -> dict[str, Any]:
    """The rotating disk."""
    if path is None:
        print("disk_*: null, PWI_disk.mat not found (give --disk FILE)", file=sys.stderr)
        return {"disk_ms": None, "disk_core_ms": None}
    frames, grid = disk_job(path)
    ensemble = EnsembleDelayAndSum(grid, 1.0, device="cpu")
    out = ensemble(frames)
    return {
        "disk_ms": median_ms(lambda: ensemble(frames, out), repeats),
        "disk_core_ms": core_ms(lambda: ensemble(frames, out), repeats),
    }


def disk_card_figures(path: Path | None, repeats: int, *, with_peers: bool) -> dict[str, Any]:
    """The rotating disk on a graphics card, where there is one."""
    if path is None:
        return dict.fromkeys(GPU_KEYS)
    return disk_gpu_figures(*disk_job(path), repeats, with_peers)


def doppler_figures(repeats: int) -> dict[str, Any]:
    """An ensemble of the standard job, a frame."""
    frames = standard_ensemble()
    ensemble = EnsembleDelayAndSum(standard_grid(), 1.5, device="cpu")
    out, few = ensemble(frames), max(3, repeats // 4)
    return {
        "doppler_frame_ms": median_ms(lambda: ensemble(frames, out), few) / ENSEMBLE,
        "doppler_frame_core_ms": core_ms(lambda: ensemble(frames, out), few) / ENSEMBLE,
    }


def rf_figures(repeats: int) -> dict[str, Any]:
    """From RF of 11 plane waves to an 8-bit image."""
    data = standard_frame(11, rf=True)
    bmode = BModeBeamformer(standard_grid(), ReceiveAperture(1.5), device="cpu")
    return {
        "rf_to_bmode_per_s": 1e3 / median_ms(lambda: bmode(data), repeats),
        "rf_to_bmode_core_ms": core_ms(lambda: bmode(data), repeats),
    }
