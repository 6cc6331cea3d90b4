"""Sums over a lattice against the definition, and against the loops that serve any grid."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.lattice import Lattice
from sonoreach.beamform.rhythm import Rhythm, rhythm
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame, reference_das

PITCH = 0.3e-3
Z = np.linspace(3e-3, 20e-3, 75)  # no multiple of 16
STRAIGHT = (TransmitEvent(),)
STEERED = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in (-0.15, 0.0, 0.2))


def lattice_grid(columns: int, classes: int, first_m: float = -6e-3, pitches: int = 1) -> Grid:
    """Columns in the rhythm of a pitch of 0.3 mm, beyond both ends of 32 elements."""
    return Grid.cartesian(first_m + np.arange(columns) * (pitches * PITCH / classes), Z)


def worst(image: np.ndarray, wanted: np.ndarray) -> float:
    """Largest error over the rms of the reference."""
    return float(np.abs(image - wanted).max() / np.sqrt(np.mean(np.abs(wanted) ** 2)))


def by_lattice(das: DelayAndSum, data: ChannelData) -> np.ndarray:
    """The image, which must come from a lattice."""
    image = das(data)
    assert isinstance(das.prepare(data), Lattice)
    return image


@pytest.mark.parametrize(("columns", "classes", "pitches"), [(40, 1, 1), (81, 2, 1), (150, 4, 3), (70, 2, 3)])
@pytest.mark.parametrize("transmits", [STRAIGHT, STEERED])
@pytest.mark.parametrize("follow_beams", [False, True])
def test_matches_the_definition(columns: int, classes: int, pitches: int, transmits: tuple, follow_beams: bool) -> None:
    data = random_frame(transmits=transmits, start_time_s=1.3e-6)
    grid, aperture = lattice_grid(columns, classes, pitches=pitches), ReceiveAperture(1.2, Window.HANN)
    das = DelayAndSum(grid, aperture, follow_beams=follow_beams, device="cpu")
    assert worst(by_lattice(das, data), reference_das(data, grid, aperture, follow_beams)) < 2e-3


@pytest.mark.parametrize("aperture", [ReceiveAperture(1.5), ReceiveAperture(0.0), ReceiveAperture(1.5, Window.TUKEY)])
@pytest.mark.parametrize("n_elements", [32, 43, 128])
def test_matches_the_definition_for_any_aperture_and_array(aperture: ReceiveAperture, n_elements: int) -> None:
    data = random_frame(transmits=STEERED, probe=linear_probe(n_elements), n_samples=900)
    grid = lattice_grid(150, 2, -11.123e-3)
    image, wanted = by_lattice(DelayAndSum(grid, aperture, device="cpu"), data), reference_das(data, grid, aperture)
    # One sample of a boxcar's edge may fall either way.
    assert np.quantile(np.abs(image - wanted), 0.995) < 2e-3 * np.sqrt(np.mean(np.abs(wanted) ** 2))


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("rf", [False, True])
@pytest.mark.parametrize("transmits", [STRAIGHT, STEERED])
def test_is_what_the_loops_for_any_grid_give(dtype: type, rf: bool, transmits: tuple) -> None:
    data = random_frame(transmits=transmits, start_time_s=0.7e-6)
    samples = np.ascontiguousarray(data.samples[..., 0] if rf else data.samples, dtype)
    data = dataclasses.replace(data, samples=samples, demodulation_frequency_hz=0.0 if rf else 5e6)
    grid, weights = lattice_grid(81, 2), np.linspace(0.5, 2.0, len(transmits))
    settings = {"aperture": ReceiveAperture(1.5, Window.TUKEY), "transmit_weights": weights, "follow_beams": True}
    lattice, general = DelayAndSum(grid, **settings, device="cpu"), DelayAndSum(grid, **settings, all_at_once=True)
    for _ in range(2):  # nothing may be left over from the frame before
        image, wanted = by_lattice(lattice, data), general(data)
        assert worst(image, wanted) < 1e-2
        assert np.linalg.norm(image - wanted) < 3e-3 * np.linalg.norm(wanted)
    assert np.array_equal(lattice.coverage, general.coverage)
    assert np.array_equal(lattice.lit, general.lit)


@pytest.mark.parametrize("angle", [0.0, 0.15])
@pytest.mark.parametrize("window", [Window.BOXCAR, Window.TUKEY])
def test_coherence_factor_of_one_wave(angle: float, window: Window) -> None:
    data = random_frame(transmits=(TransmitEvent(TransmitKind.PLANE, angle),))
    settings = {"aperture": ReceiveAperture(1.3, window), "coherence_factor": True, "device": "cpu"}
    lattice, general = DelayAndSum(lattice_grid(81, 2), **settings), DelayAndSum(lattice_grid(81, 2), **settings)
    general._any_grid = True
    image, wanted = by_lattice(lattice, data), general(data)
    assert not isinstance(general.prepare(data), Lattice)
    assert np.linalg.norm(image - wanted) < 5e-3 * np.linalg.norm(wanted)


def test_depths_that_no_element_hears_are_dark() -> None:
    data = random_frame(transmits=STEERED, start_time_s=2e-6)
    grid = Grid.cartesian(lattice_grid(81, 2).x_m, np.linspace(5e-5, 20e-3, 75))
    aperture = ReceiveAperture(3.0, Window.HANN)
    image = by_lattice(DelayAndSum(grid, aperture, check_record=False, device="cpu"), data)
    assert not image[:, 0].any()
    assert worst(image, reference_das(data, grid, aperture)) < 4e-3


@pytest.mark.parametrize("rf", [False, True])
def test_nothing_outside_a_record_is_read(rf: bool) -> None:
    """Poison around every record: what lies before its first and after its last sample is silence."""
    data = random_frame(transmits=STEERED, start_time_s=6e-6, n_samples=200)
    samples = np.ascontiguousarray(data.samples[..., 0] if rf else data.samples, np.float32)
    data = dataclasses.replace(data, samples=samples, demodulation_frequency_hz=0.0 if rf else 5e6)
    around = np.full((5, *samples.shape[1:]), np.nan, np.float32)
    around[1:4] = samples
    inside = dataclasses.replace(data, samples=around[1:4])
    das = DelayAndSum(lattice_grid(81, 2), ReceiveAperture(0.0), check_record=False, device="cpu")
    image = by_lattice(das, inside)
    assert np.isfinite(image).all()
    general = DelayAndSum(das.grid, ReceiveAperture(0.0), check_record=False, all_at_once=True, device="cpu")
    assert worst(image, general(data)) < 2e-2


@pytest.mark.parametrize(
    ("grid", "change", "wanted"),
    [
        (lattice_grid(81, 2), {}, Rhythm(2, 1)),
        (lattice_grid(81, 2, -6.0371e-3), {}, Rhythm(2, 1)),
        (lattice_grid(150, 4, pitches=3), {}, Rhythm(4, 3)),
        (lattice_grid(40, 1, pitches=2), {}, Rhythm(1, 2)),
        (lattice_grid(20, 1), {}, None),  # too few columns
        (Grid.cartesian(np.linspace(-6e-3, 6e-3, 80), Z), {}, None),  # another rhythm
        (Grid.cartesian(np.arange(-6e-3, 6e-3, PITCH / 2), Z, 1e-3), {}, None),  # beside the array
        (Grid.polar(np.linspace(-0.3, 0.3, 81), Z), {}, None),
        (lattice_grid(81, 2), {"transmits": (TransmitEvent(TransmitKind.DIVERGING, source_m=(0, 0, -0.01)),)}, None),
        (lattice_grid(81, 2), {"probe": linear_probe(32, 0.31e-3)}, None),
    ],
)
def test_which_images_are_a_lattice(grid: Grid, change: dict, wanted: Rhythm | None) -> None:
    assert rhythm(grid, dataclasses.replace(random_frame(), **change)) == wanted
