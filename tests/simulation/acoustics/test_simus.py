"""The simulator against PyMUST's simus on the same scene."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.probes import l38_probe
from sonoreach.cli.bench.acoustics import correlation, simus
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.simulation.front_end import plane_waves

pytest.importorskip("pymust", reason="PyMUST is not installed (extra `bench`)")


def test_correlates_with_simus() -> None:
    rng = np.random.default_rng(5)
    positions = np.column_stack([rng.uniform(-0.015, 0.015, 12), np.zeros(12), rng.uniform(0.008, 0.02, 12)])
    amplitudes = rng.standard_normal(12)
    theirs, pulse, _ = simus(positions, amplitudes)
    probe = l38_probe()
    recording = Recording(4 * probe.center_frequency_hz, 0.0, theirs.shape[1])
    scatterers = positions.astype(np.float32), amplitudes.astype(np.float32)
    found = {}
    for diffraction in (False, True):
        simulator = ChannelDataSimulator(probe, plane_waves(0), recording, pulse=pulse, diffraction=diffraction)
        found[diffraction] = correlation(simulator.echoes(*scatterers)[0].real, theirs)
    assert found[False] > 0.97
    assert found[True] > 0.985
