"""The same delay-and-sum job by other open beamformers, where they are installed (extra `bench`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.cli.bench.beamform_jobs import disk_job, standard_frame, standard_grid
from sonoreach.cli.bench.timing import median_ms
from sonoreach.types.channel_data import ChannelData

Result = TypeVar("Result")
REPEATS = 5


def attempt(name: str, job: Callable[[], Result]) -> Result | None:
    """Run a peer's job; None, with the reason on stderr, where the peer cannot do it here."""
    try:
        return job()
    except Exception as error:  # a peer may fail in any way; ours must still be measured
        print(f"{name}: null, {type(error).__name__}: {' '.join(str(error).split())[:200]}", file=sys.stderr)
        return None


def ratio(theirs: float | None, ours: float) -> float | None:
    """How many times longer theirs takes; None where it did not run."""
    return None if theirs is None else theirs / ours


def plane_wave_peer_figures(ours: dict[str, Any], *, with_peers: bool) -> dict[str, Any]:
    """Each peer's time for one plane wave, and how often ours fit into PyMUST's for one and for eleven."""
    grid, one, eleven = standard_grid(), standard_frame(1), standard_frame(11)
    figures: dict[str, Any] = {}
    for name, measure in ONE_PLANE_WAVE.items():
        figures[f"das_1pw_ms_{name}"] = attempt(name, partial(measure, one, grid)) if with_peers else None
    pymust_11 = attempt("pymust", lambda: pymust_ms(eleven, grid)) if with_peers else None
    for columns in ("", "other_columns_"):
        theirs = figures["das_1pw_ms_pymust"]
        figures[f"das_1pw_{columns}ratio_pymust"] = ratio(theirs, ours[f"das_1pw_{columns}ms"])
        figures[f"das_11pw_{columns}ratio_pymust"] = ratio(pymust_11, ours[f"das_11pw_{columns}ms"])
    return figures


def disk_peer_figures(path: Path | None, ours_ms: float | None, *, with_peers: bool) -> dict[str, Any]:
    """PyMUST on the rotating disk: ratio of the times, correlation of the envelope images."""
    figures: dict[str, Any] = dict.fromkeys(("disk_ratio_pymust", "disk_correlation_pymust"))
    if path is None or ours_ms is None or not with_peers:
        return figures
    frames, grid = disk_job(path)
    theirs = attempt("pymust", lambda: pymust_disk(frames, grid))
    if theirs is not None:
        figures["disk_ratio_pymust"] = theirs[0] / ours_ms
        ours = np.abs(EnsembleDelayAndSum(grid, 1.0, device="cpu")(frames))
        figures["disk_correlation_pymust"] = float(np.corrcoef(ours.ravel(), np.abs(theirs[1]).ravel())[0, 1])
    return figures


def pymust_ms(data: ChannelData, grid: Grid) -> float:
    """PyMUST: product with its sparse matrix; preparing the matrix of each transmit is not counted [ms]."""
    total = 0.0
    for index in range(len(data.transmits)):
        iq = np.ascontiguousarray(data.samples[index].astype(np.float64) @ [1, 1j])
        matrix = _pymust_matrix(data, index, grid, 1.5)
        vector = iq.ravel()  # channel after channel: Fortran order of (samples, channels)
        total += median_ms(partial(matrix.dot, vector), REPEATS)
    return total


def pymust_disk(frames: Sequence[ChannelData], grid: Grid) -> tuple[float, NDArray[Any]]:
    """PyMUST as shipped on the frames of the disk: rf2iq, then its sparse matrix; time [ms] and image.

    The matrix is prepared in advance and not counted.
    """
    import pymust

    first = frames[0]
    rf = np.stack([f.samples[0].T for f in frames], axis=-1).astype(np.float64)  # sample, element, frame
    matrix = _pymust_matrix(first, 0, grid, 1.0)
    param = _pymust_param(first, 0, 1.0)

    def job() -> Any:
        iq = pymust.rf2iq(rf, param)
        return matrix @ iq.reshape(-1, len(frames), order="F")

    # The matrix counts pixels in Fortran order, lines fastest.
    image = job().reshape(grid.n_samples, grid.n_lines, len(frames)).transpose(1, 0, 2)
    return median_ms(job, REPEATS), image


