"""Phantoms hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.errors import InputError
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.phantoms import FlowTube, Inclusion, point_grid, speckle
from sonoreach.types.pose import Pose


def test_point_grid_has_every_pair() -> None:
    positions, amplitudes = point_grid([-0.01, 0.0, 0.01], [0.01, 0.02]).scatterers(Pose(), 0.0)
    assert positions.shape == (6, 3)
    assert (amplitudes == 1).all()
    in_um = {(round(1e6 * x), round(1e6 * z)) for x, _, z in positions.tolist()}
    assert in_um == {(x, z) for x in (-10_000, 0, 10_000) for z in (10_000, 20_000)}


def test_speckle_has_its_density_and_contrast() -> None:
    inclusions = (Inclusion(0, 0.02, 4e-3), Inclusion(0.01, 0.03, 4e-3, -6.0))
    phantom = speckle(width_m=0.03, depth_m=(0.01, 0.04), per_mm3=20, inclusions=inclusions, seed=3)
    x, _, z = phantom.positions_m.T
    cyst = np.hypot(x, z - 0.02) < 4e-3
    assert not cyst.any()
    faint = np.hypot(x - 0.01, z - 0.03) < 4e-3
    level_db = 20 * np.log10(phantom.amplitudes[faint].std() / phantom.amplitudes[~faint].std())
    assert level_db == pytest.approx(-6, abs=0.5)
    area_mm2 = 900 - np.pi * 16
    assert len(x) == pytest.approx(20 * area_mm2, rel=0.02)


def test_phantoms_repeat() -> None:
    assert np.array_equal(speckle(per_mm3=1).positions_m, speckle(per_mm3=1).positions_m)


def test_blood_flows_with_a_parabolic_profile() -> None:
    tube = FlowTube(angle_rad=0.4, peak_m_s=0.3, tissue=speckle(per_mm3=1, thickness_m=4e-3))
    step_s = 1e-4
    before, strength = tube.scatterers(Pose(), 0.0)
    after, _ = tube.scatterers(Pose(), step_s)
    moved = (after - before).astype(float) / step_s
    axis = np.array([np.cos(0.4), 0, np.sin(0.4)])
    offset = before - np.array([0, 0, 0.02])
    radius = np.linalg.norm(offset - np.outer(offset @ axis, axis), axis=1)
    blood = np.arange(len(before)) < len(tube._blood[1])
    wanted = 0.3 * (1 - (radius / 3e-3) ** 2)
    stayed = blood & (np.abs(offset @ axis) < 0.019)  # the others may have entered again
    assert np.allclose((moved @ axis)[stayed], wanted[stayed], atol=0.002)
    assert not moved[~blood].any()
    assert radius[blood].max() <= 3e-3 + 1e-6
    assert radius[~blood].min() > 3e-3
    assert strength.dtype == np.float32


def test_pulsatile_flow_integrates_its_speed() -> None:
    tube = FlowTube(peak_m_s=0.4, pulsatility=(0.5, 1.2))
    step_s = 1e-5
    speed = (tube.travelled(0.3 + step_s) - tube.travelled(0.3 - step_s)) / (2 * step_s)
    assert speed == pytest.approx(0.4 * tube.speed_factor(0.3), rel=1e-4)


def test_refuses_phantoms_without_end() -> None:
    with pytest.raises(InputError, match="scatterers"):
        speckle(per_mm3=1e9)
    with pytest.raises(InputError, match="scatterers"):
        FlowTube(radius_m=0.0)


def test_a_frame_names_its_phantom() -> None:
    frame = SimulatedFrontEnd(speckle(per_mm3=0.5, seed=4)).acquire(0.0, 0, Pose())
    assert frame is not None
    assert frame.source == "speckle phantom 4"
