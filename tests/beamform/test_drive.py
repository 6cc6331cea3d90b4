"""Output from transmit settings: against closed forms, and how it scales."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import fresnel

from sonoreach.beamform.acoustic_output import OPHTHALMIC, check_acoustic_output
from sonoreach.beamform.burst_field import BurstField
from sonoreach.beamform.drive import Drive, estimate_output
from sonoreach.beamform.probes import (
    c60_probe,
    element_normals,
    l38_probe,
    l50_probe,
    linear_positions,
    matrix_positions,
    p20_probe,
)
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

PLANE = TransmitEvent()
DRIVE = Drive(20.0, 2e4, 5e6, 2.0, 3000.0)
# Without gaps: 10 x 5 mm, the lens at 30 mm.
FILLED = ProbeGeometry("filled", linear_positions(50, 0.2e-3), 0.2e-3, 5e6, 0.6, 0.03, 0.005)


def _focus(x_m: float, z_m: float) -> TransmitEvent:
    return TransmitEvent(TransmitKind.FOCUSED, source_m=(x_m, 0.0, z_m))


def test_focus_of_a_rectangle() -> None:
    # Focused alike in both planes: the mean of 1 / r times area / λ, and the burst keeps its length.
    point = np.array([[0.0, 0.0, 0.03]])
    peak, energy_s = BurstField(_focus(0.0, 0.03), FILLED, 5e6, 4.0).at(point)
    wanted = 10e-3 * 5e-3 / (1540 / 5e6 * 0.03) * (1 - (5e-3**2 + 2.5e-3**2) / (6 * 0.03**2))
    assert peak[0] == pytest.approx(wanted, rel=0.01)
    assert energy_s[0] == pytest.approx(wanted**2 * 4.0 / 5e6, rel=0.03)


@pytest.mark.parametrize("depth_m", [0.025, 0.04, 0.07])
def test_axis_of_an_unfocused_rectangle(depth_m: float) -> None:
    # Fresnel's integrals, for a wave without end: each plane sqrt 2 |C + iS|(a sqrt(2 / (λ z))).
    flat = dataclasses.replace(FILLED, elevation_focus_m=math.inf)
    wavelength_m = 1540 / 5e6
    wanted = 1.0
    for half_m in (5e-3, 2.5e-3):
        s, c = fresnel(half_m * math.sqrt(2 / (wavelength_m * depth_m)))
        wanted *= math.hypot(s, c) * math.sqrt(2)
    peak, energy_s = BurstField(PLANE, flat, 5e6, 400.0).at(np.array([[0.0, 0.0, depth_m]]))
    assert math.sqrt(energy_s[0] * 5e6 / 400) == pytest.approx(wanted, rel=0.03)  # Fresnel's are for small angles
    assert peak[0] > wanted  # before the waves of all edges have come


def test_far_field_of_one_element() -> None:
    event = TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=25)
    field = BurstField(event, dataclasses.replace(FILLED, elevation_focus_m=math.inf), 5e6, 10.0)
    peak, _ = field.at(field.axis_points_m(np.array([0.2])))
    assert peak[0] == pytest.approx(0.2e-3 * 5e-3 / (1540 / 5e6 * 0.2), rel=0.01)


def test_output_by_hand() -> None:
    output = estimate_output([_focus(0.0, 0.03)], FILLED, DRIVE)
    power_w = 0.4e6**2 / (2 * 1000 * 1540) * 50e-6 * (2 / 5e6 * 3000)
    assert output.power_w == pytest.approx(power_w)
    assert output.power_1cm_w == pytest.approx(power_w)
    assert output.aperture_m2 == pytest.approx(50e-6)
    assert 0.02 < output.depth_m <= 0.03
    # The derated peak lies before the focus, so it is at least the focus' own.
    at_focus_pa = 0.4e6 * 50e-6 / (1540 / 5e6 * 0.03) * 10 ** (-0.3 * 3 * 5 / 20)
    assert 1.0 <= output.mechanical_index * math.sqrt(5) * 1e6 / at_focus_pa < 1.15
    # While all elements sound together at the focus, its intensity is that of its pressure for the pulses' length.
    pulse_average = (at_focus_pa**2) / (2 * 1000 * 1540) * (2 / 5e6 * 3000)
    assert 0.8 <= output.derated_intensity_mw_cm2 * 10 / pulse_average < 1.4


def test_nothing_nearer_than_two_wavelengths_is_searched() -> None:
    field = BurstField(PLANE, c60_probe(), 3.5e6, 2.0)
    points = field.face_points_m()
    assert len(points) > 100
    assert field.depth_m(points).min() >= 1.99 * field.wavelength_m


@settings(max_examples=5, deadline=None)
@given(st.floats(0.1, 5.0))
def test_voltage(factor: float) -> None:
    small = ProbeGeometry("small", linear_positions(8, 0.3e-3), 0.27e-3, 5e6, 0.6, 0.02, 0.002)
    louder = dataclasses.replace(DRIVE, voltage_v=DRIVE.voltage_v * factor)
    one, other = (estimate_output([PLANE], small, drive) for drive in (DRIVE, louder))
    assert other.mechanical_index == pytest.approx(one.mechanical_index * factor)
    for index in ("thermal_index_soft", "thermal_index_bone", "thermal_index_cranial", "derated_intensity_mw_cm2"):
        assert getattr(other, index) == pytest.approx(getattr(one, index) * factor**2)


def test_rate_and_turns() -> None:
    one = estimate_output([PLANE], FILLED, DRIVE)
    turns = estimate_output([PLANE] * 3, FILLED, DRIVE)  # the same wave three times at a third of the rate
    assert turns.intensity_w_m2 == pytest.approx(one.intensity_w_m2)
    assert turns.power_w == pytest.approx(one.power_w)
    twice = estimate_output([PLANE], FILLED, dataclasses.replace(DRIVE, prf_hz=6000.0))
    assert twice.mechanical_index == one.mechanical_index
    assert twice.intensity_w_m2 == pytest.approx(2 * one.intensity_w_m2)
    assert twice.power_w == pytest.approx(2 * one.power_w)


def test_lines_side_by_side() -> None:
    # Lines 2 mm apart share the rate: the intensity at one is little more than a third of that of one line alone.
    drive = dataclasses.replace(DRIVE, aperture_m=0.005)
    alone = estimate_output([_focus(0.0, 0.02)], l38_probe(), drive)
    lines = estimate_output([_focus(x, 0.02) for x in (-2e-3, 0.0, 2e-3)], l38_probe(), drive)
    assert lines.peak_negative_pressure_pa == pytest.approx(alone.peak_negative_pressure_pa, rel=0.01)
    assert 1 / 3 <= lines.intensity_w_m2 / alone.intensity_w_m2 < 0.4
    assert lines.power_w == pytest.approx(alone.power_w, rel=0.07)  # 16 or 17 elements


def test_axis_of_an_arc() -> None:
    probe, event = c60_probe(), TransmitEvent(TransmitKind.DIVERGING, source_m=(0.0, 0.0, -0.06))
    points = BurstField(event, probe, 3.5e6, 2.0).axis_points_m(np.array([0.01, 0.02]))
    np.testing.assert_allclose(points[:, 2], [0.01, 0.02], atol=1e-4)
    assert estimate_output([event], probe, DRIVE).depth_m > 0


def test_matrix_focuses_in_both_planes() -> None:
    probe = ProbeGeometry("matrix", matrix_positions(20, 20, 0.25e-3), 0.25e-3, 3e6, 0.6, math.inf, 0.25e-3)
    peak, _ = BurstField(_focus(0.0, 0.02), probe, 3e6, 3.0).at(np.array([[0.0, 0.0, 0.02]]))
    assert peak[0] == pytest.approx(25e-6 / (1540 / 3e6 * 0.02), rel=0.01)


@pytest.mark.parametrize(
    ("probe", "event"),
    [
        (p20_probe(), TransmitEvent(TransmitKind.DIVERGING, source_m=(0.0, 0.0, -0.02))),
        (p20_probe(), TransmitEvent(TransmitKind.DIVERGING, source_m=(0.01, 0.0, -0.005))),
        (l50_probe(), TransmitEvent(TransmitKind.DIVERGING, source_m=(0.01, 0.0, -0.01))),
        (l38_probe(), TransmitEvent(angle_rad=0.14)),
        (c60_probe(), TransmitEvent(angle_rad=0.785)),
        (c60_probe(), _focus(0.0, 0.12)),
    ],
)
def test_beside_the_axis(probe: ProbeGeometry, event: TransmitEvent) -> None:
    # On the axis alone the output was up to 1.9 times too small; what the search misses now stays below 7 %.
    drive = dataclasses.replace(DRIVE, frequency_hz=probe.center_frequency_hz)
    output = estimate_output([event], probe, drive)
    wave = BurstField(event, probe, drive.frequency_hz, drive.cycles)
    elements, normals = probe.element_positions_m, element_normals(probe)
    gaps = np.concatenate([elements[::3], (elements[1::3] + elements[:-1:3][: len(elements[1::3])]) / 2])
    facing = np.concatenate([normals[::3], normals[1::3]])
    reach = wave.wavelength_m * np.geomspace(2, 60, 16)[:, None, None]
    points = (gaps + reach * facing).reshape(-1, 3)
    depth_m = wave.depth_m(points)
    derated_pa = wave.at(points)[0] * drive.face_pressure_pa * 10 ** (-0.3 * depth_m * 1e-4 * drive.frequency_hz / 20)
    far = depth_m >= 2 * wave.wavelength_m
    assert derated_pa[far].max() < 1.07 * output.peak_negative_pressure_pa * output.derating


def test_the_intensity_is_the_largest() -> None:
    # The pressure is largest at an end, the intensity of the three waves on the axis: it is not lost.
    probe, angles = l50_probe(), (-0.14, 0.0, 0.14)
    events = [TransmitEvent(angle_rad=angle) for angle in angles]
    drive = dataclasses.replace(DRIVE, frequency_hz=7.5e6)
    output = estimate_output(events, probe, drive)
    waves = [BurstField(event, probe, drive.frequency_hz, drive.cycles) for event in events]
    points = waves[1].axis_points_m(np.array([0.0139]))
    energy_s = sum(wave.at(points)[1][0] for wave in waves)
    left = 10 ** (-0.3 * 1.39 * 7.5 / 20)
    on_axis_w_m2 = drive.face_pressure_pa**2 / (2 * 1000 * 1540) * drive.prf_hz / 3 * energy_s * left**2
    assert output.depth_m < 1e-3
    assert output.derated_intensity_mw_cm2 > 0.099 * on_axis_w_m2 > 0.5 * output.derated_intensity_mw_cm2


def test_refused() -> None:
    loud = estimate_output([_focus(0.0, 0.03)], FILLED, dataclasses.replace(DRIVE, voltage_v=90.0))
    with pytest.raises(InputError, match=r"mechanical index must be at most 1\.9, got [2-9]\."):
        check_acoustic_output(loud)
    quiet = estimate_output([_focus(0.0, 0.03)], FILLED, dataclasses.replace(DRIVE, voltage_v=20.0))
    check_acoustic_output(quiet)
    with pytest.raises(InputError, match=r"mechanical index must be at most 0\.23"):
        check_acoustic_output(quiet, OPHTHALMIC)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"voltage_v": 0.0}, "voltage_v must be above 0 and finite, got 0"),
        ({"cycles": math.nan}, "cycles must be above 0 and finite, got nan"),
        ({"prf_hz": math.inf}, "prf_hz must be above 0"),
        ({"cycles": 1e9, "prf_hz": 1e-9}, r"cycles must be at most 10000, got 1e\+09"),
        ({"prf_hz": 3e6}, "must be at most 1, got 1.2"),
    ],
)
def test_bad_settings(change: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        dataclasses.replace(DRIVE, **change)


def test_bad_transmits() -> None:
    with pytest.raises(InputError, match="at least one transmit"):
        estimate_output([], FILLED, DRIVE)
    with pytest.raises(InputError, match=r"frequency_hz must lie in \[2.5e\+06, 1e\+07\] Hz, got 1e\+12"):
        estimate_output([PLANE], FILLED, dataclasses.replace(DRIVE, frequency_hz=1e12))
    with pytest.raises(InputError, match="focused wave must have z > 0"):
        estimate_output([_focus(0.0, -0.01)], FILLED, DRIVE)
    with pytest.raises(InputError, match="aperture_m must hold at least one element"):
        estimate_output([PLANE], FILLED, dataclasses.replace(DRIVE, aperture_m=1e-5))
