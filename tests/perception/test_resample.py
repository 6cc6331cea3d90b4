"""Resampling keeps physical positions."""

import numpy as np
import pytest

from sonoreach.perception.resample import ImageGrid, resample

TARGET = ImageGrid.over(96, 128, 0.054, 0.043)


@pytest.mark.parametrize(
    "source",
    [
        ImageGrid(352, 240, -0.027, 0.054 / 239, 0.0005, 0.042 / 351),
        ImageGrid(500, 700, -0.035, 0.0001, 0.0, 0.0001),
        ImageGrid(40, 60, -0.03, 0.001, 0.0, 0.001),
    ],
)
def test_a_spot_stays_where_it_is(source: ImageGrid) -> None:
    x_m, z_m = 0.008, 0.021
    x, z = np.meshgrid(source.x_m(), source.z_m())
    pixels = (255 * np.exp(-((x - x_m) ** 2 + (z - z_m) ** 2) / (2 * 0.002**2))).astype(np.uint8)
    out = resample(pixels, source, TARGET).astype(float)
    tx, tz = np.meshgrid(TARGET.x_m(), TARGET.z_m())
    assert abs((out * tx).sum() / out.sum() - x_m) < 0.3e-3
    assert abs((out * tz).sum() / out.sum() - z_m) < 0.3e-3


def test_outside_the_source_is_black() -> None:
    source = ImageGrid(100, 100, -0.005, 0.0001, 0.0, 0.0001)
    out = resample(np.full((100, 100), 200, np.uint8), source, TARGET)
    assert out[:, np.abs(TARGET.x_m()) > 0.006].max() == 0
    assert out[TARGET.z_m() > 0.011].max() == 0
    assert out[5, 64] == 200


def test_labels_are_never_mixed() -> None:
    source = ImageGrid(300, 300, -0.03, 0.0002, 0.0, 0.0002)
    labels = np.zeros((300, 300), np.uint8)
    labels[:, 150:] = 9
    assert set(np.unique(resample(labels, source, TARGET, nearest=True))) == {0, 9}
