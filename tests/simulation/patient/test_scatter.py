"""Scatterers: fixed in the tissue, Rayleigh-like, shadowed by air, silent without contact."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sonoreach.simulation.patient import Patient
from sonoreach.simulation.patient.motion import swallow
from sonoreach.types.pose import Pose
from sonoreach.types.structures import Structure

Press = Callable[[Patient, str, float, float], Pose]
TIME_S = 3.0


def keyed(patient: Patient, pose: Pose) -> dict[tuple[int, ...], float]:
    """Scatterers by where they lie in the base, to 10 µm."""
    positions, amplitudes = patient.scatterers(pose, TIME_S)
    base = np.rint(pose.apply(positions) * 1e5).astype(int)
    return dict(zip(map(tuple, base.tolist()), amplitudes.tolist(), strict=True))


def test_number_and_types(press: Press) -> None:
    patient = Patient.from_seed(2)
    positions, amplitudes = patient.scatterers(press(patient, "left_longitudinal", TIME_S, 0.004), TIME_S)
    assert positions.dtype == amplitudes.dtype == np.float32
    assert positions.shape == (len(amplitudes), 3) and 15_000 < len(amplitudes) < 32_000
    assert np.isfinite(positions).all() and np.isfinite(amplitudes).all()
    assert positions[:, 2].min() > -1e-4 and np.abs(positions[:, 1]).max() <= 1e-3


def test_the_same_speckle_returns(press: Press) -> None:
    patient = Patient.from_seed(9)
    pose = press(patient, "right_transverse", TIME_S, 0.004)
    before = patient.scatterers(pose, TIME_S)
    patient.scatterers(press(patient, "left_longitudinal", TIME_S + 1, 0.003), TIME_S + 1)
    for a, b in zip(before, patient.scatterers(pose, TIME_S), strict=True):
        np.testing.assert_array_equal(a, b)


def test_threads_change_nothing(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    pose = press(Patient.from_seed(4), "right_longitudinal", TIME_S, 0.004)
    results = []
    for threads in (1, 2, 4, 4):
        monkeypatch.setattr("sonoreach.beamform.threads.usable_threads", lambda n=threads: n)
        results.append(Patient.from_seed(4).scatterers(pose, TIME_S))
    for result in results[1:]:
        for a, b in zip(results[0], result, strict=True):
            np.testing.assert_array_equal(a, b)


def test_scatterers_stay_in_the_tissue_when_the_probe_slides(press: Press) -> None:
    patient = Patient.from_seed(9)
    pose = press(patient, "right_longitudinal", TIME_S, 0.0)  # no pressure: nothing deforms
    lifted = Pose(pose.position_m - 0.0005 * pose.rotation[:, 2], pose.rotation)
    slid = Pose(lifted.position_m + 0.004 * lifted.rotation[:, 0], lifted.rotation)
    here, there = keyed(patient, lifted), keyed(patient, slid)
    common = here.keys() & there.keys()
    assert len(common) > 0.6 * len(here)
    same_sign = np.mean([here[key] * there[key] > 0 for key in common])
    assert same_sign > 0.999


def envelope(
    positions: NDArray[np.float32], amplitudes: NDArray[np.float32], where: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Envelope of a Gaussian pulse-echo spot (0.35 x 0.25 mm) at points x, z."""
    dx = positions[None, :, 0] - where[:, None, 0]
    dz = positions[None, :, 2] - where[:, None, 1]
    spot = np.exp(-0.5 * ((dx / 0.35e-3) ** 2 + (dz / 0.25e-3) ** 2))
    carrier = np.exp(2j * np.pi * 2 * positions[:, 2] / 0.205e-3)
    return np.asarray(np.abs(spot @ (amplitudes * carrier)))


def test_speckle_is_rayleigh_in_the_lobe(press: Press) -> None:
    patient = Patient.from_seed(0)
    pose = press(patient, "left_longitudinal", TIME_S, 0.003)
    positions, amplitudes = patient.scatterers(pose, TIME_S)
    x, z = np.linspace(-0.012, 0.012, 31), np.linspace(0.010, 0.020, 18)
    labels = patient.label_map(pose, TIME_S, x, z)
    grid = np.stack(np.meshgrid(x, z), axis=-1)
    level = envelope(positions, amplitudes, grid[labels == Structure.THYROID])
    level *= 10 ** (2 * 0.6 * 7.5 * grid[labels == Structure.THYROID][:, 1] * 100 / 20)
    assert len(level) > 200
    assert abs(level.mean() / level.std() - 1.91) < 0.35  # Rayleigh: sqrt(pi / (4 - pi))
    assert abs(np.median(level) / np.sqrt(np.mean(level**2)) - 0.833) < 0.08  # Rayleigh: sqrt(ln 2)


