"""The elevation beam against the diffraction of a focused strip."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.probes import l50_probe, x32_probe
from sonoreach.simulation.acoustics.elevation import elevation_weight

WAVELENGTH_M = 1540 / 7.5e6


def strip(y_m: float, z_m: float) -> float:
    """One-way amplitude of a strip of 5 mm with a lens of 20 mm focus, in the Fresnel approximation."""
    v = np.linspace(-2.5e-3, 2.5e-3, 2001)
    k = 2 * np.pi / WAVELENGTH_M
    return float(abs(np.exp(1j * k * ((y_m - v) ** 2 / (2 * z_m) - v**2 / (2 * 0.02))).mean()) / np.sqrt(z_m))


@pytest.mark.parametrize("z_m", [0.012, 0.02, 0.035])
def test_follows_a_focused_strip(z_m: float) -> None:
    y = np.array([0, 0.2e-3, 0.4e-3, 0.6e-3], np.float32)
    weight = elevation_weight(y, np.full(4, z_m, np.float32), l50_probe(), WAVELENGTH_M)
    wanted = np.array([strip(v, z_m) ** 2 for v in y.tolist()])
    loudest = max(strip(0.0, z) ** 2 for z in np.linspace(0.014, 0.022, 17).tolist())
    assert weight == pytest.approx(wanted / loudest, abs=0.15)


def test_is_loudest_on_the_axis_near_the_focus() -> None:
    z = np.linspace(0.002, 0.06, 300).astype(np.float32)
    weight = elevation_weight(np.zeros_like(z), z, l50_probe(), WAVELENGTH_M)
    assert weight.max() == pytest.approx(1, abs=1e-3)
    assert 0.015 < z[weight.argmax()] < 0.02


def test_a_matrix_has_no_lens() -> None:
    y = np.array([0, 0.01], np.float32)
    assert (elevation_weight(y, y + np.float32(0.01), x32_probe(), WAVELENGTH_M) == 1).all()
