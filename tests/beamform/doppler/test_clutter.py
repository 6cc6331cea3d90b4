"""Clutter filters: tissue goes, blood stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sonoreach.beamform.doppler.clutter import high_pass, high_pass_recursive, remove_polynomial, remove_singular
from sonoreach.errors import InputError

N_FRAMES = 32


def scene(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Slow bright tissue, and fast faint blood; each (20, 30, 32)."""
    rng = np.random.default_rng(seed)
    time = np.arange(N_FRAMES)
    tissue = 100 * (rng.standard_normal((20, 30, 2)) @ [1, 1j])[..., None] * np.exp(0.01j * time)
    blood = (rng.standard_normal((20, 30, 2)) @ [1, 1j])[..., None] * np.exp(1.2j * time)
    return tissue.astype(np.complex64), blood.astype(np.complex64)


@pytest.mark.parametrize(
    "clean",
    [
        lambda x: remove_polynomial(x, 3),
        lambda x: remove_singular(x, 1),
        lambda x: high_pass(x, 0.12, 15),
        lambda x: high_pass_recursive(x, 0.1, 4),
    ],
    ids=["polynomial", "svd", "fir", "iir"],
)
def test_tissue_goes_and_blood_stays(clean: Callable[[np.ndarray], np.ndarray]) -> None:
    tissue, blood = scene()
    left = np.mean(np.abs(clean(tissue)) ** 2) / np.mean(np.abs(tissue) ** 2)
    assert 10 * np.log10(left) < -40
    both = clean(tissue + blood)
    kept = np.mean(np.abs(both) ** 2) / np.mean(np.abs(blood) ** 2)
    assert -3 < 10 * np.log10(kept) < 1


def test_a_polynomial_of_the_order_vanishes() -> None:
    time = np.linspace(-1, 1, N_FRAMES)
    signal = (1 + 2j * time - time**2)[None].astype(np.complex64)
    assert np.abs(remove_polynomial(signal, 2)).max() < 1e-5
    assert np.abs(remove_polynomial(signal, 1)).max() > 0.1


def test_what_stands_still_leaves_no_transient() -> None:
    still = np.full((3, N_FRAMES), 5 + 2j, np.complex64)
    assert np.abs(high_pass_recursive(still, 0.1)).max() < 1e-4


def test_svd_equals_the_definition() -> None:
    tissue, blood = scene(1)
    both = tissue + blood
    u, s, vh = np.linalg.svd(both.reshape(-1, N_FRAMES), full_matrices=False)
    s[:2] = 0
    assert np.allclose(remove_singular(both, 2).reshape(-1, N_FRAMES), (u * s) @ vh, atol=2e-2)


def test_bad_settings_are_refused() -> None:
    signal = scene()[0]
    with pytest.raises(InputError, match="order of the polynomial"):
        remove_polynomial(signal, 31)
    with pytest.raises(InputError, match="n_components"):
        remove_singular(signal, 32)
    with pytest.raises(InputError, match="cutoff"):
        high_pass(signal, 0.6)
    with pytest.raises(InputError, match="n_taps"):
        high_pass(signal, 0.1, 4)
    with pytest.raises(InputError, match="cutoff"):
        high_pass_recursive(signal, 0.0)
    with pytest.raises(InputError, match="order of the recursive"):
        high_pass_recursive(signal, 0.1, 0)
    with pytest.raises(InputError, match="at least 3 frames"):
        remove_polynomial(signal[..., :2], 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e20])
@pytest.mark.parametrize(
    "clean",
    [
        lambda x: remove_polynomial(x, 1),
        lambda x: remove_singular(x, 1),
        lambda x: high_pass(x, 0.1),
        lambda x: high_pass_recursive(x, 0.1),
    ],
    ids=["polynomial", "svd", "fir", "iir"],
)
def test_samples_that_are_not_finite(clean: Callable[[np.ndarray], np.ndarray], bad: float) -> None:
    signal = scene()[0]
    signal[3, 4, 5] = bad
    with pytest.raises(InputError, match=r"ensemble must be finite and at most 1e\+15, got"):
        clean(signal)


@pytest.mark.parametrize("number", [1.5, 5.0])
def test_numbers_that_are_not_whole(number: float) -> None:
    signal = scene()[0]
    for clean in (
        lambda: remove_polynomial(signal, number),  # type: ignore[arg-type]
        lambda: remove_singular(signal, number),  # type: ignore[arg-type]
        lambda: high_pass(signal, 0.1, number),  # type: ignore[arg-type]
        lambda: high_pass_recursive(signal, 0.1, number),  # type: ignore[arg-type]
    ):
        with pytest.raises(InputError, match=f"must be a whole number and lie in .*, got {number}"):
            clean()


@pytest.mark.parametrize(("cutoff", "gain_db"), [(0.05, -21.6), (0.1, -11.6), (0.2, -5.0)])
def test_a_short_high_pass_as_documented(cutoff: float, gain_db: float) -> None:
    tone = np.exp(2j * np.pi * cutoff * np.arange(N_FRAMES)).astype(np.complex64)[None]
    assert 20 * np.log10(np.abs(high_pass(tone, cutoff)[0, 10])) == pytest.approx(gain_db, abs=0.1)