def test_air_casts_a_shadow(press: Press) -> None:
    patient = Patient.from_seed(1)
    positions, amplitudes = patient.scatterers(press(patient, "isthmus_transverse", TIME_S, 0.004), TIME_S)
    radius = patient.anatomy.airway.radius_m
    deep = positions[:, 2] > 0.033
    behind = deep & (np.abs(positions[:, 0]) < 0.5 * radius)
    beside = deep & (np.abs(positions[:, 0]) > radius + 0.004) & (np.abs(positions[:, 0]) < radius + 0.010)
    assert np.square(amplitudes[behind]).sum() < 1e-3 * np.square(amplitudes[beside]).sum()


def test_vessels_are_dark(press: Press) -> None:
    patient = Patient.from_seed(1)
    pose = press(patient, "right_transverse", TIME_S, 0.004)
    positions, amplitudes = patient.scatterers(pose, TIME_S)
    at = pose.inverse().apply(patient.base_patient.apply([*patient.anatomy.vessels[0].carotid_m, 0.0]))
    x, z = np.linspace(-0.026, 0.026, 105), np.linspace(0.005, 0.035, 61)
    labels = patient.label_map(pose, TIME_S, x, z)
    rows, columns = np.nonzero(labels == Structure.CAROTID)
    center = np.array([x[columns].mean(), z[rows].mean()])
    assert abs(center[0] - at[0]) < 0.006
    blood = np.hypot(positions[:, 0] - center[0], positions[:, 2] - center[1]) < 0.0018
    rows, columns = np.nonzero(labels == Structure.THYROID)
    middle = np.array([x[columns].mean(), z[rows].mean()])
    gland = np.hypot(positions[:, 0] - middle[0], positions[:, 2] - middle[1]) < 0.0018
    assert np.square(amplitudes[blood]).sum() < 1e-2 * np.square(amplitudes[gland]).sum()


def test_no_contact_no_echo(press: Press) -> None:
    patient = Patient.from_seed(1)
    positions, _ = patient.scatterers(press(patient, "isthmus_transverse", TIME_S, -0.004), TIME_S)
    assert len(positions) == 0
    rolled = press(patient, "isthmus_transverse", TIME_S, 0.001)
    edge = np.abs(patient.scatterers(rolled, TIME_S)[0][:, 0])
    assert patient.contact_fraction(rolled, TIME_S) < 0.95 and edge.max() < 0.0245


def test_attenuation_grows_with_frequency(press: Press) -> None:
    patient = Patient.from_seed(6)
    pose = press(patient, "left_longitudinal", TIME_S, 0.003)
    deep = []
    for frequency_hz in (5e6, 10e6):
        positions, amplitudes = patient.scatterers(pose, TIME_S, center_frequency_hz=frequency_hz)
        deep.append(np.abs(amplitudes[(positions[:, 2] > 0.02) & (positions[:, 2] < 0.025)]).sum())
    assert 0.2 < deep[1] / deep[0] < 0.6  # 0.6 dB/cm/MHz over 4.5 cm and 5 MHz: -13.5 dB


def test_a_swallow_moves_the_gland_through_the_plane(press: Press) -> None:
    patient = Patient.from_seed(3)
    at_rest, rising = 3.0, next(t for t in np.arange(0, 120, 0.05) if swallow(patient.skin_parameters, t) > 0.9)
    x, z = np.linspace(-0.025, 0.025, 51), np.linspace(0.002, 0.04, 39)
    masks = [
        patient.label_map(press(patient, "isthmus_transverse", t, 0.004), t, x, z) == Structure.THYROID
        for t in (at_rest, float(rising))
    ]
    assert (masks[0] ^ masks[1]).sum() > 0.2 * masks[0].sum()
    shift = (
        patient.target_points_m(float(rising))["isthmus_transverse"] - patient.target_points_m()["isthmus_transverse"]
    )
    superior = patient.base_patient.rotation[:, 2]
    assert 0.006 < shift @ superior < 0.024
