"""The benchmark's own logic: ratios, missing peers, the standard job."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.das import DelayAndSum
from sonoreach.cli.bench import beamform as bench
from sonoreach.cli.bench import timing
from sonoreach.cli.bench.beamform_peers import attempt


def test_a_peer_that_is_missing_gives_null_and_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    def absent() -> float:
        raise ImportError("no module of that name")

    assert attempt("someone", absent) is None
    assert "someone: null, ImportError: no module of that name" in capsys.readouterr().err
    assert bench.ratio(None, 2.0) is None
    assert bench.ratio(6.0, 2.0) == 3.0


def test_the_standard_job_is_the_documented_one() -> None:
    data, grid = bench.standard_frame(11), bench.standard_grid()
    assert data.samples.shape == (11, 128, 2000, 2)
    assert (grid.n_lines, grid.n_samples) == (256, 512)
    assert (grid.z_m[0], grid.z_m[-1]) == (5e-3, 50e-3)
    assert data.sampling_frequency_hz == 4 * 5.208e6
    x = data.probe.element_positions_m[:, 0]
    height, across = grid.z_m[None, :, None], np.abs(grid.x_m[:, None, None] - x)
    listening = np.mean(across <= height / 3)
    assert listening == pytest.approx(0.41, abs=0.01)


def test_times_are_taken() -> None:
    das, data = DelayAndSum(bench.standard_grid()), bench.standard_frame(1)
    assert 0 < timing.core_ms(lambda: das(data), 1) < 1e4
    assert 0 < timing.best_ms(lambda: das(data), 1) < 1e5
