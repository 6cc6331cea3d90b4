"""Speed of shear waves that are known."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.elasticity.shear_wave import shear_wave_speed
from sonoreach.beamform.elasticity.strain import axial_displacement_m
from sonoreach.errors import InputError

SPACING, RATE = 0.3e-3, 8000.0
X = np.arange(40) * SPACING + 3e-3


def wave(speed_m_s: float, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """A pulse that runs towards +x, spreads as a cylinder, and loses its high frequencies; shape (40, 160)."""
    time = np.arange(160) / RATE
    late = time - X[:, None] / speed_m_s
    width = 0.6e-3 + 0.02 * X[:, None]
    movie = np.sqrt(X[0] / X[:, None]) * np.exp(-((late - 1e-3) ** 2) / width**2)
    return 8e-6 * (movie + noise * np.random.default_rng(seed).standard_normal(movie.shape))


@pytest.mark.parametrize("speed_m_s", [1.0, 2.2, 4.0])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_speed_within_five_percent(speed_m_s: float, noise: float) -> None:
    found = shear_wave_speed(wave(speed_m_s, noise), spacing_m=SPACING, frame_rate_hz=RATE)
    assert found.speed_m_s == pytest.approx(speed_m_s, rel=0.05)
    assert found.young_modulus_pa() == pytest.approx(3000 * speed_m_s**2, rel=0.1)


def test_quality_tells_a_wave_from_noise() -> None:
    settings = {"spacing_m": SPACING, "frame_rate_hz": RATE}
    rng = np.random.default_rng(1)
    assert shear_wave_speed(wave(2.0), **settings).quality > 0.8
    assert shear_wave_speed(rng.standard_normal((40, 160)), **settings).quality < 0.3


def test_a_wave_towards_the_left() -> None:
    found = shear_wave_speed(wave(2.0)[::-1], spacing_m=SPACING, frame_rate_hz=RATE, towards_x=False)
    assert found.speed_m_s == pytest.approx(-2.0, rel=0.05)


def test_from_echoes_to_speed() -> None:
    """Scatterers ride on the wave; displacement is tracked by phase against the first frame."""
    fc, sound, speed = 5e6, 1540.0, 2.5
    rng = np.random.default_rng(2)
    z = np.arange(0, 4e-3, 4e-5)
    place, strength = rng.uniform(-1e-3, 5e-3, (40, 120)), rng.standard_normal((40, 120))
    motion = wave(speed)[:, ::2]
    frames = []
    for n in range(motion.shape[1]):
        apart = z[None, :, None] - (place + motion[:, n : n + 1])[:, None, :]
        echo = np.exp(-((apart / 2.5e-4) ** 2)) * np.exp(4j * np.pi * fc / sound * apart)
        frames.append(np.sum(echo * strength[:, None, :], axis=-1))
    movie = [
        axial_displacement_m(
            frames[0], f, spacing_m=4e-5, center_frequency_hz=fc, sound_speed_m_s=sound, window=(1, 25)
        ).mean(axis=1)
        for f in frames
    ]
    found = shear_wave_speed(np.stack(movie, axis=1), spacing_m=SPACING, frame_rate_hz=RATE / 2)
    assert found.speed_m_s == pytest.approx(speed, rel=0.05)


def test_refusals() -> None:
    settings = {"spacing_m": SPACING, "frame_rate_hz": RATE}
    with pytest.raises(InputError, match="must have shape"):
        shear_wave_speed(np.zeros((2, 20)), **settings)
    with pytest.raises(InputError, match="finite"):
        shear_wave_speed(np.full((5, 20), np.nan), **settings)
    with pytest.raises(InputError, match="must move"):
        shear_wave_speed(np.ones((5, 20)), **settings)
    with pytest.raises(InputError, match="above 0"):
        shear_wave_speed(wave(2.0), spacing_m=SPACING, frame_rate_hz=0.0)
    with pytest.raises(InputError, match="end of the range"):
        shear_wave_speed(wave(4.0), **settings, high_m_s=3.0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"low_m_s": 0.001}, "low_m_s must be at least 0.244 m/s for a movie this short, got 0.001"),
        ({"frame_rate_hz": np.inf}, "frame_rate_hz must be finite and above 0, got inf"),
        ({"high_m_s": np.nan}, "high_m_s must be finite and above 0, got nan"),
        ({"low_m_s": 20.0}, "low_m_s must be below high_m_s"),
    ],
)
def test_a_range_that_the_movie_cannot_tell(change: dict[str, float], sentence: str) -> None:
    x, time = np.arange(40) * 0.5e-3, np.arange(200) / 5000
    movie = 8e-6 * np.exp(-(((time - 0.005 - x[:, None] / 2) / 1e-3) ** 2))
    settings = {"spacing_m": 0.5e-3, "frame_rate_hz": 5000.0}
    assert shear_wave_speed(movie, **settings, low_m_s=0.25).speed_m_s == pytest.approx(2.0, rel=0.02)
    with pytest.raises(InputError, match=sentence):
        shear_wave_speed(movie, **{**settings, **change})


def test_too_many_speeds_and_still_positions() -> None:
    with pytest.raises(InputError, match="8000 speeds suffice"):
        shear_wave_speed(np.eye(3, 9000), spacing_m=0.01, frame_rate_hz=9000.0, low_m_s=0.05)
    with pytest.raises(InputError, match="must move"):
        shear_wave_speed(np.arange(5.0)[:, None] * np.ones(20), spacing_m=SPACING, frame_rate_hz=RATE)


@pytest.mark.parametrize(("n", "frames", "rate_hz"), [(40, 60, 10e3), (64, 100, 10e3), (60, 40, 8e3)])
def test_short_movies_need_no_lowest_speed(n: int, frames: int, rate_hz: float) -> None:
    x, t = np.arange(n) * 0.3e-3, np.arange(frames) / rate_hz
    movie = 8e-6 * np.exp(-(((t - 1e-3 - x[:, None] / 3) / 0.5e-3) ** 2))
    assert shear_wave_speed(movie, spacing_m=0.3e-3, frame_rate_hz=rate_hz).speed_m_s == pytest.approx(3.0, rel=0.03)
    assert shear_wave_speed(1e-200 * movie, spacing_m=0.3e-3, frame_rate_hz=rate_hz).quality > 0.5
