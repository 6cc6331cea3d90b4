"""`sonoreach bench beamform`: speed of delay-and-sum, Doppler and B-mode, beside peers on the same job.

Standard job: linear array of 128 elements at 0.3 mm, 5.208 MHz, sampled at four times that, 2000 samples a
channel, 256 x 512 pixels, two columns a pitch, from 5 to 50 mm, f/1.5 boxcar, linear interpolation of IQ; and the same
with columns that follow no rhythm of the elements (`..._other_columns_...`). A time is the best of several
runs (other work on the machine only adds to it) and covers everything from int16 channel data to the result;
`..._core_ms` is the processor time of the same job on one thread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.probes import l38_probe
from sonoreach.beamform.recording.open import open_recording
from sonoreach.cli.bench import beamform_peers as peers
from sonoreach.cli.bench.beamform_gpu import KEYS as GPU_KEYS
from sonoreach.cli.bench.beamform_gpu import disk_gpu_figures
from sonoreach.cli.bench.beamform_quality import quality_figures
from sonoreach.cli.bench.timing import best_ms, core_ms
from sonoreach.cli.bench.truth_flow import flow_truth
from sonoreach.cli.bench.truth_tissue import tissue_truth
from sonoreach.cli.parser import positive_int
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

N_SAMPLES = 2000
ENSEMBLE = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--disk", type=Path, metavar="FILE", help="PWI_disk.mat, for the rotating-disk job")
    parser.add_argument(
        "--repeats", type=positive_int, default=20, metavar="N", help="runs of which the best counts (20)"
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
    repeats = args.repeats
    with_peers = not args.no_peers
    figures: dict[str, Any] = {}
    figures |= plane_wave_figures(repeats, with_peers)
    figures |= disk_figures(find_disk(args.disk), repeats, with_peers)
    figures |= doppler_figures(repeats)
    figures |= rf_figures(repeats)
    figures |= memory_figures()
    figures |= start_figures()
    return figures


def standard_grid() -> Grid:
    """256 x 512 pixels over the width of the array, two columns a pitch, 5 to 50 mm deep."""
    pitch = float(np.diff(l38_probe().element_positions_m[:2, 0])[0])
    return Grid.cartesian((np.arange(256) - 127.5) * (pitch / 2), np.linspace(5e-3, 50e-3, 512))


def other_grid() -> Grid:
    """As many pixels from the first element to the last, so that no two columns lie alike to the elements."""
    x = l38_probe().element_positions_m[:, 0]
    return Grid.cartesian(np.linspace(x[0], x[-1], 256), np.linspace(5e-3, 50e-3, 512))


def standard_frame(n_transmits: int, *, rf: bool = False, seed: int = 0) -> ChannelData:
    """Noise as channel data: the work does not depend on the values."""
    probe = l38_probe()
    shape = (n_transmits, probe.n_elements, N_SAMPLES) + (() if rf else (2,))
    samples = np.random.default_rng(seed).integers(-2000, 2000, shape).astype(np.int16)
    angles = np.linspace(-0.2, 0.2, n_transmits) if n_transmits > 1 else np.zeros(1)
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, float(a)) for a in angles)
    fc = probe.center_frequency_hz
    return ChannelData(samples, 4 * fc, 0.0 if rf else fc, 0.0, 1540.0, probe, transmits)


def plane_wave_figures(repeats: int, with_peers: bool) -> dict[str, Any]:
    """One and eleven plane waves, and what windows and coherence cost."""
    grid, one, eleven = standard_grid(), standard_frame(1), standard_frame(11)
    das = DelayAndSum(grid, device="cpu")
    out = np.empty((grid.n_lines, grid.n_samples), np.complex64)
    figures: dict[str, Any] = {"das_1pw_ms": best_ms(lambda: das(one, out), repeats)}
    das_11 = DelayAndSum(grid, device="cpu")
    figures["das_11pw_ms"] = best_ms(lambda: das_11(eleven, out), repeats)
    hann = DelayAndSum(grid, ReceiveAperture(1.5, Window.HANN), device="cpu")
    figures["das_1pw_hann_ms"] = best_ms(lambda: hann(one, out), repeats)
    hann_11 = DelayAndSum(grid, ReceiveAperture(1.5, Window.HANN), device="cpu")
    figures["das_11pw_hann_ms"] = best_ms(lambda: hann_11(eleven, out), repeats)
    other, other_11 = DelayAndSum(other_grid(), device="cpu"), DelayAndSum(other_grid(), device="cpu")
    figures["das_1pw_other_columns_ms"] = best_ms(lambda: other(one, out), repeats)
    figures["das_11pw_other_columns_ms"] = best_ms(lambda: other_11(eleven, out), repeats)
    coherent = DelayAndSum(grid, coherence_factor=True, device="cpu")
    figures["das_1pw_coherence_ms"] = best_ms(lambda: coherent(one, out), repeats)
    for name, job in (
        ("1pw", lambda: das(one, out)),
        ("11pw", lambda: das_11(eleven, out)),
        ("1pw_hann", lambda: hann(one, out)),
        ("11pw_hann", lambda: hann_11(eleven, out)),
        ("1pw_coherence", lambda: coherent(one, out)),
        ("1pw_other_columns", lambda: other(one, out)),
        ("11pw_other_columns", lambda: other_11(eleven, out)),
    ):
        figures[f"das_{name}_core_ms"] = core_ms(job, repeats)
    for name, measure in peers.ONE_PLANE_WAVE.items():
        figures[f"das_1pw_ms_{name}"] = peers.attempt(name, partial(measure, one, grid)) if with_peers else None
    pymust_11 = peers.attempt("pymust", lambda: peers.pymust_ms(eleven, grid)) if with_peers else None
    for columns in ("", "other_columns_"):
        theirs = figures["das_1pw_ms_pymust"]
        figures[f"das_1pw_{columns}ratio_pymust"] = ratio(theirs, figures[f"das_1pw_{columns}ms"])
        figures[f"das_11pw_{columns}ratio_pymust"] = ratio(pymust_11, figures[f"das_11pw_{columns}ms"])
    return figures


def disk_figures(path: Path | None, repeats: int, with_peers: bool) -> dict[str, Any]:
    """The rotating disk: 251 x 251 pixels, f/1, 32 frames of RF."""
    figures: dict[str, Any] = dict.fromkeys(("disk_ms", "disk_ratio_pymust", "disk_correlation_pymust", *GPU_KEYS))
    if path is None:
        print("disk_*: null, PWI_disk.mat not found (give --disk FILE)", file=sys.stderr)
        return figures
    recording = open_recording(path)
    frames = [recording.frame(k) for k in range(recording.n_frames)]
    grid = Grid.cartesian(np.linspace(-12.5e-3, 12.5e-3, 251), np.linspace(10e-3, 35e-3, 251))
    ensemble = EnsembleDelayAndSum(grid, 1.0, device="cpu")
    figures["disk_ms"] = best_ms(lambda: ensemble(frames), repeats)
    figures["disk_core_ms"] = core_ms(lambda: ensemble(frames), repeats)
    theirs = peers.attempt("pymust", lambda: peers.pymust_disk(frames, grid)) if with_peers else None
    if theirs is not None:
        figures["disk_ratio_pymust"] = theirs[0] / figures["disk_ms"]
        ours = np.abs(ensemble(frames))
        figures["disk_correlation_pymust"] = float(np.corrcoef(ours.ravel(), np.abs(theirs[1]).ravel())[0, 1])
    return figures | disk_gpu_figures(frames, grid, repeats, with_peers)


def doppler_figures(repeats: int) -> dict[str, Any]:
    """An ensemble of the standard job, a frame."""
    frames = [standard_frame(1, seed=k) for k in range(ENSEMBLE)]
    ensemble = EnsembleDelayAndSum(standard_grid(), 1.5, device="cpu")
    few = max(3, repeats // 4)
    return {
        "doppler_frame_ms": best_ms(lambda: ensemble(frames), few) / ENSEMBLE,
        "doppler_frame_core_ms": core_ms(lambda: ensemble(frames), few) / ENSEMBLE,
    }


def rf_figures(repeats: int) -> dict[str, Any]:
    """From RF of 11 plane waves to an 8-bit image."""
    data = standard_frame(11, rf=True)
    bmode = BModeBeamformer(standard_grid(), ReceiveAperture(1.5), device="cpu")
    return {
        "rf_to_bmode_per_s": 1e3 / best_ms(lambda: bmode(data), repeats),
        "rf_to_bmode_core_ms": core_ms(lambda: bmode(data), repeats),
    }


def memory_figures() -> dict[str, float]:
    """Most that a first frame holds at once besides the data and the image (tables, buffers), over the data.

    `peak_memory_ratio` is the largest of the jobs. Counted are numpy's arrays, which all large tables are.
    """
    grid, one, eleven = standard_grid(), standard_frame(1), standard_frame(11)
    one_rf, eleven_rf = standard_frame(1, rf=True), standard_frame(11, rf=True)
    ensemble = [standard_frame(1, seed=k) for k in range(ENSEMBLE)]
    jobs: dict[str, tuple[Callable[[], NDArray[Any]], Sequence[ChannelData]]] = {
        "1pw": (lambda: DelayAndSum(grid, device="cpu")(one), [one]),
        "11pw": (lambda: DelayAndSum(grid, device="cpu")(eleven), [eleven]),
        "rf_1pw": (lambda: DelayAndSum(grid, device="cpu")(one_rf), [one_rf]),
        "rf_11pw": (lambda: DelayAndSum(grid, device="cpu")(eleven_rf), [eleven_rf]),
        "rf_to_bmode": (
            lambda: BModeBeamformer(grid, ReceiveAperture(1.5), device="cpu")(eleven_rf).pixels,
            [eleven_rf],
        ),
        "doppler": (lambda: EnsembleDelayAndSum(grid, device="cpu")(ensemble), ensemble),
    }
    ratios = {
        f"{name}_memory_ratio": _held_bytes(job) / sum(data.samples.nbytes for data in frames)
        for name, (job, frames) in jobs.items()
    }
    return ratios | {"peak_memory_ratio": max(ratios.values())}


def _held_bytes(job: Callable[[], NDArray[Any]]) -> int:
    """Peak of the memory that a job asks for, without what it returns; compiled code is loaded before."""
    job()
    tracemalloc.start()
    try:
        result = job()
        return tracemalloc.get_traced_memory()[1] - result.nbytes
    finally:
        tracemalloc.stop()


_FIRST_CALL = """
import time
from sonoreach.cli.bench.beamform import DelayAndSum, standard_frame, standard_grid
das, data = DelayAndSum(standard_grid(), device="cpu"), standard_frame(1)
start = time.perf_counter()
das(data)
print(time.perf_counter() - start)
"""


def start_figures() -> dict[str, Any]:
    """First image of a process: with nothing compiled yet, and with the compiled code on disk [s]."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        seconds = []
        for _ in range(2):
            result = subprocess.run(
                [sys.executable, "-c", _FIRST_CALL], env=environment, capture_output=True, text=True, check=True
            )
            seconds.append(float(result.stdout))
    return {"first_call_s": seconds[0], "later_process_s": seconds[1]}


def ratio(theirs: float | None, ours: float) -> float | None:
    """How many times longer theirs takes; None where it did not run."""
    return None if theirs is None else theirs / ours


def find_disk(path: Path | None) -> Path | None:
    """The file given, or the one beside the project."""
    beside = Path(__file__).resolve().parents[3].parent / "shared/data/channel/PWI_disk.mat"
    wanted = path or beside
    return wanted if path is not None or wanted.is_file() else None
