"""The simulated front end: what its frames carry, and that echoes arrive where they must."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
import pytest

from sonoreach.beamform.probes import c60_probe, l50_probe
from sonoreach.errors import InputError
from sonoreach.simulation.front_end import SimulatedFrontEnd, plane_waves, recording_for_depth
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind
from sonoreach.types.pose import Pose


class Points:
    """Fixed points in the base frame."""

    def __init__(self, *positions_m: tuple[float, float, float], amplitude: float = 1.0, seed: int = 12) -> None:
        self.positions_m, self.amplitude, self.seed = np.array(positions_m), amplitude, seed

    def scatterers(self, base_probe: Pose, time_s: float) -> tuple[Any, Any]:
        positions = base_probe.inverse().apply(self.positions_m).astype(np.float32)
        return positions, np.full(len(positions), self.amplitude, np.float32)


def focus(frame: ChannelData, x_m: float, z_m: float) -> float:
    """Magnitude of a plain delay-and-sum at one point, for plane waves."""
    positions = frame.probe.element_positions_m
    total = 0j
    for samples, event in zip(frame.samples, frame.transmits, strict=True):
        path = x_m * math.sin(event.angle_rad) + z_m * math.cos(event.angle_rad)
        delay_s = (path + np.hypot(x_m - positions[:, 0], z_m)) / frame.sound_speed_m_s
        index = (delay_s - frame.start_time_s) * frame.sampling_frequency_hz
        low = np.floor(index).astype(int)
        iq = samples[..., 0] + 1j * samples[..., 1]
        rows = np.arange(len(positions))
        value = iq[rows, low] + (index - low) * (iq[rows, low + 1] - iq[rows, low])
        total += (value * np.exp(2j * np.pi * frame.demodulation_frequency_hz * delay_s)).sum()
    return abs(total)


@pytest.mark.parametrize("point", [(0.0, 0.02), (-0.012, 0.012), (0.015, 0.033)])
def test_a_point_focuses_where_it_lies(point: tuple[float, float]) -> None:
    frame = SimulatedFrontEnd(Points((point[0], 0.0, point[1])), noise_counts=0).acquire(0.0, 0, Pose())
    assert frame is not None
    dx, dz = np.meshgrid(np.linspace(-1e-3, 1e-3, 41), np.linspace(-0.5e-3, 0.5e-3, 41), indexing="ij")
    values = [focus(frame, point[0] + i, point[1] + k) for i, k in zip(dx.ravel(), dz.ravel(), strict=True)]
    best = int(np.argmax(values))
    assert abs(dx.ravel()[best]) <= 0.06e-3
    assert abs(dz.ravel()[best]) <= 0.03e-3


def test_the_pose_moves_the_body_in_the_image() -> None:
    pose = Pose.from_axes([0.5, 0.1, 0.2], x=[0, 1, 0], z=[0, 0, -1])
    in_base = pose.apply([0.004, 0.0, 0.02])
    frame = SimulatedFrontEnd(Points(tuple(in_base)), noise_counts=0).acquire(1.0, 3, pose)
    assert frame is not None
    assert focus(frame, 0.004, 0.02) > 20 * focus(frame, -0.004, 0.02)


def test_a_frame_says_what_it_is() -> None:
    front_end = SimulatedFrontEnd(Points((0, 0, 0.02)), angles_deg=(0, 5), frame_rate_hz=20)
    pose = Pose(np.array([0.1, 0.2, 0.3]))
    frame = front_end.acquire(2.5, 7, pose)
    assert frame is not None
    assert frame.samples.dtype == np.int16
    assert frame.samples.shape == (2, 128, front_end.recording.n_samples, 2)
    assert (frame.stamp_s, frame.frame_id, frame.source) == (2.5, 7, "simulated patient 12")
    assert frame.base_probe is pose
    assert frame.transmits == plane_waves(0, 5)
    assert front_end.frame_rate_hz == 20
    assert front_end.probe.name == "L50-7.5"


def test_a_frame_is_a_function_of_seed_and_number() -> None:
    frames = [
        SimulatedFrontEnd(Points((0, 0, 0.02)), seed=seed).acquire(0.0, number, Pose())
        for seed, number in ((1, 5), (1, 5), (1, 6), (2, 5))
    ]
    samples = [frame.samples for frame in frames if frame is not None]
    assert np.array_equal(samples[0], samples[1])
    assert not np.array_equal(samples[0], samples[2])
    assert not np.array_equal(samples[0], samples[3])


def test_frozen_gives_nothing() -> None:
    front_end = SimulatedFrontEnd(Points((0, 0, 0.02)))
    front_end.freeze(True)
    assert front_end.acquire(0.0, 0, Pose()) is None
    front_end.freeze(False)
    assert front_end.acquire(0.0, 0, Pose()) is not None


def test_full_scale_is_counted_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    front_end = SimulatedFrontEnd(Points((0, 0, 0.02), amplitude=1e4))
    with caplog.at_level(logging.WARNING):
        front_end.acquire(0.0, 0, Pose())
        front_end.acquire(0.1, 1, Pose())
    assert front_end.clipped_samples > 0
    assert len([r for r in caplog.records if "full scale" in r.message]) == 1


@pytest.mark.parametrize("angles", [(-8, 0, 8), (15,), (-15,)])
def test_the_record_holds_all_echoes_of_the_depth(angles: tuple[float, ...]) -> None:
    half = 0.5 * l50_probe().aperture_m
    for x, near in ((0.0, slice(38, 90)), (half, slice(76, 128)), (-half, slice(0, 52))):  # f-number 1 and more
        body = Points((x, 0, 0.042), (x, 0, 1e-3))
        frame = SimulatedFrontEnd(body, angles_deg=angles, noise_counts=0, counts=5000).acquire(0.0, 0, Pose())
        assert frame is not None
        assert abs(frame.samples[:, :, :2]).max() <= 1
        assert abs(frame.samples[:, near, -2:]).max() <= 1
        assert x != 0 or frame.samples[:, near].any()


def test_other_probes_and_transmits() -> None:
    events = [
        TransmitEvent(TransmitKind.DIVERGING, source_m=(0, 0, -0.06)),
        TransmitEvent(TransmitKind.FOCUSED, source_m=(0.01, 0, 0.05)),
        TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=64),
    ]
    front_end = SimulatedFrontEnd(
        Points((0, 0, 0.05)), probe=c60_probe(), transmits=events, depth_m=0.08,
        sampling_frequency_hz=14e6, demodulation_frequency_hz=0,
    )  # fmt: skip
    frame = front_end.acquire(0.0, 0, Pose())
    assert frame is not None
    assert frame.samples.shape == (3, 128, front_end.recording.n_samples)
    assert frame.samples.any(axis=(1, 2)).all()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"frame_rate_hz": 0}, "frame_rate_hz"),
        ({"noise_counts": -1}, "noise_counts"),
        ({"depth_m": 2}, "depth_m"),
        ({"angles_deg": (90,)}, "±80°"),
        ({"angles_deg": ()}, "at least one"),
        ({"transmits": [TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=128)]}, "0 to 127"),
        ({"transmits": [TransmitEvent(TransmitKind.FOCUSED)]}, "z > 0"),
        ({"transmits": [TransmitEvent(TransmitKind.DIVERGING, source_m=(0, 0, 0.01))]}, "z < 0"),
        ({"sampling_frequency_hz": 2e6}, "sampling_frequency_hz"),
    ],
)
def test_refuses_bad_settings(change: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        SimulatedFrontEnd(Points((0, 0, 0.02)), **change)


def test_refuses_a_pose_that_is_not_finite() -> None:
    front_end = SimulatedFrontEnd(Points((0, 0, 0.02)))
    with pytest.raises(InputError, match="not finite"):
        front_end.acquire(0.0, 0, Pose(np.array([np.nan, 0, 0])))
    with pytest.raises(InputError, match="frame_id"):
        front_end.acquire(0.0, -1, Pose())


def test_depth_decides_the_length_of_the_record() -> None:
    settings = {"sampling_frequency_hz": 15e6, "demodulation_frequency_hz": 7.5e6}
    short = recording_for_depth(l50_probe(), plane_waves(0), 0.02, **settings)
    long = recording_for_depth(l50_probe(), plane_waves(0), 0.04, **settings)
    assert long.n_samples - short.n_samples == pytest.approx(0.02 * (1 + math.sqrt(1.25)) / 1540 * 15e6, abs=2)
