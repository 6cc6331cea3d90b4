"""Strain of a compression that is known."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.elasticity.strain import axial_displacement_m, axial_strain
from sonoreach.errors import InputError

SPACING, FC, C = 2e-5, 5e6, 1540.0


def pressed(strain: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Echoes of 4000 scatterers on 20 lines before and after a uniform compression."""
    rng = np.random.default_rng(seed)
    z = np.arange(0, 30e-3, SPACING)
    before, after = np.zeros((20, len(z)), complex), np.zeros((20, len(z)), complex)
    for line in range(20):
        place, strength = rng.uniform(0, 30e-3, 200), rng.standard_normal(200)
        for image, where in ((before, place), (after, place * (1 - strain))):
            apart = z[:, None] - where
            echo = np.exp(-((apart / 2.5e-4) ** 2)) * np.exp(4j * np.pi * FC / C * apart)
            image[line] = echo @ strength
    return before, after


@pytest.mark.parametrize("strain", [0.002, 0.01, 0.02])
def test_strain_within_five_percent(strain: float) -> None:
    displacement = axial_displacement_m(
        *pressed(strain), spacing_m=SPACING, center_frequency_hz=FC, sound_speed_m_s=C, window=(20, 25)
    )
    found = np.median(axial_strain(displacement, SPACING)[:, 200:-200])
    assert found == pytest.approx(-strain, rel=0.05)


def test_nothing_moves_without_pressure() -> None:
    before, _ = pressed(0.0)
    assert (
        np.abs(axial_displacement_m(before, before, spacing_m=SPACING, center_frequency_hz=FC, sound_speed_m_s=C)).max()
        < 1e-9
    )


def test_bad_input_is_refused() -> None:
    image = np.zeros((4, 50), complex)
    settings = {"spacing_m": SPACING, "center_frequency_hz": FC, "sound_speed_m_s": C}
    with pytest.raises(InputError, match="share one shape"):
        axial_displacement_m(image, image[:2], **settings)
    with pytest.raises(InputError, match="finite"):
        axial_displacement_m(image, np.full_like(image, np.nan), **settings)
    with pytest.raises(InputError, match="above 0"):
        axial_displacement_m(image, image, spacing_m=SPACING, center_frequency_hz=0.0, sound_speed_m_s=C)
    with pytest.raises(InputError, match="length_m"):
        axial_strain(np.zeros((4, 50)), SPACING, length_m=0.1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"center_frequency_hz": np.nan}, "center_frequency_hz must be finite and above 0, got nan"),
        ({"sound_speed_m_s": np.nan}, "sound_speed_m_s must be finite"),
        ({"spacing_m": np.nan}, "spacing_m must be finite"),
        ({"spacing_m": np.inf}, "spacing_m must be finite"),
        ({"window": (5.0, 15.0)}, "window must be a whole number and be at least 1, got 5.0"),
        ({"before": np.zeros((0, 50)), "after": np.zeros((0, 50))}, "not empty"),
    ],
)
def test_bad_displacement_settings(change: dict[str, object], sentence: str) -> None:
    image = np.zeros((4, 50), complex)
    settings = {"before": image, "after": image, "spacing_m": SPACING, "center_frequency_hz": FC, "sound_speed_m_s": C}
    with pytest.raises(InputError, match=sentence):
        axial_displacement_m(**{**settings, **change})


@pytest.mark.parametrize(
    ("displacement", "spacing_m", "length_m", "sentence"),
    [
        (np.zeros((4, 500)), 0.0, 3e-3, "spacing_m must be finite and above 0, got 0"),
        (np.zeros((4, 500)), np.nan, 3e-3, "spacing_m must be finite"),
        (np.zeros((4, 500)), SPACING, np.nan, "length_m must be finite"),
        (np.zeros((4, 500)), SPACING, np.inf, "length_m must be finite"),
        (np.zeros((4, 500)), -SPACING, -3e-3, "spacing_m must be finite and above 0"),
        (np.full((4, 500), np.nan), SPACING, 3e-3, "displacement_m must be finite"),
        (np.zeros(500), SPACING, 3e-3, "of shape"),
    ],
)
def test_bad_strain_settings(displacement: np.ndarray, spacing_m: float, length_m: float, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        axial_strain(displacement, spacing_m, length_m=length_m)
