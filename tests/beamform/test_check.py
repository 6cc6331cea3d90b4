"""Every refusal at the beamformer's door."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.check import check_channel_data
from sonoreach.beamform.compounding import SpatialCompounder
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

NAN_SAMPLES = np.zeros((1, 32, 700, 2), np.float32)
NAN_SAMPLES[0, 3, 5, 1] = np.nan
BAD_PROBE = dataclasses.replace(linear_probe(), element_positions_m=np.zeros((32, 2)))
NAN_PROBE = dataclasses.replace(linear_probe(), element_positions_m=np.full((32, 3), np.nan))
BAD: list[tuple[dict[str, Any], str]] = [
    ({"samples": np.zeros((1, 31, 700, 2), np.int16)}, "1 transmits and 32 elements"),
    ({"samples": np.zeros((2, 32, 700, 2), np.int16)}, "1 transmits and 32 elements"),
    ({"samples": np.zeros((1, 32, 700), np.int16)}, "must have shape"),
    ({"samples": np.zeros((1, 32, 700, 2), np.float64)}, "int16 or float32"),
    ({"samples": np.zeros((1, 32, 1, 2), np.int16)}, "2 to 131072 samples"),
    ({"samples": NAN_SAMPLES}, "1 non-finite"),
    ({"sampling_frequency_hz": 1e6}, "at least 3e\\+06 Hz"),
    ({"sampling_frequency_hz": float("nan")}, "must be finite"),
    ({"sound_speed_m_s": 15.0}, r"\[100, 10000\] m/s"),
    ({"demodulation_frequency_hz": 0.0, "samples": np.zeros((1, 32, 700), np.int16), "sampling_frequency_hz": 10.5e6},
     "inside one Nyquist zone"),
    ({"transmits": (TransmitEvent(TransmitKind.PLANE, 1.5),)}, "within 80°"),
    ({"transmits": (TransmitEvent(TransmitKind.DIVERGING, source_m=(0, 0, 1e-3)),)}, "must have z < 0"),
    ({"transmits": (TransmitEvent(TransmitKind.FOCUSED, source_m=(0, 0, -1e-3)),)}, "must have z > 0"),
    ({"transmits": (TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=32),)}, "0 to 31"),
    ({"transmits": (TransmitEvent(TransmitKind.FOCUSED, source_m=(0, 0, np.inf)),)}, "source_m must be finite"),
    ({"transmits": (TransmitEvent(TransmitKind.FOCUSED, source_m=(2e-3, 0, 1e-7)),)}, "source_m must lie within 80°"),
    ({"transmits": (TransmitEvent(TransmitKind.FOCUSED, source_m=(0, 1)),)}, "source_m must be x, y and z"),
    ({"transmits": (TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=1.5),)}, "element must lie in 0 to 31, got 1.5"),
    ({"transmits": (TransmitEvent(kind=0),)}, "kind must be a TransmitKind, got 0"),
    ({"samples": [[0]]}, "samples must be an array, got list"),
    ({"samples": np.full((1, 32, 700, 2), 1e-9, np.float32)}, "must lie in 1e-06 to 1e[+]12 .*, got 1e-09; scale"),
    ({"samples": np.full((1, 32, 700, 2), -1e17, np.float32)}, "got 1e[+]17; scale"),
    ({"probe": dataclasses.replace(linear_probe(), element_width_m=np.nan)}, "element_width_m must lie in"),
    ({"probe": BAD_PROBE}, r"shape \(n_elements, 3\)"),
    ({"probe": NAN_PROBE}, "must be finite"),
    ({"probe": dataclasses.replace(linear_probe(), center_frequency_hz=0.0)}, "center_frequency_hz"),
    ({"probe": dataclasses.replace(linear_probe(), fractional_bandwidth=3.0)}, "fractional_bandwidth"),
]  # fmt: skip


def test_good_frames_pass() -> None:
    check_channel_data(random_frame())
    rf = dataclasses.replace(random_frame(), samples=np.zeros((1, 32, 700), np.int16), demodulation_frequency_hz=0.0)
    check_channel_data(rf)
    check_channel_data(dataclasses.replace(rf, samples=np.zeros((1, 32, 700), np.float32)))
    check_channel_data(dataclasses.replace(rf, sampling_frequency_hz=20e6 / 3))  # band-pass sampled at 4/3 fc


@pytest.mark.parametrize(("change", "sentence"), BAD)
def test_bad_frames_are_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        check_channel_data(dataclasses.replace(random_frame(), **change))


@pytest.mark.parametrize("speed", [0.0, np.nan, np.inf, 1e9, -1540.0])
def test_speeds_that_no_tissue_has_are_refused(speed: float) -> None:
    for make in (DelayAndSum, BModeBeamformer, SpatialCompounder, EnsembleDelayAndSum):
        grid = Grid.cartesian([-1e-3, 1e-3], [3e-3, 5e-3])
        with pytest.raises(InputError, match=r"sound_speed_m_s must lie in \[100, 10000\] m/s, got"):
            make(grid, sound_speed_m_s=speed)(random_frame())


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((5, 7), np.complex128),
        np.zeros((5, 6), np.complex64),
        np.zeros((7, 5), np.complex64).T,
        np.zeros((5, 14), np.complex64)[:, ::2],
        np.broadcast_to(np.complex64(0), (5, 7)),
    ],
)
def test_an_image_that_a_frame_does_not_fit_into_is_refused(image: np.ndarray[Any, Any]) -> None:
    das = DelayAndSum(Grid.cartesian(np.linspace(-1e-3, 1e-3, 5), np.linspace(3e-3, 5e-3, 7)))
    das(random_frame(), np.zeros((5, 7), np.complex64))
    with pytest.raises(InputError, match=r"out must be .* shape \(5, 7\), got"):
        das(random_frame(), image)
