"""Square pixels: the geometry must not move."""

import numpy as np
import pytest

from sonoreach.reporting.display_image import DisplayImage, display_image, square_pixels


def test_a_point_stays_where_it_is():
    pixels = np.zeros((41, 31), np.uint8)
    pixels[20, 10] = 255
    resampled, spacing = square_pixels(pixels, 0.4e-3, 0.1e-3)
    assert spacing == 0.1e-3
    assert resampled.shape == (41, 121)
    assert np.unravel_index(resampled.argmax(), resampled.shape) == (20, 40)


def test_square_pixels_are_left_alone():
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert square_pixels(pixels, 1e-4, 1e-4)[0] is pixels


def test_color(small):
    resampled, _ = square_pixels(np.zeros((10, 10, 3), np.uint8), 2e-4, 1e-4)
    assert resampled.shape == (10, 19, 3)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_pixels_of_points(small, scale):
    display = display_image(small.image(0))
    first = display.to_pixel(display.x0_m, display.z0_m, scale)
    assert first == pytest.approx((0.5 * scale - 0.5, 0.5 * scale - 0.5))
    second = display.to_pixel(display.x0_m + display.spacing_m, display.z0_m, scale)
    assert second[0] - first[0] == pytest.approx(scale)
    assert isinstance(display, DisplayImage)