def ultraspy_ms(data: ChannelData, grid: Grid) -> float:
    """ultraspy: its CPU delay-and-sum of IQ [ms]."""
    from ultraspy.beamformers.das import DelayAndSum
    from ultraspy.probes.factory import build_probe
    from ultraspy.scan import GridScan

    n_elements = data.probe.n_elements
    probe = build_probe(
        geometry_type="linear",
        nb_elements=n_elements,
        pitch=float(np.diff(data.probe.element_positions_m[:2, 0])[0]),
        central_freq=data.probe.center_frequency_hz,
        bandwidth=70,
    )
    beamformer = DelayAndSum(on_gpu=False, is_iq=True)
    beamformer.automatic_setup(
        {
            "sampling_freq": data.sampling_frequency_hz,
            "t0": data.start_time_s,
            "prf": None,
            "signal_duration": None,
            "delays": np.zeros((1, n_elements), np.float32),
            "sound_speed": data.sound_speed_m_s,
            "sequence_elements": {
                "emitted": np.tile(np.arange(n_elements), (1, 1)),
                "received": np.tile(np.arange(n_elements), (1, 1)),
            },
        },
        probe,
    )
    beamformer.update_option("interpolation", "linear")
    beamformer.update_setup("f_number", 1.5)
    scan = GridScan(grid.x_m, grid.z_m, on_gpu=False)
    iq = (data.samples.astype(np.float32) @ np.array([1, 1j], np.complex64)).astype(np.complex64)
    return median_ms(lambda: beamformer.beamform(iq, scan), REPEATS)


def vbeam_ms(data: ChannelData, grid: Grid) -> float:
    """vbeam on JAX's CPU back end, compiled in advance [ms]."""
    import jax  # type: ignore[import-not-found]
    from spekk import Spec  # type: ignore[import-not-found]
    from vbeam.apodization import PlaneWaveReceiveApodization, Rectangular
    from vbeam.beamformers import get_das_beamformer
    from vbeam.core import ElementGeometry, ReflectedWavefront, WaveData
    from vbeam.data_importers import SignalForPointSetup
    from vbeam.fastmath import backend_manager
    from vbeam.interpolation import FastInterpLinspace
    from vbeam.scan import linear_scan
    from vbeam.wavefront import PlaneWavefront

    backend_manager.active_backend = "jax"
    numpy = jax.numpy
    elements = numpy.asarray(data.probe.element_positions_m, numpy.float32)
    flat = numpy.zeros(len(elements))
    iq = data.samples.astype(np.float32) @ np.array([1, 1j], np.complex64)
    n_samples, fs = data.samples.shape[2], data.sampling_frequency_hz
    setup = SignalForPointSetup(
        sender=ElementGeometry(numpy.zeros(3), 0.0, 0.0),
        point_position=None,
        receiver=ElementGeometry(elements, flat, flat),
        signal=numpy.asarray(iq.astype(np.complex64)),
        transmitted_wavefront=PlaneWavefront(),
        reflected_wavefront=ReflectedWavefront(),
        speed_of_sound=data.sound_speed_m_s,
        wave_data=WaveData(azimuth=numpy.zeros(1), elevation=numpy.zeros(1), t0=numpy.zeros(1)),
        interpolate=FastInterpLinspace(data.start_time_s, 1 / fs, n_samples),
        modulation_frequency=data.demodulation_frequency_hz,
        apodization=PlaneWaveReceiveApodization(Rectangular(), 1.5),
        spec=Spec(
            {
                "signal": ["transmits", "receivers", "signal_time"],
                "receiver": ["receivers"],
                "point_position": ["points"],
                "wave_data": ["transmits"],
            }
        ),
        scan=linear_scan(numpy.asarray(grid.x_m), numpy.asarray(grid.z_m)),
    )
    beamform = jax.jit(
        get_das_beamformer(setup, compensate_for_apodization_overlap=False, log_compress=False, scan_convert=False)
    )
    arguments = setup.data
    return median_ms(lambda: beamform(**arguments).block_until_ready(), REPEATS)


ONE_PLANE_WAVE: dict[str, Callable[[ChannelData, Grid], float]] = {
    "pymust": pymust_ms,
    "ultraspy": ultraspy_ms,
    "vbeam": vbeam_ms,
}


def _pymust_param(data: ChannelData, index: int, f_number: float) -> Any:
    import pymust

    param = pymust.utils.Param()
    param.fs, param.fc = data.sampling_frequency_hz, data.probe.center_frequency_hz
    param.pitch = float(np.diff(data.probe.element_positions_m[:2, 0])[0])
    param.width = data.probe.element_width_m
    param.Nelements = data.probe.n_elements
    param.c, param.t0 = data.sound_speed_m_s, np.array([[data.start_time_s]])
    param.bandwidth = 100 * data.probe.fractional_bandwidth
    param.fnumber = f_number
    x = data.probe.element_positions_m[:, 0]
    delays = x * np.sin(data.transmits[index].angle_rad) / data.sound_speed_m_s
    param.TXdelay = (delays - delays.min()).reshape(1, -1)
    return param


def _pymust_matrix(data: ChannelData, index: int, grid: Grid, f_number: float) -> Any:
    import pymust

    param = _pymust_param(data, index, f_number)
    x, z = np.meshgrid(grid.x_m, grid.z_m, indexing="ij")
    shape = np.array([data.samples.shape[2], data.probe.n_elements])
    return pymust.dasmtx(1j * shape, x, z, param.TXdelay, param).tocsr()
