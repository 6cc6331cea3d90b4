"""Colour Doppler: known velocities, and a real disk that rotates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonoreach.beamform.doppler.colour import colour_doppler
from sonoreach.beamform.doppler.overlay import flow_colours
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.recording.open import open_recording
from sonoreach.errors import InputError

DISK = Path(__file__).parents[4] / "shared/data/channel/PWI_disk.mat"
SETTINGS = {"repetition_frequency_hz": 4000.0, "center_frequency_hz": 5e6, "sound_speed_m_s": 1540.0}


@settings(max_examples=30, deadline=None)
@given(fraction=st.floats(-0.95, 0.95))
def test_velocity_of_a_pure_tone(fraction: float) -> None:
    phase = fraction * np.pi * np.arange(16)
    flow = colour_doppler(np.exp(1j * phase).astype(np.complex64)[None, None], **SETTINGS)
    assert flow.nyquist_m_s == pytest.approx(1540 * 4000 / (4 * 5e6))
    assert flow.velocity_m_s[0, 0] == pytest.approx(fraction * flow.nyquist_m_s, abs=1e-4)
    assert flow.power_db[0, 0] == pytest.approx(0, abs=1e-3)
    assert flow.spread_m_s[0, 0] < 1e-2 * flow.nyquist_m_s


def test_spread_grows_with_turbulence() -> None:
    rng = np.random.default_rng(0)
    steady = np.exp(0.5j * np.arange(64)) * np.ones((8, 8, 1))
    rough = steady * np.exp(1j * rng.normal(0, 0.5, (8, 8, 64)))
    a, b = (colour_doppler(x.astype(np.complex64), **SETTINGS).spread_m_s.mean() for x in (steady, rough))
    assert b > 5 * max(a, 1e-3)


def test_a_rotating_disk_turns_as_a_solid() -> None:
    if not DISK.is_file():
        pytest.skip("no ../shared/data")
    recording = open_recording(DISK)
    grid = Grid.cartesian(np.linspace(-12.5e-3, 12.5e-3, 101), np.linspace(10e-3, 35e-3, 101))
    ensemble = EnsembleDelayAndSum(grid, 1.0)([recording.frame(k) for k in range(32)])
    flow = colour_doppler(
        ensemble, repetition_frequency_hz=1e4, center_frequency_hz=5e6, sound_speed_m_s=1480.0, smooth=(3, 3)
    )
    x, z = np.meshgrid(grid.x_m, grid.z_m, indexing="ij")
    disk = np.hypot(x, z - 22.5e-3) < 9.5e-3
    plane = np.column_stack([x[disk], np.ones(disk.sum())])
    turn, offset = np.linalg.lstsq(plane, flow.velocity_m_s[disk], rcond=None)[0]
    rest = flow.velocity_m_s[disk] - plane @ np.array([turn, offset])
    assert np.sqrt(np.mean(rest**2)) < 0.03 * np.abs(flow.velocity_m_s[disk]).max()
    assert abs(turn) == pytest.approx(60.0, rel=0.05)


def test_colours() -> None:
    colours = flow_colours(np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), 1.0)
    assert colours.tolist() == [[0, 255, 255], [0, 0, 255], [0, 0, 0], [255, 0, 0], [255, 255, 0]]


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="ensemble must have shape"):
        colour_doppler(np.zeros((4, 4, 1), np.complex64), **SETTINGS)
    with pytest.raises(InputError, match="above 0"):
        colour_doppler(np.zeros((4, 4, 8), np.complex64), **{**SETTINGS, "sound_speed_m_s": 0.0})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"repetition_frequency_hz": np.nan}, "repetition_frequency_hz must be finite and above 0, got nan"),
        ({"center_frequency_hz": np.inf}, "center_frequency_hz must be finite and above 0, got inf"),
        ({"smooth": 3}, "smooth must be a number of lines and one of samples, got 3"),
        ({"smooth": (3, 3, 3)}, "smooth must be a number of lines"),
        ({"smooth": (0, 3)}, "smooth must be a whole number and be at least 1, got 0"),
        ({"smooth": (-1, -1)}, "at least 1, got -1"),
        ({"smooth": (1.5, 3)}, "at least 1, got 1.5"),
    ],
)
def test_bad_settings_are_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        colour_doppler(np.ones((4, 4, 8), np.complex64), **{**SETTINGS, **change})


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1j * np.nan, -1e20])
def test_bad_samples_are_refused(bad: complex) -> None:
    ensemble = np.ones((4, 4, 8), np.complex64)
    ensemble[1, 2, 3] = bad
    with pytest.raises(InputError, match="ensemble must be finite"):
        colour_doppler(ensemble, **SETTINGS)


@pytest.mark.parametrize("amplitude", [0.0, 1e-25, 1e-17, 1e15])
def test_what_stands_still_has_no_spread(amplitude: float) -> None:
    flow = colour_doppler(np.full((2, 2, 8), amplitude, np.complex64), **SETTINGS)
    assert (flow.velocity_m_s == 0).all()
    assert flow.spread_m_s.max() < 1e-4
