"""The ensemble kernel gives what the frames give one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform import ensemble
from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

GRID = Grid.cartesian(np.linspace(-5e-3, 5e-3, 19), np.linspace(3e-3, 20e-3, 83))


@pytest.mark.parametrize("n_frames", [1, 16, 21, 40])
@pytest.mark.parametrize("angles", [(0.0,), (-0.1, 0.1)])
def test_same_as_frame_by_frame(n_frames: int, angles: tuple[float, ...]) -> None:
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in angles)
    frames = [random_frame(seed, transmits) for seed in range(n_frames)]
    das = DelayAndSum(GRID, ReceiveAperture(1.5))
    one_by_one = np.stack([das(data) for data in frames], axis=-1)
    together = EnsembleDelayAndSum(GRID, 1.5)(frames)
    assert np.abs(together - one_by_one).max() < 1e-4 * np.abs(one_by_one).max()


def modulated(data: ChannelData) -> ChannelData:
    """The RF of IQ."""
    cycles = np.arange(data.samples.shape[2]) * data.demodulation_frequency_hz / data.sampling_frequency_hz
    rf = (data.samples @ [1, 1j] * np.exp(2j * np.pi * cycles)).real.astype(np.int16)
    return dataclasses.replace(data, samples=rf, demodulation_frequency_hz=0.0)


@pytest.mark.parametrize("kind", ["float32 IQ", "RF", "float32 RF", "full scale", "strided"])
def test_same_as_frame_by_frame_for_other_samples(kind: str) -> None:
    frames = [random_frame(seed, n_samples=693) for seed in range(18)]
    if "RF" in kind:
        frames = [modulated(f) for f in frames]
    if "float32" in kind:
        frames = [dataclasses.replace(f, samples=f.samples.astype(np.float32)) for f in frames]
    if kind == "full scale":
        frames = [dataclasses.replace(f, samples=np.sign(f.samples) * np.int16(32767) - np.int16(1)) for f in frames]
    if kind == "strided":
        frames = [dataclasses.replace(f, samples=f.samples.repeat(2, axis=2)[:, :, ::2]) for f in frames]
    das = DelayAndSum(GRID, ReceiveAperture(1.5))
    one_by_one = np.stack([das(data) for data in frames], axis=-1)
    together = EnsembleDelayAndSum(GRID, 1.5)(frames)
    assert np.abs(together - one_by_one).max() < 1e-4 * np.abs(one_by_one).max()


def test_one_object_serves_other_ensembles() -> None:
    ensemble_das = EnsembleDelayAndSum(GRID, 1.5)
    many = [random_frame(seed) for seed in range(32)]
    few = [dataclasses.replace(f, start_time_s=1e-6) for f in many[:20]]
    first = ensemble_das(many)
    assert np.array_equal(ensemble_das(few), EnsembleDelayAndSum(GRID, 1.5)(few))
    assert np.array_equal(ensemble_das(many), first)


def test_writes_into_the_array_that_is_given() -> None:
    frames = [random_frame(seed) for seed in range(3)]
    ensemble_das = EnsembleDelayAndSum(GRID, 1.5, device="cpu")
    shape = (GRID.n_lines, GRID.n_samples, 3)
    out = np.full(shape, np.nan, np.complex64)
    assert ensemble_das(frames, out) is out
    assert np.array_equal(out, ensemble_das(frames))
    with pytest.raises(InputError, match=r"out must be .* shape \(19, 83, 3\), got complex64 of shape \(19, 83, 2\)"):
        ensemble_das(frames, np.empty((*shape[:2], 2), np.complex64))


@pytest.mark.parametrize("scale", [1, 0])
def test_elements_that_make_no_whole_four(scale: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "aligned_floats", lambda *shape: np.full(shape, 1e9, np.float32))
    data = random_frame()
    probe = dataclasses.replace(data.probe, element_positions_m=data.probe.element_positions_m[:-2])
    data = dataclasses.replace(data, probe=probe, samples=data.samples[:, :-2] * np.int16(scale))
    wanted = DelayAndSum(GRID, ReceiveAperture(1.5))(data)
    found = EnsembleDelayAndSum(GRID, 1.5)([data])[..., 0]
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_mixed_acquisitions_are_refused() -> None:
    with pytest.raises(InputError, match="at least one frame"):
        EnsembleDelayAndSum(GRID)([])
    other = dataclasses.replace(random_frame(), sound_speed_m_s=1500.0)
    with pytest.raises(InputError, match="share one acquisition"):
        EnsembleDelayAndSum(GRID)([random_frame(), other])
    other = dataclasses.replace(random_frame(), probe=linear_probe(pitch_m=0.31e-3))
    with pytest.raises(InputError, match="share one acquisition"):
        EnsembleDelayAndSum(GRID)([random_frame(), other])
    alike = dataclasses.replace(random_frame(), probe=linear_probe())
    assert EnsembleDelayAndSum(GRID)(data for data in (random_frame(), alike)).shape[2] == 2
