"""Boundaries reflect like mirrors, shadow what lies behind, and reverberate."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.probes import l50_probe
from sonoreach.errors import InputError
from sonoreach.simulation.acoustics.boundaries import boundary, reverberated, shadowed
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.types.channel_data import TransmitEvent

WAVELENGTH_M = 1540 / 7.5e6
RECORDING = Recording(15e6, 7.5e6, 1000)


@pytest.mark.parametrize("depth_m", [0.01, 0.03])
def test_a_flat_boundary_reflects_with_its_coefficient(depth_m: float) -> None:
    scatterers = boundary([[-0.02, depth_m], [0.02, depth_m]], 0.5, WAVELENGTH_M)
    echoes = np.abs(ChannelDataSimulator(l50_probe(), [TransmitEvent()], RECORDING).echoes(*scatterers))[0]
    assert echoes[64].max() == pytest.approx(0.5, rel=0.1)
    assert echoes[64].argmax() == pytest.approx(2 * depth_m / 1540 * 15e6, abs=1)
    assert echoes[60:68].max(axis=1) == pytest.approx(echoes[64].max(), rel=0.1)


def test_a_steep_boundary_reflects_away_from_the_probe() -> None:
    simulator = ChannelDataSimulator(l50_probe(), [TransmitEvent()], RECORDING)
    flat = simulator.echoes(*boundary([[-0.005, 0.02], [0.005, 0.02]], 1, WAVELENGTH_M))
    steep = simulator.echoes(*boundary([[-0.005, 0.013], [0.005, 0.027]], 1, WAVELENGTH_M))
    assert np.abs(steep).max() < 0.2 * np.abs(flat).max()


def test_only_what_lies_behind_is_in_the_shadow() -> None:
    positions = np.array([[0, 0, 0.01], [0, 0, 0.03], [0.02, 0, 0.03]], np.float32)
    scatterers = shadowed((positions, np.ones(3, np.float32)), [[-0.01, 0.02], [0.01, 0.02]], 0.1)
    assert scatterers[1] == pytest.approx([1, 0.01, 1])


def test_reverberation_repeats_below() -> None:
    one = (np.array([[0.001, 0, 0.005]], np.float32), np.ones(1, np.float32))
    positions, amplitudes = reverberated(one, 0.004, 0.3, orders=2)
    assert positions[:, 2] == pytest.approx([0.005, 0.009, 0.013])
    assert amplitudes == pytest.approx([1, 0.3, 0.09])


def test_refuses_what_is_no_boundary() -> None:
    with pytest.raises(InputError, match="curve_m"):
        boundary([[0, 0.01]], 0.5, WAVELENGTH_M)
    with pytest.raises(InputError, match="reflection"):
        boundary([[0, 0.01], [0.01, 0.01]], 2, WAVELENGTH_M)
    one = (np.zeros((1, 3), np.float32), np.ones(1, np.float32))
    with pytest.raises(InputError, match="x does not rise"):
        shadowed(one, [[0.01, 0.02], [0, 0.02]], 0.5)
    with pytest.raises(InputError, match="transmission"):
        shadowed(one, [[0, 0.02], [0.01, 0.02]], 2)
    with pytest.raises(InputError, match="reverberation"):
        reverberated(one, 0, 0.5)


LINE = [[0.0, 0.02], [0.01, 0.02]]
ONE = (np.zeros((1, 3), np.float32), np.ones(1, np.float32))


@pytest.mark.parametrize("wavelength_m", [0.0, np.nan, -1e-4, np.inf])
def test_refuses_what_is_no_wavelength(wavelength_m: float) -> None:
    with pytest.raises(InputError, match="wavelength_m: got"):
        boundary(LINE, 0.5, wavelength_m)


@pytest.mark.parametrize(
    ("scatterers", "curve", "sentence"),
    [
        (ONE, [[0.0, np.nan], [0.01, 0.02]], "curve_m: got shape"),
        (ONE, [0.0, 0.02], "curve_m: got shape"),
        (ONE, [[0.0, 0.0, 0.02], [0.01, 0.0, 0.02]], "curve_m: got shape"),
        (ONE, [], "curve_m: got shape"),
        ((ONE[0], np.ones(2, np.float32)), LINE, "amplitudes: got shape"),
        ((np.zeros(3, np.float32), ONE[1]), LINE, "positions_m: got shape"),
    ],
)
def test_refuses_what_throws_no_shadow(
    scatterers: tuple[np.ndarray, np.ndarray], curve: list[object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        shadowed(scatterers, curve, 0.5)


def test_lists_are_scatterers_too() -> None:
    positions, amplitudes = shadowed(([[0.005, 0, 0.03]], [1.0]), LINE, 0.5)  # type: ignore[arg-type]
    assert positions.shape == (1, 3)
    assert amplitudes == pytest.approx([0.25])


@pytest.mark.parametrize(
    ("layer_m", "orders", "sentence"),
    [
        (np.nan, 3, "reverberation: got layer nan"),
        (np.inf, 3, "reverberation: got layer inf"),
        (0.004, -1, "orders must be a whole number and be at least 0, got -1"),
        (0.004, 1.5, "orders must be a whole number and be at least 0, got 1.5"),
    ],
)
def test_refuses_what_does_not_reverberate(layer_m: float, orders: int, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        reverberated(ONE, layer_m, 0.5, orders)
