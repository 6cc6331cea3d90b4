"""Spatial compounding on speckle and at the edges of the beams."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.compounding import SpatialCompounder
from sonoreach.beamform.grid import Grid
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame


def contrast(amplitude: np.ndarray) -> float:
    """Standard deviation of the power over its mean; 1 for full speckle."""
    power = amplitude.astype(float) ** 2
    return float(power.std() / power.mean())


def only(data: ChannelData, transmit: int) -> ChannelData:
    """One transmit of a frame."""
    part = slice(transmit, transmit + 1)
    return dataclasses.replace(data, samples=data.samples[part], transmits=data.transmits[part])


@pytest.mark.parametrize("n_angles", [1, 4])
def test_speckle_falls_with_the_root_of_the_angles(n_angles: int) -> None:
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in np.linspace(-0.1, 0.1, n_angles))
    data = random_frame(transmits=transmits, probe=linear_probe(48))  # independent noise in every transmit
    grid = Grid.cartesian(np.linspace(-4e-3, 4e-3, 41), np.linspace(10e-3, 20e-3, 101))
    assert contrast(SpatialCompounder(grid)(data)) == pytest.approx(1 / np.sqrt(n_angles), rel=0.2)


def test_a_point_counts_the_waves_that_pass_it() -> None:
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in (-0.3, 0.3))
    data = random_frame(transmits=transmits, probe=linear_probe(48))
    wide = Grid.cartesian(np.linspace(-0.02, 0.02, 41), np.linspace(10e-3, 16e-3, 41))
    compounder = SpatialCompounder(wide)
    image = compounder(data)
    assert (image[[0, -1]] == 0).all()
    assert np.isfinite(image).all()
    assert np.array_equal(image, compounder(data))
    alone = [SpatialCompounder(wide)(only(data, t)) for t in (0, 1)]
    passed = [one > 0 for one in alone]
    first, both = passed[0] & ~passed[1], passed[0] & passed[1]
    assert first.any()
    assert np.allclose(image[first], alone[0][first])
    assert np.allclose(image[both], np.sqrt((alone[0] ** 2 + alone[1] ** 2) / 2)[both], rtol=1e-5)
