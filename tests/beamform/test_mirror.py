"""A line and its mirror image share delays: nothing but rounding may change."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.mirror import is_mirrored
from sonoreach.beamform.probes import matrix_positions
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

Z = np.linspace(3e-3, 20e-3, 73)
GRID = Grid.cartesian(np.linspace(-5e-3, 5e-3, 9), Z)
EVEN = Grid.cartesian(np.linspace(-5e-3, 5e-3, 22), Z)
MATRIX = ProbeGeometry("matrix", matrix_positions(6, 5, 0.4e-3), 0.35e-3, 4e6)
VOLUME = Grid.volume(np.linspace(-1e-3, 1e-3, 4), np.linspace(-1e-3, 1e-3, 3), Z)


def planes(*angles: float) -> tuple[TransmitEvent, ...]:
    return tuple(TransmitEvent(TransmitKind.PLANE, a) for a in angles)


@pytest.mark.parametrize(
    ("grid", "probe", "angles"),
    [
        (GRID, linear_probe(), (-0.1, 0.0, 0.1)),
        (EVEN, linear_probe(31), (0.0,)),
        (VOLUME, MATRIX, (0.0,)),
    ],
)
@pytest.mark.parametrize("window", [Window.BOXCAR, Window.TUKEY])
@pytest.mark.parametrize("options", [{}, {"follow_beams": True}, {"coherence_factor": True}])
def test_mirrored_lines_are_what_they_are_alone(
    grid: Grid, probe: ProbeGeometry, angles: tuple[float, ...], window: Window, options: dict[str, bool]
) -> None:
    data = random_frame(transmits=planes(*angles), probe=probe)
    das = DelayAndSum(grid, ReceiveAperture(1.2, window), device="cpu", **options)
    shared = das(data)
    plan = das.prepare(data)
    assert plan.mirrored
    object.__setattr__(plan, "mirrored", None)
    plan.hearing.clear()
    alone = das(data)
    # Delays of mirrored points may round to another of 256 fractions.
    assert np.abs(shared - alone).max() < 3e-3 * np.abs(alone).max()


@pytest.mark.parametrize(
    ("grid", "probe", "angles"),
    [
        (GRID, linear_probe(), (0.1,)),
        (GRID, linear_probe(), (-0.1, 0.1, 0.0)),
        (Grid.cartesian(np.linspace(-5e-3, 4e-3, 9), Z), linear_probe(), (0.0,)),
        (Grid.cartesian([-2e-3, 1e-3, 2e-3], Z), linear_probe(), (0.0,)),
    ],
)
def test_lines_without_a_mirror_image_stay_alone(grid: Grid, probe: ProbeGeometry, angles: tuple[float, ...]) -> None:
    data = random_frame(transmits=planes(*angles), probe=probe)
    assert DelayAndSum(grid, device="cpu").prepare(data).mirrored is None


def test_elements_must_be_mirrored_too() -> None:
    elements = linear_probe().element_positions_m.copy()
    ticks = np.zeros((GRID.n_lines, 1, 128), np.int32)
    assert is_mirrored(GRID, elements, ticks)
    elements[3, 0] += 1e-5
    assert not is_mirrored(GRID, elements, ticks)
    ticks[2] = 2
    assert not is_mirrored(GRID, linear_probe().element_positions_m, ticks)
