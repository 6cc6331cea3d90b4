"""Indices of output: worked by hand, and refused beyond the limits."""

from __future__ import annotations

import dataclasses
import math

import pytest

from sonoreach.beamform.acoustic_output import AcousticOutput, OutputLimits, check_acoustic_output
from sonoreach.errors import InputError

OUTPUT = AcousticOutput(4e6, 2e6, 0.05, 0.1, 0.04, 1000.0, 1e-4)


def test_by_hand() -> None:
    # 0.3 dB/cm/MHz x 5 cm x 4 MHz = 6 dB: pressure x 0.5012, intensity x 0.2512
    assert OUTPUT.derating == pytest.approx(0.50119, rel=1e-4)
    assert OUTPUT.mechanical_index == pytest.approx(2 * 0.50119 / 2, rel=1e-4)
    assert OUTPUT.derated_intensity_mw_cm2 == pytest.approx(100 * 0.25119, rel=1e-4)
    assert OUTPUT.thermal_index_soft == pytest.approx(40 * 4 / 210)
    assert OUTPUT.thermal_index_bone == pytest.approx(25.119 / 50, rel=1e-4)
    assert OUTPUT.thermal_index_cranial == pytest.approx(100 / (40 * 1.12838), rel=1e-4)
    check_acoustic_output(OUTPUT)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"peak_negative_pressure_pa": 9e6}, "mechanical index must be at most 1.9, got 2.26"),
        ({"power_1cm_w": 0.4}, r"soft tissue\) must be at most 6"),
        ({"intensity_w_m2": 40000.0}, "mW/cm² must be at most 720"),
    ],
)
def test_beyond_the_limits(change: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        check_acoustic_output(dataclasses.replace(OUTPUT, **change))


def test_bad_numbers() -> None:
    with pytest.raises(InputError, match="power_w must be finite"):
        dataclasses.replace(OUTPUT, power_w=float("nan"))
    with pytest.raises(InputError, match="above 0"):
        dataclasses.replace(OUTPUT, frequency_hz=0.0)


@pytest.mark.parametrize("name", ["mechanical_index", "thermal_index", "intensity_mw_cm2"])
@pytest.mark.parametrize("limit", [math.nan, math.inf, 0.0, -1.0])
def test_a_limit_that_limits_nothing(name: str, limit: float) -> None:
    with pytest.raises(InputError, match=f"limit of {name} must be finite and above 0, got"):
        OutputLimits(**{name: limit})


def test_an_index_that_is_not_a_number() -> None:
    odd = dataclasses.replace(OUTPUT, power_w=1e306, power_1cm_w=0.0, depth_m=1e9)  # in milliwatts infinity times 0
    with pytest.raises(InputError, match=r"bone\) must be at most 6, got nan"):
        check_acoustic_output(odd)
