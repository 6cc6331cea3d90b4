"""Memory of `sonoreach bench beamform`'s jobs."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.cli.bench.beamform_jobs import standard_ensemble, standard_frame, standard_grid
from sonoreach.types.channel_data import ChannelData


def memory_figures() -> dict[str, float]:
    """Most that a first frame holds at once besides the data and the image (tables, buffers), over the data.

    `peak_memory_ratio` is the largest of the jobs. Counted are numpy's arrays, which all large tables are.
    """
    grid, one, eleven = standard_grid(), standard_frame(1), standard_frame(11)
    one_rf, eleven_rf = standard_frame(1, rf=True), standard_frame(11, rf=True)
    ensemble = standard_ensemble()
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
