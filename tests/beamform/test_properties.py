"""Laws that hold for every frame: reciprocity, shift in time, energy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.types.channel_data import TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

GRID = Grid.cartesian(np.linspace(-4e-3, 4e-3, 13), np.linspace(4e-3, 16e-3, 41))
SINGLES = tuple(TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=e) for e in range(8))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_reciprocity(seed: int) -> None:
    """Elements that sound and elements that listen may change places."""
    # An even row of elements about the origin, all as far from it on either side: time zero differs by |x_e| / c.
    probe = linear_probe(8)
    data = random_frame(seed, SINGLES, probe, n_samples=600)
    away = np.linalg.norm(probe.element_positions_m, axis=1) / 1540.0
    # Record t of transmit i at element j, on a common clock that starts as the element sounds, is that of j at i.
    spectrum = np.fft.fft(data.samples[..., 0] + 1j * data.samples[..., 1], axis=-1)
    frequency = np.fft.fftfreq(600, 1 / 20e6) + 5e6
    delay = away[None, :, None] - away[:, None, None]  # from the clock of i to the clock of j
    swapped = np.fft.ifft((spectrum * np.exp(2j * np.pi * frequency * delay)).transpose(1, 0, 2), axis=-1)
    other = dataclasses.replace(data, samples=np.stack([swapped.real, swapped.imag], -1).astype(np.float32))
    das = DelayAndSum(GRID, ReceiveAperture(0))
    a, b = das(data).copy(), das(other)
    # What is left is linear interpolation at other fractions of a sample.
    assert np.linalg.norm(a - b) < 0.12 * np.linalg.norm(a)


@settings(max_examples=15, deadline=None)
@given(shift=st.integers(-40, 40), seed=st.integers(0, 1000))
def test_shift_in_time(shift: int, seed: int) -> None:
    """A record that begins later by whole samples, with their carrier, gives the same image."""
    data = random_frame(seed)
    samples = np.zeros_like(data.samples)
    keep = data.samples[:, :, max(0, shift) : 700 + min(0, shift)]
    samples[:, :, max(0, -shift) : max(0, -shift) + keep.shape[2]] = keep
    later = dataclasses.replace(data, samples=samples, start_time_s=shift / 20e6)
    das = DelayAndSum(GRID, ReceiveAperture(1.5, Window.HANN), check_record=False)
    inner = (slice(None), slice(8, 30))  # whose echoes both records hold
    a, b = das(data)[inner].copy(), das(later)[inner]
    assert np.abs(a - b).max() < 5e-3 * np.abs(a).max()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), window=st.sampled_from([Window.BOXCAR, Window.HANN]), scale=st.floats(0.01, 1000))
def test_energy_is_bounded_and_grows_with_the_square(seed: int, window: Window, scale: float) -> None:
    """No point is louder than all its elements at their loudest in step; a gain changes nothing else."""
    data = random_frame(seed)
    das = DelayAndSum(GRID, ReceiveAperture(1.2, window))
    image = das(data).copy()
    loudest = np.hypot(*data.samples.astype(float).transpose(3, 0, 1, 2)).max()
    assert (np.abs(image) <= das.coverage * loudest * 1.001 + 1e-3).all()
    louder = das(dataclasses.replace(data, samples=data.samples.astype(np.float32) * np.float32(scale)))
    energy = np.sum(np.abs(image.astype(complex)) ** 2)
    assert np.sum(np.abs(louder.astype(complex)) ** 2) == pytest.approx(scale**2 * energy, rel=1e-4)


def test_the_energy_of_noise_is_that_of_its_elements() -> None:
    """Noise that no two elements share adds up in power: one part an element that listens."""
    aperture = ReceiveAperture(1.5)
    ratios = []
    for seed in range(12):
        data = random_frame(seed, probe=linear_probe(48), transmits=(TransmitEvent(),))
        das = DelayAndSum(GRID, aperture)
        power = np.mean(np.abs(das(data)) ** 2 / das.coverage)
        ratios.append(power / np.mean(np.sum(data.samples.astype(float) ** 2, axis=-1)))
    assert np.mean(ratios) == pytest.approx(0.93, abs=0.06)  # linear interpolation takes 7 % of this band
