"""The benchmark's own logic: ratios, missing peers, the standard job."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.device import why_no_cuda
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.cli.bench import beamform_gpu as gpu
from sonoreach.cli.bench import beamform_jobs as jobs
from sonoreach.cli.bench import beamform_memory as memory
from sonoreach.cli.bench import timing
from sonoreach.cli.bench.beamform_peers import attempt, ratio

from .reference import random_frame


def test_a_peer_that_is_missing_gives_null_and_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    def absent() -> float:
        raise ImportError("no module of that name")

    assert attempt("someone", absent) is None
    assert "someone: null, ImportError: no module of that name" in capsys.readouterr().err
    assert ratio(None, 2.0) is None
    assert ratio(6.0, 2.0) == 3.0


def test_the_standard_job_is_the_documented_one() -> None:
    data, grid = jobs.standard_frame(11), jobs.standard_grid()
    assert data.samples.shape == (11, 128, 2000, 2)
    assert (grid.n_lines, grid.n_samples) == (256, 512)
    assert (grid.z_m[0], grid.z_m[-1]) == (5e-3, 50e-3)
    assert data.sampling_frequency_hz == 4 * 5.208e6
    x = data.probe.element_positions_m[:, 0]
    height, across = grid.z_m[None, :, None], np.abs(grid.x_m[:, None, None] - x)
    listening = np.mean(across <= height / 3)
    assert listening == pytest.approx(0.41, abs=0.01)


def test_mach_gets_the_disk_in_its_own_words() -> None:
    """Its formula in float64 (phase of the whole path, time from the start of the record) gives our image."""
    data = dataclasses.replace(random_frame(), demodulation_frequency_hz=0.0, start_time_s=1e-6)
    data = dataclasses.replace(data, samples=np.ascontiguousarray(data.samples[..., 0]))
    grid = Grid.cartesian(np.linspace(-4e-3, 4e-3, 9), np.linspace(6e-3, 18e-3, 25))
    given = gpu.mach_arguments([data, data], grid)
    iq, speed, fc = given["channel_data"], given["sound_speed_m_s"], given["modulation_freq_hz"]
    assert (iq.dtype, iq.shape) == (np.complex64, (32, 700, 2))
    image = np.zeros(len(given["scan_coords_m"]), np.complex128)
    for e, element in enumerate(given["rx_coords_m"].astype(float)):
        offset = given["scan_coords_m"] - element
        tau = given["tx_wave_arrivals_s"] + np.linalg.norm(offset, axis=1) / speed
        position = (tau - given["rx_start_s"]) * given["sampling_freq_hz"]
        heard = np.interp(position, np.arange(700), iq[e, :, 1]) * np.exp(2j * np.pi * fc * tau)
        image += heard * (np.abs(offset[:, 0]) <= offset[:, 2] / (2 * given["f_number"]))
    ours = EnsembleDelayAndSum(grid, given["f_number"], device="cpu")([data])[..., 0].ravel()
    assert np.quantile(np.abs(image - ours), 0.95) < 0.01 * np.abs(ours).max()


@pytest.mark.skipif(not why_no_cuda(), reason="a card can be used here")
def test_without_a_card_the_disk_on_it_is_skipped() -> None:
    figures = gpu.disk_gpu_figures([], Grid.cartesian([0.0], [1.0]), 1, True)
    assert set(figures) == set(gpu.KEYS)
    assert all(value.startswith("skipped: no CUDA device") for value in figures.values())


def test_memory_stays_below_four_times_the_data() -> None:
    """Would show: a float64 table of the points, one delay an element (16 times), all analytic RF at once."""
    figures = memory.memory_figures()
    assert len(figures) == 7 and 1 < figures["peak_memory_ratio"] < 4
    table = np.ones((standard := jobs.standard_grid()).n_lines * standard.n_samples, np.float64)
    assert memory._held_bytes(lambda: np.repeat(table, 3)[: table.size].copy()) > 2.9 * table.nbytes


def test_a_time_is_the_median(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 1.0, 2.0, 4.0, 5.0, 10.0])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(ticks))
    assert timing.median_ms(lambda: None, 3) == 2000.0


def test_times_are_taken() -> None:
    das, data = DelayAndSum(jobs.standard_grid()), jobs.standard_frame(1)
    assert 0 < timing.core_ms(lambda: das(data), 1) < 1e4
    assert 0 < timing.median_ms(lambda: das(data), 1) < 1e5
