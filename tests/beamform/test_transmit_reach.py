"""Which points a wave passes, for arrays that are not a row on the plane z = 0, too."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.compounding import SpatialCompounder
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.probes import c60_probe, x32_probe
from sonoreach.beamform.transmit import transmit_reach
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

PLANE, DIVERGING, FOCUSED = TransmitKind.PLANE, TransmitKind.DIVERGING, TransmitKind.FOCUSED


def rays(probe: ProbeGeometry, event: TransmitEvent, depth_m: float) -> tuple[float, float]:
    """Lowest and highest x that rays through the array's elements have at a depth."""
    x, z = probe.element_positions_m[:, 0], probe.element_positions_m[:, 2]
    if event.kind is PLANE:
        ends = x + (depth_m - z) * math.tan(event.angle_rad)
    else:
        ends = event.source_m[0] + (x - event.source_m[0]) * (depth_m - event.source_m[2]) / (z - event.source_m[2])
    return float(ends.min()), float(ends.max())


@pytest.mark.parametrize(
    "event",
    [
        TransmitEvent(PLANE, 0.0),
        TransmitEvent(PLANE, 0.35),
        TransmitEvent(DIVERGING, source_m=(0.0, 0.0, -0.06)),
        TransmitEvent(DIVERGING, source_m=(0.01, 0.0, -0.03)),
        TransmitEvent(FOCUSED, source_m=(0.01, 0.0, 0.05)),
    ],
)
def test_a_curved_array_lights_what_rays_from_its_elements_reach(event: TransmitEvent) -> None:
    probe, x = c60_probe(), np.linspace(-0.25, 0.25, 5001)
    for depth in (0.01, 0.03, 0.09):
        reach = transmit_reach(Grid.cartesian(x, [depth]).points_m(), event, probe)[:, 0]
        low, high = rays(probe, event, depth)
        margin = 1e-3 if event.kind is FOCUSED else 0.0
        assert x[reach].min() == pytest.approx(low - margin, abs=1.5e-3)
        assert x[reach].max() == pytest.approx(high + margin, abs=1.5e-3)
        assert reach[np.searchsorted(x, x[reach].min()) : np.searchsorted(x, x[reach].max())].all()


def test_a_source_between_the_ends_of_an_arc_lights_the_whole_front() -> None:
    probe = c60_probe()  # its ends lie at z = -7 mm
    points = Grid.cartesian(np.linspace(-0.03, 0.03, 7), [0.005, 0.05]).points_m()
    assert transmit_reach(points, TransmitEvent(DIVERGING, source_m=(0.0, 0.0, -0.003)), probe).all()


def test_the_sector_of_a_curved_array_has_no_black_edges() -> None:
    event = TransmitEvent(DIVERGING, source_m=(0.0, 0.0, -0.06))
    probe = dataclasses.replace(c60_probe(), center_frequency_hz=5e6)
    data = random_frame(transmits=(event,), probe=probe, n_samples=2000)
    x, z = np.linspace(-0.04, 0.04, 161), np.linspace(5e-3, 0.04, 71)
    pixels = BModeBeamformer(Grid.cartesian(x, z), ReceiveAperture(0.0))(data).pixels
    bearing = np.abs(np.arctan2(x, z[:, None] + 0.06))
    half_angle = np.arcsin(probe.element_positions_m[-1, 0] / 0.06)
    assert (pixels[bearing < half_angle] > 0).mean() > 0.99
    assert (pixels[bearing > half_angle + 0.02] == 0).all()


def test_a_matrix_array_lights_as_much_in_y_as_in_x() -> None:
    probe, places = x32_probe(), np.linspace(-8e-3, 8e-3, 5)
    for axis in (0, 1):
        axes = [[0.0], [0.0]]
        axes[axis] = list(places)
        points = Grid.volume(*axes, [12e-3]).points_m()
        foci = np.tile([0.0, 0.0, 12e-3], (5, 1))
        foci[:, axis] = places
        passes = [transmit_reach(points, TransmitEvent(FOCUSED, source_m=tuple(f)), probe)[:, 0] for f in foci]
        assert np.array_equal(passes, np.eye(5, dtype=bool))
    far = Grid.volume([0.0], [0.0, 0.05], [12e-3]).points_m()
    assert transmit_reach(far, TransmitEvent(), probe)[:, 0].tolist() == [True, False]


def test_nothing_is_lit_behind_the_array() -> None:
    behind = Grid.polar(np.linspace(np.pi - 0.3, np.pi + 0.3, 5), [3e-3, 15e-3])
    for event in (TransmitEvent(), TransmitEvent(FOCUSED, source_m=(0.0, 0.0, 0.02))):
        assert not transmit_reach(behind.points_m(), event, linear_probe()).any()
    with pytest.raises(InputError, match="beside all beams"):
        BModeBeamformer(Grid.cartesian([-1e-3, 1e-3], [-9e-3, -8e-3]))(random_frame(start_time_s=-20e-6))


def test_waves_that_pass_nothing_are_left_out_of_a_compound() -> None:
    foci = tuple(TransmitEvent(FOCUSED, source_m=(x, 0.0, 0.012)) for x in np.linspace(-8e-3, 8e-3, 9))
    data, grid = random_frame(transmits=foci), Grid.cartesian([-1e-3, 0.0, 1e-3], [0.011, 0.012])
    middle = dataclasses.replace(data, samples=data.samples[3:6], transmits=foci[3:6])
    assert np.allclose(SpatialCompounder(grid)(data), SpatialCompounder(grid)(middle))
    with pytest.raises(InputError, match="beside all beams"):
        SpatialCompounder(Grid.cartesian([0.05, 0.051], [0.011, 0.012]))(data)


def test_a_row_of_elements_lights_both_sides_of_its_plane() -> None:
    """The lens decides there; places from a file are off the plane by rounding."""
    probe = linear_probe()
    rounded = probe.element_positions_m + [0.0, 1e-12, 0.0] * np.arange(32)[:, None]
    aside, face = Grid.volume([0.0], [0.004], [0.02]).points_m(), Grid.cartesian([0.0], [0.0]).points_m()
    for elements in (probe.element_positions_m, rounded):
        array = dataclasses.replace(probe, element_positions_m=elements)
        for event in (TransmitEvent(), TransmitEvent(FOCUSED, source_m=(0.0, 0.0, 0.02))):
            assert transmit_reach(aside, event, array).all()
            assert transmit_reach(face, event, array).all()
