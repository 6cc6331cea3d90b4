"""Bubbles found, followed and drawn, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid, default_grid
from sonoreach.beamform.microvessels.link import link_bubbles
from sonoreach.beamform.microvessels.localise import localise_bubbles
from sonoreach.beamform.microvessels.maps import map_vessels
from sonoreach.errors import InputError

from ..test_bmode import point_frame

WAVELENGTH = 1540 / 5e6
GRID = Grid.cartesian(np.arange(-2e-3, 2e-3, 5e-5), np.arange(10e-3, 14e-3, 5e-5))


@pytest.mark.parametrize("place", [(0.0, 12e-3), (0.41e-3, 11.777e-3), (-0.733e-3, 12.318e-3)])
def test_a_bubble_is_found_within_a_tenth_of_a_wavelength(place: tuple[float, float]) -> None:
    image = DelayAndSum(GRID, ReceiveAperture(1.5, Window.HANN))(point_frame(*place))
    found = localise_bubbles(image, GRID, threshold_db=-6)
    assert len(found) == 1
    assert np.hypot(*(found[0] - place)) < WAVELENGTH / 10


def test_two_bubbles_the_stronger_first() -> None:
    x, z = np.meshgrid(GRID.x_m, GRID.z_m, indexing="ij")
    spots = [(1.0, -0.5e-3, 11e-3), (0.5, 0.8e-3, 13e-3)]
    image = sum(a * np.exp(-((x - u) ** 2 + (z - v) ** 2) / (1.5e-4) ** 2) for a, u, v in spots)
    found = localise_bubbles(np.asarray(image, np.complex64), GRID)
    assert np.allclose(found, [s[1:] for s in spots], atol=1e-6)
    assert len(localise_bubbles(np.zeros_like(image), GRID)) == 0


def test_crossing_tracks_keep_their_bubbles() -> None:
    frames = [np.array([[k * 1e-4, 0.0], [1.5e-3 - k * 1e-4, 5e-5 * k]]) for k in range(15)]
    rng = np.random.default_rng(0)
    shuffled = [frame[rng.permutation(2)] for frame in frames]
    shuffled[3] = np.vstack([shuffled[3], [[9e-3, 9e-3]]])  # one false bubble
    tracks = link_bubbles(shuffled, max_step_m=2e-4)
    assert sorted(len(t) for t in tracks) == [15, 15]
    slopes = sorted(float(np.polyfit(t[:, 0], t[:, 1], 1)[0]) for t in tracks)
    assert np.allclose(slopes, [-1e-4, 1e-4], atol=1e-6)


def test_map_shows_the_vessel_and_its_velocity() -> None:
    track = np.column_stack([np.arange(20), np.arange(20) * 1e-4, np.full(20, 5.05e-4)])
    vessels = map_vessels([track, track], frame_rate_hz=100.0, x_m=(0, 2e-3), z_m=(0, 1e-3))
    assert vessels.density.shape == (200, 100)
    assert (vessels.density[:189, 50] == 2).all()
    assert vessels.density.sum() == pytest.approx(2 * 190, abs=4)
    assert np.allclose(vessels.velocity_m_s[50, 50], [0.01, 0.0])


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="Cartesian grid"):
        localise_bubbles(np.zeros((3, 3)), GRID)
    with pytest.raises(InputError, match="finite"):
        localise_bubbles(np.full((GRID.n_lines, GRID.n_samples), np.nan), GRID)
    with pytest.raises(InputError, match="max_step_m"):
        link_bubbles([], max_step_m=0.0)
    with pytest.raises(InputError, match="cells"):
        map_vessels([], frame_rate_hz=1.0, x_m=(0, 0), z_m=(0, 1))


def test_a_bubble_between_two_columns_is_found_once() -> None:
    grid = Grid.cartesian(default_grid().x_m, np.linspace(0.015, 0.025, 300))  # even: x = 0 lies between columns
    image = DelayAndSum(grid, ReceiveAperture(1.5, Window.HANN))(point_frame(0.0, 0.02))
    image = (image + image[::-1]) / 2  # two neighbours are the highest
    found = localise_bubbles(image, grid, threshold_db=-6)
    assert len(found) == 1
    assert np.hypot(*(found[0] - (0.0, 0.02))) < WAVELENGTH / 10


def test_equal_peaks_count_once_within_their_separation() -> None:
    image = np.zeros((GRID.n_lines, GRID.n_samples))
    image[20, 30] = image[23, 30] = image[60, 30] = 1.0  # 0.15 mm and 2 mm apart
    assert len(localise_bubbles(image, GRID)) == 2
    assert len(localise_bubbles(np.ones_like(image), GRID)) <= 1


@pytest.mark.parametrize(
    "change",
    [{"threshold_db": np.nan}, {"threshold_db": 3.0}, {"separation_m": np.nan}, {"separation_m": np.inf},
     {"separation_m": -1e-4}],
)  # fmt: skip
def test_bad_numbers_for_bubbles(change: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(change))} must be finite and at"):
        localise_bubbles(np.ones((GRID.n_lines, GRID.n_samples)), GRID, **change)


def test_an_uneven_grid() -> None:
    grid = Grid.cartesian(GRID.x_m, np.geomspace(0.01, 0.014, 80))
    with pytest.raises(InputError, match="even steps"):
        localise_bubbles(np.ones((grid.n_lines, 80)), grid)


@pytest.mark.parametrize(
    ("frames", "change", "sentence"),
    [
        ([np.zeros((2, 3))], {}, r"frames_m\[0\] must hold finite x and z, shape \(n, 2\), got shape \(2, 3\)"),
        ([np.zeros(2)], {}, "got shape"),
        ([np.zeros((1, 2)), np.zeros((1, 3))], {}, r"frames_m\[1\]"),
        ([np.full((1, 2), np.nan)], {}, "must hold finite x and z"),
        ([], {"min_length": np.nan}, "min_length must be a whole number and be at least 2, got nan"),
        ([], {"max_step_m": np.nan}, "max_step_m must be above 0"),
    ],
)
def test_what_cannot_be_linked(frames: list[np.ndarray], change: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        link_bubbles(frames, **{"max_step_m": 1e-3, **change})


TRACK = np.column_stack([np.arange(3.0), np.zeros(3), np.zeros(3)])


@pytest.mark.parametrize(
    ("track", "change", "sentence"),
    [
        (TRACK, {"step_m": 0.0}, "step_m must be finite and above 0, got 0"),
        (TRACK, {"step_m": np.nan}, "step_m must be finite"),
        (TRACK, {"frame_rate_hz": np.inf}, "frame_rate_hz must be finite"),
        (TRACK, {"x_m": (np.nan, 1e-3)}, "1 to 1e8 cells"),
        (TRACK, {"x_m": (0.0, np.inf)}, "1 to 1e8 cells"),
        (TRACK[:1], {}, r"tracks\[0\] must have shape \(>= 2, 3\), got \(1, 3\)"),
        (TRACK[0], {}, r"got \(3,\)"),
        (TRACK * np.nan, {}, "must be finite with rising frame numbers"),
        (TRACK[[0, 1, 1]], {}, "rising frame numbers"),
    ],
)
def test_what_cannot_be_mapped(track: np.ndarray, change: dict[str, object], sentence: str) -> None:
    settings = {"frame_rate_hz": 100.0, "x_m": (0.0, 1e-3), "z_m": (0.0, 1e-3)}
    with pytest.raises(InputError, match=sentence):
        map_vessels([track], **{**settings, **change})
