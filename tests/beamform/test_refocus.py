"""REFoCUS: the multistatic data of a point, encoded by plane waves and recovered."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.refocus import refocus
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

POINT = np.array([0.5e-3, 0.0, 9e-3])
PROBE = linear_probe(16)
PLANES = tuple(TransmitEvent(TransmitKind.PLANE, float(a)) for a in np.linspace(-0.5, 0.5, 31))
SINGLES = tuple(TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=e) for e in range(16))


def echo(delay_s: np.ndarray) -> np.ndarray:
    """IQ of echoes at the given delays, 20 MHz, 500 samples."""
    time = np.arange(500) / 20e6
    pulse = np.exp(-(((time - delay_s[..., None]) / 0.2e-6) ** 2))
    return 1000 * pulse * np.exp(-2j * np.pi * 5e6 * delay_s[..., None])


def frame(signal: np.ndarray, transmits: tuple[TransmitEvent, ...]) -> ChannelData:
    samples = np.stack([signal.real, signal.imag], -1).astype(np.float32)
    return ChannelData(samples, 20e6, 5e6, 0.0, 1540.0, PROBE, transmits)


def planes_and_singles() -> tuple[ChannelData, ChannelData]:
    """The point under plane waves (each the sum of its elements), and under single elements."""
    places = PROBE.element_positions_m
    away = np.linalg.norm(POINT - places, axis=1)
    fire = np.array([[x * np.sin(t.angle_rad) for x in places[:, 0]] for t in PLANES])
    plane = echo((fire[:, :, None] + away[None, :, None] + away[None, None, :]) / 1540.0).sum(axis=1)
    single = echo((away[:, None] - np.abs(places[:, :1]) + away[None, :]) / 1540.0)
    return frame(plane, PLANES), frame(single, SINGLES)


def test_recovers_the_single_elements() -> None:
    planes, singles = planes_and_singles()
    got = refocus(planes, regularisation=0.02)
    assert got.transmits == SINGLES
    a, b = (d.samples[..., 0] + 1j * d.samples[..., 1] for d in (got, singles))
    alike = np.abs(np.vdot(a, b)) / np.linalg.norm(a) / np.linalg.norm(b)
    assert alike > 0.97


def test_the_point_is_in_focus_at_its_place() -> None:
    grid = Grid.cartesian(np.linspace(-1e-3, 2e-3, 61), np.linspace(8e-3, 10e-3, 81))
    image = np.abs(DelayAndSum(grid, ReceiveAperture(1.0, Window.HANN))(refocus(planes_and_singles()[0])))
    line, row = np.unravel_index(np.argmax(image), image.shape)
    assert grid.x_m[line] == pytest.approx(POINT[0], abs=1e-4)
    assert grid.z_m[row] == pytest.approx(POINT[2], abs=5e-5)


def test_rf_stays_rf() -> None:
    planes, _ = planes_and_singles()
    iq = planes.samples[..., 0] + 1j * planes.samples[..., 1]
    rf = (iq * np.exp(2j * np.pi * 5e6 * np.arange(500) / 20e6)).real.astype(np.float32)
    got = refocus(dataclasses.replace(planes, samples=rf, demodulation_frequency_hz=0.0))
    assert got.samples.shape == (16, 16, 500)


def test_refusals() -> None:
    with pytest.raises(InputError, match="nothing to recover"):
        refocus(planes_and_singles()[1])
    with pytest.raises(InputError, match="regularisation"):
        refocus(random_frame(), regularisation=0.0)
