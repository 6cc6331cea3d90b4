"""Images after beamforming: gain, smoothing, averaging, grey scale."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.post.automatic_gain import automatic_gain
from sonoreach.beamform.post.grey_map import GreyMap, apply_grey_map, grey_table
from sonoreach.beamform.post.persistence import Persistence
from sonoreach.beamform.post.speckle_reduction import SpeckleFilter, reduce_speckle
from sonoreach.errors import InputError
from sonoreach.types.image import BModeImage


def picture(pixels: np.ndarray) -> BModeImage:
    """An image of 0.1 mm pixels."""
    return BModeImage(np.clip(pixels, 0, 255).astype(np.uint8), 0.0, 1e-4, 0.0, 1e-4)


def speckled(left: float = 80.0, right: float = 160.0, seed: int = 0) -> BModeImage:
    """Two halves of log-compressed Rayleigh speckle (its deviation, 5.6 dB, is 24 levels of 60 dB)."""
    rng = np.random.default_rng(seed)
    level = 20 * np.log10(rng.rayleigh(size=(200, 160))) * 255 / 60
    return picture(level + np.where(np.arange(160) < 80, left, right))


def test_persistence_is_a_recursive_average() -> None:
    keep = Persistence(0.75)
    assert (keep(picture(np.full((4, 4), 200))).pixels == 200).all()
    assert (keep(picture(np.full((4, 4), 100))).pixels == 175).all()
    other = dataclasses.replace(picture(np.full((4, 4), 100)), frame_id=9)
    assert keep(other).frame_id == 9
    assert (keep(picture(np.full((5, 4), 10))).pixels == 10).all()  # another geometry begins afresh
    keep.reset()
    assert (keep(picture(np.full((5, 4), 50))).pixels == 50).all()


def test_persistence_lowers_noise() -> None:
    keep = Persistence(0.8)
    images = [keep(speckled(120, 120, seed)) for seed in range(30)]
    # A recursive average leaves (1 - w) / (1 + w) of the variance: a third of the deviation.
    assert images[-1].pixels.std() == pytest.approx(speckled(120, 120).pixels.std() / 3, rel=0.1)


def test_automatic_gain_levels_the_depths() -> None:
    fall = np.linspace(160, 60, 200)[:, None] + 10 * np.random.default_rng(0).standard_normal((200, 60))
    fall[:, :5] = 0
    levelled = automatic_gain(picture(fall), target=110, smooth_m=1e-3).pixels
    for rows in (slice(10, 40), slice(80, 120), slice(160, 190)):
        assert levelled[rows, 5:].mean() == pytest.approx(110, abs=4)
    assert (levelled[:, :5] == 0).all()
    limited = automatic_gain(picture(fall), target=250, limit_db=6.0).pixels
    assert (limited.astype(float) - picture(fall).pixels).max() <= 6 * 255 / 60 + 1
    assert not automatic_gain(picture(np.zeros((20, 20)))).pixels.any()


@pytest.mark.parametrize("method", list(SpeckleFilter))
def test_speckle_goes_and_the_edge_stays(method: SpeckleFilter) -> None:
    before, after = speckled().pixels, reduce_speckle(speckled(), method, strength=60.0).pixels
    assert after[:, 10:70].std() < 0.6 * before[:, 10:70].std()
    columns = after.mean(axis=0)
    assert columns[84:].min() - columns[:76].max() > 50


def test_grey_maps_keep_ends_and_order() -> None:
    for grey_map in GreyMap:
        table = grey_table(grey_map).astype(int)
        assert (table[0], table[255]) == (0, 255)
        assert (np.diff(table) >= 0).all()
    assert grey_table(GreyMap.BRIGHT)[100] > 100 > grey_table(GreyMap.DARK)[100]
    assert len(np.unique(grey_table(GreyMap.FIVE_STEPS))) == 5
    image = picture(np.arange(256).reshape(16, 16))
    assert np.array_equal(apply_grey_map(image, GreyMap.LINEAR).pixels, image.pixels)
    assert np.array_equal(apply_grey_map(image, GreyMap.DARK).pixels.ravel(), grey_table(GreyMap.DARK))


def test_refusals() -> None:
    image = picture(np.zeros((8, 8)))
    with pytest.raises(InputError, match="weight of the persistence"):
        Persistence(1.0)
    with pytest.raises(InputError, match="target"):
        automatic_gain(image, target=0)
    with pytest.raises(InputError, match="limit_db"):
        automatic_gain(image, limit_db=-1)
    with pytest.raises(InputError, match="method must be one of"):
        reduce_speckle(image, "median")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="strength"):
        reduce_speckle(image, strength=0)
    with pytest.raises(InputError, match="grey_map must be one of"):
        apply_grey_map(image, "rainbow")  # type: ignore[arg-type]
