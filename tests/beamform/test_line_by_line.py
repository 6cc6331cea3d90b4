"""Focused transmits, one a line."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.grid import Grid
from sonoreach.beamform.line_by_line import line_by_line
from sonoreach.beamform.probes import l38_probe
from sonoreach.errors import InputError
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.phantoms import points
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind
from sonoreach.types.pose import Pose

X = np.linspace(-3e-3, 3e-3, 25)
GRID = Grid.cartesian(X, np.linspace(18e-3, 22e-3, 81))


def beams() -> ChannelData:
    """A point 1 mm beside the middle, scanned by beams focused at its depth, with their diffraction."""
    transmits = tuple(TransmitEvent(TransmitKind.FOCUSED, source_m=(float(x), 0.0, 20e-3)) for x in X)
    scanner = SimulatedFrontEnd(
        points([(1e-3, 0.0, 20e-3)]), probe=l38_probe(), transmits=transmits, demodulation_frequency_hz=5.208e6,
        depth_m=0.024, diffraction=True,
    )  # fmt: skip
    data = scanner.acquire(0.0, 0, Pose())
    assert data is not None
    return data


def test_a_point_appears_where_it_is_and_narrow() -> None:
    image = np.abs(line_by_line(beams(), GRID))
    line, sample = np.unravel_index(np.argmax(image), image.shape)
    assert (GRID.x_m[line], GRID.z_m[sample]) == pytest.approx((1e-3, 20e-3), abs=1.3e-4)
    profile = image.max(axis=1)
    assert np.count_nonzero(profile > profile.max() / 2) <= 3  # 0.75 mm: focused on transmit too


def test_refuses_other_numbers_of_lines() -> None:
    with pytest.raises(InputError, match="a line for each of the 25 transmits, got 24"):
        line_by_line(beams(), Grid.cartesian(X[1:], GRID.z_m))
